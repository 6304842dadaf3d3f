//! Snapshots: believed whole, or not at all.

use std::time::Duration;

use callsign_protocol::revocation::{Entry, View, encode_body};
use callsign_verifier::{FeedFault, LinkFailure, Refused, Uuid};

use crate::server::{Act, Key, SNAPSHOT, Server, Truth, local, pass, soon};

/// What the server would send, as it stands.
fn snapshot(server: &Server) -> Vec<u8> {
    let stage = server.script.stage();
    stage.truth.snapshot(&stage.signer)
}

fn told_by(change: fn(&mut Truth)) -> impl Fn(&Server) -> Vec<u8> {
    move |server| {
        let stage = server.script.stage();
        let mut truth = stage.truth.clone();
        change(&mut truth);
        truth.snapshot(&stage.signer)
    }
}

/// A good statement before another body.
fn with_body(server: &Server, body: &[u8]) -> Vec<u8> {
    let snapshot = snapshot(server);
    let end = snapshot.iter().position(|byte| *byte == b'\n').unwrap();
    [&snapshot[..=end], body].concat()
}

type Lie = Box<dyn Fn(&Server) -> Vec<u8>>;

fn lies() -> Vec<(FeedFault, Lie)> {
    vec![
        (FeedFault::SnapshotWrong, Box::new(|server| snapshot(server)[..400].to_vec())),
        (FeedFault::SnapshotWrong, Box::new(|_| Vec::new())),
        (
            FeedFault::SnapshotWrong,
            Box::new(|server| {
                let mut snapshot = snapshot(server);
                snapshot.pop();
                snapshot
            }),
        ),
        (
            FeedFault::SnapshotWrong,
            Box::new(|server| {
                with_body(server, &encode_body(&View { resource_epoch: 1, ..View::default() }))
            }),
        ),
        (FeedFault::SnapshotWrong, Box::new(told_by(|truth| truth.view.resource_epoch = 0))),
        (FeedFault::SignatureWrong, Box::new(|server| server.script.stage().truth.snapshot(&Key::new()))),
        (FeedFault::IssuerWrong, Box::new(told_by(|truth| truth.issuer.push('x')))),
        (FeedFault::ResourceWrong, Box::new(told_by(|truth| truth.resource = Uuid::nil()))),
    ]
}

#[tokio::test]
async fn a_snapshot_that_is_not_what_was_signed_is_refused_and_asked_for_again() {
    for (fault, lie) in lies() {
        let server = Server::start().await;
        server.script.act(SNAPSHOT, Act::Bytes(lie(&server)));
        let builder = server.builder().resource(crate::server::RESOURCE).issuer(crate::server::ISSUER);
        let verifier = builder.key_cool_down(Duration::from_secs(1)).connect().unwrap();
        soon(verifier.wait_until(|health| health.feed.faults == 1)).await;
        assert_eq!(verifier.health().feed.last_fault, Some(fault));
        assert_eq!(verifier.verify(&server.token()).await, Err(Refused::NotReady));

        server.script.as_usual(SNAPSHOT);
        pass(Duration::from_secs(1)).await;
        let wire = server.stream().await;
        wire.heartbeat();
        soon(verifier.ready()).await;
        assert_eq!(verifier.health().feed.snapshots, 1);
    }
}

#[tokio::test]
async fn a_snapshot_of_another_resource_is_refused_even_if_none_was_pinned() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let other = told_by(|truth| truth.resource = Uuid::nil())(&server);
    server.script.act(SNAPSHOT, Act::Bytes(other));
    wire.raw("event: reset\ndata: forgotten\n\n");
    soon(verifier.wait_until(|health| health.feed.faults == 1)).await;
    assert_eq!(verifier.health().feed.last_fault, Some(FeedFault::ResourceWrong));
}

