//! Tokens that pass and tokens that do not, each for its reason.

use callsign_protocol::claims::{MintedBy, Revision};
use callsign_verifier::{Freshness, Refused, Rejection, Scope, Uuid};

use crate::server::{BEGIN, Key, Server, Truth, encoded, local, soon};

#[tokio::test]
async fn a_good_token_tells_whose_it_is_and_what_it_allows() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let mut mint = server.mint();
    mint.scopes = vec![Scope::Voip, Scope::ChatJoin];
    let token = mint.compact(&server.script.signer());

    let verified = verifier.verify(&token).await.unwrap();

    assert_eq!(verified.identity.to_string(), format!("8:acs:{}_{}", mint.resource, mint.local));
    assert_eq!(verified.capabilities.scopes().collect::<Vec<_>>(), [Scope::Voip, Scope::ChatJoin]);
    assert_eq!(verified.issued_at.unix_seconds(), BEGIN);
    assert_eq!(verified.expires_at.unix_seconds(), BEGIN + 3_600);
    assert_eq!(verified.token_id, encoded([9; 16]));
    assert_eq!(verified.freshness, Freshness::Fresh);
    assert_eq!(verifier.verify_offline(&token), Ok(verified));
}

/// The payload of a good token with something replaced.
fn altered(server: &Server, from: &str, to: &str) -> String {
    let payload = server.mint().payload();
    assert!(payload.contains(from), "{from}");
    let key = server.script.signer();
    key.signed(format!("{}.{}", key.header("JWT"), encoded(payload.replacen(from, to, 1))))
}

/// A good payload behind another header.
fn headed(server: &Server, header: &str) -> String {
    let key = server.script.signer();
    let header = header.replace("KID", key.id());
    key.signed(format!("{}.{}", encoded(header), encoded(server.mint().payload())))
}

fn spoiled(server: &Server) -> Vec<(Rejection, String)> {
    let good = server.token();
    let minted = |change: fn(&mut crate::server::Mint)| {
        let mut mint = server.mint();
        change(&mut mint);
        mint.compact(&server.script.signer())
    };
    let (signed, _) = good.rsplit_once('.').unwrap();
    vec![
        (Rejection::Oversized, "x".repeat(9_000)),
        (Rejection::Malformed, "no token".to_owned()),
        (Rejection::NoObject, headed(server, "[1]")),
        (Rejection::DuplicateMember, altered(server, r#""rgn":"#, r#""iss":"x","rgn":"#)),
        (Rejection::AlgorithmNotAllowed, headed(server, r#"{"alg":"none","kid":"KID","typ":"JWT"}"#)),
        (Rejection::TypeWrong, headed(server, r#"{"alg":"ES256","kid":"KID","typ":"at+jwt"}"#)),
        (
            Rejection::CriticalHeader,
            headed(server, r#"{"alg":"ES256","kid":"KID","typ":"JWT","crit":["b64"]}"#),
        ),
        (
            Rejection::EmbeddedKey,
            headed(server, r#"{"alg":"ES256","kid":"KID","typ":"JWT","jku":"https://h"}"#),
        ),
        (Rejection::KeyUnknown, server.mint().compact(&Key::new())),
        (Rejection::SignatureWrong, format!("{signed}.{}", encoded([7; 64]))),
        (Rejection::ClaimsMalformed, altered(server, r#","rev":"#, r#","ver":"#)),
        (Rejection::IssuerWrong, minted(|mint| mint.issuer.push('x'))),
        (Rejection::ResourceWrong, minted(|mint| mint.resource = Uuid::from_u128(2))),
        (Rejection::Expired, minted(|mint| mint.issued_at = mint.issued_at.plus_minutes(-60))),
        (Rejection::IssuedInFuture, minted(|mint| mint.issued_at = mint.issued_at.plus_minutes(6))),
        (Rejection::LifetimeTooLong, minted(|mint| mint.minutes = 1_441)),
    ]
}

#[tokio::test]
async fn every_rejection_comes_through_by_its_own_word_and_without_the_token() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    for (rejection, token) in spoiled(&server) {
        let refused = verifier.verify_offline(&token).unwrap_err();
        assert_eq!(refused, Refused::Rejected(rejection));
        assert_eq!(verifier.verify(&token).await, Err(refused));
        assert_eq!(refused.code(), rejection.code());
        assert!(refused.is_final());
        assert!(!format!("{refused} {refused:?}").contains(&token));
    }
}

#[tokio::test]
async fn a_token_lives_to_the_second() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let token = server.token();
    server.clock.set(BEGIN + 3_599);
    assert!(verifier.verify_offline(&token).is_ok());
    server.clock.set(BEGIN + 3_600);
    assert_eq!(verifier.verify_offline(&token), Err(Refused::Rejected(Rejection::Expired)));
}

#[tokio::test]
async fn a_token_of_one_resource_does_not_pass_at_the_verifier_of_another() {
    let (ours, theirs) = (Server::start().await, Server::start().await);
    {
        let mut stage = theirs.script.stage();
        stage.truth.resource = Uuid::from_u128(2);
        // One server holds many resources and signs for all of them by the same keys.
        stage.published = ours.script.stage().published.clone();
        stage.signer = stage.published[0].clone();
    }
    let (at_ours, _first) = ours.ready().await;
    let (at_theirs, _second) = theirs.ready().await;
    let token = ours.token();
    assert!(at_ours.verify(&token).await.is_ok());
    assert_eq!(at_theirs.verify(&token).await, Err(Refused::Rejected(Rejection::ResourceWrong)));
}

#[tokio::test]
async fn nothing_passes_before_a_heartbeat_confirmed_the_snapshot() {
    let server = Server::start().await;
    let verifier = server.builder().connect().unwrap();
    let token = server.token();
    assert_eq!(verifier.verify(&token).await, Err(Refused::NotReady));
    let wire = server.stream().await;
    assert_eq!(verifier.verify_offline(&token), Err(Refused::NotReady));
    wire.heartbeat();
    soon(verifier.ready()).await;
    assert!(verifier.verify_offline(&token).is_ok());
}

#[tokio::test]
async fn a_snapshot_that_is_as_old_as_the_heartbeat_confirms_nothing() {
    let server = Server::start().await;
    let verifier = server.builder().connect().unwrap();
    let wire = server.stream().await;
    server.script.stage().truth.time -= 1_000;
    wire.heartbeat();
    wire.entry(callsign_protocol::revocation::Entry::Identity { local: local(5), epoch: 1 });
    soon(verifier.wait_until(|health| health.feed.identities == 1)).await;
    assert_eq!(verifier.verify_offline(&server.token()), Err(Refused::NotReady));
}

#[tokio::test]
async fn entra_s_tokens_pass_as_well() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let mut mint = server.mint();
    mint.revision = Revision { identity: 0, resource: Truth::RESOURCE_EPOCH, minted_by: MintedBy::Entra };
    assert!(verifier.verify(&mint.compact(&server.script.signer())).await.is_ok());
}
