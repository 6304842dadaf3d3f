//! `GET /access/entra/assignments/{objectId}` and `GET /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`.

use callsign_core::operation;
use callsign_protocol::assignment::AssignmentKey;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn get_assignment(call: Call<AssignmentKey>) -> Result<Reply, Refusal> {
    let found = operation::get_assignment::get_assignment(&call.service, &call.caller, call.message).await?;
    reply::assignment(found)
}
