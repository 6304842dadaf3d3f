//! `PUT /access/entra/assignments/{objectId}` and `PUT /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`.

use callsign_core::operation;
use callsign_protocol::messages::request::PutAssignment;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn put_assignment(call: Call<PutAssignment>) -> Result<Reply, Refusal> {
    let PutAssignment(wanted) = call.message;
    let replaced =
        operation::put_assignment::put_assignment(&call.service, &call.caller, wanted.clone()).await?;
    reply::put_assignment(wanted, replaced)
}
