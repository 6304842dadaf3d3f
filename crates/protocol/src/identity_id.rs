//! Identity ids: `8:acs:<resource guid>_<local guid>` for users that are made here, and three more forms for users whom
//! Microsoft Entra knows.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::date::Timestamp;
use crate::digest::sha256;

/// Ids count milliseconds since 2020-01-01T08:00:00Z (1,034 recorded ids agree: `live-behaviour.md` §3.1).
const EPOCH_UNIX_MILLISECONDS: i64 = 1_577_865_600_000;

const PREFIX: &str = "8:acs:";
const TEAMS_PREFIX: &str = "8:orgid:";
/// What tells an Entra user's id from that of a Teams extension user (`live-behaviour.md` §3.1).
const ENTRA_WORD: &str = "wf";

/// Set in the local guid of every user of Entra and in that of no user made here, which begins with a count of milliseconds:
/// so no guid is both.
const OF_ENTRA_BIT: u128 = 1 << 127;

/// A user of a Microsoft Entra tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntraUser {
    /// The tenant, the `tid` of the user's tokens.
    pub tenant: Uuid,
    /// The user within it, the `oid` of its tokens.
    pub object: Uuid,
}

/// Whose an id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// Somebody made here: `8:acs:<resource>_<local>`.
    User,
    /// A user of Entra: `8:acs:<resource>_wf_<tenant>_<object>`.
    EntraUser(EntraUser),
    /// A user, or a resource account, of the Teams extension: `8:acs:<resource>_<tenant>_<object>`.
    TeamsExtensionUser(EntraUser),
    /// A user of Teams: `8:orgid:<object>`, which names no resource.
    TeamsUser(Uuid),
}

impl Holder {
    /// The half of the id that is unique within the resource. For a user of Entra it is always the same, so that the user is
    /// found again and revocations are told of in the same words as all others.
    fn local(&self) -> Option<Uuid> {
        let (word, tenant, object) = match self {
            Self::User => return None,
            Self::EntraUser(user) => ("entra", user.tenant, user.object),
            Self::TeamsExtensionUser(user) => ("teams extension", user.tenant, user.object),
            Self::TeamsUser(object) => ("teams", Uuid::nil(), *object),
        };
        let digest = sha256(&[b"callsign ", word.as_bytes(), b"\n", tenant.as_bytes(), object.as_bytes()]);
        let upper = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        Some(Uuid::from_u128(upper | OF_ENTRA_BIT))
    }
}

/// The id of an identity: the resource that owns it, 128 bits that are unique within it, and whose it is. The first 64 bits
/// of a user made here tell when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityId {
    resource: Uuid,
    local: Uuid,
    holder: Holder,
}

impl IdentityId {
    /// An id minted now: milliseconds since the epoch, then 64 random bits. An instant before the epoch counts as the epoch.
    #[must_use]
    pub fn mint(resource: Uuid, now: Timestamp, random: u64) -> Self {
        let milliseconds = u64::try_from(now.unix_milliseconds() - EPOCH_UNIX_MILLISECONDS).unwrap_or(0);
        Self::from_parts(resource, Uuid::from_u64_pair(milliseconds, random))
    }

    /// The id of a user made here, from its two halves as a store keeps them.
    #[must_use]
    pub const fn from_parts(resource: Uuid, local: Uuid) -> Self {
        Self { resource, local, holder: Holder::User }
    }

    /// The id of a user whom Entra knows; `None` for one made here, whose local half is not known by that.
    #[must_use]
    pub fn of_entra(resource: Uuid, holder: Holder) -> Option<Self> {
        holder.local().map(|local| Self { resource, local, holder })
    }

