//! What is promised of assignments.

mod revocations;

use callsign_protocol::assignment::{Assignment, AssignmentKey, PrincipalType};
use callsign_protocol::identity_id::Holder;
use uuid::Uuid;

use super::Promise;
use super::audit::{about, last};
use super::sample::{
    assignment, at, deed, entra_identity, entra_key, entra_user, epoch, guid, stored_identity,
    stored_resource, teams_key, told, whole_chain, whole_feed,
};
use crate::directory::audit::{Action, Actor, Deed};
use crate::store::{AssignmentChange, Store};

pub(super) use self::revocations::PROMISES as OF_REVOCATIONS;

pub(super) const PROMISES: &[Promise] = &[
    ("an_assignment_reads_back_whole", |store| Box::pin(an_assignment_reads_back_whole(store))),
    ("an_assignment_takes_the_place_of_the_one_before", |store| {
        Box::pin(an_assignment_takes_the_place_of_the_one_before(store))
    }),
    ("a_removed_assignment_is_gone", |store| Box::pin(a_removed_assignment_is_gone(store))),
    ("a_missing_resource_has_no_assignments", |store| Box::pin(a_missing_resource_has_no_assignments(store))),
    ("assignments_are_found_in_the_order_of_the_keys", |store| {
        Box::pin(assignments_are_found_in_the_order_of_the_keys(store))
    }),
    ("assignments_of_entra_users_are_listed_by_their_objects", |store| {
        Box::pin(assignments_of_entra_users_are_listed_by_their_objects(store))
    }),
    ("the_two_kinds_of_assignments_do_not_meet", |store| {
        Box::pin(the_two_kinds_of_assignments_do_not_meet(store))
    }),
    ("assignments_belong_to_their_resource", |store| Box::pin(assignments_belong_to_their_resource(store))),
    ("many_assignments_change_in_order", |store| Box::pin(many_assignments_change_in_order(store))),
    ("every_change_of_an_assignment_is_recorded", |store| {
        Box::pin(every_change_of_an_assignment_is_recorded(store))
    }),
    ("assignments_end_with_their_resource", |store| Box::pin(assignments_end_with_their_resource(store))),
];

const fn deed_of_change() -> Deed {
    Deed::new(at(3), Actor::Server, Action::ChangeAssignment)
}

fn put(assignment: &Assignment) -> AssignmentChange {
    (assignment.key, Some(assignment.clone()))
}

/// Changes assignments of resource `number`, which is there, and tells for each whether there was one.
async fn changed(store: &dyn Store, number: u8, changes: &[AssignmentChange]) -> Vec<bool> {
    let were_there = store.change_assignments(guid(number), changes, &deed_of_change()).await;
    assert!(matches!(were_there, Ok(Some(_))), "{were_there:?}");
    were_there.ok().flatten().unwrap_or_default()
}

async fn found(store: &dyn Store, number: u8, key: AssignmentKey) -> Option<Assignment> {
    let found = store.assignments_of(guid(number), &[key]).await;
    assert!(matches!(found.as_deref(), Ok([] | [_])), "{found:?}");
    found.unwrap_or_default().pop()
}

async fn listed(store: &dyn Store, number: u8) -> Vec<Assignment> {
    let listed = store.list_entra_assignments(guid(number), None, usize::MAX).await;
    assert!(listed.is_ok(), "{listed:?}");
    listed.unwrap_or_default()
}

/// No list of applications, one that names none, and one of the longest and oddest names there may be.
fn with_every_list(assignment: &Assignment) -> [Assignment; 4] {
    let odd = ["", "A", "a", "\u{1f9d1}\"\\\n\0,[]", &"x".repeat(1_000)].map(str::to_owned);
    let lists = [None, Some(Vec::new()), Some(vec!["one".to_owned()]), Some(odd.to_vec())];
    lists.map(|client_ids| Assignment { client_ids, ..assignment.clone() })
}

