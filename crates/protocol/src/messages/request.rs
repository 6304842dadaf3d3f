//! Request bodies: parsed once into values that cannot be wrong.

mod assignments;
mod exchanges;

use serde::Deserialize;
use serde_json::Value;

use crate::lifetime::Lifetime;
use crate::scope::{Scope, Scopes};
use crate::version::ApiVersion;

pub use assignments::{PutAssignment, UpdateEntraAssignments};
pub use exchanges::{ExchangeTeamsUser, ExpectedUser, MemberFault, check_empty};

/// Longest `customId`, in characters (`wire-contract.md` §2.1).
pub const CUSTOM_ID_CHARACTERS_MAX: usize = 256;

/// Characters of a caller's word that an error repeats.
const ECHO_CHARACTERS_MAX: usize = 64;

/// What is wrong with a request body. Texts marked *recorded* are the live service's own (`live-behaviour.md` §1.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// The body is not a JSON object.
    #[error("The request body is not a valid JSON object: {reason}.")]
    NotAnObject {
        /// What the JSON reader said, and where.
        reason: String,
    },
    /// `scopes` is missing or null. Recorded.
    #[error("Scopes: The Scopes field is required.")]
    ScopesMissing,
    /// `scopes` is an empty list. Recorded.
    #[error("Invalid scopes - Scopes field is required.")]
    ScopesEmpty,
    /// A word in the list is no scope.
    #[error(
        "Invalid scopes - '{word}' is not a scope; use chat, voip, chat.join, chat.join.limited or voip.join."
    )]
    ScopeUnknown {
        /// The member that held it.
        member: &'static str,
        /// The word, cut to 64 characters.
        word: String,
    },
    /// The list of scopes is no list of strings.
    #[error("{member}: The value must be a list of strings.")]
    ScopesNotStrings {
        /// The member in question.
        member: &'static str,
    },
    /// The lifetime is a whole number out of range. Recorded.
    #[error("ExpiresInMinutes value {value} is invalid. Value must be within the [60, 1440] interval.")]
    LifetimeOutOfRange {
        /// The number as it was sent.
        value: String,
    },
    /// The lifetime is a fraction, a text or something else.
    #[error("ExpiresInMinutes: The value must be a whole number of minutes within the [60, 1440] interval.")]
    LifetimeNotWhole,
    /// `customId` is no string of 1 to 256 characters, or one of them is a control character.
    #[error(
        "CustomId: The value must be a string of 1 to {CUSTOM_ID_CHARACTERS_MAX} characters, none of them a control character."
    )]
    CustomIdLength,
    /// There is no Entra token in the body. Recorded.
    #[error("The body is either missing or doesn't contain any token.")]
    TokenMissing,
    /// A member that is required is missing, null or empty. Recorded for `AppId` and `UserId`.
    #[error("{member}: The {member} field is required.")]
    MemberMissing {
        /// The member, in Pascal case.
        member: &'static str,
    },
    /// A member is no guid. Recorded for `AppId` and `UserId`.
    #[error("Provided {} has invalid format.", pascal(member))]
    MemberNoGuid {
        /// The member.
        member: &'static str,
    },
    /// A member of an assignment is not as it has to be.
    #[error("{}: {reason}", pascal(member))]
    MemberInvalid {
        /// The member.
        member: &'static str,
        /// What is wrong with it, as a sentence.
        reason: &'static str,
    },
}

/// The word as the live service begins it in its texts.
fn pascal(member: &str) -> String {
    let mut letters = member.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

impl InvalidMessage {
    /// The `target` of the error: Pascal case where the live service refuses before its controller runs, else the
    /// member's own name; `ExpiresInMinutes` is the recorded exception (`live-behaviour.md` §1.2).
    #[must_use]
    pub const fn target(&self) -> Option<&'static str> {
        match self {
            Self::NotAnObject { .. } | Self::TokenMissing => None,
            Self::MemberMissing { member }
            | Self::MemberNoGuid { member }
            | Self::MemberInvalid { member, .. } => Some(member),
            Self::ScopesMissing => Some("Scopes"),
            Self::ScopesEmpty => Some("scopes"),
            Self::ScopeUnknown { member, .. } | Self::ScopesNotStrings { member } => Some(member),
            Self::LifetimeOutOfRange { .. } | Self::LifetimeNotWhole => Some("ExpiresInMinutes"),
            Self::CustomIdLength => Some("customId"),
        }
    }

    /// Whether the live service finds this while binding the body, before the controller that adds
    /// `api-supported-versions` runs (`live-behaviour.md` §1.2, "Reading the two kinds of error").
    #[must_use]
    pub const fn found_while_binding(&self) -> bool {
        match self {
            Self::NotAnObject { .. }
            | Self::ScopesMissing
            | Self::ScopesNotStrings { .. }
            | Self::LifetimeNotWhole
            | Self::TokenMissing
            | Self::MemberMissing { .. } => true,
            Self::ScopesEmpty
            | Self::ScopeUnknown { .. }
            | Self::LifetimeOutOfRange { .. }
            | Self::CustomIdLength
            | Self::MemberNoGuid { .. }
            | Self::MemberInvalid { .. } => false,
        }
    }
}

