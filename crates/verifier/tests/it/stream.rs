//! The stream: taken up again where it broke off, and left when the server cannot go on.

use std::time::Duration;

use callsign_protocol::revocation::Entry;
use callsign_verifier::{FeedSource, LinkFailure, Refused};

use crate::server::{Act, SNAPSHOT, STREAM, Server, local, pass, soon};

fn entry(number: u128) -> Entry {
    Entry::Identity { local: local(number), epoch: 1 }
}

#[tokio::test]
async fn a_stream_that_breaks_is_taken_up_where_it_broke_off() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    assert_eq!(wire.last_event_id.as_deref(), Some("5-0"));
    wire.entry(entry(1));
    soon(verifier.wait_until(|health| health.feed.identities == 1)).await;
    drop(wire);

    let missed = server.script.revoke(entry(2));
    let wire = server.stream().await;
    assert_eq!(wire.last_event_id.as_deref(), Some("5-1"));
    wire.raw(missed);
    wire.heartbeat();
    soon(verifier.wait_until(|health| health.feed.position.as_deref() == Some("5-2"))).await;
    let health = verifier.health();
    assert_eq!((health.feed.snapshots, health.feed.faults), (1, 0));
    assert_eq!(health.feed.source, Some(FeedSource::Stream));
    assert_eq!(server.script.count(SNAPSHOT), 1);
}

#[tokio::test]
async fn a_server_that_cannot_go_on_from_there_is_asked_for_a_snapshot() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    server.script.revoke(entry(1));
    wire.raw("event: reset\ndata: forgotten\n\n");
    let wire = server.stream().await;
    assert_eq!(wire.last_event_id.as_deref(), Some("5-1"));
    assert_eq!(verifier.verify(&server.token()).await, Err(Refused::Revoked));
    assert_eq!(verifier.health().feed.faults, 0, "that is no lie");
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_opened_anew() {
    let server = Server::start().await;
    let (_verifier, wire) = server.ready().await;
    pass(Duration::from_secs(6)).await;
    let _again = server.stream().await;
    assert_eq!(server.script.count(STREAM), 2);
    drop(wire);
}

#[tokio::test]
async fn events_and_fields_of_later_versions_do_no_harm() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    wire.raw(": comment\nretry: 5\nevent: weather\ndata: fine\n\nshade: blue\n\n");
    wire.entry(entry(1));
    soon(verifier.wait_until(|health| health.feed.identities == 1)).await;
    assert_eq!(verifier.health().feed.faults, 0);
}

#[tokio::test]
async fn an_access_key_that_is_regenerated_can_be_replaced_in_a_running_verifier() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let new = "bmV3LWtleQ==".parse().unwrap();
    server.script.stage().access_key = "bmV3LWtleQ==".parse().unwrap();
    drop(wire);
    soon(verifier.wait_until(|health| health.feed.failure == Some(LinkFailure::Denied))).await;
    verifier.update_access_key(&new);
    let wire = server.stream().await;
    wire.heartbeat();
    soon(verifier.wait_until(|health| health.feed.failure.is_none())).await;
}

#[tokio::test]
async fn with_the_last_handle_the_reading_ends() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let clone = verifier.clone();
    drop(verifier);
    assert!(clone.verify(&server.token()).await.is_ok());
    drop(clone);
    drop(wire);
    pass(Duration::from_mins(10)).await;
    server.script.act(STREAM, Act::Status(500));
    pass(Duration::from_mins(10)).await;
    assert_eq!(server.script.count(STREAM), 1);
}
