//! What is promised of resources and their access keys.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::resource::DataLocation;

use super::Promise;
use super::sample::{
    deed, deleted, guid, id, identity, key, named_identity, raised, resource, resource_name, stored_identity,
    stored_resource,
};
use crate::store::{Store, StoredResource};

pub(super) const PROMISES: &[Promise] = &[
    ("an_empty_store_has_no_resource", |store| Box::pin(an_empty_store_has_no_resource(store))),
    ("a_resource_reads_back_whole", |store| Box::pin(a_resource_reads_back_whole(store))),
    ("resources_are_listed_oldest_first", |store| Box::pin(resources_are_listed_oldest_first(store))),
    ("a_taken_name_guid_or_port_is_refused", |store| Box::pin(a_taken_name_guid_or_port_is_refused(store))),
    ("resources_without_a_port_do_not_meet", |store| Box::pin(resources_without_a_port_do_not_meet(store))),
    ("a_deleted_resource_is_gone_with_all_that_was_in_it", |store| {
        Box::pin(a_deleted_resource_is_gone_with_all_that_was_in_it(store))
    }),
    ("deleting_a_resource_frees_its_name_its_guid_and_its_port", |store| {
        Box::pin(deleting_a_resource_frees_its_name_its_guid_and_its_port(store))
    }),
    ("deleting_a_resource_leaves_the_others", |store| Box::pin(deleting_a_resource_leaves_the_others(store))),
    ("an_access_key_is_replaced_by_the_next_generation_alone", |store| {
        Box::pin(an_access_key_is_replaced_by_the_next_generation_alone(store))
    }),
    ("replacing_an_access_key_again_changes_nothing", |store| {
        Box::pin(replacing_an_access_key_again_changes_nothing(store))
    }),
    ("replacing_an_access_key_leaves_the_others", |store| {
        Box::pin(replacing_an_access_key_leaves_the_others(store))
    }),
    ("a_missing_resource_has_no_access_key_to_replace", |store| {
        Box::pin(a_missing_resource_has_no_access_key_to_replace(store))
    }),
];

async fn an_empty_store_has_no_resource(store: &dyn Store) {
    assert_eq!(store.resources().await, Ok(Vec::new()));
    assert_eq!(store.delete_resource(guid(1), &deed()).await, Ok(false));
}

async fn a_resource_reads_back_whole(store: &dyn Store) {
    let mut resources = Vec::new();
    for (number, data_location) in (1_u8..).zip(DataLocation::ALL) {
        let plain = StoredResource { data_location, ..resource(number) };
        let resource = StoredResource {
            epoch: u64::from(number),
            port: Some(8_000 + u16::from(number)),
            hosts: ["b.example", "a.example", ""]
                .into_iter()
                .take(usize::from(number) % 4)
                .map(str::to_owned)
                .collect(),
            keys: [key(3, number), key(8, 255 - number)],
            ..plain
        };
        assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
        resources.push(resource);
    }
    assert_eq!(store.resources().await, Ok(resources));
}

/// The guids and names go the other way, so that no order by them passes for the right one.
async fn resources_are_listed_oldest_first(store: &dyn Store) {
    let mut resources = Vec::new();
    for (number, created) in [(3, 1), (2, 2), (1, 3), (4, 4)] {
        let resource = StoredResource { created_at: resource(created).created_at, ..resource(number) };
        assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
        resources.push(resource);
    }
    assert_eq!(store.resources().await, Ok(resources));
}

async fn a_taken_name_guid_or_port_is_refused(store: &dyn Store) {
    let present = StoredResource { port: Some(8_001), ..resource(1) };
    assert_eq!(store.create_resource(&present, &deed()).await, Ok(true));
    let refused = [
        present.clone(),
        StoredResource { name: present.name.clone(), ..resource(2) },
        StoredResource { id: present.id, ..resource(2) },
        StoredResource { port: present.port, ..resource(2) },
    ];
    for resource in &refused {
        assert_eq!(store.create_resource(resource, &deed()).await, Ok(false));
        assert_eq!(store.resources().await, Ok(vec![present.clone()]));
    }
    let free = StoredResource { port: Some(8_002), ..resource(2) };
    assert_eq!(store.create_resource(&free, &deed()).await, Ok(true));
    assert_eq!(store.resources().await, Ok(vec![present, free]));
}

async fn resources_without_a_port_do_not_meet(store: &dyn Store) {
    let resources = [stored_resource(store, 1).await, stored_resource(store, 2).await];
    assert_eq!(store.resources().await, Ok(resources.to_vec()));
}

