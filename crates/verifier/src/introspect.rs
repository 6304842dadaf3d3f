//! Asking the server about one token (RFC 7662), for the time in which the feed is silent.

use callsign_protocol::verification::VerifiedToken;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::link::{LinkFailure, whole};
use crate::refused::Refused;
use crate::shared::Shared;

const INTROSPECTION_PATH: &str = "/callsign/v1/introspect";

/// Longest reply, in bytes.
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// So many checks may wait for the server at a time: every request of the back end comes here while the feed is silent, and the
/// server may be in trouble already. The others wait for their turn, half as long as for a reply.
pub(crate) const CHECKS_MAX: usize = 64;

#[derive(Deserialize)]
struct Reply {
    active: bool,
    sub: Option<String>,
    jti: Option<String>,
}

/// Asks whether a token, whose form, signature and claims were found right here, is good now.
pub(crate) async fn introspect(shared: &Shared, token: &str, checked: &VerifiedToken) -> Result<(), Refused> {
    // The check has seen to it that a token needs no encoding: three parts of base64url, and dots.
    let form = format!("token={token}").into_bytes();
    let patience = shared.link.patience;
    let turn = tokio::time::timeout(patience / 2, shared.introspections.acquire());
    let Ok(Ok(_turn)) = turn.await else { return Err(Refused::Introspection(LinkFailure::Crowded)) };
    let request = shared
        .link
        .signed(Method::POST, INTROSPECTION_PATH, form)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let reply = whole(request, REPLY_BYTES_MAX, patience).await.map_err(Refused::Introspection)?;
    let reply: Reply =
        serde_json::from_slice(&reply).map_err(|_| Refused::Introspection(LinkFailure::Malformed))?;
    if !reply.active {
        return Err(Refused::Revoked);
    }
    // An answer about another token is no answer.
    let sub = reply.sub.is_none_or(|sub| sub.parse() == Ok(checked.identity));
    let jti = reply.jti.is_none_or(|jti| jti == checked.token_id);
    if sub && jti { Ok(()) } else { Err(Refused::Introspection(LinkFailure::Malformed)) }
}
