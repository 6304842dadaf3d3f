//! What an access token says, and how its compact form is put together.

mod revision;

use std::fmt::{self, Write};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::Algorithm;
use crate::date::Timestamp;
use crate::identity_id::IdentityId;
use crate::resource::DataLocation;
use crate::scope::Scopes;
use uuid::Uuid;

pub use revision::{Epochs, MalformedRevision, MintedBy, Revision};

/// `scp` of every token of an ACS user that was ever seen (`live-behaviour.md` §3.2); it does not vary with the scopes.
const USER_SCP: u32 = 1792;
/// `scp` of every token of a Teams user that was ever seen.
const TEAMS_USER_SCP: u32 = 1024;

/// The characters whose low six bits are 62 or 63. The official Python token parser reads the payload as *standard*
/// base64, so it must hold none of them (`clients.md` A.10).
const UNSAFE_FOR_STANDARD_BASE64: [char; 4] = ['>', '?', '~', '\u{7f}'];

/// The `iss` claim: the server's public URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// The issuer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text cannot stand in a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public URL must be printable ASCII without blanks, quotes, backslashes, '>', '?' and '~'")]
pub struct InvalidIssuer;

impl FromStr for Issuer {
    type Err = InvalidIssuer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| {
            c.is_ascii_graphic() && c != '"' && c != '\\' && !UNSAFE_FOR_STANDARD_BASE64.contains(&c)
        };
        if text.is_empty() || !text.chars().all(allowed) {
            return Err(InvalidIssuer);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A payload with every scope has some 500 bytes; where this is too few, the buffer grows.
const PAYLOAD_BYTES: usize = 640;

/// Everything that an access token says.
#[derive(Debug, Clone)]
pub struct Claims<'a> {
    /// Whose token it is.
    pub identity: IdentityId,
    /// What it allows.
    pub scopes: &'a Scopes,
    /// When it was asked for; claims hold whole seconds.
    pub issued_at: Timestamp,
    /// When it ends; claims hold whole seconds.
    pub expires_at: Timestamp,
    /// Where the resource's data lies.
    pub data_location: DataLocation,
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// 128 random bits that tell it from every other token.
    pub token_id: [u8; 16],
    /// The epochs it is minted under.
    pub revision: Revision,
    /// The Entra token that was exchanged for it, if it is of a Teams user.
    pub teams: Option<TeamsClaims>,
}

/// What a Teams user's token tells of the Entra token that was exchanged for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamsClaims {
    /// The user's tenant.
    pub tenant: Uuid,
    /// The application that got the Entra token.
    pub application: Uuid,
    /// When Entra issued it.
    pub issued_at: Timestamp,
    /// Entra's name for it, if it has one that can stand in a token: letters, digits, `-` and `_`.
    pub token_id: Option<String>,
}

