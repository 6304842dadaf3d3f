//! The audit chain as it leaves the server, and its check by whoever asked for it.
//!
//! A record's hash is the SHA-256 of the 32 bytes of the hash before (zeros before the first record) and of eight lines, joined by
//! line feeds without one at the end: the number; the time in milliseconds since 1970; who; what; the resource's id or nothing; the subject;
//! `changed` or `unchanged`; the detail.

use std::fmt;
use std::str::FromStr;

use callsign_core::directory::audit::{Broken, Chain, Head, Record};
use callsign_protocol::date::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Bytes of SHA-256.
const HASH_BYTES: usize = 32;

/// Most records that one answer holds.
pub const AUDIT_RECORDS_MAX: usize = 1_000;

/// Which records are asked for. What is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Of that resource, by its name; by its id one that was deleted is found, too.
    pub resource: Option<String>,
    /// About that subject, by its whole name.
    pub subject: Option<String>,
    /// Done at that instant or later, in milliseconds since 1970.
    pub since_unix_ms: Option<i64>,
    /// Only those with a greater number.
    pub after: u64,
    /// At most so many, up to [`AUDIT_RECORDS_MAX`].
    pub limit: usize,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1 without a gap.
    pub number: u64,
    /// When it was done, in milliseconds since 1970.
    pub at_unix_ms: i64,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The id of the resource that the subject belongs to.
    pub resource_id: Option<String>,
    /// That resource's name, if it is there still. It is no part of the chain.
    pub resource: Option<String>,
    /// To what: an identity id, a name, a key.
    pub subject: String,
    /// Whether anything changed by it.
    pub changed: bool,
    /// What else there is to know.
    pub detail: String,
    /// The hash.
    pub hash: AuditHash,
}

impl AuditEntry {
    pub(super) fn of(record: Record, resource: Option<String>) -> Self {
        Self {
            number: record.number,
            at_unix_ms: record.at.unix_milliseconds(),
            actor: record.actor,
            action: record.action,
            resource_id: record.resource.map(|id| id.to_string()),
            resource,
            subject: record.subject,
            changed: record.changed,
            detail: record.detail,
            hash: AuditHash(record.hash),
        }
    }

    /// The record that is checked; `None` when the resource's id is none.
    fn record(&self) -> Option<Record> {
        Some(Record {
            number: self.number,
            at: Timestamp::from_unix_milliseconds(self.at_unix_ms),
            actor: self.actor.clone(),
            action: self.action.clone(),
            resource: self.resource_id.as_deref().map(Uuid::parse_str).transpose().ok()?,
            subject: self.subject.clone(),
            changed: self.changed,
            detail: self.detail.clone(),
            hash: self.hash.0,
        })
    }
}

/// A hash of the chain: 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditHash([u8; HASH_BYTES]);

impl fmt::Display for AuditHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// A text that is no hash, or no record of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a record is noted as NUMBER:HASH, as callsign audit verify prints it; the hash has 64 hexadecimal digits"
)]
pub struct InvalidMark;

impl FromStr for AuditHash {
    type Err = InvalidMark;

    fn from_str(text: &str) -> Result<Self, InvalidMark> {
        let digits: Option<Vec<u8>> =
            text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let digits = digits.ok_or(InvalidMark)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| (high << 4) | low).collect();
        match <[u8; HASH_BYTES]>::try_from(bytes) {
            Ok(bytes) if rest.is_empty() => Ok(Self(bytes)),
            _ => Err(InvalidMark),
        }
    }
}

impl Serialize for AuditHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AuditHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A record's number and hash: `7:9f86d0…`. With those of one record, all before it are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditMark {
    /// The number; 0 before the first record.
    pub number: u64,
    /// The hash; zeros before the first record.
    pub hash: AuditHash,
}

impl From<Head> for AuditMark {
    fn from(head: Head) -> Self {
        Self { number: head.number, hash: AuditHash(head.hash) }
    }
}

impl fmt::Display for AuditMark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.number, self.hash)
    }
}

impl FromStr for AuditMark {
    type Err = InvalidMark;

    fn from_str(text: &str) -> Result<Self, InvalidMark> {
        let (number, hash) = text.split_once(':').ok_or(InvalidMark)?;
        Ok(Self { number: number.parse().map_err(|_| InvalidMark)?, hash: hash.parse()? })
    }
}

/// Where the chain does not hold, or is another one than was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenAudit {
    /// The chain does not hold.
    #[error(transparent)]
    Chain(#[from] Broken),
    /// The resource of a record has an id that is none.
    #[error("record {0} of the audit chain was changed: its resource has an id that is none")]
    Resource(u64),
    /// There are records behind the end that the head tells of.
    #[error(
        "record {number} stands behind the end of the audit chain, which is record {kept}: it was put there, or the head was set back"
    )]
    Behind {
        /// The number of the first of them.
        number: u64,
        /// The number in the head.
        kept: u64,
    },
    /// The record that was noted is another one.
    #[error("record {0} of the audit chain is another one than was noted: the chain was written anew")]
    Another(u64),
    /// The record that was noted is not there.
    #[error(
        "the audit chain ends with record {found}, before the one that was noted, {noted}: records were cut off"
    )]
    Before {
        /// The number of the record that was noted.
        noted: u64,
        /// The last one there is.
        found: u64,
    },
}

