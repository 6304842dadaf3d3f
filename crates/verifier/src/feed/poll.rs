//! The long poll: the feed for places where something on the way does not pass a stream on.

use std::time::Duration;

use callsign_protocol::revocation::Cursor;
use reqwest::Method;
use serde::Deserialize;
use tokio::time::Instant;

use super::chain::{Beat, Chain};
use super::{Departure, FeedFault, FeedSource, apply, believed};
use crate::link::{LinkFailure, whole};
use crate::shared::Shared;

const POLL_PATH: &str = "/callsign/v1/revocations";

/// Longest reply, in bytes.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// For how many seconds the server is asked to wait for news: a third of `max_staleness`, within these bounds.
const WAIT_SECONDS_MIN: u64 = 1;
const WAIT_SECONDS_MAX: u64 = 10;

/// Between two questions that brought nothing, if the server answers faster than it was asked to.
const PAUSE_MIN: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
struct Reply {
    entries: Vec<String>,
    position: String,
    statement: String,
}

/// Asks again and again until that instant, or until something is wrong.
pub(super) async fn follow(shared: &Shared, chain: &mut Chain, until: Instant) -> Result<(), Departure> {
    while Instant::now() < until {
        let asked_at = Instant::now();
        if ask(shared, chain).await? == 0 {
            tokio::time::sleep_until(asked_at + PAUSE_MIN).await;
        }
    }
    Ok(())
}

/// Asks once, and says how many entries came.
async fn ask(shared: &Shared, chain: &mut Chain) -> Result<usize, Departure> {
    chain.is_connected_anew();
    let wait_seconds = (shared.max_staleness.as_secs() / 3).clamp(WAIT_SECONDS_MIN, WAIT_SECONDS_MAX);
    let target = format!("{POLL_PATH}?after={}&wait={wait_seconds}", chain.cursor());
    let request = shared.link.signed(Method::GET, &target, Vec::new());
    let patience = shared.link.patience + Duration::from_secs(wait_seconds);
    let reply = match whole(request, REPLY_BYTES_MAX, patience).await {
        Err(LinkFailure::Status(410)) => return Err(Departure::Behind),
        Err(LinkFailure::Oversized) => return Err(FeedFault::Oversized.into()),
        outcome => outcome?,
    };
    let reply: Reply = serde_json::from_slice(&reply).map_err(|_| LinkFailure::Malformed)?;
    for text in &reply.entries {
        let here = chain.cursor();
        let place = Cursor { count: here.count + 1, ..here };
        apply(shared, chain, place, text)?;
    }
    let position: Cursor = reply.position.parse().map_err(|_| FeedFault::EntryMalformed)?;
    if position != chain.cursor() {
        return Err(if position < chain.cursor() { FeedFault::WentBack } else { FeedFault::Skipped }.into());
    }
    let statement = believed(shared, &reply.statement).await?;
    match chain.heartbeat(&statement)? {
        Beat::MovedOn => shared.is_heard(FeedSource::LongPoll, position),
        Beat::StoodStill => {}
        Beat::NewIncarnation => return Err(Departure::Behind),
    }
    Ok(reply.entries.len())
}
