//! `POST /access/entra/:exchangeAccessToken`.

use callsign_core::operation;

use crate::http::call::{Call, OwnToken};
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn exchange_entra_user_access_token(call: Call<OwnToken>) -> Result<Reply, Refusal> {
    use operation::exchange_entra_user_access_token::exchange_entra_user_access_token as exchange;
    let OwnToken(token) = call.message;
    reply::exchanged(exchange(&call.service, &call.caller, &token).await?)
}