/// A check in progress: the chain from its beginning, and a record that somebody noted.
#[derive(Clone, Debug, Default)]
pub struct AuditCheck {
    chain: Chain,
    noted: Option<AuditMark>,
}

impl AuditCheck {
    /// A check that has seen nothing yet.
    #[must_use]
    pub fn new(noted: Option<AuditMark>) -> Self {
        Self { chain: Chain::default(), noted }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`BrokenAudit`], where the chain does not hold.
    pub fn follow(&mut self, entry: &AuditEntry) -> Result<(), BrokenAudit> {
        let record = entry.record().ok_or(BrokenAudit::Resource(entry.number))?;
        self.chain.follow(&record)?;
        match self.noted {
            Some(noted) if noted.number == entry.number && noted.hash != entry.hash => {
                Err(BrokenAudit::Another(entry.number))
            }
            _ => Ok(()),
        }
    }

    /// How far it holds.
    #[must_use]
    pub fn reached(&self) -> AuditMark {
        self.chain.head().into()
    }

    /// Compares the end with the head that the server keeps apart, and with what was noted.
    ///
    /// # Errors
    /// [`BrokenAudit`] when records were cut off or are others.
    pub fn end(&self, kept: AuditMark) -> Result<(), BrokenAudit> {
        self.chain.end(&Head { number: kept.number, hash: kept.hash.0 })?;
        match self.noted {
            Some(noted) if noted.number > kept.number => {
                Err(BrokenAudit::Before { noted: noted.number, found: kept.number })
            }
            Some(AuditMark { number: 0, hash }) if hash != AuditHash::default() => {
                Err(BrokenAudit::Another(0))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use callsign_core::directory::audit::{Action, Actor, Deed, Subject};

    use super::*;

    fn chain(length: u64) -> Vec<AuditEntry> {
        let mut head = Head::default();
        let mut entry = |number: u64| {
            let deed = Deed::new(Timestamp::from_unix_seconds(1), Actor::Server, Action::CreateIdentity);
            let name = format!("8:acs:{number}");
            let subject = Subject { resource: Some(Uuid::nil()), name: &name, changed: true };
            let record = Record::following(&head, &deed, &subject);
            head = record.head();
            AuditEntry::of(record, Some("default".to_owned()))
        };
        (1..=length).map(&mut entry).collect()
    }

    fn check(entries: &[AuditEntry], noted: Option<AuditMark>) -> Result<(), BrokenAudit> {
        let mut check = AuditCheck::new(noted);
        entries.iter().try_for_each(|entry| check.follow(entry))?;
        check.end(check.reached())
    }

    fn mark(entry: &AuditEntry) -> AuditMark {
        AuditMark { number: entry.number, hash: entry.hash }
    }

    #[test]
    fn an_entry_that_came_as_json_is_checked_like_its_record() {
        let entries = chain(3);
        let text = serde_json::to_string(&entries).unwrap();
        let back: Vec<AuditEntry> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, entries);
        assert_eq!(check(&back, None), Ok(()));
        let mut strange = entries.clone();
        strange[1].resource_id = Some("none".to_owned());
        assert_eq!(check(&strange, None), Err(BrokenAudit::Resource(2)));
        let mut renamed = entries;
        renamed[1].resource = Some("another".to_owned());
        assert_eq!(check(&renamed, None), Ok(()), "a name is no part of the chain");
    }

    #[test]
    fn what_was_noted_has_to_be_in_the_chain() {
        let entries = chain(3);
        for entry in &entries {
            assert_eq!(check(&entries, Some(mark(entry))), Ok(()));
        }
        assert_eq!(check(&entries, Some(AuditMark::default())), Ok(()));
        let another = AuditMark { number: 2, hash: entries[2].hash };
        assert_eq!(check(&entries, Some(another)), Err(BrokenAudit::Another(2)));
        assert_eq!(check(&[], Some(AuditMark { number: 0, ..another })), Err(BrokenAudit::Another(0)));
        let cut = check(&entries[..2], Some(mark(&entries[2])));
        assert_eq!(cut, Err(BrokenAudit::Before { noted: 3, found: 2 }));
    }

    #[test]
    fn a_mark_reads_back_and_nothing_else_is_one() {
        let entries = chain(1);
        let text = mark(&entries[0]).to_string();
        assert_eq!(text.parse(), Ok(mark(&entries[0])));
        let zeros = "0".repeat(64);
        for wrong in ["", "1", "1:", ":", "1:xyz", &zeros, &format!("{text}0"), &format!("-1:{zeros}")] {
            assert_eq!(wrong.parse::<AuditMark>(), Err(InvalidMark), "{wrong}");
        }
    }
}
