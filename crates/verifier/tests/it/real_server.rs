//! Against a real server: what it revokes is refused here, whatever happens in between.

use std::time::Duration;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_server::admin::{self, Reply, Request, RestoreWanted};
use callsign_server::config::Config;
use callsign_verifier::{
    Connection, Ended, FeedSource, Freshness, LinkFailure, Refused, Rejection, Verifier, WhenStale,
};

use crate::house::{Desk, House, Lets, refusal, soon};
use crate::server::pass;

#[test]
fn a_revoked_token_is_refused_and_one_that_is_issued_afterwards_is_not() {
    House::during(async |house| {
        let (verifier, desk) = (house.ready().await, house.desk(KeySlot::Primary));
        let (user, token) = desk.user().await;
        let verified = verifier.verify(&token).await.unwrap();
        assert_eq!(verified.identity.to_string(), user.to_string());
        assert!(verified.capabilities.may_create_threads() && !verified.capabilities.may_join_calls());
        desk.revoke(&user).await;
        let newer = desk.token(&user).await;
        assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
        assert!(verifier.verify(&newer).await.is_ok(), "in the same second");
        assert_eq!(verifier.health().feed.source, Some(FeedSource::Stream));
    });
}

#[test]
fn the_tokens_of_a_deleted_user_are_refused() {
    House::during(async |house| {
        let (verifier, desk) = (house.ready().await, house.desk(KeySlot::Primary));
        let ((user, token), (_, other)) = (desk.user().await, desk.user().await);
        assert!(verifier.verify(&token).await.is_ok());
        desk.delete(&user).await;
        assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
        assert!(verifier.verify(&other).await.is_ok());
    });
}

#[test]
fn regenerating_an_access_key_ends_what_it_minted() {
    House::during(async |house| {
        let verifier = house.ready().await;
        let (_, by_primary) = house.desk(KeySlot::Primary).user().await;
        let (_, by_secondary) = house.desk(KeySlot::Secondary).user().await;
        assert!(verifier.verify(&by_secondary).await.is_ok());
        house.order(Request::KeyRegenerate { resource: None, slot: KeySlot::Secondary }).await;
        assert_eq!(refusal(&verifier, &by_secondary).await, Refused::Revoked);
        assert!(verifier.verify(&by_primary).await.is_ok());
    });
}

#[test]
fn regenerating_the_verifier_s_own_key_ends_its_reading_until_it_has_the_new_one() {
    House::during(async |house| {
        let verifier = house.ready().await;
        house.order(Request::KeyRegenerate { resource: None, slot: KeySlot::Primary }).await;
        soon(verifier.wait_until(|health| health.feed.failure == Some(LinkFailure::Denied))).await;
        let (_, token) = house.desk(KeySlot::Primary).user().await;
        assert!(verifier.verify(&token).await.is_ok(), "for max_staleness");
        verifier.update_access_key(&house.key(KeySlot::Primary));
        soon(verifier.wait_until(|health| health.feed.failure.is_none() && health.feed.source.is_some()))
            .await;
        assert_eq!((verifier.health().feed.snapshots, verifier.health().feed.faults), (1, 0));
    });
}

#[test]
fn revoking_a_resource_ends_every_session() {
    House::during(async |house| {
        let (verifier, desk) = (house.ready().await, house.desk(KeySlot::Primary));
        let mut sessions = Vec::new();
        for _ in 0..5 {
            let (_, token) = desk.user().await;
            sessions.push(verifier.watch(&verifier.verify(&token).await.unwrap()));
        }
        house.order(Request::ResourceRevoke { name: "default".to_owned() }).await;
        let ended = soon(futures_util::future::join_all(sessions)).await;
        assert_eq!(ended, [Ended::Revoked; 5]);
        let (_, newer) = desk.user().await;
        assert!(verifier.verify(&newer).await.is_ok());
    });
}

#[test]
fn a_token_of_another_resource_of_the_same_server_is_refused() {
    House::during(async |house| {
        let verifier = house.ready().await;
        let create = Request::ResourceCreate {
            name: "contoso".to_owned(),
            data_location: "europe".to_owned(),
            port: None,
            hosts: Vec::new(),
            signing_algorithm: Algorithm::Es256,
        };
        house.order(create).await;
        let keys = house.order(Request::KeyList { resource: Some("contoso".to_owned()) }).await;
        let Reply::Keys(keys) = keys else { panic!("{keys:?}") };
        let endpoint = format!("{}/contoso", house.door.origin());
        let key = keys.keys[0].key.expose();
        let (_, theirs) = Desk::new(&format!("endpoint={endpoint}/;accesskey={key}")).user().await;
        let (_, ours) = house.desk(KeySlot::Primary).user().await;
        let at_theirs = Verifier::builder(Connection::new(&endpoint, key).unwrap()).connect().unwrap();
        soon(at_theirs.ready()).await;
        let wrong = Err(Refused::Rejected(Rejection::ResourceWrong));
        assert!(at_theirs.verify(&theirs).await.is_ok());
        assert_eq!(at_theirs.verify(&ours).await, wrong);
        // The first ES256 key of the server is younger than the verifier's key set.
        pass(Duration::from_secs(11)).await;
        assert_eq!(soon(verifier.verify(&theirs)).await, wrong);
    });
}