async fn an_assignment_reads_back_whole(store: &dyn Store) {
    stored_resource(store, 1).await;
    let mut object = 0;
    for (tenant, principal) in [Uuid::nil(), Uuid::max(), guid(7)]
        .into_iter()
        .flat_map(|tenant| PrincipalType::ALL.map(|principal| (tenant, principal)))
    {
        object += 1;
        for key in [entra_key(object), AssignmentKey::TeamsExtension { tenant, object: guid(8) }] {
            for wanted in with_every_list(&Assignment { tenant, ..assignment(key, principal) }) {
                changed(store, 1, &[put(&wanted)]).await;
                assert_eq!(found(store, 1, key).await.as_ref(), Some(&wanted));
                let is_listed = listed(store, 1).await.contains(&wanted);
                assert_eq!(is_listed, matches!(key, AssignmentKey::Entra(_)));
            }
        }
    }
}

async fn an_assignment_takes_the_place_of_the_one_before(store: &dyn Store) {
    stored_resource(store, 1).await;
    for key in [entra_key(2), teams_key(1, 2)] {
        let first = assignment(key, PrincipalType::User);
        let others = [
            first.clone(),
            first.clone(),
            Assignment { tenant: guid(9), ..first.clone() },
            Assignment { client_ids: Some(Vec::new()), ..first.clone() },
            assignment(key, PrincipalType::Group),
            first,
        ];
        for (wanted, was_there) in others.iter().zip([false, true, true, true, true, true]) {
            assert_eq!(changed(store, 1, &[put(wanted)]).await, [was_there]);
            assert_eq!(found(store, 1, key).await.as_ref(), Some(wanted));
        }
    }
    assert_eq!(listed(store, 1).await.len(), 1);
}

async fn a_removed_assignment_is_gone(store: &dyn Store) {
    stored_resource(store, 1).await;
    for key in [entra_key(2), teams_key(1, 2)] {
        let wanted = assignment(key, PrincipalType::User);
        for _ in 0..2 {
            assert_eq!(changed(store, 1, &[put(&wanted)]).await, [false]);
            assert_eq!(changed(store, 1, &[(key, None)]).await, [true]);
            assert_eq!(found(store, 1, key).await, None);
            assert_eq!(listed(store, 1).await, []);
            assert_eq!(changed(store, 1, &[(key, None)]).await, [false]);
        }
    }
}

async fn a_missing_resource_has_no_assignments(store: &dyn Store) {
    stored_resource(store, 1).await;
    let wanted = assignment(entra_key(2), PrincipalType::User);
    let changes = [put(&wanted), put(&wanted), (teams_key(1, 2), None)];
    assert_eq!(store.change_assignments(guid(2), &changes, &deed_of_change()).await, Ok(None));
    assert_eq!(store.change_assignments(guid(2), &[], &deed_of_change()).await, Ok(None));
    let recorded = changes.each_ref().map(|(key, _)| about(2, &key.to_string(), false));
    assert_eq!(last(store, 3).await, recorded);
    assert_eq!((found(store, 2, wanted.key).await, listed(store, 2).await), (None, Vec::new()));
    stored_resource(store, 2).await;
    assert_eq!((found(store, 2, wanted.key).await, listed(store, 2).await), (None, Vec::new()));
    assert_eq!(changed(store, 2, &changes).await, [false, true, false]);
    assert_eq!(changed(store, 2, &[]).await, [false; 0]);
}

async fn assignments_are_found_in_the_order_of_the_keys(store: &dyn Store) {
    stored_resource(store, 1).await;
    let [one, two, three] =
        [entra_key(1), teams_key(1, 2), entra_key(3)].map(|key| assignment(key, PrincipalType::User));
    changed(store, 1, &[put(&three), put(&one), put(&two)]).await;
    let keys = [three.key, entra_key(4), two.key, one.key, teams_key(2, 2), three.key];
    let expected = vec![three.clone(), two, one, three];
    assert_eq!(store.assignments_of(guid(1), &keys).await, Ok(expected));
    assert_eq!(store.assignments_of(guid(1), &[]).await, Ok(Vec::new()));
}

