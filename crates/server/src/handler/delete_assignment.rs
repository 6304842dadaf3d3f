//! `DELETE /access/entra/assignments/{objectId}` and `DELETE /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`.

use callsign_core::operation;
use callsign_protocol::assignment::AssignmentKey;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn delete_assignment(call: Call<AssignmentKey>) -> Result<Reply, Refusal> {
    operation::delete_assignment::delete_assignment(&call.service, &call.caller, call.message).await?;
    Ok(reply::done())
}
