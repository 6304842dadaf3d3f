//! `POST /identities/{id}/:issueAccessToken`, in the oldest version `POST /identities/{id}/token`.

use callsign_core::operation;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::IssueAccessToken;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn issue_access_token(call: Call<(IdentityId, IssueAccessToken)>) -> Result<Reply, Refusal> {
    let (id, message) = call.message;
    let token =
        operation::issue_access_token::issue_access_token(&call.service, &call.caller, id, &message).await?;
    reply::access_token(call.version, id, token)
}
