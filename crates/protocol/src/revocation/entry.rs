//! Entries: one revocation each, in one canonical spelling, because digests are of it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::GONE;
use crate::access_key::KeySlot;

/// How the epoch of a deleted identity is spelled.
const GONE_WORD: &str = "gone";

/// Longest id of a signing key, in characters. A thumbprint has 43.
const KEY_ID_CHARACTERS_MAX: usize = 128;

/// What was raised, and to what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry {
    /// An identity's epoch; [`GONE`] when it was deleted. `i:<local guid in base64url>:<epoch>`.
    Identity {
        /// The half of its id that is unique within the resource.
        local: Uuid,
        /// The epoch in force.
        epoch: u64,
    },
    /// The resource's epoch: everything minted before is revoked. `r:<epoch>`.
    Resource {
        /// The epoch in force.
        epoch: u64,
    },
    /// An access key's generation: what its predecessor minted is revoked. `k:<slot>:<generation>`.
    AccessKey {
        /// Which of the two.
        slot: KeySlot,
        /// The generation in force.
        generation: u64,
    },
    /// A signing key is compromised: nothing that it signed is good. `s:<kid>`.
    SigningKey {
        /// Its `kid`.
        key_id: String,
    },
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity { local, epoch } => {
                write!(formatter, "i:{}:", URL_SAFE_NO_PAD.encode(local.as_bytes()))?;
                if *epoch == GONE { formatter.write_str(GONE_WORD) } else { write!(formatter, "{epoch}") }
            }
            Self::Resource { epoch } => write!(formatter, "r:{epoch}"),
            Self::AccessKey { slot, generation } => write!(formatter, "k:{}:{generation}", slot.number()),
            Self::SigningKey { key_id } => write!(formatter, "s:{key_id}"),
        }
    }
}

/// The text is no entry of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an entry of a revocation feed is i:<identity>:<epoch>, r:<epoch>, k:<slot>:<generation> or s:<key id>"
)]
pub struct MalformedEntry;

impl FromStr for Entry {
    type Err = MalformedEntry;

    /// Reads the canonical spelling and no other: an entry that is spelled differently has another digest.
    fn from_str(text: &str) -> Result<Self, MalformedEntry> {
        let (kind, rest) = text.split_once(':').ok_or(MalformedEntry)?;
        match kind {
            "i" => {
                let (local, epoch) = rest.split_once(':').ok_or(MalformedEntry)?;
                let bytes = URL_SAFE_NO_PAD.decode(local).map_err(|_| MalformedEntry)?;
                let local = Uuid::from_slice(&bytes).map_err(|_| MalformedEntry)?;
                let epoch = if epoch == GONE_WORD { GONE } else { number(epoch)? };
                Ok(Self::Identity { local, epoch })
            }
            "r" => Ok(Self::Resource { epoch: number(rest)? }),
            "k" => {
                let (slot, generation) = rest.split_once(':').ok_or(MalformedEntry)?;
                let slot = KeySlot::BOTH.into_iter().find(|known| known.number().to_string() == slot);
                Ok(Self::AccessKey { slot: slot.ok_or(MalformedEntry)?, generation: number(generation)? })
            }
            "s" if (1..=KEY_ID_CHARACTERS_MAX).contains(&rest.len())
                && rest.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Ok(Self::SigningKey { key_id: rest.to_owned() })
            }
            _ => Err(MalformedEntry),
        }
    }
}

/// A number below [`GONE`], without leading zeros.
pub(super) fn number(text: &str) -> Result<u64, MalformedEntry> {
    let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    match text.parse() {
        Ok(number) if canonical && number < GONE => Ok(number),
        _ => Err(MalformedEntry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_spelled_in_one_way() {
        let local = Uuid::from_u128(1);
        for (entry, text) in [
            (Entry::Identity { local, epoch: 3 }, "i:AAAAAAAAAAAAAAAAAAAAAQ:3"),
            (Entry::Identity { local, epoch: GONE }, "i:AAAAAAAAAAAAAAAAAAAAAQ:gone"),
            (Entry::Resource { epoch: 0 }, "r:0"),
            (Entry::AccessKey { slot: KeySlot::Secondary, generation: 7 }, "k:2:7"),
            (Entry::SigningKey { key_id: "a_b-C".to_owned() }, "s:a_b-C"),
        ] {
            assert_eq!(entry.to_string(), text);
            assert_eq!(text.parse(), Ok(entry));
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for text in [
            "",
            "i",
            "i:AAAAAAAAAAAAAAAAAAAAAQ",
            "i:AAAAAAAAAAAAAAAAAAAAAQ:",
            "i:AAAAAAAAAAAAAAAAAAAAAQ:03",
            "i:AAAAAAAAAAAAAAAAAAAAAQ:+3",
            "i:AAAAAAAAAAAAAAAAAAAAAQ:18446744073709551615",
            "i:AAAAAAAAAAAAAAAAAAAAAQ:GONE",
            "i:AAAAAAAAAAAAAAAAAAAAAR:3",
            "i:AAAAAAAAAAAAAAAAAAAAAQ==:3",
            "i:AAAA:3",
            "r:",
            "r:-1",
            "r:1 ",
            "k:3:1",
            "k:01:1",
            "k:1",
            "s:",
            "s:a b",
            "s:a\n",
            "x:1",
        ] {
            assert_eq!(text.parse::<Entry>(), Err(MalformedEntry), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_reads_is_spelled_back(text in "[irks]:[A-Za-z0-9_:-]{0,40}") {
            if let Ok(entry) = text.parse::<Entry>() {
                prop_assert_eq!(entry.to_string(), text);
            }
        }
    }
}
