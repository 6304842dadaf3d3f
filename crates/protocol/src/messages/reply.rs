//! Reply bodies. Members stand in the recorded order (`live-behaviour.md` §3).

use serde::{Deserialize, Serialize};

/// An identity as `create` wraps it and `get` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The caller's own name for it, in versions that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    /// When it last got a token, in whole seconds, in versions that tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_token_issued_at: Option<String>,
    /// `8:acs:…`
    pub id: String,
}

/// A token and when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// The compact JWS.
    pub token: String,
    /// Its end, in .NET's round-trip form.
    pub expires_on: String,
}

/// `201` of create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedIdentity {
    /// The identity.
    pub identity: Identity,
    /// The token, if one was asked for; the member is left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<AccessToken>,
}

/// `200` of `POST /identities/{id}/token` in 2020-07-20-preview2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityAccessToken {
    /// `8:acs:…`
    pub id: String,
    /// The token and its end.
    #[serde(flatten)]
    pub access_token: AccessToken,
}

/// An Entra assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The user, group, tenant or resource account.
    pub object_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// `user`, `group`, `tenant` or `resourceAccount`.
    pub principal_type: String,
    /// The applications that may be used; the member is left out where any may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ids: Option<Vec<String>>,
}

/// A page of Entra assignments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignments {
    /// The assignments, in the order of their object ids.
    pub value: Vec<Assignment>,
    /// Where the next page is; the member is left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}