async fn a_deleted_resource_is_gone_with_all_that_was_in_it(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for local in 1..=3 {
        stored_identity(store, &resource, &named_identity(1, local, &format!("custom {local}"))).await;
    }
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(true));
    assert_eq!(store.resources().await, Ok(Vec::new()));
    for local in 1..=3 {
        assert_eq!(store.standing(id(1, local)).await, Ok(None));
        assert_eq!(raised(store, id(1, local)).await, Ok(None));
        assert_eq!(deleted(store, id(1, local)).await, Ok(false));
        assert_eq!(store.create_identity(&identity(1, local), &deed()).await, Ok(None));
    }
    let replaced = store.replace_access_key(resource.id, (KeySlot::Primary, &key(1, 9)), &deed()).await;
    assert_eq!(replaced, Ok(None));
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(false));
}

/// What was in the old resource is not in the new one, though it has the same guid.
async fn deleting_a_resource_frees_its_name_its_guid_and_its_port(store: &dyn Store) {
    let old = StoredResource { port: Some(8_001), ..resource(1) };
    assert_eq!(store.create_resource(&old, &deed()).await, Ok(true));
    stored_identity(store, &old, &named_identity(1, 1, "ann")).await;
    assert_eq!(store.delete_resource(old.id, &deed()).await, Ok(true));
    let new = StoredResource { keys: [key(7, 3), key(6, 4)], ..old };
    assert_eq!(store.create_resource(&new, &deed()).await, Ok(true));
    assert_eq!(store.resources().await, Ok(vec![new.clone()]));
    assert_eq!(store.standing(id(1, 1)).await, Ok(None));
    stored_identity(store, &new, &named_identity(1, 2, "ann")).await;
    stored_identity(store, &new, &identity(1, 1)).await;
}

async fn deleting_a_resource_leaves_the_others(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    let ann = named_identity(2, 1, "ann");
    stored_identity(store, &one, &named_identity(1, 1, "ann")).await;
    stored_identity(store, &two, &ann).await;
    assert_eq!(store.delete_resource(one.id, &deed()).await, Ok(true));
    assert_eq!(store.resources().await, Ok(vec![two.clone()]));
    stored_identity(store, &two, &ann).await;
}

async fn an_access_key_is_replaced_by_the_next_generation_alone(store: &dyn Store) {
    let mut resource = StoredResource { keys: [key(4, 1), key(0, 2)], ..resource(1) };
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
    for generation in [0, 3, 4, 6, 1_000] {
        let replaced =
            store.replace_access_key(resource.id, (KeySlot::Primary, &key(generation, 9)), &deed()).await;
        assert_eq!(replaced, Ok(Some(4)), "generation {generation}");
        assert_eq!(store.resources().await, Ok(vec![resource.clone()]));
    }
    let replaced = store.replace_access_key(resource.id, (KeySlot::Primary, &key(5, 9)), &deed()).await;
    assert_eq!(replaced, Ok(Some(5)));
    resource.keys = [key(5, 9), key(0, 2)];
    assert_eq!(store.resources().await, Ok(vec![resource]));
}

/// Two callers may want the same next generation: the first one's key stays.
async fn replacing_an_access_key_again_changes_nothing(store: &dyn Store) {
    let mut resource = stored_resource(store, 1).await;
    for byte in [11, 11, 12] {
        let replaced =
            store.replace_access_key(resource.id, (KeySlot::Secondary, &key(1, byte)), &deed()).await;
        assert_eq!(replaced, Ok(Some(1)));
    }
    let [primary, _] = resource.keys;
    resource.keys = [primary, key(1, 11)];
    assert_eq!(store.resources().await, Ok(vec![resource]));
}

async fn replacing_an_access_key_leaves_the_others(store: &dyn Store) {
    let mut one = stored_resource(store, 1).await;
    let two = stored_resource(store, 2).await;
    let replaced = store.replace_access_key(one.id, (KeySlot::Primary, &key(1, 11)), &deed()).await;
    assert_eq!(replaced, Ok(Some(1)));
    let [_, secondary] = one.keys;
    one.keys = [key(1, 11), secondary];
    assert_eq!(store.resources().await, Ok(vec![one, two]));
}

async fn a_missing_resource_has_no_access_key_to_replace(store: &dyn Store) {
    let present = stored_resource(store, 1).await;
    let absent = StoredResource { name: resource_name("absent"), ..resource(2) };
    for slot in KeySlot::BOTH {
        assert_eq!(store.replace_access_key(absent.id, (slot, &key(1, 9)), &deed()).await, Ok(None));
    }
    assert_eq!(store.resources().await, Ok(vec![present]));
}
