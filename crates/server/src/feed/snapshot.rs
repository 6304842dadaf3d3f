//! Snapshots: all that is revoked in one body under a signed statement, made once for all who ask at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use callsign_core::Error;
use callsign_core::caller::Caller;
use callsign_core::service::Service;
use callsign_protocol::revocation::{Cursor, Position, Statement, encode_body};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use uuid::Uuid;

use super::pump;
use super::scribe::Stated;
use super::{Feeds, HEARTBEAT, NotRead};

/// How long a snapshot is kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(60);

/// A snapshot that took longer than this to make is good for twice the time that it took, though the feed goes on:
/// otherwise many readers that come at once would each wait for one of their own.
const LONG_TO_MAKE: Duration = Duration::from_millis(100);

/// A snapshot as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// Where the feed stood.
    pub(crate) cursor: Cursor,
    /// The statement and the end of its line.
    pub(crate) line: Bytes,
    /// The body.
    pub(crate) body: Bytes,
}

/// The last snapshot of each resource.
pub(super) struct Snapshots {
    slots: Mutex<HashMap<Uuid, Slot>>,
    /// One is made at a time: making reads a large part of the store, which has one reader to spare for it.
    making: Arc<Semaphore>,
}

struct Slot {
    asked_at: Instant,
    kept: Arc<tokio::sync::Mutex<Option<Kept>>>,
}

struct Kept {
    made: Made,
    /// The statement's line and when it was signed. It is signed anew for whoever asks later, so that it is of now.
    signed: Option<(Bytes, Instant)>,
}

struct Made {
    position: Position,
    body: Bytes,
    digest: [u8; 32],
    began_at: Instant,
    took: Duration,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { slots: Mutex::default(), making: Arc::new(Semaphore::new(1)) }
    }
}

impl Snapshots {
    fn slots(&self) -> MutexGuard<'_, HashMap<Uuid, Slot>> {
        // A poisoned map holds whole slots only.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, resource: Uuid) -> Arc<tokio::sync::Mutex<Option<Kept>>> {
        let mut slots = self.slots();
        let now = Instant::now();
        let slot = slots.entry(resource).or_insert_with(|| Slot { asked_at: now, kept: Arc::default() });
        slot.asked_at = now;
        Arc::clone(&slot.kept)
    }

    pub(super) fn drop_unused(&self) {
        self.slots().retain(|_, slot| slot.asked_at.elapsed() < KEPT);
    }
}

impl Feeds {
    /// Where the caller's feed stands: a reader that has the snapshot of that place needs no other.
    pub(crate) async fn cursor(&self, caller: &Caller) -> Result<Cursor, NotRead> {
        let position = self.service.store.feed_position(caller.resource).await.map_err(Error::from)?;
        Ok(position.ok_or(NotRead::AccessEnded)?.cursor())
    }

    /// The caller's snapshot. It goes on being made when the caller goes away, for the next one.
    pub(crate) async fn snapshot(self: &Arc<Self>, caller: &Caller) -> Result<Snapshot, NotRead> {
        let (feeds, resource) = (Arc::clone(self), caller.resource);
        tokio::spawn(async move { feeds.kept_or_made(resource).await })
            .await
            .map_err(|_| NotRead::Stopping)?
    }

    async fn kept_or_made(&self, resource: Uuid) -> Result<Snapshot, NotRead> {
        let slot = self.snapshots.slot(resource);
        let mut slot = slot.lock().await;
        let now = Instant::now();
        if let Some(snapshot) = slot.as_ref().and_then(|kept| kept.though_the_feed_goes_on(now)) {
            return Ok(snapshot);
        }
        let stored = pump::find(&self.service, resource).ok_or(NotRead::AccessEnded)?;
        let time = self.scribe.time(resource);
        let position = self.service.store.feed_position(resource).await.map_err(Error::from)?;
        let position = position.ok_or(NotRead::AccessEnded)?;
        let kept = match slot.take() {
            Some(kept) if kept.made.position == position => slot.insert(kept),
            _ => slot.insert(Kept { made: self.make(resource).await?, signed: None }),
        };
        let line = match &kept.signed {
            Some((line, at)) if at.elapsed() < HEARTBEAT => line.clone(),
            _ => {
                let (position, digest) = (kept.made.position, kept.made.digest);
                let stated = Stated { time, position, body: Some(digest) };
                let line = Bytes::from(self.scribe.sign(&stored.stored, stated).await? + "\n");
                kept.signed = Some((line.clone(), now));
                line
            }
        };
        Ok(kept.made.under(line))
    }

    /// Reads and encodes on a thread that may be kept.
    async fn make(&self, resource: Uuid) -> Result<Made, NotRead> {
        let turn = Arc::clone(&self.snapshots.making).acquire_owned().await;
        let (service, runtime) = (Arc::clone(&self.service), Handle::current());
        let made = tokio::task::spawn_blocking(move || {
            let made = runtime.block_on(read_and_encode(&service, resource));
            drop(turn);
            made
        });
        made.await.map_err(|_| NotRead::Stopping)?
    }
}

async fn read_and_encode(service: &Service, resource: Uuid) -> Result<Made, NotRead> {
    let began_at = Instant::now();
    let view = service.store.revocation_view(resource).await.map_err(Error::from)?;
    let (position, view) = view.ok_or(NotRead::AccessEnded)?;
    let body = encode_body(&view);
    let digest = Statement::body_digest(&body);
    Ok(Made { position, digest, body: body.into(), began_at, took: began_at.elapsed() })
}

impl Kept {
    fn though_the_feed_goes_on(&self, now: Instant) -> Option<Snapshot> {
        let Made { began_at, took, .. } = self.made;
        let (line, _) = self.signed.as_ref()?;
        let is_good = took > LONG_TO_MAKE && now.duration_since(began_at) < took.saturating_mul(2);
        is_good.then(|| self.made.under(line.clone()))
    }
}

impl Made {
    fn under(&self, line: Bytes) -> Snapshot {
        Snapshot { cursor: self.position.cursor(), line, body: self.body.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_to_make_is_good_for_a_while_and_what_did_not_is_not() {
        let began_at = Instant::now();
        let kept = |took| {
            let made =
                Made { position: Position::start(0), body: Bytes::new(), digest: [0; 32], began_at, took };
            Kept { made, signed: Some((Bytes::from_static(b"a.b.c\n"), began_at)) }
        };
        let is_good = |took, after| kept(took).though_the_feed_goes_on(began_at + after).is_some();
        assert!(is_good(Duration::from_secs(1), Duration::from_millis(1_999)));
        assert!(!is_good(Duration::from_secs(1), Duration::from_secs(2)));
        assert!(!is_good(LONG_TO_MAKE, LONG_TO_MAKE));
        let unsigned = Kept { signed: None, ..kept(Duration::from_secs(1)) };
        assert!(unsigned.though_the_feed_goes_on(began_at).is_none());
    }
}
