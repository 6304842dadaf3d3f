//! What is promised of identities.

use super::Promise;
use super::sample::{
    at, deed, deleted, id, identity, key, named_identity, raised, resource, standing_in, stored_identity,
    stored_resource,
};
use crate::store::{Identity, Standing, Store};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;

pub(super) const PROMISES: &[Promise] = &[
    ("a_created_identity_is_answered_with_its_standing", |store| {
        Box::pin(a_created_identity_is_answered_with_its_standing(store))
    }),
    ("the_same_id_again_changes_nothing", |store| Box::pin(the_same_id_again_changes_nothing(store))),
    ("the_same_custom_id_again_answers_who_has_it", |store| {
        Box::pin(the_same_custom_id_again_answers_who_has_it(store))
    }),
    ("an_id_decides_before_a_custom_id", |store| Box::pin(an_id_decides_before_a_custom_id(store))),
    ("custom_ids_belong_to_their_resource", |store| Box::pin(custom_ids_belong_to_their_resource(store))),
    ("local_ids_belong_to_their_resource", |store| Box::pin(local_ids_belong_to_their_resource(store))),
    ("identities_without_a_custom_id_do_not_meet", |store| {
        Box::pin(identities_without_a_custom_id_do_not_meet(store))
    }),
    ("custom_ids_are_told_apart_by_their_bytes", |store| {
        Box::pin(custom_ids_are_told_apart_by_their_bytes(store))
    }),
    ("a_missing_resource_gets_no_identity", |store| Box::pin(a_missing_resource_gets_no_identity(store))),
    ("an_unknown_identity_has_no_standing", |store| Box::pin(an_unknown_identity_has_no_standing(store))),
    ("a_standing_shows_the_generations_of_now", |store| {
        Box::pin(a_standing_shows_the_generations_of_now(store))
    }),
    ("an_epoch_rises_by_one_and_never_goes_back", |store| {
        Box::pin(an_epoch_rises_by_one_and_never_goes_back(store))
    }),
    ("raising_one_epoch_raises_no_other", |store| Box::pin(raising_one_epoch_raises_no_other(store))),
    ("a_deleted_identity_is_gone", |store| Box::pin(a_deleted_identity_is_gone(store))),
    ("deleting_frees_the_custom_id", |store| Box::pin(deleting_frees_the_custom_id(store))),
    ("the_latest_issue_is_kept", |store| Box::pin(the_latest_issue_is_kept(store))),
    ("an_issue_is_kept_to_the_millisecond", |store| Box::pin(an_issue_is_kept_to_the_millisecond(store))),
    ("issues_of_absent_identities_are_passed_over", |store| {
        Box::pin(issues_of_absent_identities_are_passed_over(store))
    }),
];

async fn a_created_identity_is_answered_with_its_standing(store: &dyn Store) {
    let mut resource = resource(1);
    resource.epoch = 3;
    resource.keys = [key(4, 1), key(5, 2)];
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
    let wanted = Identity { epoch: 2, last_issued_at: Some(at(9)), ..named_identity(1, 1, "ann") };
    let expected = Standing { identity: wanted.clone(), resource_epoch: 3, generations: [4, 5] };
    assert_eq!(store.create_identity(&wanted, &deed()).await, Ok(Some(expected.clone())));
    assert_eq!(store.standing(wanted.id).await, Ok(Some(expected)));
}

async fn the_same_id_again_changes_nothing(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let first = named_identity(1, 1, "ann");
    stored_identity(store, &resource, &first).await;
    let present = Ok(Some(standing_in(&resource, &first)));
    let others = [
        first.clone(),
        Identity { created_at: at(1_000), epoch: 9, last_issued_at: Some(at(8)), ..first.clone() },
        named_identity(1, 1, "bob"),
        identity(1, 1),
    ];
    for other in others {
        assert_eq!(store.create_identity(&other, &deed()).await, present);
        assert_eq!(store.standing(first.id).await, present);
    }
    stored_identity(store, &resource, &named_identity(1, 2, "bob")).await;
}

