//! The long poll, where a stream does not come through.

use std::time::Duration;

use callsign_protocol::revocation::Entry;
use callsign_verifier::{FeedFault, FeedSource, Refused};
use serde_json::json;

use crate::server::{Act, POLL, STREAM, Server, local, pass, soon};

fn entry(number: u128) -> Entry {
    Entry::Identity { local: local(number), epoch: 1 }
}

#[tokio::test]
async fn where_no_stream_comes_through_the_verifier_polls() {
    for act in [
        Act::Status(404),
        Act::Status(501),
        Act::Bytes(b"data: r:1\n\n".to_vec()),
        // A proxy that keeps the stream to itself, and one that keeps its head as well.
        Act::Stall("text/event-stream"),
        Act::Hang,
    ] {
        let server = Server::start().await;
        server.script.act(STREAM, act);
        let verifier = server.builder().max_staleness(Duration::from_secs(6)).connect().unwrap();
        soon(verifier.ready()).await;
        assert_eq!(verifier.health().feed.source, Some(FeedSource::LongPoll));
        assert!(verifier.verify(&server.token()).await.is_ok());
        assert_eq!(server.script.arrived(POLL)[0].target, format!("{POLL}?after=5-0&wait=2"));

        server.script.revoke(entry(1));
        pass(Duration::from_secs(1)).await;
        soon(verifier.wait_until(|health| health.feed.identities == 1)).await;
        assert_eq!(verifier.verify(&server.token()).await, Err(Refused::Revoked));
        assert_eq!((verifier.health().feed.faults, verifier.health().feed.snapshots), (0, 1));
    }
}

#[tokio::test]
async fn after_a_while_the_stream_is_tried_again() {
    let server = Server::start().await;
    server.script.act(STREAM, Act::Status(404));
    let verifier = server.builder().connect().unwrap();
    soon(verifier.ready()).await;
    server.script.as_usual(STREAM);
    pass(Duration::from_mins(5)).await;
    let wire = server.stream().await;
    wire.heartbeat();
    soon(verifier.wait_until(|health| health.feed.source == Some(FeedSource::Stream))).await;
}

#[tokio::test]
async fn a_place_that_is_gone_leads_to_a_snapshot() {
    let server = Server::start().await;
    server.script.act(STREAM, Act::Status(404));
    let verifier = server.builder().connect().unwrap();
    soon(verifier.ready()).await;
    server.script.stage().truth.restore();
    soon(verifier.wait_until(|health| health.feed.position.as_deref() == Some("6-0"))).await;
    assert_eq!((verifier.health().feed.snapshots, verifier.health().feed.faults), (2, 0));
}

#[tokio::test]
async fn lies_of_the_long_poll_are_named_too() {
    type Answer = fn(&Server) -> serde_json::Value;
    let lies: [(FeedFault, Answer); 5] = [
        (FeedFault::Skipped, |server| {
            server.script.revoke(entry(1));
            json!({ "entries": [], "position": "5-0", "statement": server.script.heartbeat() })
        }),
        (
            FeedFault::Skipped,
            |server| json!({ "entries": [], "position": "5-3", "statement": server.script.heartbeat() }),
        ),
        (
            FeedFault::WentBack,
            |server| json!({ "entries": ["r:1"], "position": "5-0", "statement": server.script.heartbeat() }),
        ),
        (
            FeedFault::EntryMalformed,
            |server| json!({ "entries": ["r"], "position": "5-1", "statement": server.script.heartbeat() }),
        ),
        (FeedFault::SignatureWrong, |_| json!({ "entries": [], "position": "5-0", "statement": "x" })),
    ];
    for (fault, lie) in lies {
        let server = Server::start().await;
        server.script.act(STREAM, Act::Status(404));
        let answer = lie(&server);
        server.script.stage().truth = crate::server::Truth::new();
        server.script.act(POLL, Act::Bytes(answer.to_string().into_bytes()));
        let verifier = server.builder().connect().unwrap();
        soon(verifier.wait_until(|health| health.feed.faults == 1)).await;
        assert_eq!(verifier.health().feed.last_fault, Some(fault));
        server.script.as_usual(POLL);
        pass(Duration::from_secs(1)).await;
        soon(verifier.ready()).await;
    }
}
