//! What is promised of the identities of users whom Entra knows: they come again after they were deleted.

use callsign_protocol::claims::{MintedBy, Revision};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::{EntraUser, Holder, IdentityId};
use uuid::Uuid;

use super::Promise;
use super::audit::{about, last};
use super::sample::{
    at, deed, deleted, entra_holders, entra_identity, entra_user, epoch, guid, identity, raised, standing_in,
    stored_identity, stored_resource, told, whole_feed,
};
use crate::store::{Identity, IdentityFilter, IdentityPage, Listing, Standing, Store};

pub(super) const PROMISES: &[Promise] = &[
    ("an_entra_user_is_found_again_by_its_id", |store| {
        Box::pin(an_entra_user_is_found_again_by_its_id(store))
    }),
    ("entra_users_are_listed_with_their_whole_ids", |store| {
        Box::pin(entra_users_are_listed_with_their_whole_ids(store))
    }),
    ("every_kind_of_the_same_entra_user_is_an_identity_of_its_own", |store| {
        Box::pin(every_kind_of_the_same_entra_user_is_an_identity_of_its_own(store))
    }),
    ("entra_users_belong_to_their_resource", |store| Box::pin(entra_users_belong_to_their_resource(store))),
    ("an_id_of_another_kind_finds_no_entra_user", |store| {
        Box::pin(an_id_of_another_kind_finds_no_entra_user(store))
    }),
    ("an_entra_users_id_finds_nobody_of_another_kind", |store| {
        Box::pin(an_entra_users_id_finds_nobody_of_another_kind(store))
    }),
    ("revoking_and_deleting_an_entra_user_tells_its_epochs", |store| {
        Box::pin(revoking_and_deleting_an_entra_user_tells_its_epochs(store))
    }),
    ("an_entra_user_comes_again_above_every_epoch_before", |store| {
        Box::pin(an_entra_user_comes_again_above_every_epoch_before(store))
    }),
    ("an_entra_user_comes_again_with_nothing_of_before", |store| {
        Box::pin(an_entra_user_comes_again_with_nothing_of_before(store))
    }),
    ("deleting_one_entra_user_raises_no_other", |store| {
        Box::pin(deleting_one_entra_user_raises_no_other(store))
    }),
    ("epochs_of_entra_users_outlive_their_feed", |store| {
        Box::pin(epochs_of_entra_users_outlive_their_feed(store))
    }),
    ("epochs_of_entra_users_end_with_their_resource", |store| {
        Box::pin(epochs_of_entra_users_end_with_their_resource(store))
    }),
    ("issues_of_entra_users_are_kept", |store| Box::pin(issues_of_entra_users_are_kept(store))),
    ("only_unused_entra_users_are_deleted_as_such", |store| {
        Box::pin(only_unused_entra_users_are_deleted_as_such(store))
    }),
];

/// One of each kind that Entra knows, and all the same user.
fn of_every_kind(number: u8) -> [Identity; 3] {
    entra_holders(2).map(|holder| entra_identity(number, holder))
}

/// The id of somebody made here who has the same guid: nobody ever gets it, but a request may name it.
const fn of_another_kind(id: IdentityId) -> IdentityId {
    IdentityId::from_parts(id.resource(), id.local())
}

async fn everybody(store: &dyn Store, after: Option<Uuid>) -> Vec<Identity> {
    let listing = Listing { filter: IdentityFilter::default(), after, page_max: 100, examined_max: 100 };
    let page = store.list_identities(guid(1), &listing).await;
    assert!(matches!(page, Ok(IdentityPage { next: None, .. })), "{page:?}");
    page.unwrap_or_default().identities
}

/// The epoch that somebody has who comes again.
async fn epoch_again(store: &dyn Store, wanted: &Identity) -> Option<u64> {
    let created = store.create_identity(wanted, &deed()).await.ok().flatten();
    created.map(|standing| standing.identity.epoch)
}

/// Whether a token that was minted under that epoch is dead, as far as a reader of the feed knows.
async fn is_revoked(store: &dyn Store, id: IdentityId, epoch: u64) -> bool {
    let revision = Revision { identity: epoch, resource: 0, minted_by: MintedBy::Entra };
    let view = store.revocation_view(id.resource()).await.ok().flatten().map(|(_, view)| view);
    view.is_none_or(|view| view.is_revoked(id.local(), revision, "a key"))
}

