//! Resources, keys and identities to try a store with.

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::{DataLocation, ResourceName};
use uuid::Uuid;

use crate::store::{Identity, Standing, Store, StoredKey, StoredResource, StoredSigningKey};
use crate::wrapping::Wrapped;

const BEGINNING_UNIX_MILLISECONDS: i64 = 1_800_000_000_123;

/// An instant that many milliseconds after the suite's beginning.
pub const fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_milliseconds(BEGINNING_UNIX_MILLISECONDS + milliseconds)
}

/// A resource name from a text that is one.
#[expect(clippy::expect_used, reason = "the names of the suite are written in it")]
pub fn resource_name(text: &str) -> ResourceName {
    text.parse().expect("the suite's names are host labels")
}

/// The guid of resource `number`.
pub const fn guid(number: u8) -> Uuid {
    Uuid::from_u64_pair(0xCA11_5160_0000_4000 + number as u64, 0x8000_0000_0000_0000 + number as u64)
}

/// A key of that generation, with bytes of its own.
pub fn key(generation: u64, byte: u8) -> StoredKey {
    StoredKey { generation, wrapped: Wrapped(vec![byte; 92]) }
}

/// Resource `number`: nothing in it is taken by a resource of another number.
pub fn resource(number: u8) -> StoredResource {
    StoredResource {
        id: guid(number),
        name: resource_name(&format!("resource-{number}")),
        data_location: DataLocation::Europe,
        created_at: at(i64::from(number)),
        epoch: 0,
        port: None,
        hosts: Vec::new(),
        keys: [key(0, number), key(0, number.wrapping_add(128))],
    }
}

/// Puts resource `number` into the store.
pub async fn stored_resource(store: &dyn Store, number: u8) -> StoredResource {
    let resource = resource(number);
    assert_eq!(store.create_resource(&resource).await, Ok(true));
    resource
}

/// The id of identity `local` in resource `number`.
pub const fn id(number: u8, local: u128) -> IdentityId {
    IdentityId::from_parts(guid(number), Uuid::from_u128(local))
}

/// Identity `local` in resource `number`.
pub const fn identity(number: u8, local: u128) -> Identity {
    Identity { id: id(number, local), created_at: at(7), epoch: 0, last_issued_at: None, custom_id: None }
}

/// The same with a custom id.
pub fn named_identity(number: u8, local: u128, custom_id: &str) -> Identity {
    Identity { custom_id: Some(custom_id.to_owned()), ..identity(number, local) }
}

/// The standing of an identity in a resource.
pub fn standing_in(resource: &StoredResource, identity: &Identity) -> Standing {
    Standing {
        identity: identity.clone(),
        resource_epoch: resource.epoch,
        generations: resource.keys.each_ref().map(|key| key.generation),
    }
}

/// Puts an identity into the store, where nothing of it is taken.
pub async fn stored_identity(store: &dyn Store, resource: &StoredResource, identity: &Identity) {
    let created = store.create_identity(identity).await;
    assert_eq!(created, Ok(Some(standing_in(resource, identity))));
}

/// A signing key that signs from `milliseconds` after the beginning.
pub fn signing_key(key_id: &str, milliseconds: i64) -> StoredSigningKey {
    StoredSigningKey {
        key_id: key_id.to_owned(),
        created_at: at(0),
        activates_at: at(milliseconds),
        wrapped: Wrapped(key_id.as_bytes().to_vec()),
    }
}
