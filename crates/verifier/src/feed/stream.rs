//! The stream: entries at the moment of their revocation, and a signed heartbeat each second.

use std::time::Duration;

use callsign_protocol::revocation::Cursor;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Response};

use super::chain::{Beat, Chain};
use super::events::{Event, Events, Unreadable};
use super::{Departure, FeedFault, FeedSource, apply, believed};
use crate::link::LinkFailure;
use crate::shared::Shared;

const STREAM_PATH: &str = "/callsign/v1/revocations/stream";
const EVENT_STREAM: &str = "text/event-stream";

/// A stream that says nothing for so long is broken: there should be a heartbeat each second. With a small `max_staleness` it is
/// a third of that, so that there is time to do something else.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// Reads the stream from where the reader stands until it ends, and says why it did.
pub(super) async fn follow(shared: &Shared, chain: &mut Chain) -> Departure {
    chain.is_connected_anew();
    let silence_max = SILENCE_MAX.min(shared.max_staleness / 3);
    let mut reply = match tokio::time::timeout(silence_max, open(shared, chain.cursor())).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(departure)) => return departure,
        Err(_) => return Departure::Unusable,
    };
    let mut events = Events::default();
    let mut is_usable = false;
    loop {
        let piece = match tokio::time::timeout(silence_max, reply.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            // Something on the way collects the stream instead of passing it on.
            Err(_) if !is_usable => return Departure::Unusable,
            Err(_) => return LinkFailure::TimedOut.into(),
            Ok(Ok(None) | Err(_)) => return LinkFailure::Interrupted.into(),
        };
        let complete = match events.push(&piece) {
            Ok(complete) => complete,
            Err(Unreadable::Oversized) => return FeedFault::Oversized.into(),
            Err(Unreadable::NoText) => return FeedFault::EntryMalformed.into(),
        };
        for event in complete {
            if let Err(departure) = take_in(shared, chain, &event).await {
                return departure;
            }
            is_usable = true;
        }
    }
}

async fn open(shared: &Shared, from: Cursor) -> Result<Response, Departure> {
    let request = shared
        .link
        .signed(Method::GET, STREAM_PATH, Vec::new())
        .header(ACCEPT, EVENT_STREAM)
        .header("last-event-id", from.to_string());
    let reply = shared.link.head(request).await.map_err(|failure| match failure {
        // There is no such thing here, or something on the way does not let it through.
        LinkFailure::Status(404 | 405 | 406 | 501) => Departure::Unusable,
        failure => failure.into(),
    })?;
    let kind = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENT_STREAM)) {
        Ok(reply)
    } else {
        Err(Departure::Unusable)
    }
}

async fn take_in(shared: &Shared, chain: &mut Chain, event: &Event) -> Result<(), Departure> {
    match event.kind.as_str() {
        "" | "message" => {
            let place = event.id.as_deref().and_then(|id| id.parse().ok());
            let place = place.ok_or(FeedFault::EntryMalformed)?;
            apply(shared, chain, place, &event.text)?;
            Ok(())
        }
        "heartbeat" => {
            let statement = believed(shared, &event.text).await?;
            match chain.heartbeat(&statement)? {
                Beat::MovedOn => {
                    shared.is_heard(FeedSource::Stream, chain.cursor());
                    Ok(())
                }
                Beat::StoodStill => Ok(()),
                Beat::NewIncarnation => Err(Departure::Behind),
            }
        }
        "reset" => Err(Departure::Behind),
        // Of a later version.
        _ => Ok(()),
    }
}
