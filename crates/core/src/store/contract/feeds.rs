//! What is promised of the feeds of revocations.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::revocation::{Cursor, Entry, GONE, Position, View, first_epoch};

use super::Promise;
use super::sample::{
    self, added, at, at_ticks, deed, deed_at, deleted, guid, id, identity, key, raised, resource,
    resource_name, signing_key, stored_identity, stored_resource, whole_feed,
};
use crate::directory::audit::Deed;
use crate::store::{SigningKeyChange, Store, StoredResource};

pub(super) const PROMISES: &[Promise] = &[
    ("a_feed_begins_empty_in_the_incarnation_of_its_resource", |store| {
        Box::pin(a_feed_begins_empty_in_the_incarnation_of_its_resource(store))
    }),
    ("a_missing_resource_has_no_feed", |store| Box::pin(a_missing_resource_has_no_feed(store))),
    ("every_revocation_is_told_in_order", |store| Box::pin(every_revocation_is_told_in_order(store))),
    ("what_changed_nothing_is_not_told", |store| Box::pin(what_changed_nothing_is_not_told(store))),
    ("a_feed_is_continued_from_every_place_in_it", |store| {
        Box::pin(a_feed_is_continued_from_every_place_in_it(store))
    }),
    ("a_feed_is_not_continued_from_elsewhere", |store| {
        Box::pin(a_feed_is_not_continued_from_elsewhere(store))
    }),
    ("forgetting_takes_old_entries_and_leaves_the_position", |store| {
        Box::pin(forgetting_takes_old_entries_and_leaves_the_position(store))
    }),
    ("a_feed_goes_on_after_all_of_it_is_forgotten", |store| {
        Box::pin(a_feed_goes_on_after_all_of_it_is_forgotten(store))
    }),
    ("forgetting_leaves_no_gap", |store| Box::pin(forgetting_leaves_no_gap(store))),
    ("many_entries_are_forgotten", |store| Box::pin(many_entries_are_forgotten(store))),
    ("an_instant_is_compared_to_the_tick", |store| Box::pin(an_instant_is_compared_to_the_tick(store))),
    ("a_revoked_signing_key_is_told_in_every_feed", |store| {
        Box::pin(a_revoked_signing_key_is_told_in_every_feed(store))
    }),
    ("a_resource_that_is_made_again_has_a_new_feed", |store| {
        Box::pin(a_resource_that_is_made_again_has_a_new_feed(store))
    }),
    ("a_new_incarnation_begins_every_feed_anew", |store| {
        Box::pin(a_new_incarnation_begins_every_feed_anew(store))
    }),
    ("an_incarnation_is_never_one_that_was", |store| Box::pin(an_incarnation_is_never_one_that_was(store))),
];

const fn told(local: u128, epoch: u64) -> Entry {
    sample::told(id(1, local), epoch)
}

const fn place(incarnation: u64, count: u64) -> Cursor {
    Cursor { incarnation, count }
}

async fn a_feed_begins_empty_in_the_incarnation_of_its_resource(store: &dyn Store) {
    for (number, epoch, incarnation) in
        [(1, 0, 0), (2, first_epoch(1) - 1, 0), (3, first_epoch(1), 1), (4, first_epoch(9) + 5, 9)]
    {
        let resource = StoredResource { epoch, ..resource(number) };
        assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
        assert_eq!(store.feed_position(resource.id).await, Ok(Some(Position::start(incarnation))));
        assert_eq!(whole_feed(store, &resource).await, []);
    }
}

async fn a_missing_resource_has_no_feed(store: &dyn Store) {
    stored_resource(store, 1).await;
    assert_eq!(store.feed_position(guid(2)).await, Ok(None));
    assert_eq!(store.revocations_after(guid(2), place(0, 0), 9).await, Ok(None));
    assert_eq!(store.revocation_view(guid(2)).await, Ok(None));
}

