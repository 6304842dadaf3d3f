//! `GET /access/entra/assignments`.

use callsign_core::operation;

use crate::http::call::{Call, ListAssignments};
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn list_assignments(call: Call<ListAssignments>) -> Result<Reply, Refusal> {
    let ListAssignments { after, link } = call.message;
    let page = operation::list_assignments::list_assignments(&call.service, &call.caller, after).await?;
    reply::assignments(page.assignments, page.next.map(|next| format!("{link}{next}")))
}