/// The objects differ in every byte, and the first and the last there may be are among them.
async fn assignments_of_entra_users_are_listed_by_their_objects(store: &dyn Store) {
    let mut objects: Vec<u128> =
        (1_u128..20).map(|number| number.wrapping_mul(0x1f3b_57d9_1357_9bdf_8642_0fdb_9753_1eca)).collect();
    objects.extend([0, 1, u128::MAX]);
    stored_resource(store, 1).await;
    let principals = PrincipalType::ALL.into_iter().cycle();
    let all = objects.iter().zip(principals).map(|(object, principal)| (entra_key(*object), principal));
    let mut all: Vec<Assignment> = all.map(|(key, principal)| assignment(key, principal)).collect();
    let of_teams = objects.iter().map(|object| (teams_key(*object, *object), PrincipalType::User));
    let of_teams = of_teams.map(|(key, principal)| put(&assignment(key, principal)));
    let changes: Vec<_> = all.iter().map(put).chain(of_teams).collect();
    assert_eq!(changed(store, 1, &changes).await, vec![false; changes.len()]);
    all.sort_by_key(|assignment| assignment.key);
    let places = [0, 1, 2, u128::MAX / 2, u128::MAX - 1, u128::MAX].map(Uuid::from_u128);
    let places = places.into_iter().chain(all.iter().map(|assignment| assignment.key.object()));
    for after in places.map(Some).chain([None]) {
        for limit in [0, 1, 2, 20, all.len(), usize::MAX] {
            let behind = all.iter().filter(|assignment| Some(assignment.key.object()) > after);
            let expected: Vec<Assignment> = behind.take(limit).cloned().collect();
            assert_eq!(store.list_entra_assignments(guid(1), after, limit).await, Ok(expected), "{after:?}");
        }
    }
}

async fn the_two_kinds_of_assignments_do_not_meet(store: &dyn Store) {
    stored_resource(store, 1).await;
    let keys = [entra_key(2), teams_key(1, 2), teams_key(3, 2), teams_key(2, 1), entra_key(1)];
    let wanted = keys.map(|key| assignment(key, PrincipalType::User));
    assert_eq!(changed(store, 1, &wanted.each_ref().map(put)).await, [false; 5]);
    assert_eq!(store.assignments_of(guid(1), &keys).await, Ok(wanted.to_vec()));
    let mut left = wanted.to_vec();
    for gone in &wanted {
        assert_eq!(changed(store, 1, &[(gone.key, None)]).await, [true]);
        left.retain(|assignment| assignment.key != gone.key);
        assert_eq!(store.assignments_of(guid(1), &keys).await, Ok(left.clone()));
    }
}

async fn assignments_belong_to_their_resource(store: &dyn Store) {
    let [here, there] = [1, 2].map(|number| entra_identity(number, Holder::EntraUser(entra_user(2))));
    for (number, identity) in [(1, &here), (2, &there)] {
        let resource = stored_resource(store, number).await;
        stored_identity(store, &resource, identity).await;
    }
    let one = assignment(entra_key(2), PrincipalType::User);
    let two = Assignment { client_ids: Some(Vec::new()), ..one.clone() };
    assert_eq!(changed(store, 1, &[put(&one)]).await, [false]);
    assert_eq!((found(store, 2, one.key).await, listed(store, 2).await), (None, Vec::new()));
    assert_eq!(changed(store, 2, &[put(&two)]).await, [false]);
    assert_eq!(
        (found(store, 1, one.key).await, listed(store, 1).await),
        (Some(one.clone()), vec![one.clone()])
    );
    assert_eq!(changed(store, 1, &[(one.key, None)]).await, [true]);
    assert_eq!((found(store, 2, one.key).await, listed(store, 2).await), (Some(two.clone()), vec![two]));
    assert_eq!((epoch(store, here.id).await, epoch(store, there.id).await), (Some(1), Some(0)));
}