async fn an_entra_user_is_found_again_by_its_id(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for ann in of_every_kind(1) {
        assert_eq!(store.standing(ann.id).await, Ok(None));
        stored_identity(store, &resource, &ann).await;
        let present = Ok(Some(standing_in(&resource, &ann)));
        let read = IdentityId::read(&ann.id.to_string(), resource.id);
        assert_eq!(read, Ok(ann.id));
        assert_eq!(store.standing(ann.id).await, present);
        let again = Identity { created_at: at(1_000), epoch: 9, last_issued_at: Some(at(8)), ..ann.clone() };
        assert_eq!(store.create_identity(&again, &deed()).await, present);
        let name = ann.id.to_string();
        assert_eq!(last(store, 2).await, [about(1, &name, true), about(1, &name, false)]);
    }
    assert_eq!(
        store.create_identity(&entra_identity(2, Holder::TeamsUser(guid(1))), &deed()).await,
        Ok(None)
    );
}

/// Among people made here, in the order of all guids.
async fn entra_users_are_listed_with_their_whole_ids(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let holders = (2..6).flat_map(entra_holders);
    let mut all: Vec<Identity> = holders.map(|holder| entra_identity(1, holder)).collect();
    all.extend((1..4).map(|local| identity(1, local)));
    all.extend([Uuid::nil(), Uuid::max()].map(|local| Identity {
        id: IdentityId::from_parts(resource.id, local),
        custom_id: Some(local.to_string()),
        ..identity(1, 1)
    }));
    for identity in &all {
        stored_identity(store, &resource, identity).await;
    }
    all.sort_by_key(|identity| identity.id.local());
    assert_eq!(everybody(store, None).await, all);
    for (place, identity) in all.iter().enumerate() {
        let rest: Vec<Identity> = all.iter().skip(place + 1).cloned().collect();
        assert_eq!(everybody(store, Some(identity.id.local())).await, rest);
    }
}

async fn every_kind_of_the_same_entra_user_is_an_identity_of_its_own(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let kinds = of_every_kind(1);
    for ann in &kinds {
        stored_identity(store, &resource, ann).await;
    }
    let [entra, extension, teams] = kinds.each_ref().map(|ann| ann.id);
    assert_eq!(raised(store, extension).await, Ok(Some(1)));
    assert_eq!(deleted(store, teams).await, Ok(true));
    assert_eq!(store.merge_last_issued(&[(entra, at(9))]).await, Ok(()));
    let [mut entra_left, mut extension_left, _] = kinds;
    (entra_left.last_issued_at, extension_left.epoch) = (Some(at(9)), 1);
    for left in [&entra_left, &extension_left] {
        assert_eq!(store.standing(left.id).await, Ok(Some(standing_in(&resource, left))));
    }
    assert_eq!(store.standing(teams).await, Ok(None));
    let mut left = vec![entra_left, extension_left];
    left.sort_by_key(|identity| identity.id.local());
    assert_eq!(everybody(store, None).await, left);
    assert_eq!(whole_feed(store, &resource).await, [told(extension, 1), told(teams, 1)]);
}

async fn entra_users_belong_to_their_resource(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    for (ann, elsewhere) in of_every_kind(1).into_iter().zip(of_every_kind(2)) {
        stored_identity(store, &one, &ann).await;
        assert_eq!(store.standing(elsewhere.id).await, Ok(None));
        stored_identity(store, &two, &elsewhere).await;
        assert_eq!(raised(store, ann.id).await, Ok(Some(1)));
        assert_eq!(deleted(store, ann.id).await, Ok(true));
        assert_eq!(store.standing(elsewhere.id).await, Ok(Some(standing_in(&two, &elsewhere))));
        assert_eq!(deleted(store, elsewhere.id).await, Ok(true));
        assert_eq!(epoch_again(store, &elsewhere).await, Some(1), "and not what it is in the other resource");
        assert_eq!(epoch_again(store, &ann).await, Some(2));
    }
}

async fn an_id_of_another_kind_finds_no_entra_user(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for ann in of_every_kind(1) {
        stored_identity(store, &resource, &ann).await;
        finds_nobody(store, of_another_kind(ann.id)).await;
        assert_eq!(store.standing(ann.id).await, Ok(Some(standing_in(&resource, &ann))));
    }
    assert_eq!(whole_feed(store, &resource).await, []);
    for ann in of_every_kind(1) {
        assert_eq!(deleted(store, ann.id).await, Ok(true));
        finds_nobody(store, of_another_kind(ann.id)).await;
    }
}

async fn an_entra_users_id_finds_nobody_of_another_kind(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for ann in of_every_kind(1) {
        let other = Identity { id: of_another_kind(ann.id), ..ann.clone() };
        stored_identity(store, &resource, &other).await;
        finds_nobody(store, ann.id).await;
        assert_eq!(store.standing(other.id).await, Ok(Some(standing_in(&resource, &other))));
    }
    assert_eq!(whole_feed(store, &resource).await, []);
}

