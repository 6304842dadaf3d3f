//! `POST /callsign/v1/identities/delete`.

use callsign_core::operation;

use crate::http::error::Refusal;
use crate::http::own::{DeletedIdentities, IdentityIds, OwnCall};
use crate::http::reply::{self, Reply};

pub(crate) async fn delete_identities(call: OwnCall<IdentityIds>) -> Result<Reply, Refusal> {
    let (service, ids) = (&call.app.service, call.message.distinct());
    let deleted = operation::delete_identities::delete_identities(service, &call.caller, &ids).await?;
    let reply = reply::json(&DeletedIdentities::of(&call.message, &deleted))?;
    Ok(reply.revoking(deleted.into_iter().filter(|deleted| *deleted).count()))
}
