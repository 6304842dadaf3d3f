//! Revocations as verifiers learn of them: the entries of a resource's feed, where a reader stands in it, what it knows, and
//! what the server signs of it.
//!
//! Knowledge only grows: every merge takes the greater number, so entries may repeat and come in any order.

mod body;
mod entry;
mod position;
mod statement;
mod view;

pub use body::{MalformedBody, decode_body, encode_body};
pub use entry::{Entry, MalformedEntry};
pub use position::{Cursor, MalformedCursor, Position};
pub use statement::{STATEMENT_BYTES_MAX, STATEMENT_TYPE, Statement, StatementRejected};
pub use view::View;

/// The epoch of an identity that is deleted: no token reaches it.
pub const GONE: u64 = u64::MAX;

/// For how long a revocation has to be known: the longest lifetime of a token, and ten minutes for clocks that differ
/// (`design/tokens.md` §2).
pub const REMEMBERED_MINUTES: i64 = 1_450;

/// Bits of a resource epoch below its incarnation: one restore of a backup raises what stands above them.
const INCARNATION_SHIFT: u32 = 24;

/// The incarnation that a resource epoch belongs to. A restored backup begins a new one, with an empty feed.
#[must_use]
pub const fn incarnation(resource_epoch: u64) -> u64 {
    resource_epoch >> INCARNATION_SHIFT
}

/// The first resource epoch of an incarnation.
#[must_use]
pub const fn first_epoch(incarnation: u64) -> u64 {
    incarnation << INCARNATION_SHIFT
}
