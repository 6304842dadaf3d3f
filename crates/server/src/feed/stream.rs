//! Streams: every entry after a place, each once and in order, and a heartbeat each second.
//!
//! Entries come from the pump. Whatever a reader does not get from there, because it was not there yet or was too slow, it
//! reads from the store: the counts of both show where one goes on from the other.

use std::sync::Arc;

use bytes::Bytes;
use callsign_core::caller::Caller;
use callsign_core::service::Service;
use callsign_protocol::revocation::Cursor;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use uuid::Uuid;

use super::frame::{self, Entries, Frame, Heartbeat};
use super::reader::{Reader, Start, Told};
use super::{BATCH, Feeds, NotRead};

struct Reading {
    service: Arc<Service>,
    stopped: watch::Receiver<bool>,
    resource: Uuid,
    reader: Reader,
    /// The place after all that was sent.
    sent: Cursor,
    /// So many entries are in the store for certain.
    due_count: u64,
    /// A heartbeat that is sent once its entries are.
    heartbeat: Option<Arc<Heartbeat>>,
    /// Whether the store has to say first that the reader's own place is one.
    is_unchecked: bool,
    is_over: bool,
}

/// What a step came to.
enum Step {
    Send(Bytes),
    Again,
    End,
}

impl Feeds {
    /// The bytes of server-sent events. Without a place it begins where the feed stands now.
    pub(crate) async fn stream(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Bytes> + Send + use<>, NotRead> {
        let (reader, Start { heartbeat, reached_count }) = self.join(caller).await?;
        let reading = Reading {
            service: Arc::clone(&self.service),
            stopped: self.stopped.clone(),
            resource: caller.resource,
            reader,
            sent: after.unwrap_or_else(|| heartbeat.position.cursor()),
            due_count: reached_count,
            heartbeat: Some(heartbeat),
            is_unchecked: after.is_some(),
            is_over: false,
        };
        Ok(stream::unfold(reading, Reading::next))
    }
}

impl Reading {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let mut stopped = self.stopped.clone();
        let bytes = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => None,
            bytes = self.bytes() => bytes,
        };
        bytes.map(|bytes| (bytes, self))
    }

    async fn bytes(&mut self) -> Option<Bytes> {
        while !self.is_over {
            let step = match self.missing_count() {
                Some(count) => self.read_store(count).await,
                None => match self.heartbeat.take() {
                    Some(heartbeat) => self.offer_heartbeat(&heartbeat),
                    None => self.read_pump().await,
                },
            };
            match step {
                Step::Send(bytes) => return Some(bytes),
                Step::Again => {}
                Step::End => self.is_over = true,
            }
        }
        None
    }

    /// How many entries are to be read from the store now. A heartbeat that waits goes out at its own place.
    fn missing_count(&self) -> Option<u64> {
        let missing = |count: u64| count.checked_sub(self.sent.count).filter(|missing| *missing > 0);
        let due = self.heartbeat.as_ref().and_then(|heartbeat| missing(heartbeat.position.count));
        due.or_else(|| if self.heartbeat.is_none() { missing(self.due_count) } else { None })
            .or(self.is_unchecked.then_some(0))
    }

    async fn read_store(&mut self, count: u64) -> Step {
        let limit = usize::try_from(count).unwrap_or(BATCH).min(BATCH);
        let entries = self.service.store.revocations_after(self.resource, self.sent, limit).await;
        match entries {
            Ok(Some(entries)) if count == 0 || !entries.is_empty() => {
                self.is_unchecked = false;
                let entries = Entries::following(self.sent, &entries);
                self.sent = entries.to;
                if entries.bytes.is_empty() { Step::Again } else { Step::Send(entries.bytes) }
            }
            Ok(_) => self.reset(),
            // The reader comes again, and is told that the store is away.
            Err(error) => {
                tracing::warn!(resource.id = %self.resource, error.reason = %error, "a reader is sent away");
                Step::End
            }
        }
    }

    async fn read_pump(&mut self) -> Step {
        match self.reader.next().await {
            Told::Frame(frame) if frame.incarnation() != self.sent.incarnation => self.reset(),
            Told::Frame(Frame::Entries(entries)) if entries.after == self.sent => {
                self.sent = entries.to;
                Step::Send(entries.bytes)
            }
            Told::Frame(Frame::Entries(entries)) => {
                self.due_count = self.due_count.max(entries.to.count);
                Step::Again
            }
            Told::Frame(Frame::Heartbeat(heartbeat)) => {
                self.heartbeat = Some(heartbeat);
                Step::Again
            }
            Told::Missed => Step::Again,
            Told::Anew => self.reset(),
            Told::End => Step::End,
        }
    }

    /// A heartbeat is of the entries that the reader has, or it is none for this reader.
    fn offer_heartbeat(&self, heartbeat: &Heartbeat) -> Step {
        if heartbeat.position.cursor() == self.sent {
            Step::Send(heartbeat.bytes.clone())
        } else {
            Step::Again
        }
    }

    fn reset(&mut self) -> Step {
        self.is_over = true;
        Step::Send(frame::reset())
    }
}
