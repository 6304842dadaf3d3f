//! The audit chain: who did what, each record bound to the one before it by a hash.
//!
//! A record that is changed, removed or put in between breaks the chain behind it; one that is cut off at the end is missed
//! by the head, which is kept apart. Whoever can rewrite everything can also rewrite the head, so note it elsewhere now and
//! then: `callsign audit verify` prints it and can be given one to look for.

mod chain;
mod deed;

pub use chain::{Broken, Chain, Head};
pub use deed::{Action, Actor, Deed};

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;
use callsign_protocol::date::Timestamp;
use callsign_protocol::digest::sha256;
use uuid::Uuid;

/// Longest subject or detail, in characters.
const TEXT_CHARACTERS_MAX: usize = 512;

/// A record of the chain, in words: releases that know other words can still read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number, from 1 without a gap.
    pub number: u64,
    /// When it was done, to the millisecond.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To a thing of which resource.
    pub resource: Option<Uuid>,
    /// To what: an identity id, a name, a key.
    pub subject: String,
    /// Whether anything changed by it.
    pub changed: bool,
    /// What else there is to know.
    pub detail: String,
    /// SHA-256 of the hash before and of the text of this record.
    pub hash: [u8; SHA256_OUTPUT_LEN],
}

/// What a deed was done to.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The resource that it belongs to.
    pub resource: Option<Uuid>,
    /// What it is called.
    pub name: &'a str,
    /// Whether anything changed.
    pub changed: bool,
}

impl Record {
    /// The record of a deed, after the one that `head` tells of.
    #[must_use]
    pub fn following(head: &Head, deed: &Deed, subject: &Subject<'_>) -> Self {
        let mut record = Self {
            number: head.number + 1,
            at: deed.at.whole_milliseconds(),
            actor: plain(&deed.actor.to_string()),
            action: deed.action.as_str().to_owned(),
            resource: subject.resource,
            subject: plain(subject.name),
            changed: subject.changed,
            detail: plain(&deed.detail),
            hash: [0; SHA256_OUTPUT_LEN],
        };
        record.hash = record.hash_after(&head.hash);
        record
    }

    /// What is hashed besides the hash before: eight lines without a line end at the end.
    #[must_use]
    pub fn text(&self) -> String {
        let resource = self.resource.map(|resource| resource.to_string()).unwrap_or_default();
        let changed = if self.changed { "changed" } else { "unchanged" };
        let (number, at) = (self.number.to_string(), self.at.unix_milliseconds().to_string());
        [&number, &at, &self.actor, &self.action, &resource, &self.subject, changed, &self.detail].join("\n")
    }

    /// The hash that the record has after that one.
    #[must_use]
    pub fn hash_after(&self, before: &[u8; SHA256_OUTPUT_LEN]) -> [u8; SHA256_OUTPUT_LEN] {
        sha256(&[before, self.text().as_bytes()])
    }

    /// The record's place in the chain, as a head tells it.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash }
    }
}

/// One line of bounded length: the text of a record is made of lines.
fn plain(text: &str) -> String {
    let character = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(TEXT_CHARACTERS_MAX).map(character).collect()
}

/// Which records are asked for. What is not given does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of that resource.
    pub resource: Option<Uuid>,
    /// About that subject, by its whole name.
    pub subject: Option<String>,
    /// Done at that instant or later.
    pub since: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether the record is asked for.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        (self.resource.is_none() || self.resource == record.resource)
            && self.subject.as_ref().is_none_or(|subject| *subject == record.subject)
            && self.since.is_none_or(|since| record.at >= since)
    }
}
