//! Where the pump of a feed and its readers meet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callsign_core::Error;
use callsign_protocol::revocation::Cursor;
use tokio::sync::{Semaphore, broadcast};
use tokio::time::Instant;

use super::READERS_MAX;
use super::frame::{Entries, Frame, Heartbeat};

/// Frames that wait for the slowest reader; one that is further behind reads from the store.
pub(super) const FRAMES_MAX: usize = 64;

/// What one pump tells all readers of a feed.
pub(super) struct Channel {
    told: Mutex<Told>,
    /// Readers take one each.
    pub(super) places: Arc<Semaphore>,
    /// Entries that were told, over all feeds.
    entries: Arc<AtomicU64>,
}

/// How a feed and its readers do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) readers: usize,
    /// Frames that the slowest reader has not taken yet.
    pub(super) frames_waiting: usize,
    /// How long ago the last heartbeat was told.
    pub(super) silent_for: Duration,
}

/// What was told so far. It changes together with what is sent, so that whoever joins misses nothing in between.
struct Told {
    /// `None` once the pump has ended.
    frames: Option<broadcast::Sender<Frame>>,
    reached: Option<Cursor>,
    heartbeat: Option<Arc<Heartbeat>>,
    /// When the last heartbeat was told; before the first, when the channel was made.
    beat_at: Instant,
    end: Option<End>,
}

/// Why a pump ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The resource is no more.
    Gone,
    /// The store cannot continue the feed: it began anew.
    Anew,
    /// It could not begin.
    Failed(Error),
    /// Its thread ended: the server stops.
    Stopped,
}

/// What somebody who joins begins with.
pub(super) struct Joined {
    /// Everything from now on.
    pub(super) frames: broadcast::Receiver<Frame>,
    /// Where the last frame before led to.
    pub(super) reached: Option<Cursor>,
    /// The last heartbeat before.
    pub(super) heartbeat: Option<Arc<Heartbeat>>,
}

impl Channel {
    pub(super) fn new(entries: &Arc<AtomicU64>) -> Self {
        let frames = Some(broadcast::Sender::new(FRAMES_MAX));
        let told =
            Mutex::new(Told { frames, reached: None, heartbeat: None, beat_at: Instant::now(), end: None });
        Self { told, places: Arc::new(Semaphore::new(READERS_MAX)), entries: Arc::clone(entries) }
    }

    pub(super) fn standing(&self) -> Standing {
        let told = self.told();
        Standing {
            readers: READERS_MAX.saturating_sub(self.places.available_permits()),
            frames_waiting: told.frames.as_ref().map_or(0, broadcast::Sender::len),
            silent_for: told.beat_at.elapsed(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // What a panic could leave behind is a frame that was noted and not sent, and readers find gaps by themselves.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self) -> bool {
        self.told().frames.is_some()
    }

    /// `None` when the pump has ended.
    pub(super) fn join(&self) -> Option<Joined> {
        let told = self.told();
        let frames = told.frames.as_ref()?.subscribe();
        Some(Joined { frames, reached: told.reached, heartbeat: told.heartbeat.clone() })
    }

    pub(super) fn tell_entries(&self, entries: Entries, count: usize) {
        self.entries.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut told = self.told();
        told.reached = Some(entries.to);
        told.send(Frame::Entries(entries));
    }

    pub(super) fn tell_heartbeat(&self, heartbeat: Heartbeat) {
        let heartbeat = Arc::new(heartbeat);
        let mut told = self.told();
        told.reached = Some(heartbeat.position.cursor());
        told.heartbeat = Some(Arc::clone(&heartbeat));
        told.beat_at = Instant::now();
        told.send(Frame::Heartbeat(heartbeat));
    }

    /// Nothing more is told. The first reason stays.
    pub(super) fn end(&self, end: End) {
        let mut told = self.told();
        told.end.get_or_insert(end);
        told.frames = None;
    }

    /// Why nothing more is told.
    pub(super) fn why_ended(&self) -> End {
        self.told().end.clone().unwrap_or(End::Stopped)
    }
}

impl Told {
    fn send(&self, frame: Frame) {
        if let Some(frames) = &self.frames {
            // Nobody may be there at the moment.
            let _ = frames.send(frame);
        }
    }
}