/// The other resource's feed tells nothing of it.
async fn every_revocation_is_told_in_order(store: &dyn Store) {
    let (mut one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    for local in 1..=3 {
        stored_identity(store, &one, &identity(1, local)).await;
    }
    assert_eq!(raised(store, id(1, 2)).await, Ok(Some(1)));
    let both = [id(1, 1), id(1, 2)];
    assert_eq!(store.raise_identity_epochs(&both, &deed()).await, Ok(vec![Some(1), Some(2)]));
    let replaced = store.replace_access_key(one.id, (KeySlot::Secondary, &key(1, 9)), &deed()).await;
    assert_eq!(replaced, Ok(Some(1)));
    assert_eq!(store.delete_identities(&both, None, &deed()).await, Ok(vec![true, true]));
    assert_eq!(store.raise_resource_epoch(one.id, &deed()).await, Ok(Some(1)));
    let [primary, _] = one.keys;
    (one.epoch, one.keys) = (1, [primary, key(1, 9)]);
    let expected = [
        told(2, 1),
        told(1, 1),
        told(2, 2),
        Entry::AccessKey { slot: KeySlot::Secondary, generation: 1 },
        told(1, GONE),
        told(2, GONE),
        Entry::Resource { epoch: 1 },
    ];
    assert_eq!(whole_feed(store, &one).await, expected);
    assert_eq!(whole_feed(store, &two).await, []);
}

async fn what_changed_nothing_is_not_told(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    assert_eq!(raised(store, id(1, 2)).await, Ok(None));
    assert_eq!(deleted(store, id(1, 2)).await, Ok(false));
    let unused = store.delete_identities(&[id(1, 1)], Some(at(7)), &deed()).await;
    assert_eq!(unused, Ok(vec![false]));
    let replaced = store.replace_access_key(resource.id, (KeySlot::Primary, &key(0, 9)), &deed()).await;
    assert_eq!(replaced, Ok(Some(0)));
    assert_eq!(store.raise_resource_epoch(guid(2), &deed()).await, Ok(None));
    assert_eq!(store.merge_last_issued(&[(id(1, 1), at(9))]).await, Ok(()));
    assert_eq!(whole_feed(store, &resource).await, []);
}

async fn a_feed_is_continued_from_every_place_in_it(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    for epoch in 1..=5 {
        assert_eq!(raised(store, id(1, 1)).await, Ok(Some(epoch)));
    }
    let all: Vec<Entry> = (1..=5).map(|epoch| told(1, epoch)).collect();
    for (count, skipped) in (0..=5).zip(0_usize..) {
        for limit in [0, 1, 2, 5, 6, usize::MAX] {
            let expected: Vec<Entry> = all.iter().skip(skipped).take(limit).cloned().collect();
            assert_eq!(
                store.revocations_after(resource.id, place(0, count), limit).await,
                Ok(Some(expected))
            );
        }
    }
}

async fn a_feed_is_not_continued_from_elsewhere(store: &dyn Store) {
    let resource = StoredResource { epoch: first_epoch(3), ..resource(1) };
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
    stored_identity(store, &resource, &identity(1, 1)).await;
    assert_eq!(raised(store, id(1, 1)).await, Ok(Some(1)));
    assert_eq!(store.revocations_after(resource.id, place(3, 1), 9).await, Ok(Some(Vec::new())));
    let elsewhere = [
        place(3, 2),
        place(3, i64::MAX as u64),
        place(3, u64::MAX),
        place(2, 1),
        place(4, 0),
        place(u64::MAX, 1),
    ];
    for place in elsewhere {
        assert_eq!(store.revocations_after(resource.id, place, 9).await, Ok(None), "{place}");
    }
}

/// Three entries in each of two feeds, of 10, 20 and 30 milliseconds after the beginning.
async fn two_feeds(store: &dyn Store) {
    for number in [1, 2] {
        let resource = stored_resource(store, number).await;
        stored_identity(store, &resource, &identity(number, 1)).await;
        for (milliseconds, epoch) in [(10, 1), (20, 2), (30, 3)] {
            let epochs = store.raise_identity_epochs(&[id(number, 1)], &deed_at(milliseconds)).await;
            assert_eq!(epochs, Ok(vec![Some(epoch)]));
        }
    }
}

async fn forgetting_takes_old_entries_and_leaves_the_position(store: &dyn Store) {
    two_feeds(store).await;
    let position = store.feed_position(guid(1)).await;
    assert!(matches!(position, Ok(Some(Position { count: 3, .. }))), "{position:?}");
    for (before, forgotten) in [(10, 0), (21, 4), (21, 0)] {
        assert_eq!(store.forget_revocations(at(before), 0).await, Ok(forgotten));
        assert_eq!(store.feed_position(guid(1)).await, position);
    }
    for (count, expected) in [(0, None), (1, None), (2, Some(vec![told(1, 3)])), (3, Some(Vec::new()))] {
        assert_eq!(store.revocations_after(guid(1), place(0, count), 9).await, Ok(expected));
    }
    let known = store.revocation_view(guid(1)).await.ok().flatten();
    let epochs = known.map(|(_, view)| view.identities.into_values().collect::<Vec<_>>());
    assert_eq!(epochs, Some(vec![3]));
}

async fn a_feed_goes_on_after_all_of_it_is_forgotten(store: &dyn Store) {
    two_feeds(store).await;
    assert_eq!(store.forget_revocations(at(1_000), 0).await, Ok(6));
    assert_eq!(store.revocations_after(guid(1), place(0, 2), 9).await, Ok(None));
    assert_eq!(store.revocations_after(guid(1), place(0, 3), 9).await, Ok(Some(Vec::new())));
    let known = store.revocation_view(guid(1)).await.ok().flatten();
    assert_eq!(known.map(|(position, view)| (position.count, view)), Some((3, View::default())));
    assert_eq!(raised(store, id(1, 1)).await, Ok(Some(4)));
    assert_eq!(store.revocations_after(guid(1), place(0, 3), 9).await, Ok(Some(vec![told(1, 4)])));
}

/// The clock went back: what is old behind something young stays with it.
async fn forgetting_leaves_no_gap(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    for milliseconds in [5, 50, 6] {
        let epochs = store.raise_identity_epochs(&[id(1, 1)], &deed_at(milliseconds)).await;
        assert!(matches!(epochs.as_deref(), Ok([Some(_)])), "{epochs:?}");
    }
    assert_eq!(store.forget_revocations(at(10), 0).await, Ok(1));
    let left = Ok(Some(vec![told(1, 2), told(1, 3)]));
    assert_eq!(store.revocations_after(resource.id, place(0, 1), 9).await, left);
}

async fn many_entries_are_forgotten(store: &dyn Store) {
    const ENTRIES: usize = 2_500;
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    let ids = vec![id(1, 1); ENTRIES];
    for milliseconds in [0, 10] {
        let epochs = store.raise_identity_epochs(&ids, &deed_at(milliseconds)).await;
        assert_eq!(epochs.map(|epochs| epochs.len()), Ok(ENTRIES));
    }
    assert_eq!(whole_feed(store, &resource).await.len(), 2 * ENTRIES);
    let kept = ENTRIES as u64 + 7;
    assert_eq!(store.forget_revocations(at(10), kept).await, Ok(ENTRIES as u64 - 7));
    assert_eq!(store.forget_revocations(at(10), u64::MAX).await, Ok(0));
    assert_eq!(store.forget_revocations(at(10), 0).await, Ok(7));
    let left = store.revocations_after(resource.id, place(0, ENTRIES as u64), usize::MAX).await;
    assert_eq!(left.map(|left| left.map(|left| left.len())), Ok(Some(ENTRIES)));
}

/// Instants are kept to the millisecond, and one to compare them with may lie between two.
async fn an_instant_is_compared_to_the_tick(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    let late_in_its_millisecond = Deed { at: at_ticks(59_999), ..deed() };
    let epochs = store.raise_identity_epochs(&[id(1, 1)], &late_in_its_millisecond).await;
    assert_eq!(epochs, Ok(vec![Some(1)]));
    assert_eq!(store.forget_revocations(at_ticks(50_000), 0).await, Ok(0));
    assert_eq!(store.forget_revocations(at_ticks(50_001), 0).await, Ok(1));
    assert_eq!(store.merge_last_issued(&[(id(1, 1), at_ticks(59_999))]).await, Ok(()));
    for (ticks, expected) in [(50_000, 1), (50_001, 0)] {
        assert_eq!(store.count_issued_since(resource.id, at_ticks(ticks)).await, Ok(expected));
        let deleted = store.delete_identities(&[id(1, 1)], Some(at_ticks(ticks)), &deed()).await;
        assert_eq!(deleted, Ok(vec![expected == 0]));
    }
}

async fn a_revoked_signing_key_is_told_in_every_feed(store: &dyn Store) {
    let one = stored_resource(store, 1).await;
    for key_id in ["bad", "good"] {
        assert_eq!(added(store, &signing_key(key_id, 1)).await, Ok(true));
    }
    let change = SigningKeyChange {
        planned_for: vec!["good".to_owned(), "bad".to_owned()],
        revoke: Some("bad".to_owned()),
        ..SigningKeyChange::default()
    };
    assert_eq!(store.change_signing_keys(&change, &deed()).await, Ok(true));
    let two = stored_resource(store, 2).await;
    let bad = Entry::SigningKey { key_id: "bad".to_owned() };
    assert_eq!(whole_feed(store, &one).await, [bad]);
    assert_eq!(whole_feed(store, &two).await, []);
    for resource in [&one, &two] {
        let view = store.revocation_view(resource.id).await.ok().flatten().map(|(_, view)| view);
        let revoked = view.map(|view| view.revoked_keys.into_iter().collect::<Vec<_>>());
        assert_eq!(revoked, Some(vec!["bad".to_owned()]), "also in a feed that never told it");
    }
}

async fn a_resource_that_is_made_again_has_a_new_feed(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    assert_eq!(raised(store, id(1, 1)).await, Ok(Some(1)));
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(true));
    assert_eq!(store.feed_position(resource.id).await, Ok(None));
    assert_eq!(store.revocation_view(resource.id).await, Ok(None));
    stored_resource(store, 1).await;
    assert_eq!(whole_feed(store, &resource).await, []);
}

