//! Feeds of revocations: what is asked of them, and what a poll answers.

use std::time::Duration;

use callsign_protocol::revocation::{Cursor, Entry};
use http::HeaderName;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::OwnMessage;
use super::fields::Fields;
use super::input::Input;
use super::value;
use crate::http::arrival::single_header;
use crate::http::entity_tag::KnownTags;
use crate::http::error::{InputFault, Refusal};

/// The media type of a snapshot.
pub(crate) const SNAPSHOT_TYPE: &str = "application/vnd.callsign.revocations";
/// Longest time that a poll waits for news, in seconds.
pub(crate) const WAIT_SECONDS_MAX: u16 = 30;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const PLACE: &str = "a place in the feed, <incarnation>-<count>, as the server gave it";

/// `GET /callsign/v1/revocations/snapshot`.
#[derive(Debug)]
pub(crate) struct SnapshotRequest {
    /// The states that the reader has.
    pub(crate) known: KnownTags,
}

impl OwnMessage for SnapshotRequest {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        input.query(|_| Ok(()))?;
        Ok(Self { known: KnownTags::of(input.headers) })
    }
}

/// `GET /callsign/v1/revocations/stream`.
#[derive(Debug)]
pub(crate) struct StreamRevocations {
    /// Where the reader stands; without, the stream begins where the feed stands.
    pub(crate) after: Option<Cursor>,
}

impl OwnMessage for StreamRevocations {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        input.query(|_| Ok(()))?;
        if !input.headers.contains_key(&LAST_EVENT_ID) {
            return Ok(Self { after: None });
        }
        let place = single_header(input.headers, &LAST_EVENT_ID).and_then(|text| text.parse().ok());
        let after = place.ok_or_else(|| value::invalid("Last-Event-ID", PLACE))?;
        Ok(Self { after: Some(after) })
    }
}

/// `GET /callsign/v1/revocations`.
#[derive(Debug)]
pub(crate) struct PollRevocations {
    /// Where the reader stands.
    pub(crate) after: Cursor,
    /// How long it waits for news.
    pub(crate) wait: Duration,
}

impl OwnMessage for PollRevocations {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let read = |query: &mut Fields<String>| {
            let after = query.required("after")?.parse().map_err(|_| value::invalid("after", PLACE))?;
            let wait = query.take("wait").map(|text| value::number("wait", &text, 0..=WAIT_SECONDS_MAX));
            let wait = Duration::from_secs(wait.transpose()?.unwrap_or(0).into());
            Ok::<_, InputFault>(Self { after, wait })
        };
        Ok(input.query(read)?)
    }
}

/// What a poll answers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct NewRevocations {
    /// The entries after the reader's place, oldest first; each is one line of the feed.
    entries: Vec<String>,
    /// Where the reader stands with them: `<incarnation>-<count>`.
    position: String,
    /// What the server signs of where the feed stands: a compact JWS of the type `revocations+jwt`.
    statement: String,
}

impl NewRevocations {
    pub(crate) fn new(entries: &[Entry], position: Cursor, statement: String) -> Self {
        let entries = entries.iter().map(ToString::to_string).collect();
        Self { entries, position: position.to_string(), statement }
    }
}
