//! `POST /identities/{id}/:revokeAccessTokens`, in the oldest version `PATCH /identities/{id}`.

use callsign_core::operation;
use callsign_protocol::identity_id::IdentityId;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

/// The oldest version's body carries a date from which tokens are valid; the live service was recorded with none, and we
/// revoke now whatever it says.
pub(crate) async fn revoke_access_tokens(call: Call<IdentityId>) -> Result<Reply, Refusal> {
    operation::revoke_access_tokens::revoke_access_tokens(&call.service, &call.caller, call.message).await?;
    Ok(reply::done().revoking(1))
}
