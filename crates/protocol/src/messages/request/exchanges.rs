//! Bodies of the exchanges of Entra tokens.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{InvalidMessage, object};
use crate::secret::Secret;
use crate::version::ApiVersion;

/// `POST /teamsUser/:exchangeAccessToken`. What is wrong with `appId` and `userId` is kept until the token was judged: that is
/// the recorded order (`live-behaviour.md` §1.2).
#[derive(Debug)]
pub struct ExchangeTeamsUser {
    /// The user's Entra token; empty, it is no good one.
    pub token: Secret<String>,
    /// Whose it has to be, in versions that ask.
    pub expected: Option<Result<ExpectedUser, MemberFault>>,
}

/// Whose the token has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedUser {
    /// The application that got it.
    pub application: Uuid,
    /// The user.
    pub object: Uuid,
}

/// The first member at fault.
pub type MemberFault = InvalidMessage;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TeamsUserMembers {
    token: Value,
    app_id: Value,
    user_id: Value,
}

impl ExchangeTeamsUser {
    /// Reads the body.
    ///
    /// # Errors
    /// [`InvalidMessage`] when there is no token in it.
    pub fn parse(version: ApiVersion, body: &[u8]) -> Result<Self, InvalidMessage> {
        let members: TeamsUserMembers =
            if body.is_empty() { TeamsUserMembers::default() } else { object(body)? };
        let Value::String(token) = members.token else { return Err(InvalidMessage::TokenMissing) };
        let expected = version.names_teams_user().then(|| expected(&members.app_id, &members.user_id));
        Ok(Self { token: Secret::new(token), expected })
    }
}

/// Both are asked for before the form of either is looked at.
fn expected(app_id: &Value, user_id: &Value) -> Result<ExpectedUser, MemberFault> {
    let (app_id, user_id) = (present(app_id, "AppId")?, present(user_id, "UserId")?);
    let guid = |text, member| guid(text).ok_or(InvalidMessage::MemberNoGuid { member });
    Ok(ExpectedUser { application: guid(app_id, "appId")?, object: guid(user_id, "userId")? })
}

fn present<'a>(value: &'a Value, member: &'static str) -> Result<&'a str, InvalidMessage> {
    let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
    text.ok_or(InvalidMessage::MemberMissing { member })
}

/// Checks the body of an exchange of the caller's own token: an object of which no member is read, or nothing at all.
///
/// # Errors
/// [`InvalidMessage::NotAnObject`].
pub fn check_empty(body: &[u8]) -> Result<(), InvalidMessage> {
    #[derive(Deserialize)]
    struct Anything {}
    if body.is_empty() { Ok(()) } else { object(body).map(|Anything {}| ()) }
}

/// A guid in its hyphenated form, in any case.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "b27b64b9-39d2-44a3-869d-67700b74e805";

    fn parse(version: ApiVersion, body: &str) -> Result<ExchangeTeamsUser, InvalidMessage> {
        ExchangeTeamsUser::parse(version, body.as_bytes())
    }

    fn fault(body: &str) -> InvalidMessage {
        parse(ApiVersion::NEWEST, body).unwrap().expected.unwrap().unwrap_err()
    }

    #[test]
    fn without_a_token_nothing_else_is_looked_at() {
        // live-behaviour §1.2: body `{}` or `token` missing.
        for body in ["", "{}", r#"{"appId":"","userId":""}"#, r#"{"token":null}"#, r#"{"token":7}"#] {
            assert_eq!(parse(ApiVersion::NEWEST, body).unwrap_err(), InvalidMessage::TokenMissing, "{body}");
        }
        assert!(matches!(parse(ApiVersion::NEWEST, "[]"), Err(InvalidMessage::NotAnObject { .. })));
    }

    #[test]
    fn missing_members_come_before_malformed_ones() {
        for body in [
            r#"{"token":"x"}"#,
            r#"{"token":"x","appId":"","userId":""}"#,
            r#"{"token":"x","appId":null,"userId":"no guid"}"#,
        ] {
            assert_eq!(fault(body), InvalidMessage::MemberMissing { member: "AppId" }, "{body}");
        }
        let missing_user = fault(r#"{"token":"x","appId":"no guid"}"#);
        assert_eq!(missing_user, InvalidMessage::MemberMissing { member: "UserId" });
        assert_eq!(missing_user.to_string(), "UserId: The UserId field is required.");
        let malformed = fault(r#"{"token":"x","appId":"no guid","userId":"no guid"}"#);
        assert_eq!(malformed.to_string(), "Provided AppId has invalid format.");
        assert_eq!((malformed.target(), malformed.found_while_binding()), (Some("appId"), false));
        let malformed =
            fault(&format!(r#"{{"token":"x","appId":"{GUID}","userId":"{}"}}"#, GUID.replace('-', "")));
        assert_eq!(malformed.to_string(), "Provided UserId has invalid format.");
    }

    #[test]
    fn the_oldest_versions_ask_for_the_token_alone() {
        let read = parse(ApiVersion::V2021_10_31Preview, r#"{"token":"x","appId":"no guid"}"#).unwrap();
        assert_eq!((read.token.expose().as_str(), read.expected), ("x", None));
        let body = format!(r#"{{"token":"","appId":"{GUID}","userId":"{}"}}"#, GUID.to_uppercase());
        let read = parse(ApiVersion::V2022_06_01, &body).unwrap();
        let guid = GUID.parse().unwrap();
        assert_eq!(read.expected, Some(Ok(ExpectedUser { application: guid, object: guid })));
    }
}
