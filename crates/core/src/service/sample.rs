//! A service over the model of a store, with a clock that is moved by hand.

use futures_executor::block_on;

use super::*;
use crate::authorities::Nobody;
use crate::caller::{Caller, Proof};
use crate::clock::ManualClock;
use crate::directory::audit::Actor;
use crate::directory::resource::{NewResource, Resource};
use crate::entropy::SeededEntropy;
use crate::store::memory::MemoryStore;
use crate::token::local_signer::LocalSigner;
use crate::token::rotation::Policy;
use crate::wrapping::fresh_key_text;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::entra::EntraToken;
use callsign_protocol::resource::DataLocation;
use uuid::Uuid;

/// A key-encryption key of its own for each seed.
pub(crate) fn key_encryption_key(seed: u64) -> KeyEncryptionKey {
    KeyEncryptionKey::from_text(&fresh_key_text(&SeededEntropy::new(seed)).unwrap()).unwrap()
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_800_000_000)))
}

/// A node on that store, which has been looked after. Its seed makes its randomness.
pub(crate) fn node(store: &Arc<MemoryStore>, clock: &Arc<ManualClock>, seed: u64) -> Service {
    let (store, under) = (Arc::clone(store), key_encryption_key(1));
    let engine = || Box::new(LocalSigner) as Box<dyn crate::token::signer::Signer>;
    let service = Service {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(SeededEntropy::new(seed)),
        signing_keys: block_on(KeyRing::load(store.as_ref(), &under, Policy { rotate_every_days: 90 }))
            .unwrap(),
        key_changes: Mutex::default(),
        signing: SigningQueue::start(vec![engine()], || {}).unwrap(),
        issuer: "https://localhost:8443".parse().unwrap(),
        authorities: Arc::new(Nobody),
        resources: block_on(Resources::load(store.as_ref(), &under)).unwrap(),
        last_issued: LastIssued::default(),
        feeds: Feeds::default(),
        key_encryption_key: ArcSwap::from_pointee(under),
        store,
    };
    block_on(service.keep_signing_keys()).unwrap();
    service
}

/// A node on a store of its own, with the resource `default`.
pub(crate) fn service() -> (Service, Arc<ManualClock>) {
    let clock = clock();
    let service = node(&Arc::default(), &clock, 1);
    make_resource(&service, "default", Algorithm::Rs256);
    (service, clock)
}

pub(crate) fn make_resource(service: &Service, name: &str, signing_algorithm: Algorithm) -> Arc<Resource> {
    let new = NewResource {
        name: name.parse().unwrap(),
        data_location: DataLocation::UnitedStates,
        port: None,
        hosts: Vec::new(),
        signing_algorithm,
    };
    assert!(block_on(service.create_resource(new, Actor::Server)).unwrap());
    service.resources.by_name(name).unwrap()
}

/// What proves an Entra user: the tenant, the user and the application are numbered.
pub(crate) fn entra_token(permissions: &[&str], expires_at: Timestamp) -> EntraToken {
    EntraToken {
        issuer: "https://sts.windows.net/00000000-0000-0000-0000-000000000001/".to_owned(),
        tenant: Some(Uuid::from_u128(1)),
        object: Some(Uuid::from_u128(2)),
        principal: Some(Uuid::from_u128(2).to_string()),
        application: Some(Uuid::from_u128(3).to_string()),
        is_application_itself: false,
        permissions: permissions.iter().map(|permission| (*permission).to_owned()).collect(),
        groups: vec![Uuid::from_u128(4)],
        issued_at: expires_at.plus_minutes(-60),
        expires_at,
        token_id: Some("uti".to_owned()),
    }
}

/// Whoever shows a token of Entra.
pub(crate) fn entra() -> Proof {
    Proof::Entra(Arc::new(entra_token(&[], Timestamp::from_unix_seconds(1_900_000_000))))
}

/// Whoever signs with the primary key of the resource.
pub(crate) fn caller(service: &Service, name: &str) -> Caller {
    let resource = service.resources.by_name(name).unwrap();
    Caller {
        resource: resource.stored.id,
        data_location: resource.stored.data_location,
        signing_algorithm: resource.stored.signing_algorithm,
        proof: Proof::Key { slot: KeySlot::Primary, generation: resource.keys[0].generation },
    }
}
