//! The rows of our own surface.

use std::future::Future;
use std::sync::Arc;

use http::Method;

use super::{Access, Answering, Protocol, Route};
use crate::config::Role;
use crate::handler;
use crate::http::bounds::BODY_BYTES_MAX;
use crate::http::error::Refusal;
use crate::http::exchange::{Admitted, Head};
use crate::http::own::{Description, OwnCall, OwnMessage, operations};
use crate::http::reply::Reply;
use crate::quota::Operation;

/// Largest body of a request that names a thousand ids: each has 81 characters, two quotes and a comma.
const IDS_BODY_BYTES_MAX: usize = 128 * 1024;

/// What a row of our own surface has.
pub(crate) struct Own {
    /// What it says of itself.
    pub(crate) describe: fn() -> Description,
    pub(crate) endpoint: Endpoint,
}

/// Reads the message that a handler takes, and lets it answer.
type Endpoint = Arc<dyn Fn(Admitted, Head<'_>) -> Answering + Send + Sync>;

fn answer<M, F>(handle: fn(OwnCall<M>) -> F) -> Endpoint
where
    M: OwnMessage + Send + 'static,
    F: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    Arc::new(move |admitted, head| match admitted.into_own_call::<M>(head) {
        Ok(call) => Answering { scopes: None, reply: Box::pin(handle(call)) },
        Err(refusal) => Answering::refused(refusal),
    })
}

fn row(method: Method, path: &'static str, (role, operation): (Role, Operation), own: Own) -> Route {
    let (access, protocol) = (Access::Service(role), Protocol::Own(own));
    Route { method, path, access, operation, body_bytes_max: BODY_BYTES_MAX, protocol }
}

/// What reads.
fn get(path: &'static str, operation: Operation, own: Own) -> Route {
    row(Method::GET, path, (Role::Reader, operation), own)
}

fn post(path: &'static str, whose: (Role, Operation), own: Own) -> Route {
    row(Method::POST, path, whose, own)
}

/// The rows.
pub(crate) fn rows() -> Vec<Route> {
    use Operation::{
        DeleteIdentities, GetRevocationSnapshot, IntrospectToken, ListIdentities, ListLogs, PollRevocations,
        PruneIdentities, RevokeIdentities, StreamRevocations,
    };
    let own = |describe, endpoint| Own { describe, endpoint };
    let naming_ids = |route| Route { body_bytes_max: IDS_BODY_BYTES_MAX, ..route };
    vec![
        post(
            "/callsign/v1/introspect",
            (Role::Reader, IntrospectToken),
            own(operations::introspect_access_token, answer(handler::introspect_access_token)),
        ),
        get(
            "/callsign/v1/identities",
            ListIdentities,
            own(operations::list_identities, answer(handler::list_identities)),
        ),
        naming_ids(post(
            "/callsign/v1/identities/delete",
            (Role::Contributor, DeleteIdentities),
            own(operations::delete_identities, answer(handler::delete_identities)),
        )),
        naming_ids(post(
            "/callsign/v1/identities/revoke",
            (Role::Issuer, RevokeIdentities),
            own(operations::revoke_identities, answer(handler::revoke_identities)),
        )),
        post(
            "/callsign/v1/identities/prune",
            (Role::Contributor, PruneIdentities),
            own(operations::prune_identities, answer(handler::prune_identities)),
        ),
        get(
            "/callsign/v1/revocations/snapshot",
            GetRevocationSnapshot,
            own(operations::get_revocation_snapshot, answer(handler::get_revocation_snapshot)),
        ),
        get(
            "/callsign/v1/revocations/stream",
            StreamRevocations,
            own(operations::stream_revocations, answer(handler::stream_revocations)),
        ),
        get(
            "/callsign/v1/revocations",
            PollRevocations,
            own(operations::poll_revocations, answer(handler::poll_revocations)),
        ),
        get("/callsign/v1/logs", ListLogs, own(operations::list_logs, answer(handler::list_logs))),
    ]
}
