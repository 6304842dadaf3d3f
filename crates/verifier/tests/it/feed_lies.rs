//! A feed that lies is refused by name, a fresh snapshot is taken, and the truth is believed again.

use std::time::Duration;

use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::Entry;
use callsign_verifier::{FeedFault, Freshness, Uuid, Verifier};

use crate::server::{Key, Server, Wire, encoded, local, pass, signed, soon};

type Lie = fn(&Wire);

fn beat(wire: &Wire, statement: &str) {
    wire.raw(format!("event: heartbeat\ndata: {statement}\n\n"));
}

fn entry(number: u128) -> Entry {
    Entry::Identity { local: local(number), epoch: 1 }
}

const LIES: [(&str, FeedFault, Lie); 18] = [
    ("signed by a key of nobody", FeedFault::SignatureWrong, |wire| {
        beat(wire, &signed(&wire.script.stage().truth.statement(), &Key::new()));
    }),
    ("signed by nobody", FeedFault::SignatureWrong, |wire| {
        let statement = wire.script.heartbeat();
        beat(wire, &format!("{}.{}", statement.rsplit_once('.').unwrap().0, encoded([7; 64])));
    }),
    ("a token in the place of a statement", FeedFault::SignatureWrong, |wire| {
        let token = crate::server::Mint::new(Timestamp::from_unix_seconds(0)).compact(&wire.script.signer());
        beat(wire, &token);
    }),
    ("another issuer", FeedFault::IssuerWrong, |wire| {
        beat(wire, &wire.script.heartbeat_with(|told| told.issuer.push('x')));
    }),
    ("another resource", FeedFault::ResourceWrong, |wire| {
        beat(wire, &wire.script.heartbeat_with(|told| told.resource = Uuid::nil()));
    }),
    ("time goes back", FeedFault::WentBack, |wire| {
        beat(wire, &wire.script.heartbeat_with(|told| told.time = Timestamp::from_unix_seconds(1)));
    }),
    ("the incarnation goes back", FeedFault::WentBack, |wire| {
        beat(wire, &wire.script.heartbeat_with(|told| told.position.incarnation -= 1));
    }),
    ("the count goes back", FeedFault::WentBack, |wire| {
        wire.entry(entry(1));
        beat(wire, &wire.script.heartbeat_with(|told| told.position.count -= 1));
    }),
    ("an entry is kept back", FeedFault::Skipped, |wire| {
        wire.script.revoke(entry(2));
        wire.heartbeat();
    }),
    ("an entry is kept back, and the next one comes", FeedFault::Skipped, |wire| {
        wire.script.revoke(entry(3));
        wire.entry(entry(4));
    }),
    ("an entry comes twice", FeedFault::WentBack, |wire| {
        let event = wire.script.revoke(entry(5));
        wire.raw(format!("{event}{event}"));
    }),
    ("another entry than the one that was signed for", FeedFault::DigestWrong, |wire| {
        let event = wire.script.revoke(entry(6));
        wire.raw(event.replace(":1\n", ":2\n"));
        wire.heartbeat();
    }),
    ("an entry that nobody knows", FeedFault::EntryMalformed, |wire| {
        wire.raw("id: 5-1\ndata: x:1\n\n");
    }),
    ("an entry without a place", FeedFault::EntryMalformed, |wire| wire.raw("data: r:1\n\n")),
    ("no text", FeedFault::StatementMalformed, |wire| {
        let key = wire.script.signer();
        let header = key.header(callsign_protocol::revocation::STATEMENT_TYPE);
        beat(wire, &key.signed(format!("{header}.{}", encoded("{}"))));
    }),
    ("a snapshot's statement as a heartbeat", FeedFault::StatementMalformed, |wire| {
        beat(wire, &wire.script.heartbeat_with(|told| told.body = Some([0; 32])));
    }),
    ("a line without end", FeedFault::Oversized, |wire| wire.raw("x".repeat(10_000))),
    ("an event without end", FeedFault::Oversized, |wire| {
        wire.raw(format!("data: {}\n", "x".repeat(2_000)).repeat(3));
    }),
];

async fn lied(verifier: &Verifier, lies: u64) -> FeedFault {
    soon(verifier.wait_until(|health| health.feed.faults == lies)).await;
    // The pause before the snapshot.
    pass(Duration::from_secs(1 << (lies - 1))).await;
    verifier.health().feed.last_fault.unwrap()
}

#[tokio::test]
async fn every_lie_of_a_stream_is_named_and_the_truth_is_believed_again() {
    for (what, fault, lie) in LIES {
        let server = Server::start().await;
        let builder = server.builder().key_cool_down(Duration::from_secs(1));
        let (verifier, wire) = server.ready_with(builder).await;
        let (token, before) =
            (server.mint().of(local(77)).compact(&server.script.signer()), verifier.health());
        lie(&wire);
        assert_eq!(lied(&verifier, 1).await, fault, "{what}");
        let health = verifier.health();
        assert_eq!((health.feed.source, before.feed.last_fault), (None, None), "{what}");
        // What was known before goes on being known, and grows old.
        assert!(verifier.verify_offline(&token).is_ok(), "{what}");

        let wire = server.stream().await;
        assert_eq!(verifier.health().feed.snapshots, 2, "{what}");
        wire.heartbeat();
        soon(verifier.wait_until(|health| health.feed.source.is_some())).await;
        assert_eq!(verifier.health().freshness, Some(Freshness::Fresh), "{what}");
        assert_eq!(verifier.health().feed.last_fault, Some(fault), "{what}");
        assert!(verifier.verify_offline(&token).is_ok(), "{what}");
    }
}

#[tokio::test]
async fn what_an_unsigned_entry_made_believe_is_gone_with_the_fresh_snapshot() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let token = server.token();
    wire.raw(format!("id: 5-1\ndata: r:{}\n\n", u64::MAX - 1));
    wire.heartbeat();
    assert_eq!(lied(&verifier, 1).await, FeedFault::WentBack);
    assert!(verifier.verify_offline(&token).is_err(), "a door may be closed by mistake for a moment");
    let wire = server.stream().await;
    wire.heartbeat();
    soon(verifier.wait_until(|_| verifier.verify_offline(&token).is_ok())).await;
}

#[tokio::test]
async fn a_feed_that_goes_on_lying_is_asked_less_and_less_and_ends_stale() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let token = server.token();
    let mut wire = wire;
    for lies in 1..=3 {
        wire.raw("data: lie\n\n");
        assert_eq!(lied(&verifier, lies).await, FeedFault::EntryMalformed);
        wire = server.stream().await;
    }
    pass(Duration::from_secs(31)).await;
    assert_eq!(verifier.verify_offline(&token).unwrap_err().code(), "stale");
}
