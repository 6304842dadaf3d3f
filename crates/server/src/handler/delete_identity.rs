//! `DELETE /identities/{id}`.

use callsign_core::operation;
use callsign_protocol::identity_id::IdentityId;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn delete_identity(call: Call<IdentityId>) -> Result<Reply, Refusal> {
    operation::delete_identity::delete_identity(&call.service, &call.caller, call.message).await?;
    Ok(reply::done().revoking(1))
}
