//! `GET /callsign/v1/revocations/snapshot`.

use crate::http::entity_tag::EntityTag;
use crate::http::error::Refusal;
use crate::http::own::{OwnCall, SNAPSHOT_TYPE, SnapshotRequest};
use crate::http::reply::{self, Content, Reply};

/// It is the caller's alone, and goes out of date with the next revocation.
const CACHE: &str = "private, no-cache";

pub(crate) async fn get_revocation_snapshot(call: OwnCall<SnapshotRequest>) -> Result<Reply, Refusal> {
    let feeds = &call.app.feeds;
    let tag = EntityTag::naming(feeds.cursor(&call.caller).await?);
    if call.message.known.include(&tag) {
        return reply::tagged(Content::Nothing, (&tag, true), CACHE);
    }
    let snapshot = feeds.snapshot(&call.caller).await?;
    let content = Content::Parts(SNAPSHOT_TYPE, [snapshot.line, snapshot.body]);
    reply::tagged(content, (&EntityTag::naming(snapshot.cursor), false), CACHE)
}
