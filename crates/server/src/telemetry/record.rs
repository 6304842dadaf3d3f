//! The record of one request: never a token, a key, a body or a query.

use std::borrow::Cow;
use std::net::IpAddr;

use callsign_protocol::date::Timestamp;
use callsign_protocol::scope::Scopes;
use uuid::Uuid;

use super::agent::Agent;
use super::tally::operation_name;
use super::trace_context::TraceContext;
use super::{Answered, RequestLine};
use crate::http::{MS_CV, X_MS_CLIENT_REQUEST_ID, single_header};

/// Longest path that a record shows.
const PATH_BYTES_MAX: usize = 256;
/// A segment of a path that is longer, and no id, may be anything, even a key or a token that somebody put there by mistake.
const SEGMENT_BYTES_MAX: usize = 40;
/// Longest id of an identity, in bytes: the id of an Entra user has 85.
const IDENTITY_BYTES_MAX: usize = 128;
/// Longest id that a caller gives a request; SDKs send guids.
const REQUEST_ID_BYTES_MAX: usize = 64;
/// What stands in place of what is not shown.
const LEFT_OUT: &str = "…";

/// What became of a request. `columns` says how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// When it was answered.
    pub(crate) time: Timestamp,
    /// By the names of the live service's metric where it has one.
    pub(crate) operation: Cow<'static, str>,
    /// The `api-version`.
    pub(crate) version: Option<Cow<'static, str>>,
    /// The verb.
    pub(crate) method: Cow<'static, str>,
    /// The server's id of the exchange, which the answer carries too.
    pub(crate) exchange_id: Option<Box<str>>,
    /// The caller's id of the request.
    pub(crate) client_request_id: Option<Box<str>>,
    /// Who asked, once that was proved.
    pub(crate) sender: Option<Box<str>>,
    /// The resource that was asked, once that was proved.
    pub(crate) resource: Option<(Uuid, Box<str>)>,
    /// The identity in question.
    pub(crate) identity: Option<Box<str>>,
    /// The status.
    pub(crate) status: u16,
    /// The status in words.
    pub(crate) description: Cow<'static, str>,
    /// The code of a refusal.
    pub(crate) error_code: Option<Cow<'static, str>>,
    /// Why a token that was asked about is not good.
    pub(crate) token_reason: Option<Cow<'static, str>>,
    /// From head to answer, in microseconds.
    pub(crate) microseconds: u64,
    /// The path.
    pub(crate) path: Box<str>,
    /// The scopes that were asked for.
    pub(crate) scopes: Option<Scopes>,
    /// What made the request.
    pub(crate) agent: Agent,
    /// The trace that it belongs to.
    pub(crate) trace: Option<TraceContext>,
    /// The address that it came from.
    pub(crate) source: IpAddr,
}

impl Record {
    pub(super) fn of(line: RequestLine, answered: &Answered<'_>) -> Self {
        let Answered { parts, arrival, response, refusal, elapsed, now } = answered;
        let status = response.status();
        let client_request_id = single_header(&parts.headers, &X_MS_CLIENT_REQUEST_ID);
        let identity = line.identity.filter(|id| is_identity(id));
        Self {
            time: *now,
            operation: Cow::Borrowed(operation_name(line.operation)),
            version: line.version.map(Cow::Borrowed),
            method: method(&parts.method),
            exchange_id: single_header(response.headers(), &MS_CV).map(Into::into),
            client_request_id: client_request_id.filter(|id| is_request_id(id)).map(Into::into),
            sender: line.caller.map(String::into_boxed_str),
            resource: line.resource_id.zip(line.resource.map(String::into_boxed_str)),
            status: status.as_u16(),
            description: Cow::Borrowed(status.canonical_reason().unwrap_or_default()),
            error_code: refusal.map(|refusal| refusal.facts().code.into()),
            token_reason: line.token_reason.map(Cow::Borrowed),
            microseconds: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            path: shown(parts.uri.path(), identity.as_deref()).into(),
            identity: identity.map(String::into_boxed_str),
            scopes: line.scopes,
            agent: Agent::of(&parts.headers),
            trace: TraceContext::of(&parts.headers),
            source: arrival.source.ip().to_canonical(),
        }
    }
}

/// Verbs are the caller's words: those that no route has are one.
fn method(method: &http::Method) -> Cow<'static, str> {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    Cow::Borrowed(known.into_iter().find(|known| method == known).unwrap_or(LEFT_OUT))
}

fn is_identity(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-');
    text.len() <= IDENTITY_BYTES_MAX && text.starts_with("8:") && text.bytes().all(is_known)
}

fn is_request_id(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    text.len() <= REQUEST_ID_BYTES_MAX && text.bytes().all(is_known)
}

/// The path as far as it is shown. `identity` is one that was looked at already.
fn shown<'a>(path: &'a str, identity: Option<&str>) -> Cow<'a, str> {
    let is_shown = |segment: &str| {
        segment.len() <= SEGMENT_BYTES_MAX || identity == Some(segment) || is_identity(segment)
    };
    if path.len() <= PATH_BYTES_MAX && path.split('/').all(is_shown) {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(PATH_BYTES_MAX);
    for segment in path.split('/').skip(1) {
        if text.len() + 1 + segment.len() > PATH_BYTES_MAX {
            text.push('/');
            text.push_str(LEFT_OUT);
            break;
        }
        text.push('/');
        text.push_str(if is_shown(segment) { segment } else { LEFT_OUT });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: &str = "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000";

    #[test]
    fn a_path_shows_ids_and_nothing_that_might_be_a_secret() {
        let issue = format!("/identities/{IDENTITY}/:issueAccessToken");
        let token = "eyJhbGciOiJSUzI1NiJ9".repeat(20);
        let key = "A".repeat(88);
        for (path, expected) in [
            (issue.as_str(), issue.as_str()),
            ("/", "/"),
            ("/access/entra/assignments/00000000-0000-0000-0000-000000000000", ""),
            (&format!("/identities/{key}/:issueAccessToken"), "/identities/…/:issueAccessToken"),
            (&format!("/{token}"), "/…"),
            (&format!("/{}", "a/".repeat(5_000)), ""),
        ] {
            let shown = shown(path, None);
            assert!(shown.len() <= PATH_BYTES_MAX + 4, "{shown}");
            if !expected.is_empty() {
                assert_eq!(shown, expected);
            }
        }
    }

    #[test]
    fn only_what_looks_like_an_identity_is_one() {
        assert!(is_identity(IDENTITY));
        for text in ["", "8", "alice", "8:acs:\"", "8:acs:a b", &format!("8:{}", "a".repeat(200))] {
            assert!(!is_identity(text), "{text}");
        }
    }
}
