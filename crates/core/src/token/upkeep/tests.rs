//! Upkeep over the model of a store, with a clock that is moved by hand.

use std::sync::Arc;

use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::messages::request::CreateIdentity;
use callsign_protocol::revocation::Entry;
use callsign_protocol::scope::{Scope, Scopes};
use futures_executor::block_on;

use super::*;
use crate::directory::audit::AuditFilter;
use crate::operation::create_identity::create_identity;
use crate::service::sample::{caller, clock, make_resource, node, service};
use crate::token::verify::{self, NotGood};
use callsign_protocol::verification::Rejection;

const MINUTE_MILLISECONDS: u32 = 60_000;

fn algorithms(service: &Service) -> Vec<(Algorithm, KeyState)> {
    let (times, now) = (service.signing_keys.in_force().times(), service.clock.now());
    let scheduled = rotation::schedule(&times, now);
    scheduled.iter().map(|scheduled| (scheduled.key.algorithm, scheduled.state)).collect()
}

fn active(service: &Service, algorithm: Algorithm) -> String {
    service.signing_keys.active(algorithm, service.clock.now()).unwrap().key_id().to_owned()
}

/// A token of a fresh identity.
fn token(service: &Service, resource: &str) -> (IdentityId, String) {
    let message = CreateIdentity {
        custom_id: None,
        scopes: Some(Scopes::new([Scope::Chat]).unwrap()),
        lifetime: Lifetime::MAX,
    };
    let created = block_on(create_identity(service, &caller(service, resource), message)).unwrap();
    (created.identity.id, created.token.unwrap().token)
}

fn verdict(service: &Service, (id, token): &(IdentityId, String)) -> Result<(), NotGood> {
    block_on(verify::verify(service, id.resource(), token)).unwrap().map(drop)
}

#[test]
fn a_fresh_store_gets_a_key_that_signs_and_the_next_one() {
    let (service, _) = service();
    assert_eq!(
        algorithms(&service),
        [(Algorithm::Rs256, KeyState::Active), (Algorithm::Rs256, KeyState::Next)]
    );
    let before = service.signing_keys.in_force().times();
    block_on(service.keep_signing_keys()).unwrap();
    assert_eq!(service.signing_keys.in_force().times(), before);
}

