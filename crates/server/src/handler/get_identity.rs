//! `GET /identities/{id}`.

use callsign_core::operation;
use callsign_protocol::identity_id::IdentityId;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn get_identity(call: Call<IdentityId>) -> Result<Reply, Refusal> {
    let identity = operation::get_identity::get_identity(&call.service, &call.caller, call.message).await?;
    reply::identity(call.version, &identity)
}
