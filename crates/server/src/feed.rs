//! The serving side of revocation feeds: streams, long polls and snapshots of what the store says.
//!
//! It must never know a path, a header or a status.

mod channel;
mod frame;
mod long_poll;
mod pump;
mod reader;
mod scribe;
mod snapshot;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use callsign_core::Error;
use callsign_core::service::Service;
use tokio::sync::watch;
use uuid::Uuid;

use channel::Channel;
use pump::Pump;
use scribe::Scribe;
use snapshot::Snapshots;

/// How often the position of a feed that somebody reads is signed.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);

/// Readers of one resource at a time, streams and long polls together.
pub(crate) const READERS_MAX: usize = 1_000;

/// Entries that are read from the store at once: a read is done on the calling thread, and keeps its other work waiting.
const BATCH: usize = 500;

/// Why a feed is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRead {
    /// Too many read it already.
    #[error("the resource's feed has {READERS_MAX} readers already")]
    TooManyReaders,
    /// It cannot be continued from the reader's place.
    #[error("the feed cannot be continued from that position")]
    PositionGone,
    /// The resource was deleted, or the reader's key regenerated.
    #[error("the resource or the key that asked is no more")]
    AccessEnded,
    /// The server stops.
    #[error("the server stops")]
    Stopping,
    /// The store or the signing failed.
    #[error("{0}")]
    Failed(#[from] Error),
}

/// What feeds come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FeedFigures {
    /// Streams and long polls that are open.
    pub(crate) readers: usize,
    /// Entries that were told to readers since the start, once for each feed.
    pub(crate) entries: u64,
    /// Frames that the slowest reader of all has not taken yet.
    pub(crate) frames_waiting: usize,
    /// Of the feeds that are read, how long ago the one that is silent longest told where it stands.
    pub(crate) silent_for: Duration,
}

/// The feeds of all resources, and what their readers share.
pub(crate) struct Feeds {
    service: Arc<Service>,
    scribe: Arc<Scribe>,
    channels: Mutex<HashMap<Uuid, Weak<Channel>>>,
    entries: Arc<AtomicU64>,
    snapshots: Snapshots,
    stopped: watch::Receiver<bool>,
}

impl Feeds {
    /// Nothing is read yet. Readers are sent away when `stopped` says so.
    pub(crate) fn new(service: &Arc<Service>, stopped: watch::Receiver<bool>) -> Self {
        Self {
            service: Arc::clone(service),
            scribe: Arc::new(Scribe::new(service)),
            channels: Mutex::default(),
            entries: Arc::default(),
            snapshots: Snapshots::default(),
            stopped,
        }
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<Uuid, Weak<Channel>>> {
        // A poisoned map holds whole entries only: each change is a single insert or a removal.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the readers of a resource's feed meet. The first one starts the pump, which ends after the last.
    fn channel(&self, resource: Uuid) -> Arc<Channel> {
        let mut channels = self.channels();
        let running = channels.get(&resource).and_then(Weak::upgrade).filter(|channel| channel.is_open());
        running.unwrap_or_else(|| {
            let channel = Arc::new(Channel::new(&self.entries));
            channels.insert(resource, Arc::downgrade(&channel));
            let pump = Pump::new((&self.service, &self.scribe), resource, &channel);
            tokio::spawn(pump.run());
            channel
        })
    }

    /// How all feeds do now.
    pub(crate) fn figures(&self) -> FeedFigures {
        let channels: Vec<_> = self.channels().values().filter_map(Weak::upgrade).collect();
        let read = channels.iter().map(|channel| channel.standing()).filter(|standing| standing.readers > 0);
        let begun = FeedFigures { entries: self.entries.load(Ordering::Relaxed), ..FeedFigures::default() };
        read.fold(begun, |all, one| FeedFigures {
            readers: all.readers + one.readers,
            frames_waiting: all.frames_waiting.max(one.frames_waiting),
            silent_for: all.silent_for.max(one.silent_for),
            ..all
        })
    }

    /// What is to be done once a minute: forget what no living token needs, and what nobody asks for.
    pub(crate) async fn keep_house(self: Arc<Self>) {
        if let Err(error) = self.service.forget_revocations().await {
            tracing::warn!(error.reason = %error, "revocations that are long over are not forgotten yet");
        }
        self.channels().retain(|_, channel| channel.strong_count() > 0);
        self.snapshots.drop_unused();
        let resources = self.service.resources.all();
        self.scribe.keep_only(|id| resources.iter().any(|resource| resource.stored.id == id));
    }
}
