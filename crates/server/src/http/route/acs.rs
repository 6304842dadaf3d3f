//! The rows of the protocol of ACS: path, verb, versions and status of success, as they are published.

use std::future::Future;
use std::sync::Arc;

use callsign_protocol::entra::Purpose;
use callsign_protocol::version::ApiVersion;
use http::{HeaderValue, Method, StatusCode};

use super::{Access, Answering, Protocol, Route};
use crate::config::Role;
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
/// With custom ids and Entra users.
const PREVIEW_2025: &[V] = &[V::V2025_03_02Preview];
const WITH_TEAMS_USERS: &[V] = &[
    V::V2021_10_31Preview,
    V::V2022_06_01,
    V::V2022_10_01,
    V::V2023_10_01,
    V::V2025_03_02Preview,
    V::V2025_06_30,
    V::V2026_09_23,
];
const WITH_TEAMS_EXTENSION: &[V] = &[V::V2025_03_02Preview, V::V2025_06_30, V::V2026_09_23];

/// Longest body that changes a thousand assignments, in bytes: each with a few applications.
const ASSIGNMENTS_BODY_BYTES_MAX: usize = 512 * 1024;

const READER: Access = Access::Service(Role::Reader);
const ISSUER: Access = Access::Service(Role::Issuer);
const CONTRIBUTOR: Access = Access::Service(Role::Contributor);

/// What a row of the protocol of ACS has.
pub(crate) struct Acs {
    pub(crate) versions: &'static [ApiVersion],
    /// The `api-supported-versions` header: by date, joined by a comma and a blank (`live-behaviour.md` §2.1).
    pub(crate) supported_versions: HeaderValue,
    pub(crate) success: fn(ApiVersion) -> StatusCode,
    pub(crate) endpoint: Endpoint,
}

/// Reads the message that a handler takes, and lets it answer.
type Endpoint = Arc<dyn Fn(Admitted, Head<'_>, ApiVersion) -> Answering + Send + Sync>;

fn answer<M, F>(handle: fn(Call<M>) -> F) -> Endpoint
where
    M: Message + Send + 'static,
    F: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    Arc::new(move |admitted, head, version| match admitted.into_call::<M>(head, version) {
        Ok(call) => Answering { scopes: call.message.scopes().cloned(), reply: Box::pin(handle(call)) },
        Err(refusal) => Answering::refused(refusal),
    })
}