async fn a_new_incarnation_begins_every_feed_anew(store: &dyn Store) {
    let mut resources = Vec::new();
    for (number, epoch, incarnation) in [(1, 0, 5), (2, first_epoch(4) + 7, 5), (3, first_epoch(6), 7)] {
        let resource = StoredResource { epoch, ..resource(number) };
        assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
        stored_identity(store, &resource, &identity(number, 1)).await;
        assert_eq!(raised(store, id(number, 1)).await, Ok(Some(1)));
        resources.push(StoredResource { epoch: first_epoch(incarnation), ..resource });
    }
    assert_eq!(added(store, &signing_key("old", 1)).await, Ok(true));
    let keys = [signing_key("new", 2), signing_key("next", 3)];
    assert_eq!(store.begin_incarnation(5, &keys, &deed()).await, Ok(()));
    assert_eq!(store.signing_keys().await, Ok(keys.to_vec()));
    assert_eq!(store.resources().await, Ok(resources.clone()));
    for resource in &resources {
        assert_eq!(whole_feed(store, resource).await, []);
        assert_eq!(store.revocations_after(resource.id, place(0, 0), 9).await, Ok(None));
    }
    assert_eq!(raised(store, id(1, 1)).await, Ok(Some(2)), "an identity's epoch stays as it was");
    let told_since = store.revocations_after(guid(1), place(5, 0), 9).await;
    assert_eq!(told_since, Ok(Some(vec![told(1, 2)])));
}

/// Raises of the epoch may carry into its upper bits: the feed goes on, and the next life of it is later still.
async fn an_incarnation_is_never_one_that_was(store: &dyn Store) {
    let name = resource_name("name");
    let resource = StoredResource { epoch: first_epoch(1) - 1, name, ..resource(1) };
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
    assert_eq!(store.raise_resource_epoch(resource.id, &deed()).await, Ok(Some(first_epoch(1))));
    let position = Position::start(0).after(&Entry::Resource { epoch: first_epoch(1) });
    assert_eq!(store.feed_position(resource.id).await, Ok(Some(position)));
    for incarnation in [2, 3] {
        assert_eq!(store.begin_incarnation(0, &[], &deed()).await, Ok(()));
        assert_eq!(store.feed_position(resource.id).await, Ok(Some(Position::start(incarnation))));
    }
}