impl Claims<'_> {
    /// The payload: the live service's claims in the recorded order (`live-behaviour.md` §3.2), then ours.
    /// Written by hand: every value is a number, a guid or a checked word, so nothing needs escaping.
    #[must_use]
    pub fn payload(&self) -> String {
        let mut payload = String::with_capacity(PAYLOAD_BYTES);
        // A `String` takes whatever is written.
        let _ = self.write(&mut payload);
        payload
    }

    fn write(&self, to: &mut impl Write) -> fmt::Result {
        let sub = self.identity.to_string();
        // The id without its leading `8:` (`live-behaviour.md` §3.2).
        let skype_id = sub.strip_prefix("8:").unwrap_or(&sub);
        match &self.teams {
            None => self.write_recorded_of_user(to, skype_id)?,
            Some(teams) => self.write_recorded_of_teams_user(to, skype_id, teams)?,
        }
        let (iss, jti, rev) = (self.issuer.as_str(), URL_SAFE_NO_PAD.encode(self.token_id), self.revision);
        write!(to, r#","iss":"{iss}","sub":"{sub}","jti":"{jti}","rev":"{rev}"}}"#)
    }

    fn write_recorded_of_user(&self, to: &mut impl Write, skype_id: &str) -> fmt::Result {
        let (issued, ends) = (self.issued_at.unix_seconds(), self.expires_at.unix_seconds());
        let (region, scopes, location) = (self.data_location.region(), self.scopes, self.data_location);
        let resource = self.identity.resource();
        write!(
            to,
            r#"{{"skypeid":"{skype_id}","scp":{USER_SCP},"csi":"{issued}","exp":{ends},"rgn":"{region}","#
        )?;
        write!(
            to,
            r#""acsScope":"{scopes}","resourceId":"{resource}","resourceLocation":"{location}","iat":{issued}"#
        )
    }

    /// `csi` and `aad_iat` are the Entra token's `iat`. What `aad_pft` tells, which was seen in 2024-12 alone, is not known.
    fn write_recorded_of_teams_user(
        &self,
        to: &mut impl Write,
        skype_id: &str,
        teams: &TeamsClaims,
    ) -> fmt::Result {
        let (issued, ends) = (self.issued_at.unix_seconds(), self.expires_at.unix_seconds());
        let (region, scopes, resource) = (self.data_location.region(), self.scopes, self.identity.resource());
        let (entra_issued, tenant, application) =
            (teams.issued_at.unix_seconds(), teams.tenant, teams.application);
        write!(
            to,
            r#"{{"skypeid":"{skype_id}","scp":{TEAMS_USER_SCP},"csi":"{entra_issued}","exp":{ends},"#
        )?;
        write!(to, r#""rgn":"{region}","tid":"{tenant}","acsScope":"{scopes}","resourceId":"{resource}","#)?;
        write!(to, r#""aad_iat":"{entra_issued}""#)?;
        if let Some(id) = &teams.token_id {
            write!(to, r#","aad_uti":"{id}""#)?;
        }
        write!(to, r#","aad_appid":"{application}","iat":{issued}"#)
    }

    /// What is signed: the encoded header, a dot, the encoded payload.
    #[must_use]
    pub fn signing_input(&self, encoded_header: &str) -> String {
        let payload = self.payload();
        let mut input =
            String::with_capacity(encoded_header.len() + 1 + payload.len().div_ceil(3) * 4 + 1 + 342);
        input.push_str(encoded_header);
        input.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut input);
        input
    }
}

/// The encoded header of everything of one type that one key signs.
#[must_use]
pub fn encoded_header(key_id: &str, algorithm: Algorithm, typ: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","kid":"{key_id}","typ":"{typ}"}}"#))
}

/// Appends the signature to what was signed.
#[must_use]
pub fn compact(mut signing_input: String, signature: &[u8]) -> String {
    signing_input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut signing_input);
    signing_input
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_key::KeySlot;
    use crate::scope::Scope;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn claims<'a>(scopes: &'a Scopes, issuer: &'a Issuer) -> Claims<'a> {
        Claims {
            identity: IdentityId::from_parts(Uuid::from_u128(1), Uuid::from_u128(2)),
            scopes,
            issued_at: Timestamp::from_unix_milliseconds(1_657_788_332_900),
            expires_at: Timestamp::from_unix_milliseconds(1_657_788_332_900).plus_minutes(1440),
            data_location: DataLocation::UnitedStates,
            issuer,
            token_id: [9; 16],
            revision: Revision {
                identity: 3,
                resource: 0,
                minted_by: MintedBy::Key { slot: KeySlot::Primary, generation: 7 },
            },
            teams: None,
        }
    }

    fn names(payload: &str) -> Vec<&str> {
        payload
            .split("\":")
            .filter_map(|part| part.rsplit_once('"'))
            .map(|(_, name)| name)
            .filter(|name| *name != "}")
            .collect()
    }

    #[test]
    fn the_claims_of_the_live_service_come_first_and_in_its_order() {
        let (scopes, issuer) =
            (Scopes::new([Scope::Chat, Scope::Voip]).unwrap(), "https://localhost:8443".parse().unwrap());
        let payload = claims(&scopes, &issuer).payload();
        // live-behaviour.md §3.2, then design/tokens.md §1.
        let expected = [
            "skypeid",
            "scp",
            "csi",
            "exp",
            "rgn",
            "acsScope",
            "resourceId",
            "resourceLocation",
            "iat",
            "iss",
            "sub",
            "jti",
            "rev",
        ];
        assert_eq!(names(&payload), expected);
        let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(read["csi"], "1657788332");
        assert_eq!(read["exp"], 1_657_788_332 + 86_400);
        assert_eq!(read["acsScope"], "chat,voip");
        assert_eq!(read["rev"], "3.0.17");
        assert_eq!(read["sub"], format!("8:{}", read["skypeid"].as_str().unwrap()));
    }

    #[test]
    fn a_teams_users_token_has_the_claims_that_were_seen() {
        let (scopes, issuer) =
            (Scopes::new([Scope::Voip, Scope::Chat]).unwrap(), "https://localhost:8443".parse().unwrap());
        let mut claims = claims(&scopes, &issuer);
        claims.identity =
            IdentityId::read("8:orgid:00000000-0000-0000-0000-000000000003", Uuid::from_u128(1)).unwrap();
        claims.teams = Some(TeamsClaims {
            tenant: Uuid::from_u128(4),
            application: Uuid::from_u128(5),
            issued_at: Timestamp::from_unix_seconds(1_657_788_032),
            token_id: Some("a-_Z".to_owned()),
        });
        let payload = claims.payload();
        // live-behaviour.md §3.2, then design/tokens.md §1.
        let expected = [
            "skypeid",
            "scp",
            "csi",
            "exp",
            "rgn",
            "tid",
            "acsScope",
            "resourceId",
            "aad_iat",
            "aad_uti",
            "aad_appid",
            "iat",
            "iss",
            "sub",
            "jti",
            "rev",
        ];
        assert_eq!(names(&payload), expected);
        let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!((read["scp"].as_u64(), read["acsScope"].as_str()), (Some(1024), Some("voip,chat")));
        assert_eq!(read["skypeid"], "orgid:00000000-0000-0000-0000-000000000003");
        // The Entra token's `iat` is five minutes before the exchange, as that of every recorded one.
        assert_eq!(
            (read["csi"].as_str(), read["aad_iat"].as_str()),
            (Some("1657788032"), Some("1657788032"))
        );
        assert_eq!(read["iat"], 1_657_788_032 + 300);
        claims.teams.as_mut().unwrap().token_id = None;
        assert!(!claims.payload().contains("aad_uti"));
    }

    #[test]
    fn an_issuer_that_the_weakest_reader_cannot_read_is_refused() {
        for text in [
            "",
            "https://a?b",
            "https://a~b",
            "https://a b",
            "https://a\"",
            "https://ä",
            "https://a>b",
            "a\\",
        ] {
            assert_eq!(text.parse::<Issuer>(), Err(InvalidIssuer), "{text}");
        }
    }

    proptest! {
        // One million payloads are checked by `PROPTEST_CASES=1000000`; the default is enough to catch a new claim.
        #[test]
        fn standard_base64_reads_every_payload(resource: u128, local: u128, token_id: [u8; 16], seconds in 0_i64..9_999_999_999, epochs: (u64, u64, u64), mask in 1_u8..32, place in 0_usize..7) {
            let scopes = Scopes::new(Scope::ALL.into_iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, scope)| scope)).unwrap();
            let issuer: Issuer = "https://tokens.example.com:8443".parse().unwrap();
            let mut claims = claims(&scopes, &issuer);
            claims.identity = IdentityId::from_parts(Uuid::from_u128(resource), Uuid::from_u128(local));
            claims.token_id = token_id;
            claims.issued_at = Timestamp::from_unix_seconds(seconds);
            claims.data_location = DataLocation::ALL[place];
            claims.revision = Revision { identity: epochs.0, resource: epochs.1, minted_by: MintedBy::Key { slot: KeySlot::Secondary, generation: epochs.2 } };
            let input = claims.signing_input("h");
            let encoded = input.strip_prefix("h.").unwrap();
            let decoded = STANDARD_NO_PAD.decode(encoded).unwrap();
            prop_assert!(decoded.is_ascii());
            prop_assert_eq!(String::from_utf8(decoded).unwrap(), claims.payload());
        }
    }
}