fn row(access: Access, (method, path): (Method, &'static str), operation: Operation, acs: Acs) -> Route {
    Route { method, path, access, operation, body_bytes_max: BODY_BYTES_MAX, protocol: Protocol::Acs(acs) }
}

fn acs(versions: &'static [ApiVersion], success: fn(ApiVersion) -> StatusCode, endpoint: Endpoint) -> Acs {
    let joined = versions.iter().map(|version| version.as_str()).collect::<Vec<_>>().join(", ");
    // Versions are digits, letters and dashes.
    let supported_versions = HeaderValue::from_str(&joined).unwrap_or(HeaderValue::from_static(""));
    Acs { versions, supported_versions, success, endpoint }
}

fn ok(_: ApiVersion) -> StatusCode {
    StatusCode::OK
}

fn created(version: ApiVersion) -> StatusCode {
    if version == V::V2020_07_20Preview2 { StatusCode::OK } else { StatusCode::CREATED }
}

fn no_content(_: ApiVersion) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The rows.
pub(crate) fn rows() -> Vec<Route> {
    identities().into_iter().chain(exchanges()).chain(assignments()).collect()
}

fn identities() -> Vec<Route> {
    use Operation::{CreateIdentity, CreateToken, DeleteIdentity, GetIdentity, RevokeToken};
    const IDENTITY: &str = "/identities/{id}";
    vec![
        row(
            ISSUER,
            (Method::POST, "/identities"),
            CreateIdentity,
            acs(&V::ALL, created, answer(handler::create_identity)),
        ),
        row(
            READER,
            (Method::GET, IDENTITY),
            GetIdentity,
            acs(PREVIEW_2025, ok, answer(handler::get_identity)),
        ),
        row(
            CONTRIBUTOR,
            (Method::DELETE, IDENTITY),
            DeleteIdentity,
            acs(&V::ALL, no_content, answer(handler::delete_identity)),
        ),
        row(
            ISSUER,
            (Method::PATCH, IDENTITY),
            RevokeToken,
            acs(OLDEST, no_content, answer(handler::revoke_access_tokens)),
        ),
        row(
            ISSUER,
            (Method::POST, "/identities/{id}/token"),
            CreateToken,
            acs(OLDEST, ok, answer(handler::issue_access_token)),
        ),
        row(
            ISSUER,
            (Method::POST, "/identities/{id}/:issueAccessToken"),
            CreateToken,
            acs(SINCE_2021, ok, answer(handler::issue_access_token)),
        ),
        row(
            ISSUER,
            (Method::POST, "/identities/{id}/:revokeAccessTokens"),
            RevokeToken,
            acs(SINCE_2021, no_content, answer(handler::revoke_access_tokens)),
        ),
    ]
}

fn exchanges() -> Vec<Route> {
    use Operation::{
        ExchangeEntraUserAccessToken, ExchangeTeamsExtensionAccessToken, ExchangeTeamsUserAccessToken,
    };
    vec![
        row(
            ISSUER,
            (Method::POST, "/teamsUser/:exchangeAccessToken"),
            ExchangeTeamsUserAccessToken,
            acs(WITH_TEAMS_USERS, ok, answer(handler::exchange_teams_user_access_token)),
        ),
        row(
            Access::User(Purpose::EntraUser),
            (Method::POST, "/access/entra/:exchangeAccessToken"),
            ExchangeEntraUserAccessToken,
            acs(PREVIEW_2025, ok, answer(handler::exchange_entra_user_access_token)),
        ),
        row(
            Access::User(Purpose::TeamsExtension),
            (Method::POST, "/access/teamsExtension/:exchangeAccessToken"),
            ExchangeTeamsExtensionAccessToken,
            acs(WITH_TEAMS_EXTENSION, ok, answer(handler::exchange_teams_extension_access_token)),
        ),
    ]
}

fn assignments() -> Vec<Route> {
    use Operation::{DeleteAssignment, GetAssignment, ListAssignments, PutAssignment, UpdateAssignments};
    const ENTRA: &str = "/access/entra/assignments";
    let listed = [
        row(
            READER,
            (Method::GET, ENTRA),
            ListAssignments,
            acs(PREVIEW_2025, ok, answer(handler::list_assignments)),
        ),
        Route {
            body_bytes_max: ASSIGNMENTS_BODY_BYTES_MAX,
            ..row(
                CONTRIBUTOR,
                (Method::PATCH, ENTRA),
                UpdateAssignments,
                acs(PREVIEW_2025, ok, answer(handler::update_assignments)),
            )
        },
    ];
    let one = |path, versions| {
        [
            row(
                READER,
                (Method::GET, path),
                GetAssignment,
                acs(versions, ok, answer(handler::get_assignment)),
            ),
            row(
                CONTRIBUTOR,
                (Method::PUT, path),
                PutAssignment,
                acs(versions, created, answer(handler::put_assignment)),
            ),
            row(
                CONTRIBUTOR,
                (Method::DELETE, path),
                DeleteAssignment,
                acs(versions, no_content, answer(handler::delete_assignment)),
            ),
        ]
    };
    let entra = one("/access/entra/assignments/{objectId}", PREVIEW_2025);
    let teams_extension =
        one("/access/teamsExtension/tenants/{tenantId}/assignments/{objectId}", WITH_TEAMS_EXTENSION);
    listed.into_iter().chain(entra).chain(teams_extension).collect()
}
