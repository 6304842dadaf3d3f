//! What is promised of values at their limits.

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use uuid::Uuid;

use super::Promise;
use super::sample::{
    added, at, deed, deleted, identity, key, named_identity, raised, resource, resource_name, signing_key,
    standing_in, stored_identity, stored_resource, whole_chain, whole_feed,
};
use crate::store::{Identity, Store, StoredKey, StoredResource, StoredSigningKey};
use crate::wrapping::Wrapped;

/// Engines count in signed 64-bit numbers.
const COUNT_MAX: u64 = i64::MAX as u64;

/// Longest custom id, in characters (`wire-contract.md`).
const CUSTOM_ID_CHARACTERS_MAX: usize = 256;

pub(super) const PROMISES: &[Promise] = &[
    ("the_longest_custom_ids_read_back", |store| Box::pin(the_longest_custom_ids_read_back(store))),
    ("the_first_and_the_last_guid_are_guids", |store| Box::pin(the_first_and_the_last_guid_are_guids(store))),
    ("the_largest_epoch_reads_back", |store| Box::pin(the_largest_epoch_reads_back(store))),
    ("the_first_and_the_last_instant_read_back", |store| {
        Box::pin(the_first_and_the_last_instant_read_back(store))
    }),
    ("the_largest_resource_reads_back", |store| Box::pin(the_largest_resource_reads_back(store))),
    ("many_identities_are_changed_at_once", |store| Box::pin(many_identities_are_changed_at_once(store))),
    ("empty_and_long_signing_keys_read_back", |store| Box::pin(empty_and_long_signing_keys_read_back(store))),
];

async fn the_longest_custom_ids_read_back(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for (local, character) in
        (1_u128..).zip(["x", "\u{e4}", "\u{20ac}", "\u{1f9d1}", "\u{10ffff}", "\n", "\\", "\""])
    {
        let ann = named_identity(1, local, &character.repeat(CUSTOM_ID_CHARACTERS_MAX));
        stored_identity(store, &resource, &ann).await;
        let again = Identity { id: identity(1, 1_000).id, ..ann.clone() };
        assert_eq!(store.create_identity(&again, &deed()).await, Ok(Some(standing_in(&resource, &ann))));
    }
    let almost = named_identity(1, 100, &"\u{1f9d1}".repeat(CUSTOM_ID_CHARACTERS_MAX - 1));
    stored_identity(store, &resource, &almost).await;
}

async fn the_first_and_the_last_guid_are_guids(store: &dyn Store) {
    let guids = [Uuid::nil(), Uuid::max()];
    for (number, guid) in (1_u8..).zip(guids) {
        let resource = StoredResource { id: guid, ..resource(number) };
        assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
        for local in guids {
            let ann = Identity { id: IdentityId::from_parts(guid, local), ..identity(1, 1) };
            stored_identity(store, &resource, &ann).await;
            assert_eq!(raised(store, ann.id).await, Ok(Some(1)));
            assert_eq!(deleted(store, ann.id).await, Ok(true));
        }
        assert_eq!(store.delete_resource(guid, &deed()).await, Ok(true));
    }
}

async fn the_largest_epoch_reads_back(store: &dyn Store) {
    let resource = StoredResource { epoch: COUNT_MAX, ..resource(1) };
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
    let ann = Identity { epoch: COUNT_MAX - 1, ..identity(1, 1) };
    stored_identity(store, &resource, &ann).await;
    assert_eq!(raised(store, ann.id).await, Ok(Some(COUNT_MAX)));
    let raised = Identity { epoch: COUNT_MAX, ..ann };
    assert_eq!(store.standing(raised.id).await, Ok(Some(standing_in(&resource, &raised))));
}

async fn the_first_and_the_last_instant_read_back(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let first = Timestamp::from_unix_milliseconds(i64::MIN);
    let last = Timestamp::from_unix_milliseconds(i64::MAX);
    let before_1970 = Timestamp::from_unix_milliseconds(-1);
    for (local, instant) in (1_u128..).zip([first, before_1970, last]) {
        let ann = Identity { created_at: instant, last_issued_at: Some(instant), ..identity(1, local) };
        stored_identity(store, &resource, &ann).await;
        assert_eq!(store.merge_last_issued(&[(ann.id, at(0)), (ann.id, first)]).await, Ok(()));
        let merged = Identity { last_issued_at: Some(at(0).max(instant)), ..ann };
        assert_eq!(store.standing(merged.id).await, Ok(Some(standing_in(&resource, &merged))));
    }
}

async fn the_largest_resource_reads_back(store: &dyn Store) {
    let largest = StoredResource {
        name: resource_name(&"x".repeat(63)),
        epoch: COUNT_MAX,
        port: Some(u16::MAX),
        hosts: (0..100).map(|number| format!("{number}.{}", "y".repeat(200))).collect(),
        keys: [
            StoredKey { generation: COUNT_MAX, wrapped: Wrapped(vec![0; 4_096]) },
            StoredKey { generation: 0, wrapped: Wrapped(Vec::new()) },
        ],
        ..resource(1)
    };
    let smallest = StoredResource {
        name: resource_name("0"),
        port: Some(0),
        hosts: vec![String::new(), "\u{e4}\"\\\n,".to_owned()],
        keys: [key(0, 0), key(0, 0)],
        ..resource(2)
    };
    for resource in [&largest, &smallest] {
        assert_eq!(store.create_resource(resource, &deed()).await, Ok(true));
    }
    assert_eq!(store.resources().await, Ok(vec![largest, smallest]));
}

async fn empty_and_long_signing_keys_read_back(store: &dyn Store) {
    let empty = StoredSigningKey { wrapped: Wrapped(Vec::new()), ..signing_key("", 1) };
    let long = StoredSigningKey { wrapped: Wrapped(vec![7; 65_536]), ..signing_key(&"k".repeat(256), 2) };
    for key in [&empty, &long] {
        assert_eq!(added(store, key).await, Ok(true));
    }
    assert_eq!(store.signing_keys().await, Ok(vec![empty, long]));
}

/// As many as a request may name.
async fn many_identities_are_changed_at_once(store: &dyn Store) {
    const IDENTITIES: u128 = 1_000;
    let resource = stored_resource(store, 1).await;
    for local in 0..IDENTITIES {
        stored_identity(store, &resource, &identity(1, local)).await;
    }
    let ids: Vec<IdentityId> = (0..IDENTITIES).rev().map(|local| identity(1, local).id).collect();
    let epochs = store.raise_identity_epochs(&ids, &deed()).await;
    assert_eq!(epochs, Ok(vec![Some(1); ids.len()]));
    let deleted = store.delete_identities(&ids, None, &deed()).await;
    assert_eq!(deleted, Ok(vec![true; ids.len()]));
    assert_eq!(store.raise_identity_epochs(&[], &deed()).await, Ok(Vec::new()));
    assert_eq!(store.delete_identities(&[], None, &deed()).await, Ok(Vec::new()));
    assert_eq!(whole_feed(store, &resource).await.len(), 2 * ids.len());
    let records = whole_chain(store).await.into_iter().map(|record| record.subject);
    let last: Vec<String> = records.skip(1 + 2 * ids.len()).collect();
    assert_eq!(last, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
}