async fn the_same_custom_id_again_answers_who_has_it(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let first = named_identity(1, 1, "ann");
    stored_identity(store, &resource, &first).await;
    let second = Identity { created_at: at(1_000), ..named_identity(1, 2, "ann") };
    assert_eq!(store.create_identity(&second, &deed()).await, Ok(Some(standing_in(&resource, &first))));
    assert_eq!(store.standing(second.id).await, Ok(None));
}

async fn an_id_decides_before_a_custom_id(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let (first, second) = (named_identity(1, 1, "ann"), named_identity(1, 2, "bob"));
    stored_identity(store, &resource, &first).await;
    stored_identity(store, &resource, &second).await;
    let both = named_identity(1, 2, "ann");
    assert_eq!(store.create_identity(&both, &deed()).await, Ok(Some(standing_in(&resource, &second))));
}

async fn custom_ids_belong_to_their_resource(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    let (first, second) = (named_identity(1, 1, "ann"), named_identity(2, 2, "ann"));
    stored_identity(store, &one, &first).await;
    stored_identity(store, &two, &second).await;
    assert_eq!(store.standing(first.id).await, Ok(Some(standing_in(&one, &first))));
}

async fn local_ids_belong_to_their_resource(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    let (first, second) = (named_identity(1, 1, "ann"), named_identity(2, 1, "bob"));
    stored_identity(store, &one, &first).await;
    stored_identity(store, &two, &second).await;
    assert_eq!(deleted(store, first.id).await, Ok(true));
    assert_eq!(store.standing(second.id).await, Ok(Some(standing_in(&two, &second))));
}

async fn identities_without_a_custom_id_do_not_meet(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for local in 1..=3 {
        stored_identity(store, &resource, &identity(1, local)).await;
    }
}

/// No folding of case, no trimming, no Unicode normalisation: `ä` has two spellings, and the empty text is a text.
async fn custom_ids_are_told_apart_by_their_bytes(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let custom_ids = ["", " ", "a", "A", "a ", "\u{e4}", "a\u{308}", "%", "_", "'", "1", "01"];
    for (local, custom_id) in (1_u128..).zip(custom_ids) {
        stored_identity(store, &resource, &named_identity(1, local, custom_id)).await;
    }
    for (local, custom_id) in (1_u128..).zip(custom_ids) {
        let present = Ok(Some(standing_in(&resource, &named_identity(1, local, custom_id))));
        assert_eq!(store.create_identity(&named_identity(1, 1_000, custom_id), &deed()).await, present);
    }
}

async fn a_missing_resource_gets_no_identity(store: &dyn Store) {
    stored_resource(store, 1).await;
    let wanted = named_identity(2, 1, "ann");
    assert_eq!(store.create_identity(&wanted, &deed()).await, Ok(None));
    stored_resource(store, 2).await;
    assert_eq!(store.standing(wanted.id).await, Ok(None));
}

async fn an_unknown_identity_has_no_standing(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    for unknown in [id(1, 2), id(2, 1)] {
        assert_eq!(store.standing(unknown).await, Ok(None));
        assert_eq!(raised(store, unknown).await, Ok(None));
        assert_eq!(deleted(store, unknown).await, Ok(false));
    }
}

async fn a_standing_shows_the_generations_of_now(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = identity(1, 1);
    stored_identity(store, &resource, &ann).await;
    let replaced = store.replace_access_key(resource.id, (KeySlot::Secondary, &key(1, 9)), &deed()).await;
    assert_eq!(replaced, Ok(Some(1)));
    let expected = Standing { identity: ann.clone(), resource_epoch: 0, generations: [0, 1] };
    assert_eq!(store.standing(ann.id).await, Ok(Some(expected.clone())));
    assert_eq!(store.create_identity(&ann, &deed()).await, Ok(Some(expected)));
}

async fn an_epoch_rises_by_one_and_never_goes_back(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = named_identity(1, 1, "ann");
    stored_identity(store, &resource, &ann).await;
    for epoch in 1..=3 {
        assert_eq!(raised(store, ann.id).await, Ok(Some(epoch)));
        let raised = Ok(Some(standing_in(&resource, &Identity { epoch, ..ann.clone() })));
        assert_eq!(store.standing(ann.id).await, raised);
        assert_eq!(store.create_identity(&ann, &deed()).await, raised);
        assert_eq!(store.merge_last_issued(&[]).await, Ok(()));
        assert_eq!(store.standing(ann.id).await, raised);
    }
}

