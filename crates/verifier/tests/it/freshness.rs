//! How long knowledge is good: by the monotonic clock since a heartbeat whose time moved on.

use std::time::Duration;

use callsign_verifier::{Freshness, LinkFailure, Refused, WhenStale};

use crate::server::{Act, SNAPSHOT, STREAM, Server, pass, soon};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_frozen_feed_is_believed_for_max_staleness_and_no_longer() {
    let server = Server::start().await;
    let verifier = server.builder().connect().unwrap();
    let (wire, token) = (server.stream().await, server.token());
    let frozen = server.script.heartbeat();
    wire.raw(format!("event: heartbeat\ndata: {frozen}\n\n"));
    soon(verifier.ready()).await;
    let heard = verifier.health().feed.position;
    for _ in 0..29 {
        pass(SECOND).await;
        // The same statement again and again: its time does not move on.
        wire.raw(format!("event: heartbeat\ndata: {frozen}\n\n"));
    }
    assert!(verifier.verify_offline(&token).is_ok());
    pass(2 * SECOND).await;
    let Err(Refused::Stale { age }) = verifier.verify_offline(&token) else {
        panic!("a stale view was taken for a fresh one");
    };
    assert!((30 * SECOND..40 * SECOND).contains(&age), "{age:?}");
    assert_eq!(verifier.verify(&token).await.unwrap_err().code(), "stale");
    assert!(!verifier.health().is_ready());
    assert_eq!(verifier.health().feed.position, heard);
}

#[tokio::test]
async fn a_server_that_is_away_is_outlived_for_max_staleness_and_found_again() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready_with(server.builder().max_staleness(5 * SECOND)).await;
    let token = server.token();
    server.script.act(STREAM, Act::Status(503));
    server.script.act(SNAPSHOT, Act::Status(503));
    drop(wire);
    soon(verifier.wait_until(|health| health.feed.failure == Some(LinkFailure::Status(503)))).await;
    assert!(verifier.verify_offline(&token).is_ok());
    pass(5 * SECOND).await;
    assert_eq!(verifier.verify_offline(&token).unwrap_err().code(), "stale");
    assert!(!verifier.verify_offline(&token).unwrap_err().is_final());

    server.script.as_usual(STREAM);
    let wire = server.stream().await;
    wire.heartbeat();
    soon(verifier.ready()).await;
    assert!(verifier.verify_offline(&token).is_ok());
}

#[tokio::test]
async fn whoever_wants_it_so_goes_on_and_is_told() {
    let server = Server::start().await;
    let builder = server.builder().when_stale(WhenStale::AcceptAndFlag);
    let verifier = builder.connect().unwrap();
    let token = server.token();
    let wire = server.stream().await;
    assert_eq!(verifier.verify(&token).await, Err(Refused::NotReady), "nothing was ever known");
    wire.heartbeat();
    soon(verifier.ready()).await;
    let other = callsign_protocol::revocation::Entry::Identity { local: crate::server::local(2), epoch: 1 };
    wire.entry(other);
    soon(verifier.wait_until(|health| health.feed.identities == 1)).await;
    pass(31 * SECOND).await;
    let verified = verifier.verify_offline(&token).unwrap();
    assert!(matches!(verified.freshness, Freshness::Stale { age } if age > 30 * SECOND));
    let revoked = server.mint().of(crate::server::local(2)).compact(&server.script.signer());
    assert_eq!(verifier.verify_offline(&revoked), Err(Refused::Revoked), "what is known is known");
}
