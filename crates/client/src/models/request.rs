//! Request bodies. A wish that was not made is a member that is not sent.

use std::time::Duration;

use serde::Serialize;

use super::TokenScope;
use crate::error::InvalidArgument;

const SECONDS_PER_MINUTE: u64 = 60;

/// `POST /identities`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateIdentity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) create_token_with_scopes: Option<&'a [TokenScope]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in_minutes: Option<u64>,
}

/// `POST /identities/{id}/:issueAccessToken`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueAccessToken<'a> {
    pub(crate) scopes: &'a [TokenScope],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in_minutes: Option<u64>,
}

/// `POST /teamsUser/:exchangeAccessToken`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExchangeTeamsUserAccessToken<'a> {
    pub(crate) token: &'a str,
    #[serde(flatten)]
    pub(crate) expected: Option<TeamsUser<'a>>,
}

/// Whose token is expected, since `2022-06-01`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamsUser<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) user_id: &'a str,
}

/// The lifetime as the wire counts it. Whether it is long or short enough is the service's to say.
pub(crate) fn whole_minutes(lifetime: Option<Duration>) -> Result<Option<u64>, InvalidArgument> {
    let Some(lifetime) = lifetime else { return Ok(None) };
    if lifetime.subsec_nanos() != 0 || !lifetime.as_secs().is_multiple_of(SECONDS_PER_MINUTE) {
        return Err(InvalidArgument::Lifetime { given: lifetime });
    }
    Ok(Some(lifetime.as_secs() / SECONDS_PER_MINUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_whole_minutes_or_refused_with_a_hint() {
        assert_eq!(whole_minutes(None).unwrap(), None);
        for (seconds, minutes) in [(0, 0), (60, 1), (3540, 59), (3600, 60), (86_400, 1440)] {
            assert_eq!(whole_minutes(Some(Duration::from_secs(seconds))).unwrap(), Some(minutes));
        }
        for lifetime in [Duration::from_secs(90), Duration::from_millis(60_001), Duration::from_nanos(1)] {
            let error = whole_minutes(Some(lifetime)).unwrap_err();
            assert!(error.to_string().contains("whole minutes"), "{error}");
        }
    }

    #[test]
    fn wishes_that_were_not_made_are_not_sent() {
        assert_eq!(serde_json::to_string(&CreateIdentity::default()).unwrap(), "{}");
        let issue = IssueAccessToken { scopes: &[TokenScope::Chat], expires_in_minutes: None };
        assert_eq!(serde_json::to_string(&issue).unwrap(), r#"{"scopes":["chat"]}"#);
        let exchange = ExchangeTeamsUserAccessToken { token: "t", expected: None };
        assert_eq!(serde_json::to_string(&exchange).unwrap(), r#"{"token":"t"}"#);
    }
}
