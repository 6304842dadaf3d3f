//! What is promised of lists of identities.

use callsign_protocol::date::Timestamp;
use uuid::Uuid;

use super::Promise;
use super::sample::{at, at_ticks, deed, guid, id, identity, stored_identity, stored_resource};
use crate::store::{Identity, IdentityFilter, IdentityPage, Listing, Store};

pub(super) const PROMISES: &[Promise] = &[
    ("identities_are_listed_by_their_guids", |store| Box::pin(identities_are_listed_by_their_guids(store))),
    ("pages_follow_each_other_without_a_gap", |store| Box::pin(pages_follow_each_other_without_a_gap(store))),
    ("every_filter_is_heeded_on_every_page", |store| Box::pin(every_filter_is_heeded_on_every_page(store))),
    ("a_page_ends_where_enough_was_looked_at", |store| {
        Box::pin(a_page_ends_where_enough_was_looked_at(store))
    }),
    ("a_custom_id_is_found_at_once", |store| Box::pin(a_custom_id_is_found_at_once(store))),
    ("a_missing_resource_lists_nothing", |store| Box::pin(a_missing_resource_lists_nothing(store))),
    ("what_was_issued_since_is_counted", |store| Box::pin(what_was_issued_since_is_counted(store))),
    ("only_what_was_unused_since_is_deleted", |store| Box::pin(only_what_was_unused_since_is_deleted(store))),
];

const fn listing(page_max: usize, examined_max: usize) -> Listing {
    let filter = IdentityFilter {
        created_after: None,
        created_before: None,
        last_issued_after: None,
        last_issued_before: None,
        never_issued: false,
        custom_id: None,
        unused_since: None,
    };
    Listing { filter, after: None, page_max, examined_max }
}

/// Identities of every kind in resource 1, in the order of their guids, and one more in resource 2.
async fn some_identities(store: &dyn Store) -> Vec<Identity> {
    let (one, two) = (stored_resource(store, 1).await, stored_resource(store, 2).await);
    stored_identity(store, &two, &identity(2, 4)).await;
    let mut identities: Vec<Identity> = (0_i64..24).map(of_some_kind).collect();
    for identity in identities.iter().rev() {
        stored_identity(store, &one, identity).await;
    }
    identities.sort_by_key(|identity| identity.id);
    identities
}

/// The guids differ in every byte, and the signs of their halves differ too.
fn of_some_kind(number: i64) -> Identity {
    let local = (number.unsigned_abs() as u128).wrapping_mul(0x1f3b_57d9_1357_9bdf_8642_0fdb_9753_1eca);
    Identity {
        created_at: at(number % 5 * 10),
        last_issued_at: (number % 3 > 0).then(|| at(number % 4 * 15)),
        custom_id: (number % 2 == 0).then(|| format!("custom {number}")),
        ..identity(1, local)
    }
}

async fn pages(store: &dyn Store, mut listing: Listing) -> Vec<IdentityPage> {
    let mut pages = Vec::new();
    loop {
        let page = store.list_identities(guid(1), &listing).await;
        assert!(page.is_ok(), "{page:?}");
        let page = page.unwrap_or_default();
        assert!(page.next.is_none() || page.next > listing.after, "{page:?}");
        listing.after = page.next;
        pages.push(page);
        if listing.after.is_none() {
            return pages;
        }
    }
}

fn all_of(pages: Vec<IdentityPage>) -> Vec<Identity> {
    pages.into_iter().flat_map(|page| page.identities).collect()
}

async fn identities_are_listed_by_their_guids(store: &dyn Store) {
    let expected = some_identities(store).await;
    let page = store.list_identities(guid(1), &listing(1_000, 1_000)).await;
    assert_eq!(page, Ok(IdentityPage { identities: expected, next: None }));
}

async fn pages_follow_each_other_without_a_gap(store: &dyn Store) {
    let expected = some_identities(store).await;
    for (page_max, examined_max) in [(1, 100), (5, 100), (100, 1), (100, 7), (24, 24), (25, 25), (23, 100)] {
        let pages = pages(store, listing(page_max, examined_max)).await;
        assert!(pages.iter().all(|page| page.identities.len() <= page_max.min(examined_max)));
        assert_eq!(all_of(pages), expected, "{page_max}, {examined_max}");
    }
    // A place need not be that of an identity.
    for after in [Uuid::nil(), Uuid::from_u128(1), Uuid::from_u128(u128::MAX / 2), Uuid::max()] {
        let listing = Listing { after: Some(after), ..listing(100, 100) };
        let page = store.list_identities(guid(1), &listing).await;
        let rest = expected.iter().filter(|identity| identity.id.local() > after).cloned().collect();
        assert_eq!(page, Ok(IdentityPage { identities: rest, next: None }));
    }
}

