//! The lies of a feed, each by its name.

use callsign_protocol::revocation::{STATEMENT_BYTES_MAX, StatementRejected};

/// What made the verifier stop believing its feed. It takes a fresh snapshot then, and accepts nothing as fresh until a
/// statement is believed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum FeedFault {
    /// A statement is not signed by a published key.
    #[error("a statement of the feed is not signed by a published key of the server")]
    SignatureWrong,
    /// A statement is of another issuer.
    #[error("the feed is of another issuer; compare the pinned issuer with the server's public URL")]
    IssuerWrong,
    /// A statement is of another resource.
    #[error("the feed is of another resource; compare the pinned resource with the one that the key is of")]
    ResourceWrong,
    /// Time, count or incarnation are less than they were.
    #[error(
        "the feed goes back: its time, count or incarnation is less than it was; was the server's clock set back, or an old database put in place?"
    )]
    WentBack,
    /// An entry is missing.
    #[error("the feed skips entries")]
    Skipped,
    /// As many entries as there should be, but not the same ones.
    #[error("the feed's entries are not those that the server signed for")]
    DigestWrong,
    /// An entry is none, or has no place.
    #[error("an entry of the feed cannot be read; is the server of a later version?")]
    EntryMalformed,
    /// A statement does not say what one says.
    #[error("a statement of the feed cannot be read; is the server of a later version?")]
    StatementMalformed,
    /// A snapshot's body is not the one that was signed, or is no body.
    #[error("the snapshot is not the one that the server signed for, or is none")]
    SnapshotWrong,
    /// A line or a snapshot is longer than any can be.
    #[error("a line of the feed or a snapshot is longer than any can be")]
    Oversized,
}

impl FeedFault {
    /// The fault as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignatureWrong => "signature_wrong",
            Self::IssuerWrong => "issuer_wrong",
            Self::ResourceWrong => "resource_wrong",
            Self::WentBack => "went_back",
            Self::Skipped => "skipped",
            Self::DigestWrong => "digest_wrong",
            Self::EntryMalformed => "entry_malformed",
            Self::StatementMalformed => "statement_malformed",
            Self::SnapshotWrong => "snapshot_wrong",
            Self::Oversized => "oversized",
        }
    }
}

impl From<StatementRejected> for FeedFault {
    fn from(rejected: StatementRejected) -> Self {
        match rejected {
            StatementRejected::Signature(_) => Self::SignatureWrong,
            StatementRejected::Malformed => Self::StatementMalformed,
        }
    }
}

/// Longest line of a stream, in bytes: a statement and the name of its field.
pub(super) const LINE_BYTES_MAX: usize = STATEMENT_BYTES_MAX + 64;
