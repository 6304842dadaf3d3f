//! Asking the server while the feed is silent.

use std::time::Duration;

use callsign_verifier::{Freshness, LinkFailure, Refused, Rejection, Verifier, WhenStale};
use serde_json::json;

use crate::server::{Act, INTROSPECT, STREAM, Server, pass, soon};

/// A verifier that heard of its server once, long ago.
async fn stale(server: &Server) -> Verifier {
    let builder = server.builder().when_stale(WhenStale::Introspect).timeout(Duration::from_secs(1));
    let (verifier, wire) = server.ready_with(builder).await;
    server.script.act(STREAM, Act::Status(503));
    drop(wire);
    pass(Duration::from_secs(31)).await;
    verifier
}

#[tokio::test]
async fn the_server_s_word_is_taken() {
    let server = Server::start().await;
    let verifier = stale(&server).await;
    let token = server.token();
    let verified = soon(verifier.verify(&token)).await.unwrap();
    assert_eq!(verified.freshness, Freshness::Introspected);
    assert_eq!(server.script.arrived(INTROSPECT)[0].body, format!("token={token}"));

    server.script.stage().introspection = json!({ "active": false });
    assert_eq!(soon(verifier.verify(&token)).await, Err(Refused::Revoked));
    assert_eq!(verifier.verify_offline(&token).unwrap_err().code(), "stale", "it cannot wait");
}

#[tokio::test]
async fn an_answer_about_another_token_is_no_answer() {
    let server = Server::start().await;
    let verifier = stale(&server).await;
    let malformed = Err(Refused::Introspection(LinkFailure::Malformed));
    for answer in [
        json!({ "active": true, "sub": "8:acs:somebody-else" }),
        json!({ "active": true, "jti": "another" }),
        json!({ "active": "true" }),
        json!({ "active": 1 }),
        json!({}),
    ] {
        server.script.stage().introspection = answer;
        assert_eq!(soon(verifier.verify(&server.token())).await, malformed);
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_lets_nobody_in() {
    let server = Server::start().await;
    let verifier = stale(&server).await;
    let token = server.token();
    for (act, failure) in [
        (Act::Status(500), LinkFailure::Status(500)),
        (Act::Status(401), LinkFailure::Denied),
        (Act::Redirect("http://127.0.0.1:9/".to_owned()), LinkFailure::Redirected),
        (Act::Endless, LinkFailure::Oversized),
        (Act::Hang, LinkFailure::TimedOut),
    ] {
        server.script.act(INTROSPECT, act);
        let refused = soon(verifier.verify(&token)).await.unwrap_err();
        assert_eq!(refused, Refused::Introspection(failure));
        assert!(!refused.is_final() && !refused.to_string().contains(&token));
    }
}

#[tokio::test]
async fn a_crowd_of_checks_does_not_become_a_crowd_of_requests() {
    let server = Server::start().await;
    let verifier = stale(&server).await;
    server.script.act(INTROSPECT, Act::Hang);
    let token = server.token();
    let checks = futures_util::future::join_all((0..500).map(|_| verifier.verify(&token)));
    let outcomes = soon(checks).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert!(server.script.count(INTROSPECT) <= 64);
}

#[tokio::test]
async fn a_token_that_is_wrong_in_itself_is_not_asked_about() {
    let server = Server::start().await;
    let verifier = stale(&server).await;
    let mut mint = server.mint();
    mint.minutes = 2_000;
    let refused = verifier.verify(&mint.compact(&server.script.signer())).await;
    assert_eq!(refused, Err(Refused::Rejected(Rejection::LifetimeTooLong)));
    assert_eq!(server.script.count(INTROSPECT), 0);
}
