//! What goes over a stream, as the bytes of server-sent events that every reader of a feed gets alike.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::{Cursor, Entry, Position};

/// Why a stream that cannot be continued ends. The reader takes a snapshot.
const RESET_REASON: &str = "the feed cannot be continued from this position; take a snapshot";

/// Something that readers are told.
#[derive(Debug, Clone)]
pub(super) enum Frame {
    /// There are more entries.
    Entries(Entries),
    /// This is where the feed stands now.
    Heartbeat(Arc<Heartbeat>),
}

impl Frame {
    /// Which life of the feed it is of.
    pub(super) fn incarnation(&self) -> u64 {
        match self {
            Self::Entries(entries) => entries.to.incarnation,
            Self::Heartbeat(heartbeat) => heartbeat.position.incarnation,
        }
    }
}

/// Entries that follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entries {
    /// The place before the first of them.
    pub(super) after: Cursor,
    /// The place after the last of them.
    pub(super) to: Cursor,
    /// One event each.
    pub(super) bytes: Bytes,
}

impl Entries {
    /// The entries that follow a place.
    pub(super) fn following(after: Cursor, entries: &[Entry]) -> Self {
        let (mut text, mut to) = (String::new(), after);
        for entry in entries {
            to.count += 1;
            // Writing into a string does not fail.
            let _ = write!(text, "id: {to}\ndata: {entry}\n\n");
        }
        Self { after, to, bytes: text.into() }
    }
}

/// A signed statement and what goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heartbeat {
    /// What it states.
    pub(super) position: Position,
    /// The statement itself.
    pub(super) statement: String,
    /// The event.
    pub(super) bytes: Bytes,
    /// What says who may go on reading.
    pub(super) admission: Admission,
}

/// What access is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admission {
    /// The generations of the resource's access keys.
    pub(super) generations: [u64; 2],
    /// When the heartbeat was made: tokens end.
    pub(super) at: Timestamp,
}

impl Heartbeat {
    pub(super) fn new(position: Position, statement: String, admission: Admission) -> Self {
        let bytes = format!("event: heartbeat\ndata: {statement}\n\n").into();
        Self { position, statement, bytes, admission }
    }
}

/// The last event of a reader that cannot be continued.
pub(super) fn reset() -> Bytes {
    format!("event: reset\ndata: {RESET_REASON}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_an_event_of_its_own_that_names_its_place() {
        let after = Cursor { incarnation: 7, count: 41 };
        let entries =
            Entries::following(after, &[Entry::Resource { epoch: 1 }, Entry::Resource { epoch: 2 }]);
        assert_eq!(&entries.bytes[..], b"id: 7-42\ndata: r:1\n\nid: 7-43\ndata: r:2\n\n");
        assert_eq!(entries.to, Cursor { incarnation: 7, count: 43 });
    }

    #[test]
    fn a_statement_is_one_event() {
        let admission = Admission { generations: [0, 0], at: Timestamp::from_unix_seconds(0) };
        let heartbeat = Heartbeat::new(Position::start(0), "a.b.c".to_owned(), admission);
        assert_eq!(&heartbeat.bytes[..], b"event: heartbeat\ndata: a.b.c\n\n");
    }
}