    /// Reads an id as somebody writes it who speaks for that resource: that of a Teams user names none.
    ///
    /// # Errors
    /// [`MalformedId`] for a text of none of the four forms.
    pub fn read(text: &str, resource: Uuid) -> Result<Self, MalformedId> {
        match text.strip_prefix(TEAMS_PREFIX) {
            Some(object) => entra(resource, Holder::TeamsUser(hyphenated(object)?)),
            None => text.parse(),
        }
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

    /// Whose it is.
    #[must_use]
    pub const fn holder(&self) -> Holder {
        self.holder
    }

    /// Whether it is of a user whom Entra knows: such an identity gets tokens by an exchange only, and comes again after it
    /// was deleted.
    #[must_use]
    pub const fn is_of_entra(&self) -> bool {
        !matches!(self.holder, Holder::User)
    }

    /// The instant of minting, to the millisecond; `None` for a user of Entra, whose id is not minted.
    #[must_use]
    pub const fn minted_at(&self) -> Option<Timestamp> {
        if self.is_of_entra() {
            return None;
        }
        let (milliseconds, _) = self.local.as_u64_pair();
        let milliseconds = if milliseconds > i64::MAX as u64 { i64::MAX } else { milliseconds as i64 };
        Some(Timestamp::from_unix_milliseconds(milliseconds.saturating_add(EPOCH_UNIX_MILLISECONDS)))
    }
}

impl fmt::Display for IdentityId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resource = self.resource;
        match self.holder {
            Holder::User => write!(formatter, "{PREFIX}{resource}_{}", self.local),
            Holder::EntraUser(EntraUser { tenant, object }) => {
                write!(formatter, "{PREFIX}{resource}_{ENTRA_WORD}_{tenant}_{object}")
            }
            Holder::TeamsExtensionUser(EntraUser { tenant, object }) => {
                write!(formatter, "{PREFIX}{resource}_{tenant}_{object}")
            }
            Holder::TeamsUser(object) => write!(formatter, "{TEAMS_PREFIX}{object}"),
        }
    }
}

/// The text is no identity id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identity id has the form 8:acs:<guid>_<guid>")]
pub struct MalformedId;

impl FromStr for IdentityId {
    type Err = MalformedId;

    /// Reads every form that names its resource.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.strip_prefix(PREFIX).ok_or(MalformedId)?.split('_');
        let mut part = || parts.next();
        let (resource, second, third, fourth) = (part(), part(), part(), part());
        if part().is_some() {
            return Err(MalformedId);
        }
        let resource = hyphenated(resource.ok_or(MalformedId)?)?;
        let user =
            |tenant, object| Ok(EntraUser { tenant: hyphenated(tenant)?, object: hyphenated(object)? });
        match (second, third, fourth) {
            (Some(local), None, None) => {
                // Else a user of Entra had a second id, to which tokens could be issued without an exchange.
                let local = Some(hyphenated(local)?).filter(|local| local.as_u128() & OF_ENTRA_BIT == 0);
                local.map(|local| Self::from_parts(resource, local)).ok_or(MalformedId)
            }
            (Some(tenant), Some(object), None) => {
                entra(resource, Holder::TeamsExtensionUser(user(tenant, object)?))
            }
            (Some(ENTRA_WORD), Some(tenant), Some(object)) => {
                entra(resource, Holder::EntraUser(user(tenant, object)?))
            }
            _ => Err(MalformedId),
        }
    }
}

