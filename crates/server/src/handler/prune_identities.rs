//! `POST /callsign/v1/identities/prune`.

use callsign_core::operation;

use crate::http::error::Refusal;
use crate::http::own::{OwnCall, PruneIdentities, PrunedIdentities};
use crate::http::reply::{self, Reply};

pub(crate) async fn prune_identities(call: OwnCall<PruneIdentities>) -> Result<Reply, Refusal> {
    let PruneIdentities(prune) = call.message;
    let pruned =
        operation::prune_identities::prune_identities(&call.app.service, &call.caller, prune).await?;
    reply::json(&PrunedIdentities::of(&pruned))
}
