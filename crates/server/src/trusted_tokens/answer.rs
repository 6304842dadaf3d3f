//! What the trusted token service answers, and the one table of its refusals. Statuses and forms are those of the published sample
//! (`clients.md` F), but for its stack trace.

use bytes::Bytes;
use callsign_core::Error;
use callsign_core::token::issue::IssuedToken;
use callsign_protocol::entra::Rejection;
use callsign_protocol::identity_id::IdentityId;
use http::header::{
    ALLOW, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::http::site::Answer;

const JSON: &str = "application/json; charset=utf-8";

/// Everything comes from here, nothing is put into a frame, and nothing is sent elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'none'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// Seconds after which a caller may try again when the server cannot answer now.
const RETRY_AFTER_SECONDS: u32 = 1;

/// Why a request is not answered as asked. The display text is the cause, for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("no such path")]
    PathUnknown,
    /// The path takes other verbs: these.
    #[error("no such method on this path")]
    Method(&'static str),
    #[error("a token was shown over plain http from another machine; use https")]
    Readable,
    #[error("the host leads to no resource; name it with --host, or use <resource>.<any domain>")]
    HostUnknown,
    #[error("the request shows no token; show one in Authorization: Bearer")]
    TokenMissing,
    #[error("{0}")]
    TokenWrong(Rejection),
    #[error("the token is of no user: an application speaks for itself, or it has neither oid nor sub")]
    NotAUser,
    #[error("the token has not the permission '{0}'")]
    PermissionMissing(String),
    #[error("the caller has no identity")]
    NoUser,
    #[error("the header teams-user-aad-token is missing or repeated")]
    TeamsTokenMissing,
    #[error("the token in teams-user-aad-token is of another user than the one in Authorization")]
    TeamsTokenOfAnother,
    #[error("teams-user-aad-token: {0}")]
    TeamsToken(Error),
    /// Seconds until the next one counts afresh.
    #[error("more requests than one caller may make")]
    TooMany(u32),
    #[error("{0}")]
    Rule(#[from] Error),
}

impl Refusal {
    /// Status and sentence.
    fn facts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::PathUnknown => (StatusCode::NOT_FOUND, "There is nothing at this path."),
            Self::Method(_) => (
                StatusCode::METHOD_NOT_ALLOWED,
                "This path does not take that method; Allow lists those it takes.",
            ),
            Self::Readable => (StatusCode::FORBIDDEN, "Tokens are taken over https only; ask by https."),
            Self::HostUnknown => (StatusCode::NOT_FOUND, "No resource is served by this host name."),
            Self::TokenMissing => {
                (StatusCode::UNAUTHORIZED, "Show a token of the signed-in user: Authorization: Bearer.")
            }
            Self::TokenWrong(_) => (
                StatusCode::UNAUTHORIZED,
                "The token is not accepted; sign in and get a new one for this service.",
            ),
            Self::NotAUser => (StatusCode::FORBIDDEN, "The token is of no user; sign a user in."),
            Self::PermissionMissing(_) => (
                StatusCode::FORBIDDEN,
                "The token has not the permission that access tokens need; ask for it when the user signs in.",
            ),
            Self::NoUser => {
                (StatusCode::NOT_FOUND, "You have no identity yet; create it with POST /api/user.")
            }
            Self::TeamsTokenMissing => (
                StatusCode::BAD_REQUEST,
                "Send the Teams user's own token in the header teams-user-aad-token.",
            ),
            Self::TeamsTokenOfAnother => (
                StatusCode::FORBIDDEN,
                "The token in teams-user-aad-token is of another user; both have to be of the same.",
            ),
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "Too many requests; try again after the time in Retry-After.")
            }
            Self::TeamsToken(Error::AccessTokenInvalid(_) | Error::PermissionsMissing(_) | Error::NoUser) => {
                (
                    StatusCode::UNAUTHORIZED,
                    "The token in teams-user-aad-token is not accepted; get one for Teams calls and chats.",
                )
            }
            Self::TeamsToken(error) | Self::Rule(error) => rule(error),
        }
    }

    const fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::TeamsToken(error) | Self::Rule(error) => match error {
                Error::Overloaded | Error::Unavailable(_) | Error::AuthorityUnavailable(_) => {
                    Some(RETRY_AFTER_SECONDS)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What an authentication would take (RFC 6750 §3).
    fn challenge(&self, permission: &str) -> Option<String> {
        match self {
            Self::TokenMissing => Some("Bearer".to_owned()),
            Self::TokenWrong(_) => Some(r#"Bearer error="invalid_token""#.to_owned()),
            Self::PermissionMissing(_) => Some(format!(
                r#"Bearer error="insufficient_scope", scope="{}""#,
                permission.replace(['"', '\\'], "")
            )),
            _ => None,
        }
    }
}

fn rule(error: &Error) -> (StatusCode, &'static str) {
    match error {
        // It was deleted while it was asked for.
        Error::IdentityNotFound => Refusal::NoUser.facts(),
        Error::KeyRegenerated => (StatusCode::NOT_FOUND, "The resource was deleted."),
        Error::AuthorityUnavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The issuer of the token does not tell its keys now; try again after the time in Retry-After.",
        ),
        Error::Overloaded | Error::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The server cannot answer now; try again after the time in Retry-After.",
        ),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "The server failed; its log tells why."),
    }
}

