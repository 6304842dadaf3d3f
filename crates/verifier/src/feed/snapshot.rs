//! The snapshot: everything that is known at the server, signed, as the ground to stand on.

use std::sync::Arc;

use callsign_protocol::revocation::{STATEMENT_BYTES_MAX, Statement, View, decode_body, incarnation};
use reqwest::Method;

use super::chain::{Chain, Ground, is_of};
use super::{Departure, FeedFault, believed};
use crate::knowledge::Knowledge;
use crate::link::{LinkFailure, whole};
use crate::shared::Shared;

const SNAPSHOT_PATH: &str = "/callsign/v1/revocations/snapshot";

/// Longest snapshot, in bytes: about five million identities.
const SNAPSHOT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A snapshot may take so many times as long as another reply.
const PATIENCE_FACTOR: u32 = 6;

/// Takes a snapshot and puts it in the place of everything that was known: the server signed that nothing is missing in it,
/// and what an unsigned entry may have made believe is gone with it.
pub(super) async fn take(shared: &Shared, before: Option<&Chain>) -> Result<Chain, Departure> {
    let request = shared.link.signed(Method::GET, SNAPSHOT_PATH, Vec::new());
    let patience = shared.link.patience * PATIENCE_FACTOR;
    let reply = match whole(request, SNAPSHOT_BYTES_MAX, patience).await {
        Err(LinkFailure::Oversized) => return Err(FeedFault::Oversized.into()),
        outcome => outcome?,
    };
    let end_of_head = reply.iter().take(STATEMENT_BYTES_MAX + 1).position(|byte| *byte == b'\n');
    let (head, rest) =
        end_of_head.and_then(|end| reply.split_at_checked(end)).ok_or(FeedFault::SnapshotWrong)?;
    let head = std::str::from_utf8(head).map_err(|_| FeedFault::SnapshotWrong)?;
    let statement = believed(shared, head).await?;

    let issuer = shared.keys.issuer().unwrap_or_default();
    // Nobody pinned a resource: the first one that the server signs for is the one that the access key is of. Whoever could
    // make this another one holds the server's certificate and signing keys, and needs no such detour.
    let resource = shared.resource.get().copied().unwrap_or(statement.resource);
    is_of(issuer, resource, &statement)?;
    let chain = match Chain::at_snapshot(before, &statement)? {
        Ground::Firm(chain) => chain,
        Ground::TooOld => return Err(Departure::Behind),
    };

    let body = rest.get(1..).unwrap_or_default().to_vec();
    let knowledge = tokio::task::spawn_blocking(move || read(&statement, &body));
    let knowledge = knowledge.await.map_err(|_| LinkFailure::Interrupted)??;
    shared.resource.get_or_init(|| resource);
    shared.knowledge.store(Some(Arc::new(knowledge)));
    shared.watchers.wake_all();
    tracing::debug!(position = %chain.cursor(), "took a snapshot of revocations");
    Ok(chain)
}

/// A million identities take a while, so this runs beside the executor.
fn read(statement: &Statement, body: &[u8]) -> Result<Knowledge, FeedFault> {
    if statement.body != Some(Statement::body_digest(body)) {
        return Err(FeedFault::SnapshotWrong);
    }
    let view: View = decode_body(body).map_err(|_| FeedFault::SnapshotWrong)?;
    if incarnation(view.resource_epoch) != statement.position.incarnation {
        return Err(FeedFault::SnapshotWrong);
    }
    Ok(Knowledge::from(view))
}
