//! The rows of the protocol of ACS: path, verb, versions and status of success, as they are published.

use std::future::Future;
use std::sync::Arc;

use callsign_protocol::version::ApiVersion;
use http::{Method, StatusCode};

use super::{Access, Answering, Protocol, Route};
use crate::handler;
use crate::http::bounds::BODY_BYTES_MAX;
use crate::http::call::{Call, Message};
use crate::http::error::Refusal;
use crate::http::exchange::{Admitted, Head};
use crate::http::reply::Reply;
use crate::quota::Operation;

use ApiVersion as V;

/// Every version but the oldest, which has shapes of its own.
const SINCE_2021: &[V] = &[
    V::V2021_03_07,
    V::V2021_10_31Preview,
    V::V2022_06_01,
    V::V2022_10_01,
    V::V2023_10_01,
    V::V2025_03_02Preview,
    V::V2025_06_30,
    V::V2026_09_23,
];
const OLDEST: &[V] = &[V::V2020_07_20Preview2];
const WITH_CUSTOM_ID: &[V] = &[V::V2025_03_02Preview];

/// What a row of the protocol of ACS has.
pub(crate) struct Acs {
    pub(crate) versions: &'static [ApiVersion],
    pub(crate) success: fn(ApiVersion) -> StatusCode,
    pub(crate) endpoint: Endpoint,
}

impl Acs {
    /// The `api-supported-versions` header: by date, joined by a comma and a blank (`live-behaviour.md` §2.1).
    pub(crate) fn supported_versions(&self) -> String {
        self.versions.iter().map(|version| version.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Reads the message that a handler takes, and lets it answer.
type Endpoint = Arc<dyn Fn(Admitted, Head<'_>, ApiVersion) -> Answering + Send + Sync>;

fn answer<M, F>(handle: fn(Call<M>) -> F) -> Endpoint
where
    M: Message + Send + 'static,
    F: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    Arc::new(move |admitted, head, version| match admitted.into_call::<M>(head, version) {
        Ok(call) => Box::pin(handle(call)),
        Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
    })
}

fn row(method: Method, path: &'static str, operation: Operation, acs: Acs) -> Route {
    let protocol = Protocol::Acs(acs);
    Route { method, path, access: Access::Key, operation, body_bytes_max: BODY_BYTES_MAX, protocol }
}

/// The rows.
pub(crate) fn rows() -> Vec<Route> {
    let created = |version| {
        if version == V::V2020_07_20Preview2 { StatusCode::OK } else { StatusCode::CREATED }
    };
    let ok = |_| StatusCode::OK;
    let no_content = |_| StatusCode::NO_CONTENT;
    let acs = |versions, success, endpoint| Acs { versions, success, endpoint };
    use Operation::{CreateIdentity, CreateToken, DeleteIdentity, GetIdentity, RevokeToken};
    vec![
        row(
            Method::POST,
            "/identities",
            CreateIdentity,
            acs(&V::ALL, created, answer(handler::create_identity)),
        ),
        row(
            Method::GET,
            "/identities/{id}",
            GetIdentity,
            acs(WITH_CUSTOM_ID, ok, answer(handler::get_identity)),
        ),
        row(
            Method::DELETE,
            "/identities/{id}",
            DeleteIdentity,
            acs(&V::ALL, no_content, answer(handler::delete_identity)),
        ),
        row(
            Method::PATCH,
            "/identities/{id}",
            RevokeToken,
            acs(OLDEST, no_content, answer(handler::revoke_access_tokens)),
        ),
        row(
            Method::POST,
            "/identities/{id}/token",
            CreateToken,
            acs(OLDEST, ok, answer(handler::issue_access_token)),
        ),
        row(
            Method::POST,
            "/identities/{id}/:issueAccessToken",
            CreateToken,
            acs(SINCE_2021, ok, answer(handler::issue_access_token)),
        ),
        row(
            Method::POST,
            "/identities/{id}/:revokeAccessTokens",
            RevokeToken,
            acs(SINCE_2021, no_content, answer(handler::revoke_access_tokens)),
        ),
    ]
}
