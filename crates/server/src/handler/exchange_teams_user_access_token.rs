//! `POST /teamsUser/:exchangeAccessToken`.

use callsign_core::operation;
use callsign_protocol::messages::request::ExchangeTeamsUser;

use crate::http::call::Call;
use crate::http::error::Refusal;
use crate::http::reply::{self, Reply};

pub(crate) async fn exchange_teams_user_access_token(
    call: Call<ExchangeTeamsUser>,
) -> Result<Reply, Refusal> {
    use operation::exchange_teams_user_access_token::exchange_teams_user_access_token as exchange;
    let exchanged = exchange(&call.service, &call.caller, call.message).await?;
    reply::access_token(call.version, exchanged.identity, exchanged.token)
}
