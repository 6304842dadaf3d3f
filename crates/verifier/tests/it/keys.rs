//! The key set: read when it grows old and when an unknown key comes, never in a storm, and bounded in every way.

use std::time::Duration;

use callsign_protocol::key_set::{KEY_SET_BYTES_MAX, KEYS_MAX, KeySetError};
use callsign_verifier::{KeysFault, LinkFailure, Refused, Rejection, Verifier};

use crate::server::{Act, DISCOVERY, KEY_SET, Key, STREAM, Server, pass, soon};

const SECOND: Duration = Duration::from_secs(1);

async fn storm(verifier: &Verifier, token: &str) {
    let checks = futures_util::future::join_all((0..1_000).map(|_| verifier.verify(token)));
    let unknown = Err(Refused::Rejected(Rejection::KeyUnknown));
    assert!(soon(checks).await.iter().all(|outcome| *outcome == unknown));
}

#[tokio::test]
async fn a_thousand_tokens_of_an_unknown_key_cost_one_fetch_in_a_cool_down() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let stranger = server.mint().compact(&Key::new());
    storm(&verifier, &stranger).await;
    assert_eq!(server.script.count(KEY_SET), 1, "the set was read just now");
    for fetches in 2..5 {
        pass(11 * SECOND).await;
        storm(&verifier, &stranger).await;
        storm(&verifier, &stranger).await;
        assert_eq!(server.script.count(KEY_SET), fetches);
    }
}

#[tokio::test]
async fn a_new_key_is_known_by_its_first_token() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    pass(11 * SECOND).await;
    server.script.roll_over();
    let token = server.token();
    assert_eq!(verifier.verify_offline(&token), Err(Refused::Rejected(Rejection::KeyUnknown)));
    assert!(soon(verifier.verify(&token)).await.is_ok());
    assert!(verifier.verify_offline(&token).is_ok());
    assert_eq!(verifier.health().keys.count, 2);
}

#[tokio::test]
async fn a_statement_by_a_new_key_makes_it_known_too() {
    let server = Server::start().await;
    let (verifier, _old) = server.ready().await;
    pass(11 * SECOND).await;
    server.script.roll_over();
    let wire = server.stream().await;
    wire.heartbeat();
    soon(verifier.wait_until(|health| health.keys.count == 2)).await;
    assert_eq!(verifier.health().feed.faults, 0);
}

#[tokio::test]
async fn keys_that_left_the_set_are_good_no_longer() {
    let server = Server::start().await;
    let old = server.script.signer();
    let (verifier, _wire) = server.ready().await;
    let token = server.mint().compact(&old);
    server.script.roll_over();
    server.script.stage().published.remove(0);
    assert!(verifier.verify_offline(&token).is_ok(), "nobody has read the newer set");
    pass(11 * SECOND).await;
    // One published key before and after: the tag of the script is the number of keys.
    server.script.roll_over();
    assert!(soon(verifier.verify(&server.token())).await.is_ok());
    assert_eq!(verifier.verify_offline(&token), Err(Refused::Rejected(Rejection::KeyUnknown)));
}

#[tokio::test]
async fn a_set_is_read_again_when_it_grows_old_and_not_sent_again_when_it_is_the_same() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    assert_eq!(server.script.arrived(KEY_SET)[0].if_none_match, None);
    pass(260 * SECOND).await;
    assert_eq!(server.script.count(KEY_SET), 1);
    pass(41 * SECOND).await;
    let young = |health: &callsign_verifier::Health| health.keys.read_ago.is_some_and(|ago| ago < SECOND);
    soon(verifier.wait_until(young)).await;
    assert_eq!(server.script.arrived(KEY_SET)[1].if_none_match.as_deref(), Some("\"1\""));
    assert!(verifier.health().keys.count == 1 && verifier.health().keys.fault.is_none());
    assert_eq!(server.script.count(DISCOVERY), 1, "the issuer is learnt once");
}

#[tokio::test]
async fn while_the_server_fails_known_keys_go_on_for_a_day_and_fetches_are_few() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    server.script.act(KEY_SET, Act::Status(500));
    server.script.act(STREAM, Act::Status(500));
    let stranger = server.mint().compact(&Key::new());
    pass(11 * SECOND).await;
    storm(&verifier, &stranger).await;
    assert_eq!(server.script.count(KEY_SET), 2);
    assert_eq!(verifier.health().keys.fault, Some(KeysFault::Link(LinkFailure::Status(500))));
    // The cool-down runs after a failure, too.
    storm(&verifier, &stranger).await;
    assert_eq!(server.script.count(KEY_SET), 2);
    pass(Duration::from_hours(24) - 12 * SECOND).await;
    assert_eq!(verifier.health().keys.count, 1);
    pass(2 * SECOND).await;
    assert_eq!(verifier.health().keys.count, 0);
    assert_eq!(verifier.verify_offline(&server.token()), Err(Refused::NotReady));
}

#[tokio::test]
async fn whatever_is_no_key_set_is_refused_by_name() {
    let elsewhere = Server::start().await;
    let many = format!(r#"{{"keys":[{}1]}}"#, "1,".repeat(KEYS_MAX));
    for (act, fault) in [
        (Act::Bytes(b"<html>".to_vec()), KeysFault::KeySet(KeySetError::Malformed)),
        (Act::Bytes(many.into_bytes()), KeysFault::KeySet(KeySetError::TooManyKeys)),
        (Act::Bytes(br#"{"keys":[]}"#.to_vec()), KeysFault::NoUsableKey),
        (Act::Bytes(vec![b' '; KEY_SET_BYTES_MAX + 1]), KeysFault::Link(LinkFailure::Oversized)),
        (Act::Endless, KeysFault::Link(LinkFailure::Oversized)),
        (Act::Status(304), KeysFault::Link(LinkFailure::Malformed)),
        (Act::Redirect(format!("{}{KEY_SET}", elsewhere.origin())), KeysFault::Link(LinkFailure::Redirected)),
        (Act::Stall("application/json"), KeysFault::Link(LinkFailure::TimedOut)),
        (Act::Hang, KeysFault::Link(LinkFailure::TimedOut)),
    ] {
        let server = Server::start().await;
        server.script.act(KEY_SET, act);
        let verifier = server.builder().timeout(SECOND).connect().unwrap();
        soon(verifier.wait_until(|health| health.keys.fault == Some(fault))).await;
        assert_eq!(verifier.verify(&server.token()).await, Err(Refused::NotReady));
        server.script.as_usual(KEY_SET);
        pass(SECOND).await;
        let wire = server.stream().await;
        wire.heartbeat();
        soon(verifier.ready()).await;
    }
    assert_eq!(elsewhere.script.count(KEY_SET), 0);
}

#[tokio::test]
async fn a_pinned_issuer_is_not_asked_for() {
    let server = Server::start().await;
    server.script.act(DISCOVERY, Act::Status(500));
    let (verifier, _wire) = server.ready_with(server.builder().issuer(crate::server::ISSUER)).await;
    assert!(verifier.verify(&server.token()).await.is_ok());
    assert_eq!(server.script.count(DISCOVERY), 0);
}

#[tokio::test]
async fn nobody_answers_and_nothing_passes() {
    let verifier = Verifier::connect("endpoint=http://127.0.0.1:1/;accesskey=c2VjcmV0").unwrap();
    let unreachable = Some(KeysFault::Link(LinkFailure::Unreachable));
    soon(verifier.wait_until(|health| health.keys.fault == unreachable)).await;
    assert_eq!(verifier.verify("a.b.c").await, Err(Refused::NotReady));
}