async fn finds_nobody(store: &dyn Store, id: IdentityId) {
    assert_eq!(store.standing(id).await, Ok(None));
    assert_eq!(store.merge_last_issued(&[(id, at(9))]).await, Ok(()));
    assert_eq!(raised(store, id).await, Ok(None));
    assert_eq!(store.delete_identities(&[id], Some(at(1_000)), &deed()).await, Ok(vec![false]));
    assert_eq!(deleted(store, id).await, Ok(false));
    assert_eq!(last(store, 3).await, vec![about(1, &id.to_string(), false); 3]);
}

/// Never that it is gone: whoever heard that would refuse the user for ever.
async fn revoking_and_deleting_an_entra_user_tells_its_epochs(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let mut expected = Vec::new();
    for ann in of_every_kind(1) {
        stored_identity(store, &resource, &ann).await;
        assert_eq!(store.raise_identity_epochs(&[ann.id; 2], &deed()).await, Ok(vec![Some(1), Some(2)]));
        assert_eq!(
            store.delete_identities(&[ann.id; 2], None, &deed()).await,
            Ok(vec![true, false]),
            "only one of them finds it"
        );
        assert_eq!(store.standing(ann.id).await, Ok(None));
        assert_eq!(raised(store, ann.id).await, Ok(None));
        assert_eq!(store.merge_last_issued(&[(ann.id, at(9))]).await, Ok(()));
        expected.extend([told(ann.id, 1), told(ann.id, 2), told(ann.id, 3)]);
        let name = ann.id.to_string();
        let recorded = [true, false, false].map(|changed| about(1, &name, changed));
        assert_eq!(last(store, 3).await, recorded);
    }
    assert_eq!(everybody(store, None).await, []);
    assert_eq!(whole_feed(store, &resource).await, expected);
}

/// Each life begins with the epoch that is wanted for it, unless a token of an earlier life may have that, and is raised some
/// times before it ends.
async fn an_entra_user_comes_again_above_every_epoch_before(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let lives = [(0, 0, 0), (0, 2, 1), (1, 0, 4), (9, 1, 9), (0, 0, 11), (12, 1, 12), (12, 0, 14)];
    for ann in of_every_kind(1) {
        let mut minted = Vec::new();
        for (wanted, raises, expected) in lives {
            let again = Identity { epoch: wanted, ..ann.clone() };
            let first = epoch_again(store, &again).await;
            assert_eq!(first, Some(expected));
            assert_eq!(epoch(store, ann.id).await, first);
            for epoch in expected..=expected + raises {
                assert!(minted.iter().all(|before| *before < epoch));
                only_that_is_good(store, ann.id, &minted, epoch).await;
                minted.push(epoch);
                if epoch < expected + raises {
                    assert_eq!(raised(store, ann.id).await, Ok(Some(epoch + 1)));
                }
            }
            assert_eq!(deleted(store, ann.id).await, Ok(true));
            for before in &minted {
                assert!(is_revoked(store, ann.id, *before).await, "{before} of somebody deleted");
            }
        }
    }
    // That the feed is what the view comes to.
    assert!(!whole_feed(store, &resource).await.is_empty());
}

async fn only_that_is_good(store: &dyn Store, id: IdentityId, minted: &[u64], epoch: u64) {
    for before in minted {
        assert!(is_revoked(store, id, *before).await, "{before} of somebody who has {epoch}");
    }
    assert!(!is_revoked(store, id, epoch).await, "{epoch}");
    let standing = store.standing(id).await.ok().flatten();
    assert_eq!(standing.as_ref().map(Standing::epochs).map(|epochs| epochs.identity), Some(epoch));
}

async fn an_entra_user_comes_again_with_nothing_of_before(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for ann in of_every_kind(1) {
        let before = Identity { custom_id: Some(ann.id.to_string()), ..ann.clone() };
        stored_identity(store, &resource, &before).await;
        assert_eq!(store.merge_last_issued(&[(ann.id, at(20))]).await, Ok(()));
        assert_eq!(deleted(store, ann.id).await, Ok(true));
        let again = Identity { created_at: at(30), ..ann };
        let expected = Identity { epoch: 1, ..again.clone() };
        let created = store.create_identity(&again, &deed()).await;
        assert_eq!(created, Ok(Some(standing_in(&resource, &expected))));
        assert_eq!(store.standing(again.id).await, created);
        assert_eq!(last(store, 1).await, [about(1, &again.id.to_string(), true)]);
    }
}

