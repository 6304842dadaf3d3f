//! Long polls: the entries after a place and a statement of exactly these, as soon as there are any.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::Error;
use callsign_core::caller::Caller;
use callsign_protocol::revocation::{Cursor, Entry};
use tokio::time::Instant;

use super::frame::Heartbeat;
use super::reader::{Reader, Start};
use super::{BATCH, Feeds, HEARTBEAT, NotRead};

/// Most entries in an answer. A statement tells where a feed stands and cannot tell where it stood, so whoever is further
/// behind takes a snapshot, which is smaller besides.
pub(crate) const ENTRIES_MAX: u64 = 10_000;

/// How long a place that is ahead of the last heartbeat is waited for: the next one is due within a second.
const HEARTBEAT_PATIENCE: Duration = HEARTBEAT.saturating_mul(5);

/// What a poll came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Polled {
    /// The entries after the reader's place.
    pub(crate) entries: Vec<Entry>,
    /// The place after them.
    pub(crate) position: Cursor,
    /// The statement of that place.
    pub(crate) statement: String,
}

impl Feeds {
    /// Waits for the first heartbeat at which there is something new, or until `wait` is over.
    pub(crate) async fn poll(
        &self,
        caller: &Caller,
        after: Cursor,
        wait: Duration,
    ) -> Result<Polled, NotRead> {
        let until = Instant::now() + wait;
        let (mut reader, Start { mut heartbeat, .. }) = self.join(caller).await?;
        let mut stopped = self.stopped.clone();
        self.check(caller, after).await?;
        while heartbeat.position.count <= after.count {
            let is_ahead = heartbeat.position.count < after.count;
            let until = if is_ahead { until.max(Instant::now() + HEARTBEAT_PATIENCE) } else { until };
            let next = tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => Err(NotRead::Stopping),
                next = next_heartbeat(&mut reader, until) => next,
            };
            match next {
                Ok(next) => heartbeat = next,
                // What is known already is an answer.
                Err(NotRead::Stopping | NotRead::Failed(Error::Overloaded)) if !is_ahead => break,
                Err(reason) => return Err(reason),
            }
        }
        let entries = self.entries(caller, after, &heartbeat).await?;
        let position = heartbeat.position.cursor();
        Ok(Polled { entries, position, statement: heartbeat.statement.clone() })
    }

    /// Whether the store can continue from the place.
    async fn check(&self, caller: &Caller, after: Cursor) -> Result<(), NotRead> {
        let known = self.service.store.revocations_after(caller.resource, after, 0).await;
        known.map_err(Error::from)?.map(drop).ok_or(NotRead::PositionGone)
    }

    /// The entries between the place and the heartbeat.
    async fn entries(
        &self,
        caller: &Caller,
        mut after: Cursor,
        heartbeat: &Heartbeat,
    ) -> Result<Vec<Entry>, NotRead> {
        let to = heartbeat.position.cursor();
        if after.incarnation != to.incarnation || to.count.saturating_sub(after.count) > ENTRIES_MAX {
            return Err(NotRead::PositionGone);
        }
        let mut entries = Vec::new();
        while after.count < to.count {
            let limit = usize::try_from(to.count - after.count).unwrap_or(BATCH).min(BATCH);
            let more = self.service.store.revocations_after(caller.resource, after, limit).await;
            let more = more.map_err(Error::from)?.filter(|more| !more.is_empty());
            let more = more.ok_or(NotRead::PositionGone)?;
            after.count += more.len() as u64;
            entries.extend(more);
            tokio::task::yield_now().await;
        }
        Ok(entries)
    }
}

async fn next_heartbeat(reader: &mut Reader, until: Instant) -> Result<Arc<Heartbeat>, NotRead> {
    let next = tokio::time::timeout_at(until, reader.heartbeat()).await;
    next.unwrap_or(Err(NotRead::Failed(Error::Overloaded)))
}
