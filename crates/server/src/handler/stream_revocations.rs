//! `GET /callsign/v1/revocations/stream`.

use crate::http::error::Refusal;
use crate::http::own::{OwnCall, StreamRevocations};
use crate::http::reply::{self, Reply};

pub(crate) async fn stream_revocations(call: OwnCall<StreamRevocations>) -> Result<Reply, Refusal> {
    Ok(reply::event_stream(call.app.feeds.stream(&call.caller, call.message.after).await?))
}
