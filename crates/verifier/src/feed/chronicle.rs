//! How the feed went so far, for those who look after the verifier.

use std::sync::{Mutex, MutexGuard, PoisonError};

use callsign_protocol::revocation::Cursor;

use super::{FeedFault, FeedSource};
use crate::link::LinkFailure;

/// What happened, in short.
#[derive(Debug, Default)]
pub(crate) struct Chronicle(Mutex<Record>);

/// The latest of each kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Where news come from; `None` while they do not.
    pub(crate) source: Option<FeedSource>,
    pub(crate) position: Option<Cursor>,
    pub(crate) last_fault: Option<FeedFault>,
    pub(crate) faults: u64,
    /// What keeps the verifier from its feed; `None` while nothing does.
    pub(crate) failure: Option<LinkFailure>,
    pub(crate) snapshots: u64,
}

impl Chronicle {
    fn open(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> Record {
        self.open().clone()
    }

    pub(super) fn heard(&self, source: FeedSource, position: Cursor) {
        let mut record = self.open();
        (record.source, record.position, record.failure) = (Some(source), Some(position), None);
    }

    pub(super) fn snapshot(&self) {
        self.open().snapshots += 1;
    }

    pub(super) fn failed(&self, failure: LinkFailure) {
        let mut record = self.open();
        (record.source, record.failure) = (None, Some(failure));
    }

    pub(super) fn lied(&self, fault: FeedFault) {
        let mut record = self.open();
        record.source = None;
        record.last_fault = Some(fault);
        record.faults += 1;
    }
}
