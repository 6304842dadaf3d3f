//! `GET /callsign/v1/revocations`.

use crate::http::error::Refusal;
use crate::http::own::{NewRevocations, OwnCall, PollRevocations};
use crate::http::reply::{self, Reply};

pub(crate) async fn poll_revocations(call: OwnCall<PollRevocations>) -> Result<Reply, Refusal> {
    let PollRevocations { after, wait } = call.message;
    let polled = call.app.feeds.poll(&call.caller, after, wait).await?;
    reply::json(&NewRevocations::new(&polled.entries, polled.position, polled.statement))
}