/// 200 with whose identity is the caller's.
pub(super) fn user(id: IdentityId) -> Answer {
    created(id, false)
}

/// 201 with a new identity, or 200 with the one that was there.
pub(super) fn created(id: IdentityId, is_new: bool) -> Answer {
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    json_of(status, &json!({ "acsUserIdentity": id.to_string() }))
}

/// 201 with a token, and whose it is.
pub(super) fn token(token: &IssuedToken, id: Option<IdentityId>) -> Answer {
    let mut body = json!({ "token": token.token, "expiresOn": token.expires_at.to_round_trip() });
    if let (Some(id), Some(members)) = (id, body.as_object_mut()) {
        members.insert("user".to_owned(), json!({ "communicationUserId": id.to_string() }));
    }
    json_of(StatusCode::CREATED, &body)
}

/// 204.
pub(super) fn done() -> Answer {
    Answer { status: StatusCode::NO_CONTENT, media_type: JSON, headers: HeaderMap::new(), body: Bytes::new() }
}

/// A file of the page.
pub(super) fn file(media_type: &'static str, body: Bytes) -> Answer {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    Answer { status: StatusCode::OK, media_type, headers: headers.into_iter().collect(), body }
}

/// What is said of a refusal. Those who develop are told the cause.
pub(super) fn refused(refusal: &Refusal, tells_reason: bool, permission: &str) -> Answer {
    let (status, sentence) = refusal.facts();
    let mut body = json!({ "code": status.as_u16(), "message": sentence });
    if let (true, Some(members)) = (tells_reason, body.as_object_mut()) {
        members.insert("reason".to_owned(), json!(refusal.to_string()));
    }
    let mut answer = json_of(status, &body);
    if let Refusal::Method(verbs) = refusal {
        insert(&mut answer.headers, ALLOW, verbs);
    }
    if let Some(seconds) = refusal.retry_after_seconds() {
        insert(&mut answer.headers, RETRY_AFTER, &seconds.to_string());
    }
    if let Some(challenge) = refusal.challenge(permission) {
        insert(&mut answer.headers, WWW_AUTHENTICATE, &challenge);
    }
    answer
}

fn json_of(status: StatusCode, body: &Value) -> Answer {
    let headers = [(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))];
    Answer {
        status,
        media_type: JSON,
        headers: headers.into_iter().collect(),
        body: Bytes::from(body.to_string()),
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Digits, words of ours, and a setting that is visible ASCII.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
