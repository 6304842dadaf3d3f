//! A remembered token passes by the same rules as one that comes for the first time: it never outlives its key, its time or a
//! revocation.

use std::time::Duration;

use callsign_protocol::revocation::Entry;
use callsign_verifier::{Refused, Rejection, Verifier};

use crate::server::{Act, BEGIN, KEY_SET, Server, local, pass, soon};

const SECOND: Duration = Duration::from_secs(1);

fn remembered(verifier: &Verifier) -> usize {
    verifier.health().keys.remembered_tokens
}

/// Waits until a token that was good is refused.
async fn refusal(verifier: &Verifier, token: &str) -> Refused {
    let refused = async {
        while verifier.verify_offline(token).is_ok() {
            tokio::task::yield_now().await;
        }
        verifier.verify_offline(token).unwrap_err()
    };
    soon(refused).await
}

#[tokio::test]
async fn a_repeated_token_gets_the_same_answer_with_and_without_a_cache() {
    let server = Server::start().await;
    let (with, _first) = server.ready().await;
    let (without, _second) = server.ready_with(server.builder().signature_cache(0)).await;
    let token = server.token();
    let first = with.verify(&token).await.unwrap();
    for _ in 0..3 {
        assert_eq!(with.verify(&token).await.as_ref(), Ok(&first));
        assert_eq!(with.verify_offline(&token).as_ref(), Ok(&first));
        assert_eq!(without.verify_offline(&token).as_ref(), Ok(&first));
    }
    assert_eq!((remembered(&with), remembered(&without)), (1, 0));
}

#[tokio::test]
async fn a_remembered_token_that_is_revoked_is_refused() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let [token, other] =
        [1, 2].map(|number| server.mint().of(local(number)).compact(&server.script.signer()));
    assert!(verifier.verify_offline(&token).is_ok() && verifier.verify_offline(&other).is_ok());
    wire.entry(Entry::Identity { local: local(1), epoch: 1 });
    assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
    assert_eq!(verifier.verify(&token).await, Err(Refused::Revoked));
    assert!(verifier.verify_offline(&other).is_ok());
    assert_eq!(remembered(&verifier), 2, "both by their signatures, and the signatures are right");
}

#[tokio::test]
async fn a_remembered_token_expires_to_the_second_and_is_forgotten_then() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let token = server.token();
    assert!(verifier.verify_offline(&token).is_ok());
    server.clock.set(BEGIN + 3_599);
    assert!(verifier.verify_offline(&token).is_ok());
    server.clock.set(BEGIN + 3_600);
    assert_eq!(verifier.verify_offline(&token), Err(Refused::Rejected(Rejection::Expired)));
    server.clock.set(BEGIN - 301);
    assert_eq!(verifier.verify_offline(&token), Err(Refused::Rejected(Rejection::IssuedInFuture)));
    server.clock.set(BEGIN);
    assert!(verifier.verify_offline(&token).is_ok());

    server.clock.set(BEGIN + 3_600);
    // The key set grows old and is read again; it is the same, so what else is remembered would stay.
    pass(301 * SECOND).await;
    soon(verifier.wait_until(|health| health.keys.remembered_tokens == 0)).await;
    assert_eq!(server.script.arrived(KEY_SET)[1].if_none_match.as_deref(), Some("\"1\""));
}

#[tokio::test]
async fn a_remembered_token_is_refused_when_its_key_left_the_set() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let token = server.token();
    assert!(verifier.verify_offline(&token).is_ok());
    server.script.stage().published.remove(0);
    // Two keys instead of one: the tag of the script is the number of keys.
    server.script.roll_over();
    server.script.roll_over();
    pass(11 * SECOND).await;
    assert!(soon(verifier.verify(&server.token())).await.is_ok());
    assert_eq!(verifier.verify_offline(&token), Err(Refused::Rejected(Rejection::KeyUnknown)));
    assert_eq!(remembered(&verifier), 1, "the one of the new key");
}

#[tokio::test]
async fn a_remembered_token_is_refused_when_its_key_is_revoked_while_it_is_still_published() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let token = server.token();
    assert!(verifier.verify_offline(&token).is_ok());
    server.script.act(KEY_SET, Act::Status(500));
    wire.entry(Entry::SigningKey { key_id: server.script.signer().id().to_owned() });
    assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
    assert_eq!(verifier.health().keys.count, 1);
}

#[tokio::test]
async fn a_remembered_token_is_refused_when_the_server_was_silent_for_too_long() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let token = server.token();
    assert!(verifier.verify_offline(&token).is_ok());
    pass(31 * SECOND).await;
    assert!(matches!(verifier.verify_offline(&token), Err(Refused::Stale { .. })));
    wire.heartbeat();
    soon(verifier.ready()).await;
    assert!(verifier.verify_offline(&token).is_ok());
}

#[tokio::test]
async fn a_changed_bit_of_a_remembered_token_is_refused() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let token = server.token();
    assert!(verifier.verify_offline(&token).is_ok());
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] ^= 1;
        let changed = String::from_utf8(bytes).unwrap();
        assert!(verifier.verify_offline(&changed).is_err(), "{place}");
    }
    assert!(verifier.verify_offline(&token).is_ok());
    assert_eq!(remembered(&verifier), 1);
}

#[tokio::test]
async fn so_many_tokens_are_remembered_and_no_more() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready_with(server.builder().signature_cache(10)).await;
    let key = server.script.signer();
    for number in 0..50 {
        let token = server.mint().of(local(number)).compact(&key);
        for _ in 0..2 {
            assert!(verifier.verify_offline(&token).is_ok());
        }
        assert!(remembered(&verifier) <= 10);
    }
    assert_eq!(remembered(&verifier), 10);
}