async fn deleting_one_entra_user_raises_no_other(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let ann = entra_identity(1, Holder::EntraUser(entra_user(2)));
    let others = [
        entra_identity(1, Holder::EntraUser(entra_user(3))),
        entra_identity(1, Holder::EntraUser(EntraUser { tenant: guid(9), ..entra_user(2) })),
        entra_identity(1, Holder::TeamsExtensionUser(entra_user(2))),
        entra_identity(1, Holder::TeamsUser(entra_user(2).object)),
        identity(1, 2),
    ];
    for epoch in 0..3 {
        assert_eq!(epoch_again(store, &ann).await, Some(epoch));
        assert_eq!(deleted(store, ann.id).await, Ok(true));
    }
    for other in &others {
        stored_identity(store, &resource, other).await;
    }
    assert_eq!(epoch_again(store, &ann).await, Some(3));
    for other in &others {
        assert_eq!(store.standing(other.id).await, Ok(Some(standing_in(&resource, other))));
    }
}

/// Neither forgetting entries nor a new life after a backup takes anybody back.
async fn epochs_of_entra_users_outlive_their_feed(store: &dyn Store) {
    stored_resource(store, 1).await;
    let kinds = of_every_kind(1);
    for ann in &kinds {
        assert_eq!(epoch_again(store, ann).await, Some(0));
        assert_eq!(raised(store, ann.id).await, Ok(Some(1)));
        assert_eq!(deleted(store, ann.id).await, Ok(true));
    }
    assert_eq!(store.forget_revocations(at(1_000), 0).await, Ok(6));
    for ann in &kinds {
        assert_eq!(epoch_again(store, ann).await, Some(2));
        assert_eq!(deleted(store, ann.id).await, Ok(true));
    }
    assert_eq!(store.begin_incarnation(1, &[], &deed()).await, Ok(()));
    for ann in &kinds {
        assert_eq!(epoch_again(store, ann).await, Some(3));
    }
}

async fn epochs_of_entra_users_end_with_their_resource(store: &dyn Store) {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    let (kinds, elsewhere) = (of_every_kind(1), of_every_kind(2));
    for (resource, identity) in
        kinds.iter().map(|ann| (&one, ann)).chain(elsewhere.iter().map(|ann| (&two, ann)))
    {
        stored_identity(store, resource, identity).await;
        assert_eq!(deleted(store, identity.id).await, Ok(true));
    }
    assert_eq!(store.delete_resource(one.id, &deed()).await, Ok(true));
    let one = stored_resource(store, 1).await;
    for ann in &kinds {
        stored_identity(store, &one, ann).await;
    }
    for ann in &elsewhere {
        assert_eq!(epoch_again(store, ann).await, Some(1));
    }
}

async fn issues_of_entra_users_are_kept(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    for (ann, earlier) in of_every_kind(1).into_iter().zip(0_u64..) {
        stored_identity(store, &resource, &ann).await;
        for (noted, latest) in [(25, 25), (24, 25), (39, 39)] {
            assert_eq!(store.merge_last_issued(&[(ann.id, at(noted))]).await, Ok(()));
            let merged = Identity { last_issued_at: Some(at(latest)), ..ann.clone() };
            assert_eq!(store.standing(ann.id).await, Ok(Some(standing_in(&resource, &merged))));
        }
        assert_eq!(store.count_issued_since(resource.id, at(39)).await, Ok(earlier + 1));
        assert_eq!(store.count_issued_since(resource.id, at(40)).await, Ok(0));
    }
}

/// As old as the last token, or as the identity itself when it never got one.
async fn only_unused_entra_users_are_deleted_as_such(store: &dyn Store) {
    async fn prune(store: &dyn Store, id: IdentityId, since: Timestamp) -> bool {
        let deleted = store.delete_identities(&[id], Some(since), &deed()).await;
        assert!(matches!(deleted.as_deref(), Ok([_])), "{deleted:?}");
        deleted == Ok(vec![true])
    }
    let resource = stored_resource(store, 1).await;
    let mut expected = Vec::new();
    for ann in of_every_kind(1) {
        stored_identity(store, &resource, &ann).await;
        assert!(!prune(store, ann.id, ann.created_at).await);
        assert_eq!(store.merge_last_issued(&[(ann.id, at(20))]).await, Ok(()));
        assert!(!prune(store, ann.id, at(20)).await);
        assert_eq!(epoch(store, ann.id).await, Some(0));
        assert!(prune(store, ann.id, at(21)).await);
        assert_eq!(epoch_again(store, &ann).await, Some(1));
        assert!(prune(store, ann.id, at(8)).await, "what it got in its life before does not count");
        assert_eq!(epoch_again(store, &ann).await, Some(2));
        expected.extend([told(ann.id, 1), told(ann.id, 2)]);
    }
    assert_eq!(whole_feed(store, &resource).await, expected);
}
