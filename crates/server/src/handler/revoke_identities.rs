//! `POST /callsign/v1/identities/revoke`.

use callsign_core::operation;

use crate::http::error::Refusal;
use crate::http::own::{IdentityIds, OwnCall, RevokedIdentities};
use crate::http::reply::{self, Reply};

pub(crate) async fn revoke_identities(call: OwnCall<IdentityIds>) -> Result<Reply, Refusal> {
    let (service, ids) = (&call.app.service, call.message.distinct());
    let revoked = operation::revoke_identities::revoke_identities(service, &call.caller, &ids).await?;
    let reply = reply::json(&RevokedIdentities::of(&call.message, &revoked))?;
    Ok(reply.revoking(revoked.into_iter().filter(|revoked| *revoked).count()))
}
