//! Positions: how many entries of a feed somebody has, and a digest of exactly these.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;

use super::Entry;
use super::entry::number;
use crate::digest::sha256;

/// Where a reader stands: so many entries of that incarnation, and the chained digest of them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which life of the feed: a restored backup begins a new one.
    pub incarnation: u64,
    /// How many entries there were.
    pub count: u64,
    /// SHA-256 of the digest before and the last entry's text; zeros before the first.
    pub digest: [u8; SHA256_OUTPUT_LEN],
}

impl Position {
    /// Before the first entry of an incarnation.
    #[must_use]
    pub const fn start(incarnation: u64) -> Self {
        Self { incarnation, count: 0, digest: [0; SHA256_OUTPUT_LEN] }
    }

    /// After one more entry.
    #[must_use]
    pub fn after(&self, entry: &Entry) -> Self {
        let digest = sha256(&[&self.digest, entry.to_string().as_bytes()]);
        Self { incarnation: self.incarnation, count: self.count + 1, digest }
    }

    /// The place alone, without the digest.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor { incarnation: self.incarnation, count: self.count }
    }
}

/// A place in a feed: `<incarnation>-<count>`. It is the id of a server-sent event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// Which life of the feed.
    pub incarnation: u64,
    /// How many entries there were.
    pub count: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.incarnation, self.count)
    }
}

/// The text is no place in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in a revocation feed has the form <incarnation>-<count>")]
pub struct MalformedCursor;

impl FromStr for Cursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let (incarnation, count) = text.split_once('-').ok_or(MalformedCursor)?;
        let number = |text| number(text).map_err(|_| MalformedCursor);
        Ok(Self { incarnation: number(incarnation)?, count: number(count)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_tells_a_missing_a_repeated_and_a_misplaced_entry() {
        let entries = [1, 2, 3].map(|epoch| Entry::Resource { epoch });
        let digest_of = |order: &[usize]| {
            order.iter().fold(Position::start(0), |position, number| position.after(&entries[*number])).digest
        };
        let whole = digest_of(&[0, 1, 2]);
        for other in [&[0, 1][..], &[0, 2], &[0, 2, 1], &[0, 1, 1], &[0, 1, 2, 2]] {
            assert_ne!(digest_of(other), whole, "{other:?}");
        }
    }

    #[test]
    fn a_digest_is_sha_256_over_the_chain() {
        // printf '%064d' 0 | xxd -r -p | cat - <(printf 'r:1') | sha256sum
        let first = Position::start(5).after(&Entry::Resource { epoch: 1 });
        assert_eq!(first.cursor().to_string(), "5-1");
        let hex: String = first.digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "cb7d04bf7187ae2af95e0cd23b0c650985420b9eae20e26136ca7caa70106d37");
    }

    #[test]
    fn a_place_reads_back_and_nothing_else_reads() {
        assert_eq!("7-12".parse(), Ok(Cursor { incarnation: 7, count: 12 }));
        for text in ["", "-", "7", "7-", "-7", "07-1", "7-01", "7-1-1", " 7-1", "7-18446744073709551616"] {
            assert_eq!(text.parse::<Cursor>(), Err(MalformedCursor), "{text}");
        }
    }
}
