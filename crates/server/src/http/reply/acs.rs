//! Replies of the protocol of ACS, each in the shape of its version.

use callsign_core::operation::create_identity::CreatedIdentity;
use callsign_core::store::Identity;
use callsign_core::token::issue::IssuedToken;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::reply;
use callsign_protocol::version::ApiVersion;
use http::StatusCode;

use super::{Refusal, Reply, json, json_with};

/// What create made, in the shape of the version.
pub(crate) fn created_identity(version: ApiVersion, created: CreatedIdentity) -> Result<Reply, Refusal> {
    let mut identity = identity_members(version, &created.identity);
    // Recorded on 2025-04-14: without a custom id, create does not tell of the token that it has just issued.
    if identity.custom_id.is_none() {
        identity.last_token_issued_at = None;
    }
    if version == ApiVersion::V2020_07_20Preview2 {
        return json(&identity);
    }
    let body = reply::CreatedIdentity { identity, access_token: created.token.map(access_token_members) };
    json_with(StatusCode::CREATED, &body)
}

/// An identity, flat.
pub(crate) fn identity(version: ApiVersion, identity: &Identity) -> Result<Reply, Refusal> {
    json(&identity_members(version, identity))
}

/// A token, in the shape of the version.
pub(crate) fn access_token(
    version: ApiVersion,
    id: IdentityId,
    token: IssuedToken,
) -> Result<Reply, Refusal> {
    let access_token = access_token_members(token);
    if version == ApiVersion::V2020_07_20Preview2 {
        return json(&reply::IdentityAccessToken { id: id.to_string(), access_token });
    }
    json(&access_token)
}

fn identity_members(version: ApiVersion, identity: &Identity) -> reply::Identity {
    let told = version.has_custom_id();
    reply::Identity {
        custom_id: identity.custom_id.clone().filter(|_| told),
        last_token_issued_at: identity.last_issued_at.filter(|_| told).map(|at| at.to_whole_seconds_utc()),
        id: identity.id.to_string(),
    }
}

fn access_token_members(token: IssuedToken) -> reply::AccessToken {
    reply::AccessToken { token: token.token, expires_on: token.expires_at.to_round_trip() }
}