#[tokio::test]
async fn a_snapshot_without_what_was_confirmed_already_is_refused() {
    let server = Server::start().await;
    server.script.revoke(Entry::Identity { local: local(1), epoch: 1 });
    let old = server.script.stage().truth.clone();
    server.script.revoke(Entry::Identity { local: local(2), epoch: 1 });
    let (verifier, wire) = server.ready().await;
    let by = server.script.signer();
    server.script.act(SNAPSHOT, Act::Bytes(old.snapshot(&by)));
    wire.raw("event: reset\ndata: forgotten\n\n");
    soon(async {
        while server.script.count(SNAPSHOT) < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(verifier.health().feed.faults, 0, "one that was kept for a while is no lie");
    // The same, told to be of now.
    let mut lie = old;
    lie.time += 10_000;
    server.script.act(SNAPSHOT, Act::Bytes(lie.snapshot(&by)));
    soon(verifier.wait_until(|health| health.feed.faults == 1)).await;
    assert_eq!(verifier.health().feed.last_fault, Some(FeedFault::WentBack));
    let revoked = server.mint().of(local(2)).compact(&server.script.signer());
    assert_eq!(verifier.verify_offline(&revoked), Err(Refused::Revoked), "the old view goes on");
}

#[tokio::test]
async fn a_snapshot_that_breaks_off_has_no_end_or_leads_elsewhere_is_no_lie_but_no_snapshot() {
    let elsewhere = Server::start().await;
    let redirect = Act::Redirect(format!("{}{SNAPSHOT}", elsewhere.origin()));
    for (act, failure) in [
        (Act::Status(500), LinkFailure::Status(500)),
        (Act::Status(403), LinkFailure::Denied),
        (redirect, LinkFailure::Redirected),
    ] {
        let server = Server::start().await;
        server.script.act(SNAPSHOT, act);
        let verifier = server.builder().connect().unwrap();
        soon(verifier.wait_until(|health| health.feed.failure == Some(failure))).await;
        assert_eq!(verifier.health().feed.faults, 0);
        server.script.as_usual(SNAPSHOT);
        pass(Duration::from_secs(1)).await;
        let wire = server.stream().await;
        wire.heartbeat();
        soon(verifier.ready()).await;
        assert_eq!(verifier.health().feed.failure, None);
    }
    assert_eq!(elsewhere.script.count(SNAPSHOT), 0, "only the configured host is asked");
}

#[tokio::test]
async fn an_endless_snapshot_is_given_up() {
    let server = Server::start().await;
    server.script.act(SNAPSHOT, Act::Endless);
    let verifier = server.builder().connect().unwrap();
    soon(verifier.wait_until(|health| health.feed.faults == 1)).await;
    assert_eq!(verifier.health().feed.last_fault, Some(FeedFault::Oversized));
}

#[tokio::test]
async fn a_slow_snapshot_is_given_up_in_time() {
    let server = Server::start().await;
    server.script.act(SNAPSHOT, Act::Stall("application/vnd.callsign.revocations"));
    let verifier = server.builder().connect().unwrap();
    soon(async {
        while server.script.count(SNAPSHOT) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Six times the timeout of other replies.
    pass(Duration::from_secs(61)).await;
    soon(verifier.wait_until(|health| health.feed.failure == Some(LinkFailure::TimedOut))).await;
}

#[tokio::test]
async fn a_restored_backup_replaces_everything_that_was_known() {
    let server = Server::start().await;
    server.script.revoke(Entry::Identity { local: local(1), epoch: 1 });
    let (verifier, wire) = server.ready().await;
    let old = server.token();
    server.script.stage().truth.restore();
    wire.heartbeat();
    let wire = server.stream().await;
    wire.heartbeat();
    soon(verifier.wait_until(|health| health.feed.position.as_deref() == Some("6-0"))).await;
    let health = verifier.health();
    assert_eq!((health.feed.identities, health.feed.faults, health.feed.snapshots), (0, 0, 2));
    assert_eq!(verifier.verify(&old).await, Err(Refused::Revoked), "the resource's epoch was raised");
    let mut mint = server.mint();
    mint.revision.resource = server.script.stage().truth.view.resource_epoch;
    assert!(verifier.verify(&mint.compact(&server.script.signer())).await.is_ok());
}
