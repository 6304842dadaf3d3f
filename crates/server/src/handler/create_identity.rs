//! `POST /identities`.

use callsign_core::operation;
use callsign_protocol::messages::request::CreateIdentity;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn create_identity(call: Call<CreateIdentity>) -> Result<Reply, Refusal> {
    let created =
        operation::create_identity::create_identity(&call.service, &call.caller, call.message).await?;
    reply::created_identity(call.version, created)
}