/// `POST /identities`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateIdentity {
    /// The scopes of the token to issue as well, if one is wanted.
    pub scopes: Option<Scopes>,
    /// How long that token lives.
    pub lifetime: Lifetime,
    /// The caller's own name for the identity.
    pub custom_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CreateMembers {
    create_token_with_scopes: Value,
    expires_in_minutes: Value,
    custom_id: Value,
}

impl CreateIdentity {
    /// Reads the body; no body at all means no wishes. Members that the version lacks are ignored.
    ///
    /// # Errors
    /// [`InvalidMessage`], naming the first member at fault.
    pub fn parse(version: ApiVersion, body: &[u8]) -> Result<Self, InvalidMessage> {
        if body.is_empty() || !version.has_create_body() {
            return Ok(Self::default());
        }
        let members: CreateMembers = object(body)?;
        let scopes = match &members.create_token_with_scopes {
            Value::Null => None,
            list => scopes("createTokenWithScopes", list)?,
        };
        let custom_id = if version.has_custom_id() { custom_id(members.custom_id)? } else { None };
        Ok(Self { scopes, lifetime: lifetime(version, &members.expires_in_minutes)?, custom_id })
    }
}

/// `POST /identities/{id}/:issueAccessToken`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueAccessToken {
    /// What the bearer may do.
    pub scopes: Scopes,
    /// How long the token lives.
    pub lifetime: Lifetime,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct IssueMembers {
    scopes: Value,
    expires_in_minutes: Value,
}

impl IssueAccessToken {
    /// Reads the body. Members that the version lacks are ignored.
    ///
    /// # Errors
    /// [`InvalidMessage`], naming the first member at fault.
    pub fn parse(version: ApiVersion, body: &[u8]) -> Result<Self, InvalidMessage> {
        let members: IssueMembers = if body.is_empty() { IssueMembers::default() } else { object(body)? };
        if members.scopes.is_null() {
            return Err(InvalidMessage::ScopesMissing);
        }
        let scopes = scopes("scopes", &members.scopes)?.ok_or(InvalidMessage::ScopesEmpty)?;
        Ok(Self { scopes, lifetime: lifetime(version, &members.expires_in_minutes)? })
    }
}

/// Reads a JSON object. A list is refused first: serde would read it as the members in order.
fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, InvalidMessage> {
    // serde_json reads no further than it needs: without this, members that nobody reads could hold anything.
    if std::str::from_utf8(body).is_err() {
        return Err(InvalidMessage::NotAnObject { reason: "it is not UTF-8".to_owned() });
    }
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(InvalidMessage::NotAnObject { reason: "it does not begin with '{'".to_owned() });
    }
    serde_json::from_slice(body).map_err(|error| InvalidMessage::NotAnObject { reason: error.to_string() })
}

fn scopes(member: &'static str, list: &Value) -> Result<Option<Scopes>, InvalidMessage> {
    let not_strings = || InvalidMessage::ScopesNotStrings { member };
    let mut scopes = Vec::new();
    for item in list.as_array().ok_or_else(not_strings)? {
        let word = item.as_str().ok_or_else(not_strings)?;
        let scope: Scope = word.parse().map_err(|_| InvalidMessage::ScopeUnknown {
            member,
            word: word.chars().take(ECHO_CHARACTERS_MAX).collect(),
        })?;
        scopes.push(scope);
    }
    Ok(Scopes::new(scopes))
}

fn lifetime(version: ApiVersion, value: &Value) -> Result<Lifetime, InvalidMessage> {
    match value {
        _ if !version.has_lifetime() => Ok(Lifetime::default()),
        Value::Null => Ok(Lifetime::default()),
        Value::Number(number) if number.is_i64() || number.is_u64() => number
            .as_i64()
            .and_then(Lifetime::from_minutes)
            .ok_or_else(|| InvalidMessage::LifetimeOutOfRange { value: number.to_string() }),
        _ => Err(InvalidMessage::LifetimeNotWhole),
    }
}

