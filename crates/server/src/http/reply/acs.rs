//! Replies of the protocol of ACS, each in the shape of its version.

use callsign_core::directory::entra_users::Exchanged;
use callsign_core::operation::create_identity::CreatedIdentity;
use callsign_core::store::Identity;
use callsign_core::token::issue::IssuedToken;
use callsign_protocol::assignment::Assignment;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::reply;
use callsign_protocol::version::ApiVersion;
use http::StatusCode;

use super::{Content, Refusal, Reply, json, json_with};

/// What create made, in the shape of the version.
pub(crate) fn created_identity(version: ApiVersion, created: CreatedIdentity) -> Result<Reply, Refusal> {
    let (id, issued) = (created.identity.id, created.token.is_some());
    let mut identity = identity_members(version, &created.identity);
    // Recorded on 2025-04-14: without a custom id, create does not tell of the token that it has just issued.
    if identity.custom_id.is_none() {
        identity.last_token_issued_at = None;
    }
    if version == ApiVersion::V2020_07_20Preview2 {
        return Ok(json(&identity)?.about(id));
    }
    let body = reply::CreatedIdentity { identity, access_token: created.token.map(access_token_members) };
    let reply = json_with(StatusCode::CREATED, &body)?.about(id);
    Ok(if issued { reply.issuing() } else { reply })
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
    if version == ApiVersion::V2020_07_20Preview2 {
        let access_token = access_token_members(token);
        return Ok(json(&reply::IdentityAccessToken { id: id.to_string(), access_token })?
            .about(id)
            .issuing());
    }
    let content = Content::Json(access_token_json(&access_token_members(token)));
    Ok(Reply::new(StatusCode::OK, content).about(id).issuing())
}

/// Written by hand, as tokens are what is asked for most: a compact JWS and a date hold nothing that JSON escapes, and looking
/// for it costs more than all the rest of a reply.
fn access_token_json(access_token: &reply::AccessToken) -> Vec<u8> {
    let reply::AccessToken { token, expires_on } = access_token;
    format!(r#"{{"token":"{token}","expiresOn":"{expires_on}"}}"#).into_bytes()
}

/// A user's token and whose it is. Nobody recorded it: the shape is the published one.
pub(crate) fn exchanged(exchanged: Exchanged) -> Result<Reply, Refusal> {
    let id = exchanged.identity;
    let body = reply::CreatedIdentity {
        identity: reply::Identity { custom_id: None, last_token_issued_at: None, id: id.to_string() },
        access_token: Some(access_token_members(exchanged.token)),
    };
    Ok(json(&body)?.about(id).issuing())
}

/// An assignment.
pub(crate) fn assignment(assignment: Assignment) -> Result<Reply, Refusal> {
    json(&assignment_members(assignment))
}

/// An assignment that was put: 200 where it took the place of another one, else 201.
pub(crate) fn put_assignment(assignment: Assignment, replaced: bool) -> Result<Reply, Refusal> {
    let status = if replaced { StatusCode::OK } else { StatusCode::CREATED };
    json_with(status, &assignment_members(assignment))
}

/// Some assignments, and where the next ones are.
pub(crate) fn assignments(assignments: Vec<Assignment>, next_link: Option<String>) -> Result<Reply, Refusal> {
    let value = assignments.into_iter().map(assignment_members).collect();
    json(&reply::Assignments { value, next_link })
}

fn assignment_members(assignment: Assignment) -> reply::Assignment {
    reply::Assignment {
        object_id: assignment.key.object().to_string(),
        tenant_id: assignment.tenant.to_string(),
        principal_type: assignment.principal.to_string(),
        client_ids: assignment.client_ids,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_hand_is_what_the_message_is() {
        let members = reply::AccessToken {
            token: "eyJ-_.e30.AbZ09".to_owned(),
            expires_on: "2026-10-02T07:05:09.5+00:00".to_owned(),
        };
        assert_eq!(access_token_json(&members), serde_json::to_vec(&members).unwrap());
    }
}