async fn every_filter_is_heeded_on_every_page(store: &dyn Store) {
    let all = some_identities(store).await;
    let instants: [Option<Timestamp>; 4] =
        [Some(at(20)), Some(at_ticks(199_999)), Some(at(15)), Some(at(100))];
    let mut filters = vec![
        IdentityFilter::default(),
        IdentityFilter { never_issued: true, ..IdentityFilter::default() },
        IdentityFilter { never_issued: true, created_after: Some(at(20)), ..IdentityFilter::default() },
    ];
    for instant in instants {
        filters.extend([
            IdentityFilter { created_after: instant, ..IdentityFilter::default() },
            IdentityFilter { created_before: instant, ..IdentityFilter::default() },
            IdentityFilter { last_issued_after: instant, ..IdentityFilter::default() },
            IdentityFilter { last_issued_before: instant, ..IdentityFilter::default() },
            IdentityFilter { unused_since: instant, ..IdentityFilter::default() },
            IdentityFilter {
                created_after: Some(at(10)),
                unused_since: instant,
                ..IdentityFilter::default()
            },
        ]);
    }
    for filter in filters {
        let expected: Vec<Identity> =
            all.iter().filter(|identity| filter.matches(identity)).cloned().collect();
        for (page_max, examined_max) in [(100, 100), (2, 100), (100, 3), (2, 3)] {
            let listing = Listing { filter: filter.clone(), ..listing(page_max, examined_max) };
            assert_eq!(all_of(pages(store, listing).await), expected, "{filter:?}");
        }
    }
}

async fn a_page_ends_where_enough_was_looked_at(store: &dyn Store) {
    let all = some_identities(store).await;
    let nobody = IdentityFilter { created_before: Some(at(0)), ..IdentityFilter::default() };
    let pages = pages(store, Listing { filter: nobody, ..listing(2, 10) }).await;
    let nexts: Vec<_> = pages.iter().map(|page| page.next).collect();
    let looked_at_last = |number: usize| all.get(number).map(|identity| identity.id.local());
    assert_eq!(nexts, [looked_at_last(9), looked_at_last(19), None]);
    assert!(pages.iter().all(|page| page.identities.is_empty()));
}

async fn a_custom_id_is_found_at_once(store: &dyn Store) {
    let all = some_identities(store).await;
    for wanted in all.iter().filter(|identity| identity.custom_id.is_some()) {
        let filter = IdentityFilter { custom_id: wanted.custom_id.clone(), ..IdentityFilter::default() };
        let found = Listing { filter, ..listing(2, 2) };
        let page = store.list_identities(guid(1), &found).await;
        assert_eq!(page, Ok(IdentityPage { identities: vec![wanted.clone()], next: None }));
        let behind = Listing { after: Some(wanted.id.local()), ..found.clone() };
        assert_eq!(store.list_identities(guid(1), &behind).await, Ok(IdentityPage::default()));
        assert_eq!(store.list_identities(guid(2), &found).await, Ok(IdentityPage::default()));
    }
    let filter = IdentityFilter { custom_id: Some("CUSTOM 2".to_owned()), ..IdentityFilter::default() };
    let page = store.list_identities(guid(1), &Listing { filter, ..listing(2, 2) }).await;
    assert_eq!(page, Ok(IdentityPage::default()));
}

async fn a_missing_resource_lists_nothing(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    assert_eq!(store.list_identities(guid(2), &listing(9, 9)).await, Ok(IdentityPage::default()));
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(true));
    assert_eq!(store.list_identities(guid(1), &listing(9, 9)).await, Ok(IdentityPage::default()));
    assert_eq!(store.count_issued_since(guid(1), at(0)).await, Ok(0));
}

async fn what_was_issued_since_is_counted(store: &dyn Store) {
    let all = some_identities(store).await;
    for since in [at(-1), at(0), at(15), at_ticks(150_001), at(45), at(46)] {
        let issued = all.iter().filter(|identity| identity.last_issued_at.is_some_and(|at| at >= since));
        assert_eq!(store.count_issued_since(guid(1), since).await, Ok(issued.count() as u64));
    }
    assert_eq!(store.count_issued_since(guid(2), at(-1)).await, Ok(0));
}

/// An identity that got a token after somebody looked at it stays.
async fn only_what_was_unused_since_is_deleted(store: &dyn Store) {
    let all = some_identities(store).await;
    let since = at(20);
    let mut ids: Vec<_> = all.iter().map(|identity| identity.id).collect();
    ids.extend([id(1, 12_345), id(2, 4)]);
    let listed_unused =
        all.iter().find(|identity| identity.is_unused_since(since)).map(|identity| identity.id);
    let used_since: Vec<_> = listed_unused.into_iter().map(|id| (id, since)).collect();
    assert_eq!(store.merge_last_issued(&used_since).await, Ok(()));
    let mut expected: Vec<bool> = all
        .iter()
        .map(|identity| identity.is_unused_since(since) && Some(identity.id) != listed_unused)
        .collect();
    assert!(expected.contains(&true));
    expected.extend([false, true]);
    assert_eq!(store.delete_identities(&ids, Some(since), &deed()).await, Ok(expected.clone()));
    for (id, gone) in ids.iter().zip(expected).take(all.len()) {
        assert_eq!(store.standing(*id).await.map(|standing| standing.is_none()), Ok(gone));
    }
}