fn custom_id(value: Value) -> Result<Option<String>, InvalidMessage> {
    let fits = |text: &str| {
        (1..=CUSTOM_ID_CHARACTERS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    match value {
        Value::Null => Ok(None),
        Value::String(text) if fits(&text) => Ok(Some(text)),
        _ => Err(InvalidMessage::CustomIdLength),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEWEST: ApiVersion = ApiVersion::NEWEST;
    const PREVIEW: ApiVersion = ApiVersion::V2025_03_02Preview;

    fn issue(body: &str) -> Result<IssueAccessToken, InvalidMessage> {
        IssueAccessToken::parse(NEWEST, body.as_bytes())
    }

    #[test]
    fn no_body_an_empty_object_and_nulls_all_create_without_token() {
        for body in [
            "",
            "{}",
            r#"{"createTokenWithScopes":null,"expiresInMinutes":null}"#,
            r#"{"createTokenWithScopes":[]}"#,
            r#" {"unknown":{"deep":[1]}}"#,
        ] {
            assert_eq!(
                CreateIdentity::parse(NEWEST, body.as_bytes()),
                Ok(CreateIdentity::default()),
                "{body}"
            );
        }
    }

    #[test]
    fn members_that_a_version_lacks_are_ignored() {
        let body = br#"{"createTokenWithScopes":["chat"],"expiresInMinutes":"soon","customId":7}"#;
        let old = CreateIdentity::parse(ApiVersion::V2022_06_01, body).unwrap();
        assert_eq!((old.lifetime, old.custom_id), (Lifetime::MAX, None));
        assert_eq!(CreateIdentity::parse(NEWEST, body), Err(InvalidMessage::LifetimeNotWhole));
    }

    #[test]
    fn wrong_bodies_are_named() {
        assert_eq!(issue(""), Err(InvalidMessage::ScopesMissing));
        assert_eq!(issue(r#"{"scopes":null}"#), Err(InvalidMessage::ScopesMissing));
        assert_eq!(issue(r#"{"scopes":[]}"#), Err(InvalidMessage::ScopesEmpty));
        for scopes in [r#""chat""#, "[1]", "{}", "true"] {
            assert_eq!(
                issue(&format!(r#"{{"scopes":{scopes}}}"#)),
                Err(InvalidMessage::ScopesNotStrings { member: "scopes" })
            );
        }
        for body in [
            "[[\"chat\"]]",
            "null",
            "{",
            "{\"scopes\":[\"chat\"],\"scopes\":[\"voip\"]}",
            "\u{feff}{}",
            "{}x",
        ] {
            assert!(matches!(issue(body), Err(InvalidMessage::NotAnObject { .. })), "{body}");
        }
        let long = format!(r#"{{"scopes":["{}"]}}"#, "x".repeat(10_000));
        assert!(issue(&long).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn lifetimes_out_of_range_or_not_whole_are_refused() {
        for value in ["59", "1441", "-1", "0", "9223372036854775807", "18446744073709551615"] {
            let body = format!(r#"{{"scopes":["chat"],"expiresInMinutes":{value}}}"#);
            assert_eq!(issue(&body), Err(InvalidMessage::LifetimeOutOfRange { value: value.to_owned() }));
        }
        for value in ["60.5", "60.0", "\"60\"", "[]", "true", "1e3"] {
            let body = format!(r#"{{"scopes":["chat"],"expiresInMinutes":{value}}}"#);
            assert_eq!(issue(&body), Err(InvalidMessage::LifetimeNotWhole), "{value}");
        }
    }

    #[test]
    fn a_custom_id_has_1_to_256_characters() {
        let parse = |id: &str| CreateIdentity::parse(PREVIEW, format!(r#"{{"customId":"{id}"}}"#).as_bytes());
        assert_eq!(parse(&"é".repeat(256)).unwrap().custom_id.unwrap().chars().count(), 256);
        assert_eq!(parse(&"é".repeat(257)), Err(InvalidMessage::CustomIdLength));
        assert_eq!(parse(""), Err(InvalidMessage::CustomIdLength));
        assert_eq!(parse("a\\u0000"), Err(InvalidMessage::CustomIdLength));
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_fail_otherwise(body: Vec<u8>) {
            let _ = CreateIdentity::parse(PREVIEW, &body);
            let _ = IssueAccessToken::parse(NEWEST, &body);
        }
    }
}
