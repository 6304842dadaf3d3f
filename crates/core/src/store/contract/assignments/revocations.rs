//! Whose tokens end with an assignment.

use callsign_protocol::assignment::{Assignment, PrincipalType};
use callsign_protocol::identity_id::{EntraUser, Holder};
use callsign_protocol::revocation::Entry;

use super::super::Promise;
use super::super::audit::{about, last};
use super::super::sample::{
    assignment, deed, deleted, entra_holders, entra_identity, entra_key, entra_user, epoch, guid,
    stored_identity, stored_resource, teams_key, told, whole_feed,
};
use super::{changed, put};
use crate::store::{Identity, Store};

pub(in super::super) const PROMISES: &[Promise] = &[
    ("changing_the_assignment_of_one_user_revokes_its_tokens", |store| {
        Box::pin(changing_the_assignment_of_one_user_revokes_its_tokens(store))
    }),
    ("whom_an_assignment_was_for_is_revoked", |store| Box::pin(whom_an_assignment_was_for_is_revoked(store))),
    ("assignments_of_many_revoke_nobody", |store| Box::pin(assignments_of_many_revoke_nobody(store))),
    ("the_assignment_of_an_absent_user_revokes_nobody", |store| {
        Box::pin(the_assignment_of_an_absent_user_revokes_nobody(store))
    }),
];

/// Each kind of the same user is another identity, and only the one that the assignment lets in is revoked.
async fn changing_the_assignment_of_one_user_revokes_its_tokens(store: &dyn Store) {
    let [entra, extension, _] = entra_holders(2);
    let for_one = [
        (assignment(entra_key(2), PrincipalType::User), entra),
        (assignment(teams_key(1, 2), PrincipalType::User), extension),
        (assignment(teams_key(1, 2), PrincipalType::ResourceAccount), extension),
    ];
    for (number, (first, holder)) in (1_u8..).zip(for_one) {
        let resource = stored_resource(store, number).await;
        for holder in entra_holders(2).into_iter().chain(entra_holders(3)) {
            stored_identity(store, &resource, &entra_identity(number, holder)).await;
        }
        let narrower = Assignment { client_ids: Some(vec!["one".to_owned()]), ..first.clone() };
        let (ann, mut epochs) = (entra_identity(number, holder).id, Vec::new());
        let changes = [
            (put(&first), None),
            (put(&first), None),
            (put(&narrower), Some(1)),
            (put(&narrower), None),
            (put(&first), Some(2)),
            ((first.key, None), Some(3)),
            ((first.key, None), None),
            (put(&narrower), None),
        ];
        for (change, revoked) in changes {
            changed(store, number, &[change]).await;
            epochs.extend(revoked);
            assert_eq!(epoch(store, ann).await, Some(epochs.last().copied().unwrap_or_default()));
            let expected: Vec<Entry> = epochs.iter().map(|epoch| told(ann, *epoch)).collect();
            assert_eq!(whole_feed(store, &resource).await, expected);
        }
        for other in entra_holders(2).into_iter().chain(entra_holders(3)).filter(|other| *other != holder) {
            assert_eq!(epoch(store, entra_identity(number, other).id).await, Some(0), "{other:?}");
        }
    }
}

/// Not whom it is for from now on.
async fn whom_an_assignment_was_for_is_revoked(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let there = EntraUser { tenant: guid(9), ..entra_user(2) };
    let [here, there] = [entra_user(2), there].map(|user| entra_identity(1, Holder::EntraUser(user)));
    for identity in [&here, &there] {
        stored_identity(store, &resource, identity).await;
    }
    let of_here = assignment(entra_key(2), PrincipalType::User);
    let of_there = Assignment { tenant: guid(9), ..of_here.clone() };
    let of_group = assignment(entra_key(2), PrincipalType::Group);
    for wanted in [&of_here, &of_there, &of_here, &of_group, &of_there, &of_group] {
        changed(store, 1, &[put(wanted)]).await;
    }
    let expected = [told(here.id, 1), told(there.id, 1), told(here.id, 2), told(there.id, 2)];
    assert_eq!(whole_feed(store, &resource).await, expected);
}

/// Not even somebody who has the object id of the group or the tenant.
async fn assignments_of_many_revoke_nobody(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let holders = || entra_holders(1).into_iter().chain(entra_holders(2));
    for holder in holders() {
        stored_identity(store, &resource, &entra_identity(1, holder)).await;
    }
    for (object, principal) in
        [(1, PrincipalType::Tenant), (2, PrincipalType::Group), (1, PrincipalType::Group)]
    {
        let first = assignment(entra_key(object), principal);
        let narrower = Assignment { client_ids: Some(Vec::new()), ..first.clone() };
        let changes = [put(&first), put(&narrower), (first.key, None)];
        assert_eq!(changed(store, 1, &changes).await, [false, true, true]);
    }
    for holder in holders() {
        assert_eq!(epoch(store, entra_identity(1, holder).id).await, Some(0));
    }
    assert_eq!(whole_feed(store, &resource).await, []);
}

async fn the_assignment_of_an_absent_user_revokes_nobody(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = entra_identity(1, Holder::EntraUser(entra_user(2)));
    let first = assignment(entra_key(2), PrincipalType::User);
    assert_eq!(changed(store, 1, &[put(&first), (first.key, None)]).await, [false, true]);
    assert_eq!(last(store, 1).await, [about(1, &first.key.to_string(), true)]);
    stored_identity(store, &resource, &ann).await;
    assert_eq!(deleted(store, ann.id).await, Ok(true));
    assert_eq!(changed(store, 1, &[put(&first), (first.key, None)]).await, [false, true]);
    assert_eq!(epoch(store, ann.id).await, None);
    assert_eq!(whole_feed(store, &resource).await, [told(ann.id, 1)]);
    let again = store.create_identity(&ann, &deed()).await.ok().flatten();
    assert_eq!(again.map(|standing| standing.identity), Some(Identity { epoch: 1, ..ann }));
}