#[test]
fn nodes_that_find_an_empty_store_at_once_agree_on_its_keys() {
    let (store, clock) = (Arc::default(), clock());
    let nodes: Vec<Service> = std::thread::scope(|scope| {
        let nodes: Vec<_> = (1..4)
            .map(|seed| {
                scope.spawn({
                    let (store, clock) = (&store, &clock);
                    move || node(store, clock, seed)
                })
            })
            .collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    for node in &nodes {
        block_on(node.keep_signing_keys()).unwrap();
        assert_eq!(node.signing_keys.in_force().times(), nodes[0].signing_keys.in_force().times());
        assert_eq!(algorithms(node).len(), 2);
    }
}

#[test]
fn a_key_of_the_second_algorithm_is_there_before_a_resource_signs_by_it() {
    let (service, _) = service();
    let first = token(&service, "default");
    let resource = service.resources.default_one().unwrap().stored.id;
    let set =
        |algorithm| block_on(service.set_signing_algorithm(resource, algorithm, Actor::Server)).unwrap();
    assert!(set(Algorithm::Es256));
    let second = token(&service, "default");
    assert!(set(Algorithm::Rs256));
    let third = token(&service, "default");
    make_resource(&service, "blue", Algorithm::Es256);
    let fourth = token(&service, "blue");
    for token in [&first, &second, &third, &fourth] {
        assert_eq!(verdict(&service, token), Ok(()));
    }
    let header = |token: &(IdentityId, String)| token.1.split('.').next().unwrap().to_owned();
    assert_eq!(header(&first), header(&third));
    assert_ne!(header(&first), header(&second));
    let wanted = [Algorithm::Rs256, Algorithm::Es256].map(|algorithm| active(&service, algorithm));
    assert_ne!(wanted[0], wanted[1]);
}

#[test]
fn a_rotated_key_takes_over_by_the_clock_alone_and_the_old_one_s_tokens_stay_good() {
    let (service, clock) = service();
    let old = token(&service, "default");
    let before = active(&service, Algorithm::Rs256);
    let rotation = block_on(service.rotate_signing_key(Algorithm::Rs256, Actor::Server)).unwrap().unwrap();
    assert_eq!(rotation.before, before);
    assert_eq!(rotation.signs_from, service.clock.now().plus_minutes(15));
    assert_eq!(rotation.before_published_until, rotation.signs_from.plus_minutes(1450));
    assert_eq!(
        block_on(service.rotate_signing_key(Algorithm::Rs256, Actor::Server)).unwrap(),
        Some(rotation.clone())
    );
    clock.advance_milliseconds(15 * MINUTE_MILLISECONDS - 1);
    assert_eq!(active(&service, Algorithm::Rs256), before);
    clock.advance_milliseconds(1);
    assert_eq!(active(&service, Algorithm::Rs256), rotation.key_id);
    assert_eq!(verdict(&service, &old), Ok(()));
    assert_eq!(verdict(&service, &token(&service, "default")), Ok(()));
    assert_eq!(block_on(service.rotate_signing_key(Algorithm::Es256, Actor::Server)).unwrap(), None);
}

#[test]
fn a_key_leaves_after_its_last_token_while_the_service_runs_on() {
    let (service, clock) = service();
    let before = active(&service, Algorithm::Rs256);
    block_on(service.rotate_signing_key(Algorithm::Rs256, Actor::Server)).unwrap();
    for _ in 0..(15 + 1_450) {
        assert!(service.signing_keys.in_force().verifying(&before).is_some());
        clock.advance_milliseconds(MINUTE_MILLISECONDS);
        block_on(service.keep_signing_keys()).unwrap();
    }
    assert!(service.signing_keys.in_force().verifying(&before).is_none());
    assert!(!service.signing_keys.in_force().is_revoked(&before));
}

#[test]
fn what_a_compromised_key_signed_is_dead_at_once_and_every_feed_tells() {
    let (service, _) = service();
    make_resource(&service, "blue", Algorithm::Rs256);
    let (dead, compromised) = (token(&service, "default"), active(&service, Algorithm::Rs256));
    let unknown = block_on(service.revoke_signing_key("no-key", Actor::Server)).unwrap();
    assert!(unknown.unwrap_err().known.contains(&compromised));
    let news = service.feeds.subscribe();
    let next = block_on(service.revoke_signing_key(&compromised, Actor::Server)).unwrap().unwrap();
    assert!(news.has_changed().unwrap());
    assert_ne!(next, compromised);
    assert_eq!(active(&service, Algorithm::Rs256), next);
    assert_eq!(verdict(&service, &dead), Err(NotGood::Rejected(Rejection::KeyUnknown)));
    assert_eq!(verdict(&service, &token(&service, "blue")), Ok(()));
    assert!(service.signing_keys.in_force().is_revoked(&compromised));
    assert_eq!(
        algorithms(&service),
        [(Algorithm::Rs256, KeyState::Active), (Algorithm::Rs256, KeyState::Next)]
    );
    for resource in service.resources.all().iter() {
        let (_, view) = block_on(service.store.revocation_view(resource.stored.id)).unwrap().unwrap();
        assert!(view.revoked_keys.contains(&compromised));
        let told = Entry::SigningKey { key_id: compromised.clone() };
        let from = callsign_protocol::revocation::Cursor { incarnation: 0, count: 0 };
        let entries = block_on(service.store.revocations_after(resource.stored.id, from, 10)).unwrap();
        assert!(entries.unwrap().contains(&told));
    }
    let filter = AuditFilter { subject: Some(compromised.clone()), ..AuditFilter::default() };
    let records = block_on(service.store.audit_records(&filter, 0, 100)).unwrap();
    let last = records.last().unwrap();
    assert_eq!(last.action, "revoke_signing_key");
    assert!(last.detail.contains(&format!("{compromised} revoked; {next} signs from ")), "{}", last.detail);
}

/// What cannot be loaded here is the key of another node, wrapped under a key that this one does not have.
#[test]
fn a_key_that_is_revoked_is_believed_no_more_even_if_keys_cannot_be_loaded_again() {
    let (service, _) = service();
    let (dead, compromised) = (token(&service, "default"), active(&service, Algorithm::Rs256));
    let under = crate::service::sample::key_encryption_key(2);
    let now = service.clock.now();
    let add = block_on(make(&[(Algorithm::Es256, now)], &under, now)).unwrap();
    let planned_for =
        service.signing_keys.in_force().times().into_iter().map(|key| key.key_id).collect::<Vec<_>>();
    let change = SigningKeyChange { planned_for, add, ..SigningKeyChange::default() };
    let deed = Deed::new(now, Actor::Server, Action::RotateSigningKeys);
    assert!(block_on(service.store.change_signing_keys(&change, &deed)).unwrap());
    assert_eq!(verdict(&service, &dead), Ok(()));
    assert!(block_on(service.revoke_signing_key(&compromised, Actor::Server)).is_err());
    assert_eq!(verdict(&service, &dead), Err(NotGood::Rejected(Rejection::KeyUnknown)));
    assert!(service.signing_keys.in_force().is_revoked(&compromised));
    assert!(service.signing_keys.in_force().published().all(|key| key.kid() != compromised));
    assert_eq!(verdict(&service, &token(&service, "default")), Ok(()));
}

proptest::proptest! {
    #[test]
    fn the_key_that_signs_is_the_one_that_rotation_says(
        activations in proptest::collection::vec(0_i64..8, 0..6),
        now in 0_i64..8,
    ) {
        let store: Arc<crate::store::memory::MemoryStore> = Arc::default();
        let under = crate::service::sample::key_encryption_key(1);
        let added = activations.iter().map(|at| (Algorithm::Es256, Timestamp::from_unix_seconds(*at)));
        let add = block_on(make(&added.collect::<Vec<_>>(), &under, Timestamp::from_unix_seconds(0))).unwrap();
        let deed = Deed::new(Timestamp::from_unix_seconds(0), Actor::Server, Action::RotateSigningKeys);
        let change = SigningKeyChange { add, ..SigningKeyChange::default() };
        let store: &dyn crate::store::Store = store.as_ref();
        proptest::prop_assert!(block_on(store.change_signing_keys(&change, &deed)).unwrap());
        let policy = rotation::Policy { rotate_every_days: 90 };
        let ring = block_on(super::super::key_ring::KeyRing::load(store, &under, policy)).unwrap();
        let (times, now) = (ring.in_force().times(), Timestamp::from_unix_seconds(now));
        let said = rotation::active(&times, Algorithm::Es256, now).map(|key| key.key_id.clone());
        proptest::prop_assert_eq!(ring.active(Algorithm::Es256, now).ok().map(|key| key.key_id().to_owned()), said);
        proptest::prop_assert!(ring.active(Algorithm::Rs256, now).is_err());
    }
}
