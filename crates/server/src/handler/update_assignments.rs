//! `PATCH /access/entra/assignments`.

use callsign_core::operation;
use callsign_protocol::messages::request::UpdateEntraAssignments;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn update_assignments(call: Call<UpdateEntraAssignments>) -> Result<Reply, Refusal> {
    let UpdateEntraAssignments(changes) = call.message;
    operation::update_assignments::update_assignments(&call.service, &call.caller, &changes).await?;
    reply::assignments(changes.into_iter().filter_map(|(_, put)| put).collect(), None)
}
