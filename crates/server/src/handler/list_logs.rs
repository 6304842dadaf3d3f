//! `GET /callsign/v1/logs`.

use crate::http::error::Refusal;
use crate::http::own::{ListLogs, Logs, OwnCall};
use crate::http::reply::{self, Reply};

pub(crate) async fn list_logs(call: OwnCall<ListLogs>) -> Result<Reply, Refusal> {
    let ListLogs { filter, after, wait, limit } = call.message;
    let journal = &call.app.telemetry.journal;
    let page = match after {
        Some(place) => journal.wait_after(&filter, (place, wait), limit).await,
        None => journal.newest(&filter, limit),
    };
    reply::json(&Logs::from(page))
}