/// Each change finds what the ones before it in the same step left.
async fn many_assignments_change_in_order(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = entra_identity(1, Holder::EntraUser(entra_user(2)));
    stored_identity(store, &resource, &ann).await;
    let first = assignment(entra_key(2), PrincipalType::User);
    let second = Assignment { client_ids: Some(Vec::new()), ..first.clone() };
    let other = assignment(teams_key(1, 2), PrincipalType::User);
    let changes = [
        put(&first),
        put(&second),
        put(&other),
        (first.key, None),
        put(&first),
        put(&first),
        (other.key, None),
    ];
    let were_there = [false, true, false, true, false, true, true];
    assert_eq!(changed(store, 1, &changes).await, were_there);
    assert_eq!(store.assignments_of(guid(1), &[first.key, other.key]).await, Ok(vec![first]));
    assert_eq!(whole_feed(store, &resource).await, [told(ann.id, 1), told(ann.id, 2)]);
}

async fn every_change_of_an_assignment_is_recorded(store: &dyn Store) {
    stored_resource(store, 1).await;
    let [entra, teams] = [entra_key(2), teams_key(1, 2)].map(|key| assignment(key, PrincipalType::User));
    let narrower = Assignment { client_ids: Some(Vec::new()), ..entra.clone() };
    let changes = [
        (put(&entra), true),
        (put(&entra), false),
        (put(&narrower), true),
        (put(&teams), true),
        (put(&narrower), false),
        ((teams.key, None), true),
        ((teams.key, None), false),
        ((entra.key, None), true),
    ];
    for (change, has_changed) in &changes {
        changed(store, 1, std::slice::from_ref(change)).await;
        assert_eq!(last(store, 1).await, [about(1, &change.0.to_string(), *has_changed)]);
    }
    changed(store, 1, &changes.each_ref().map(|(change, _)| change.clone())).await;
    let recorded = changes.each_ref().map(|(change, changed)| about(1, &change.0.to_string(), *changed));
    assert_eq!(last(store, changes.len()).await, recorded);
    let records = whole_chain(store).await;
    assert_eq!(records.len(), 1 + 2 * changes.len(), "one for each");
    for record in records.iter().skip(1) {
        let told = (record.at, record.actor.as_str(), record.action.as_str());
        assert_eq!(told, (at(3), "server", "change_assignment"));
    }
    let subjects = records.iter().skip(1).map(|record| record.subject.as_str());
    assert!(subjects.clone().any(|subject| subject == "entra/00000000-0000-0000-0000-000000000002"));
    let teams = "teamsExtension/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002";
    assert!(subjects.clone().any(|subject| subject == teams));
}

/// What was in the old resource is not in the new one, though it has the same guid.
async fn assignments_end_with_their_resource(store: &dyn Store) {
    let keys = [entra_key(2), teams_key(1, 2)];
    let wanted = keys.map(|key| assignment(key, PrincipalType::User));
    for number in [1, 2] {
        stored_resource(store, number).await;
        assert_eq!(changed(store, number, &wanted.each_ref().map(put)).await, [false, false]);
    }
    assert_eq!(store.delete_resource(guid(1), &deed()).await, Ok(true));
    for is_there_again in [false, true] {
        if is_there_again {
            stored_resource(store, 1).await;
        }
        assert_eq!(store.assignments_of(guid(1), &keys).await, Ok(Vec::new()));
        assert_eq!(listed(store, 1).await, []);
    }
    assert_eq!(changed(store, 1, &keys.map(|key| (key, None))).await, [false, false]);
    assert_eq!(store.assignments_of(guid(2), &keys).await, Ok(wanted.to_vec()));
}
