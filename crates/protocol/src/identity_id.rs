//! Identity ids: `8:acs:<resource guid>_<local guid>`.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::date::Timestamp;

/// Ids count milliseconds since 2020-01-01T08:00:00Z (1,034 recorded ids agree: `live-behaviour.md` §3.1).
const EPOCH_UNIX_MILLISECONDS: i64 = 1_577_865_600_000;

const PREFIX: &str = "8:acs:";

/// The id of an identity: the resource that owns it, and 128 bits of which the first 64 tell when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityId {
    resource: Uuid,
    local: Uuid,
}

impl IdentityId {
    /// An id minted now: milliseconds since the epoch, then 64 random bits. An instant before the epoch counts as the epoch.
    #[must_use]
    pub fn mint(resource: Uuid, now: Timestamp, random: u64) -> Self {
        let milliseconds = u64::try_from(now.unix_milliseconds() - EPOCH_UNIX_MILLISECONDS).unwrap_or(0);
        Self { resource, local: Uuid::from_u64_pair(milliseconds, random) }
    }

    /// An id from its two halves, as a store keeps them.
    #[must_use]
    pub const fn from_parts(resource: Uuid, local: Uuid) -> Self {
        Self { resource, local }
    }

    /// The resource that owns the identity.
    #[must_use]
    pub const fn resource(&self) -> Uuid {
        self.resource
    }

    /// The half that is unique within the resource.
    #[must_use]
    pub const fn local(&self) -> Uuid {
        self.local
    }

    /// The instant of minting, to the millisecond.
    #[must_use]
    pub const fn minted_at(&self) -> Timestamp {
        let (milliseconds, _) = self.local.as_u64_pair();
        let milliseconds = if milliseconds > i64::MAX as u64 { i64::MAX } else { milliseconds as i64 };
        Timestamp::from_unix_milliseconds(milliseconds.saturating_add(EPOCH_UNIX_MILLISECONDS))
    }

    /// The id without its leading `8:`, as the `skypeid` claim has it (`live-behaviour.md` §3.2).
    #[must_use]
    pub fn skype_id(&self) -> String {
        format!("acs:{}_{}", self.resource, self.local)
    }
}

impl fmt::Display for IdentityId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}_{}", self.resource, self.local)
    }
}

/// The text is no identity id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identity id has the form 8:acs:<guid>_<guid>")]
pub struct MalformedId;

impl FromStr for IdentityId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (resource, local) =
            text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(MalformedId)?;
        Ok(Self { resource: hyphenated(resource)?, local: hyphenated(local)? })
    }
}

/// Reads a guid in its hyphenated form only: other spellings would give one identity several ids.
fn hyphenated(text: &str) -> Result<Uuid, MalformedId> {
    match text.len() {
        36 => Uuid::try_parse(text).map_err(|_| MalformedId),
        _ => Err(MalformedId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECORDED: &str = "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_00000008-50cd-47d0-1655-373a0d00c700";

    #[test]
    fn a_recorded_id_tells_when_it_was_minted() {
        // The reply that carried this id was dated Wed, 17 Feb 2021 16:56:08 GMT (recordings/identity.json, first exchange).
        let id: IdentityId = RECORDED.parse().unwrap();
        assert_eq!(id.minted_at().to_imf_fixdate(), "Wed, 17 Feb 2021 16:56:08 GMT");
        assert_eq!(id.to_string(), RECORDED);
    }

    #[test]
    fn the_worked_example_of_the_reference_holds() {
        // `live-behaviour.md` §3.1: 00000021-c6b7-24db is 2024-08-06T08:36:52.059Z.
        let now = Timestamp::from_unix_milliseconds(1_722_933_412_059);
        let id = IdentityId::mint(Uuid::nil(), now, 7);
        assert_eq!(
            id.to_string(),
            "8:acs:00000000-0000-0000-0000-000000000000_00000021-c6b7-24db-0000-000000000007"
        );
        assert_eq!(id.minted_at(), now);
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in [
            "",
            "8:acs:",
            "sanitized",
            "acs:46849534-eb08-4ab7-bde7-c36928cd1547_00000008-50cd-47d0-1655-373a0d00c700",
            "8:orgid:46849534-eb08-4ab7-bde7-c36928cd1547",
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547",
            "8:acs:46849534eb084ab7bde7c36928cd1547_00000008-50cd-47d0-1655-373a0d00c700",
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_00000008-50cd-47d0-1655-373a0d00c70",
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_00000008-50cd-47d0-1655-373a0d00c7000",
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_00000008-50cd-47d0-1655-373a0d00c70g",
        ] {
            assert_eq!(text.parse::<IdentityId>(), Err(MalformedId), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_id_reads_back(resource: u128, local: u128) {
            let id = IdentityId::from_parts(Uuid::from_u128(resource), Uuid::from_u128(local));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn no_text_makes_the_reader_fail_otherwise(text in ".*") {
            if let Ok(id) = text.parse::<IdentityId>() {
                prop_assert_eq!(id.to_string(), text.to_lowercase());
            }
        }
    }
}