#[test]
fn after_a_restart_the_feed_goes_on_from_where_it_was() {
    House::during(async |house| {
        let verifier = house.ready().await;
        let (user, token) = house.desk(KeySlot::Primary).user().await;
        let session = verifier.watch(&verifier.verify(&token).await.unwrap());
        house.stop().await;
        soon(verifier.wait_until(|health| health.feed.failure.is_some())).await;
        assert!(verifier.verify(&token).await.is_ok(), "for max_staleness");
        house.start().await;
        house.desk(KeySlot::Primary).revoke(&user).await;
        assert_eq!(soon(session).await, Ended::Revoked);
        soon(verifier.wait_until(|health| health.feed.failure.is_none())).await;
        let health = verifier.health();
        assert_eq!((health.feed.snapshots, health.feed.faults), (1, 0));
        assert_eq!(health.feed.source, Some(FeedSource::Stream));
    });
}

#[test]
fn a_restored_backup_brings_no_token_back() {
    House::during(async |house| {
        let verifier = house.builder().key_cool_down(Duration::from_secs(1)).connect().unwrap();
        soon(verifier.ready()).await;
        let desk = house.desk(KeySlot::Primary);
        let (user, token) = desk.user().await;
        let apart = tempfile::tempdir().unwrap();
        let file = apart.path().join("backup");
        house.order(Request::BackupCreate { file: file.clone() }).await;
        desk.revoke(&user).await;
        assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
        house.stop().await;
        let wanted = RestoreWanted { file, replace: true, key_file: None };
        admin::restore(&Config::ephemeral(house.folder.path()), &wanted).await.unwrap();
        house.start().await;
        soon(verifier.wait_until(|health| health.feed.snapshots == 2)).await;
        soon(verifier.wait_until(|health| health.feed.failure.is_none())).await;
        // Its signing keys were replaced as well.
        assert!(refusal(&verifier, &token).await.is_final());
        let newer = house.desk(KeySlot::Primary).token(&user).await;
        assert!(soon(verifier.verify(&newer)).await.is_ok());
        assert_eq!(verifier.health().feed.faults, 0);
    });
}

#[test]
fn what_a_compromised_key_signed_is_refused_and_the_next_key_is_known() {
    House::during(async |house| {
        let (verifier, desk) = (house.ready().await, house.desk(KeySlot::Primary));
        let (user, token) = desk.user().await;
        assert!(verifier.verify(&token).await.is_ok());
        let rotate = Request::SigningKeyRotate { algorithm: Algorithm::Rs256 };
        let Reply::SigningKeyRotated(rotated) = house.order(rotate).await else { panic!("not rotated") };
        house.order(Request::SigningKeyRevoke { key_id: rotated.before }).await;
        assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
        let newer = desk.token(&user).await;
        assert!(verifier.verify(&newer).await.is_ok());
        let before = verifier.health().feed.position;
        desk.revoke(&user).await;
        soon(verifier.wait_until(|health| health.feed.position != before)).await;
        assert_eq!(verifier.health().feed.faults, 0, "statements are signed by the next key");
    });
}

#[test]
fn behind_a_proxy_that_keeps_streams_to_itself_news_come_by_long_poll() {
    House::during(async |house| {
        house.door.lets(Lets::NoStreams);
        let verifier = house.builder().max_staleness(Duration::from_secs(5)).connect().unwrap();
        soon(verifier.ready()).await;
        assert_eq!(verifier.health().feed.source, Some(FeedSource::LongPoll));
        let desk = house.desk(KeySlot::Primary);
        let (user, token) = desk.user().await;
        assert!(verifier.verify(&token).await.is_ok());
        desk.revoke(&user).await;
        assert_eq!(refusal(&verifier, &token).await, Refused::Revoked);
        assert_eq!((verifier.health().feed.snapshots, verifier.health().feed.faults), (1, 0));
    });
}

#[test]
fn while_the_feed_is_silent_the_server_is_asked() {
    House::during(async |house| {
        let builder = house.builder().when_stale(WhenStale::Introspect);
        let verifier = builder.connect().unwrap();
        soon(verifier.ready()).await;
        let desk = house.desk(KeySlot::Primary);
        let (user, token) = desk.user().await;
        house.door.lets(Lets::NoFeed);
        soon(verifier.wait_until(|health| health.feed.failure.is_some())).await;
        pass(Duration::from_secs(31)).await;
        let verified = soon(verifier.verify(&token)).await.unwrap();
        assert_eq!(verified.freshness, Freshness::Introspected);
        desk.revoke(&user).await;
        assert_eq!(soon(verifier.verify(&token)).await, Err(Refused::Revoked));
    });
}

#[test]
fn over_https_the_server_s_own_authority_is_trusted_when_it_is_named() {
    House::during(async |house| {
        let key = house.key(KeySlot::Primary).expose_base64();
        let connection = Connection::new(house.https(), &key).unwrap();
        let named = Verifier::builder(connection.clone())
            .root_certificates(house.folder.path().join("tls/ca.pem"))
            .connect()
            .unwrap();
        soon(named.ready()).await;
        let (_, token) = house.desk(KeySlot::Primary).user().await;
        assert!(named.verify(&token).await.is_ok());
        let unnamed = Verifier::builder(connection).connect().unwrap();
        let untrusted = callsign_verifier::KeysFault::Link(LinkFailure::CertificateUntrusted);
        soon(unnamed.wait_until(|health| health.keys.fault == Some(untrusted))).await;
        assert_eq!(unnamed.verify(&token).await, Err(Refused::NotReady));
    });
}
