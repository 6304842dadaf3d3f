//! Live sessions end when their token does.

use std::time::Duration;

use callsign_protocol::revocation::Entry;
use callsign_verifier::Ended;

use crate::server::{BEGIN, Server, local, pass, soon};

#[tokio::test]
async fn a_session_ends_when_its_token_is_revoked_and_others_go_on() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let key = server.script.signer();
    let mut sessions = Vec::new();
    for number in 1..=1_000 {
        let token = server.mint().of(local(number)).compact(&key);
        sessions.push(Box::pin(verifier.watch(&verifier.verify(&token).await.unwrap())));
    }
    let revoked = sessions.remove(499);
    wire.entry(Entry::Identity { local: local(500), epoch: 1 });
    assert_eq!(soon(revoked).await, Ended::Revoked);
    assert_eq!(verifier.health().watchers, 999);
    for mut session in sessions.drain(..) {
        assert!(futures_util::poll!(session.as_mut()).is_pending());
    }
    assert_eq!(verifier.health().watchers, 0, "who goes leaves nothing");
}

#[tokio::test]
async fn what_ends_everybody_ends_every_session() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let key = server.script.signer();
    let mut sessions = Vec::new();
    for number in 1..=50 {
        let token = server.mint().of(local(number)).compact(&key);
        sessions.push(verifier.watch(&verifier.verify(&token).await.unwrap()));
    }
    wire.entry(Entry::Resource { epoch: crate::server::Truth::RESOURCE_EPOCH + 1 });
    let ended = soon(futures_util::future::join_all(sessions)).await;
    assert!(ended.iter().all(|ended| *ended == Ended::Revoked));
}

#[tokio::test]
async fn a_session_ends_when_its_token_s_time_is_over() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let verified = verifier.verify(&server.token()).await.unwrap();
    let mut session = Box::pin(verifier.watch(&verified));
    assert!(futures_util::poll!(session.as_mut()).is_pending());
    server.clock.set(BEGIN + 3_600);
    pass(Duration::from_mins(1)).await;
    assert_eq!(soon(session).await, Ended::Expired);
}

#[tokio::test]
async fn what_happened_between_the_check_and_the_watch_is_noticed() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let verified = verifier.verify(&server.token()).await.unwrap();
    wire.entry(Entry::Identity { local: local(1), epoch: 1 });
    soon(verifier.wait_until(|health| health.feed.identities == 1)).await;
    assert_eq!(soon(verifier.watch(&verified)).await, Ended::Revoked);
}

#[tokio::test]
async fn what_was_revoked_while_the_server_was_away_ends_its_sessions_afterwards() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let verified = verifier.verify(&server.token()).await.unwrap();
    let session = verifier.watch(&verified);
    // The session keeps the verifier reading.
    drop(verifier);
    server.script.stage().truth.restore();
    drop(wire);
    let wire = server.stream().await;
    wire.raw("event: reset\ndata: incarnation\n\n");
    assert_eq!(soon(session).await, Ended::Revoked);
}
