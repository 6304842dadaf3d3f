//! The steps that a random sequence is made of.

use callsign_protocol::access_key::KeySlot;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::universe::{CUSTOM_IDS, IDENTITIES, NAMES, PORTS, RESOURCES, SIGNING_KEYS};
use crate::store::contract::sample::{at, guid, id, identity, key, resource, resource_name, signing_key};
use crate::store::{Identity, Standing, Store, StoreError, StoredResource, StoredSigningKey};

/// A step. A resource is meant by its number, an identity by the numbers of its resource and of itself.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Resources,
    CreateResource { resource: u8, name: u8, port: Option<u16>, epoch: u64 },
    DeleteResource(u8),
    ReplaceAccessKey { resource: u8, slot: KeySlot, generation: u64 },
    SigningKeys,
    AddSigningKey { key: u8, activates: i64 },
    CreateIdentity { identity: (u8, u128), epoch: u64, custom_id: Option<u8> },
    Standing((u8, u128)),
    RaiseIdentityEpoch((u8, u128)),
    DeleteIdentity((u8, u128)),
    MergeLastIssued(Vec<((u8, u128), i64)>),
}

/// What a store answered to a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Resources(Result<Vec<StoredResource>, StoreError>),
    SigningKeys(Result<Vec<StoredSigningKey>, StoreError>),
    Changed(Result<bool, StoreError>),
    Count(Result<Option<u64>, StoreError>),
    Standing(Result<Option<Standing>, StoreError>),
    Merged(Result<(), StoreError>),
}

/// Any step; those that make something come more often than those that remove much.
pub(super) fn operation() -> impl Strategy<Value = Operation> {
    let identities = || (0..RESOURCES, 0..IDENTITIES);
    let create_resource = (0..RESOURCES, 0..NAMES, option::of(0..PORTS), 0..3_u64)
        .prop_map(|(resource, name, port, epoch)| Operation::CreateResource { resource, name, port, epoch });
    let slots = any::<bool>().prop_map(|first| if first { KeySlot::Primary } else { KeySlot::Secondary });
    let replace_access_key = (0..RESOURCES, slots, 0..5_u64)
        .prop_map(|(resource, slot, generation)| Operation::ReplaceAccessKey { resource, slot, generation });
    let create_identity = (identities(), 0..3_u64, option::of(0..CUSTOM_IDS))
        .prop_map(|(identity, epoch, custom_id)| Operation::CreateIdentity { identity, epoch, custom_id });
    prop_oneof![
        3 => Just(Operation::Resources),
        8 => create_resource,
        2 => (0..RESOURCES).prop_map(Operation::DeleteResource),
        8 => replace_access_key,
        1 => Just(Operation::SigningKeys),
        2 => (0..SIGNING_KEYS, 0..3_i64).prop_map(|(key, activates)| Operation::AddSigningKey { key, activates }),
        30 => create_identity,
        12 => identities().prop_map(Operation::Standing),
        12 => identities().prop_map(Operation::RaiseIdentityEpoch),
        12 => identities().prop_map(Operation::DeleteIdentity),
        10 => vec((identities(), 0..1_000_i64), 0..6).prop_map(Operation::MergeLastIssued),
    ]
}

/// Does a step. What it writes bears the step's number, so that no two steps write the same.
pub(super) async fn apply(store: &dyn Store, step: u8, operation: &Operation) -> Answer {
    match operation {
        Operation::Resources => Answer::Resources(store.resources().await),
        Operation::CreateResource { resource: number, name, port, epoch } => {
            let wanted = StoredResource {
                name: resource_name(&format!("name-{name}")),
                created_at: at(i64::from(step)),
                port: *port,
                epoch: *epoch,
                hosts: vec![format!("host-{step}.example")],
                keys: [key(0, step), key(1, step)],
                ..resource(*number)
            };
            Answer::Changed(store.create_resource(&wanted).await)
        }
        Operation::DeleteResource(number) => Answer::Changed(store.delete_resource(guid(*number)).await),
        Operation::ReplaceAccessKey { resource: number, slot, generation } => {
            let wanted = key(*generation, step);
            Answer::Count(store.replace_access_key(guid(*number), *slot, &wanted).await)
        }
        Operation::SigningKeys => Answer::SigningKeys(store.signing_keys().await),
        Operation::AddSigningKey { key: number, activates } => {
            let wanted = StoredSigningKey {
                created_at: at(i64::from(step)),
                ..signing_key(&format!("key-{number}"), *activates)
            };
            Answer::Changed(store.add_signing_key(&wanted).await)
        }
        Operation::CreateIdentity { identity: (number, local), epoch, custom_id } => {
            let wanted = Identity {
                created_at: at(i64::from(step)),
                epoch: *epoch,
                custom_id: custom_id.map(|custom_id| format!("custom {custom_id}")),
                ..identity(*number, *local)
            };
            Answer::Standing(store.create_identity(&wanted).await)
        }
        Operation::Standing((number, local)) => Answer::Standing(store.standing(id(*number, *local)).await),
        Operation::RaiseIdentityEpoch((number, local)) => {
            Answer::Count(store.raise_identity_epoch(id(*number, *local)).await)
        }
        Operation::DeleteIdentity((number, local)) => {
            Answer::Changed(store.delete_identity(id(*number, *local)).await)
        }
        Operation::MergeLastIssued(notes) => {
            let notes: Vec<_> =
                notes.iter().map(|((number, local), when)| (id(*number, *local), at(*when))).collect();
            Answer::Merged(store.merge_last_issued(&notes).await)
        }
    }
}
