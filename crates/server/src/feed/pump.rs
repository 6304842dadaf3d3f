//! The pump of a feed: follows the store for all readers of one resource, and signs where the feed stands each second.

use std::sync::{Arc, Weak};
use std::time::Duration;

use callsign_core::Error;
use callsign_core::directory::resource::Resource;
use callsign_core::service::Service;
use callsign_protocol::revocation::Position;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::channel::{Channel, End};
use super::frame::{Admission, Entries, Heartbeat};
use super::scribe::{Scribe, Stated};
use super::{BATCH, HEARTBEAT};

/// How soon a heartbeat that failed is tried again: too much to sign at one instant is no reason to be late.
const RETRY: Duration = Duration::from_millis(50);

/// Follows one feed.
pub(super) struct Pump {
    service: Arc<Service>,
    scribe: Arc<Scribe>,
    resource: Uuid,
    /// Held by readers: when the last one has gone, so has this.
    channel: Weak<Channel>,
    /// Whether the last turn failed: the log hears of it once.
    is_waiting: bool,
    end: End,
}

/// Why a turn was not done.
enum Trouble {
    /// The feed has ended.
    Ended(End),
    /// It may go better the next time.
    Failed(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Pump {
    pub(super) fn new(
        (service, scribe): (&Arc<Service>, &Arc<Scribe>),
        resource: Uuid,
        channel: &Arc<Channel>,
    ) -> Self {
        let (service, scribe, channel) = (Arc::clone(service), Arc::clone(scribe), Arc::downgrade(channel));
        Self { service, scribe, resource, channel, is_waiting: false, end: End::Stopped }
    }

    /// Runs until the feed ends or nobody reads it any more.
    pub(super) async fn run(mut self) {
        // News from before the first reading count as read.
        let mut news = self.service.feeds.subscribe();
        let mut position = match self.open().await {
            Ok(position) => position,
            Err(Trouble::Ended(end)) => return self.end = end,
            Err(Trouble::Failed(error)) => return self.end = End::Failed(error),
        };
        let mut next_beat = Instant::now() + HEARTBEAT;
        loop {
            let is_beat = tokio::select! {
                biased;
                () = sleep_until(next_beat) => true,
                changed = news.changed() => match changed {
                    Ok(()) => false,
                    Err(_) => return,
                },
            };
            let Some(channel) = self.channel.upgrade() else { return };
            let done = match is_beat {
                true => self.beat(&channel, &mut position).await,
                false => self.follow(&channel, &mut position).await,
            };
            next_beat = match (&done, is_beat) {
                (Ok(()), false) => next_beat,
                (Ok(()), true) => Instant::now() + HEARTBEAT,
                (Err(_), _) => next_beat.max(Instant::now() + RETRY),
            };
            match done {
                Ok(()) => self.is_waiting = false,
                Err(Trouble::Ended(end)) => return self.end = end,
                Err(Trouble::Failed(error)) => self.wait(&error),
            }
        }
    }

    fn wait(&mut self, why: &Error) {
        if !std::mem::replace(&mut self.is_waiting, true) {
            tracing::warn!(resource.id = %self.resource, error.reason = %why, "a revocation feed waits");
        }
    }

    /// The first heartbeat.
    async fn open(&self) -> Result<Position, Trouble> {
        let time = self.scribe.time(self.resource);
        let position = self.service.store.feed_position(self.resource).await.map_err(Error::from)?;
        let position = position.ok_or(Trouble::Ended(End::Gone))?;
        let heartbeat = self.heartbeat(Stated { time, position, body: None }).await?;
        if let Some(channel) = self.channel.upgrade() {
            channel.tell_heartbeat(heartbeat);
        }
        Ok(position)
    }

    async fn beat(&self, channel: &Channel, position: &mut Position) -> Result<(), Trouble> {
        let time = self.scribe.time(self.resource);
        self.follow(channel, position).await?;
        let heartbeat = self.heartbeat(Stated { time, position: *position, body: None }).await?;
        channel.tell_heartbeat(heartbeat);
        Ok(())
    }

    /// Tells what is new in the store.
    async fn follow(&self, channel: &Channel, position: &mut Position) -> Result<(), Trouble> {
        loop {
            let after = position.cursor();
            let entries = self.service.store.revocations_after(self.resource, after, BATCH).await;
            let Some(entries) = entries.map_err(Error::from)? else {
                let feed = self.service.store.feed_position(self.resource).await.map_err(Error::from)?;
                return Err(Trouble::Ended(if feed.is_some() { End::Anew } else { End::Gone }));
            };
            *position = entries.iter().fold(*position, |position, entry| position.after(entry));
            if !entries.is_empty() {
                channel.tell_entries(Entries::following(after, &entries), entries.len());
            }
            if entries.len() < BATCH {
                return Ok(());
            }
            // Readers on this thread get a turn before the next batch.
            tokio::task::yield_now().await;
        }
    }

    async fn heartbeat(&self, stated: Stated) -> Result<Heartbeat, Trouble> {
        let resource = find(&self.service, self.resource).ok_or(Trouble::Ended(End::Gone))?;
        let position = stated.position;
        let statement = self.scribe.sign(&resource.stored, stated).await?;
        let generations = resource.keys.each_ref().map(|key| key.generation);
        let admission = Admission { generations, at: self.service.clock.now() };
        Ok(Heartbeat::new(position, statement, admission))
    }
}

/// However it ends, also with its thread: readers are told.
impl Drop for Pump {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.upgrade() {
            channel.end(self.end.clone());
        }
    }
}

/// The resource, as it is in memory.
pub(super) fn find(service: &Service, id: Uuid) -> Option<Arc<Resource>> {
    service.resources.all().iter().find(|resource| resource.stored.id == id).cloned()
}