async fn raising_one_epoch_raises_no_other(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    let others = [(&one, identity(1, 2)), (&two, identity(2, 1))];
    for (resource, other) in &others {
        stored_identity(store, resource, other).await;
    }
    stored_identity(store, &one, &identity(1, 1)).await;
    assert_eq!(raised(store, id(1, 1)).await, Ok(Some(1)));
    for (resource, other) in &others {
        assert_eq!(store.standing(other.id).await, Ok(Some(standing_in(resource, other))));
    }
}

async fn a_deleted_identity_is_gone(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = identity(1, 1);
    stored_identity(store, &resource, &ann).await;
    assert_eq!(raised(store, ann.id).await, Ok(Some(1)));
    assert_eq!(deleted(store, ann.id).await, Ok(true));
    assert_eq!(store.standing(ann.id).await, Ok(None));
    assert_eq!(raised(store, ann.id).await, Ok(None));
    assert_eq!(store.merge_last_issued(&[(ann.id, at(1))]).await, Ok(()));
    assert_eq!(store.standing(ann.id).await, Ok(None));
    assert_eq!(deleted(store, ann.id).await, Ok(false));
    stored_identity(store, &resource, &ann).await;
}

async fn deleting_frees_the_custom_id(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &named_identity(1, 1, "ann")).await;
    assert_eq!(deleted(store, id(1, 1)).await, Ok(true));
    stored_identity(store, &resource, &named_identity(1, 2, "ann")).await;
}

async fn the_latest_issue_is_kept(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = identity(1, 1);
    stored_identity(store, &resource, &ann).await;
    let notes_and_latest: [(&[i64], i64); 5] = [(&[5], 5), (&[4], 5), (&[5], 5), (&[3, 9, 7], 9), (&[], 9)];
    for (notes, latest) in notes_and_latest {
        let notes: Vec<_> = notes.iter().map(|milliseconds| (ann.id, at(*milliseconds))).collect();
        assert_eq!(store.merge_last_issued(&notes).await, Ok(()));
        let merged = Identity { last_issued_at: Some(at(latest)), ..ann.clone() };
        assert_eq!(store.standing(ann.id).await, Ok(Some(standing_in(&resource, &merged))));
    }
}

async fn an_issue_is_kept_to_the_millisecond(store: &dyn Store) {
    const TICKS_PER_MILLISECOND: i64 = 10_000;
    let resource = stored_resource(store, 1).await;
    let ann = identity(1, 1);
    stored_identity(store, &resource, &ann).await;
    let ticks = at(5).unix_milliseconds() * TICKS_PER_MILLISECOND;
    let almost_next = Timestamp::from_unix_ticks(ticks + TICKS_PER_MILLISECOND - 1);
    assert_eq!(store.merge_last_issued(&[(ann.id, almost_next)]).await, Ok(()));
    let merged = Identity { last_issued_at: Some(at(5)), ..ann.clone() };
    assert_eq!(store.standing(ann.id).await, Ok(Some(standing_in(&resource, &merged))));
}

async fn issues_of_absent_identities_are_passed_over(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    let (ann, bob) = (identity(1, 1), identity(2, 2));
    stored_identity(store, &one, &ann).await;
    stored_identity(store, &two, &bob).await;
    let notes = [(id(1, 2), at(1)), (ann.id, at(2)), (id(3, 1), at(3)), (bob.id, at(4))];
    assert_eq!(store.merge_last_issued(&notes).await, Ok(()));
    for (resource, identity, latest) in [(&one, &ann, at(2)), (&two, &bob, at(4))] {
        let merged = Identity { last_issued_at: Some(latest), ..identity.clone() };
        assert_eq!(store.standing(identity.id).await, Ok(Some(standing_in(resource, &merged))));
    }
    assert_eq!(store.standing(id(1, 2)).await, Ok(None));
    assert_eq!(store.standing(id(3, 1)).await, Ok(None));
}