fn entra(resource: Uuid, holder: Holder) -> Result<IdentityId, MalformedId> {
    IdentityId::of_entra(resource, holder).ok_or(MalformedId)
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
        assert_eq!(id.minted_at().unwrap().to_imf_fixdate(), "Wed, 17 Feb 2021 16:56:08 GMT");
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
        assert_eq!(id.minted_at(), Some(now));
    }

    #[test]
    fn the_published_ids_of_entra_users_read_back() {
        // Examples of the published descriptions: 2025-03-02-preview.ExchangeEntraIdToken.json and
        // 2026-09-23.TeamsExtensionOperations_ExchangeToken.json.
        let (resource, tenant, object) = (
            "2dee53b4-368b-45b4-ab52-8493fb117652",
            "c70d068c-2f32-484d-9455-73070cd5aadd",
            "b27b64b9-39d2-44a3-869d-67700b74e805",
        );
        let user = EntraUser { tenant: tenant.parse().unwrap(), object: object.parse().unwrap() };
        let entra = format!("8:acs:{resource}_wf_{tenant}_{object}");
        let teams_extension = format!("8:acs:{resource}_{tenant}_{object}");
        for (text, holder) in
            [(&entra, Holder::EntraUser(user)), (&teams_extension, Holder::TeamsExtensionUser(user))]
        {
            let id: IdentityId = text.parse().unwrap();
            assert_eq!((id.holder(), id.to_string()), (holder, text.clone()));
            assert_eq!(Some(id), IdentityId::of_entra(resource.parse().unwrap(), holder));
            assert_eq!(IdentityId::read(text, Uuid::nil()), Ok(id));
            assert_eq!(id.minted_at(), None);
        }
    }

    #[test]
    fn a_teams_users_id_names_no_resource() {
        let object = "b27b64b9-39d2-44a3-869d-67700b74e805";
        let text = format!("8:orgid:{object}");
        assert_eq!(text.parse::<IdentityId>(), Err(MalformedId));
        let id = IdentityId::read(&text, Uuid::from_u128(7)).unwrap();
        assert_eq!((id.resource(), id.to_string()), (Uuid::from_u128(7), text));
        assert_eq!(id.holder(), Holder::TeamsUser(object.parse().unwrap()));
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
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_wf_00000008-50cd-47d0-1655-373a0d00c700",
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_00000008-50cd-47d0-1655-373a0d00c700_",
            "8:orgid:",
            "8:orgid:46849534eb084ab7bde7c36928cd1547",
            // The local guid of a user of Entra is no id of its own.
            "8:acs:46849534-eb08-4ab7-bde7-c36928cd1547_80000008-50cd-47d0-1655-373a0d00c700",
        ] {
            assert_eq!(text.parse::<IdentityId>(), Err(MalformedId), "{text}");
        }
        assert_eq!(
            IdentityId::read("8:orgid:46849534eb084ab7bde7c36928cd1547", Uuid::nil()),
            Err(MalformedId)
        );
    }

    proptest! {
        #[test]
        fn every_id_reads_back(resource: u128, local in 0..OF_ENTRA_BIT) {
            let id = IdentityId::from_parts(Uuid::from_u128(resource), Uuid::from_u128(local));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        /// A token, a revocation or a row that is told by the local guid alone is never that of another kind of user.
        #[test]
        fn local_guids_of_different_holders_differ(tenant: u128, object: u128, now in 0_i64..9_999_999_999_999, random: u64) {
            let user = EntraUser { tenant: Uuid::from_u128(tenant), object: Uuid::from_u128(object) };
            let holders = [Holder::EntraUser(user), Holder::TeamsExtensionUser(user), Holder::TeamsUser(user.object)];
            let mut locals: Vec<Uuid> =
                holders.iter().map(|holder| IdentityId::of_entra(Uuid::nil(), *holder).unwrap().local()).collect();
            prop_assert!(locals.iter().all(|local| local.as_u128() & OF_ENTRA_BIT != 0));
            let minted = IdentityId::mint(Uuid::nil(), Timestamp::from_unix_milliseconds(now), random);
            prop_assert_eq!(minted.local().as_u128() & OF_ENTRA_BIT, 0);
            locals.sort_unstable();
            locals.dedup();
            prop_assert_eq!(locals.len(), holders.len());
        }

        #[test]
        fn no_text_makes_the_reader_fail_otherwise(text in ".*") {
            if let Ok(id) = text.parse::<IdentityId>() {
                prop_assert_eq!(id.to_string(), text.to_lowercase());
            }
        }
    }
}
