//! What is promised of the audit chain.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use uuid::Uuid;

use super::Promise;
use super::sample::{
    at, at_ticks, deed, deed_at, guid, id, identity, key, named_identity, resource, signing_key,
    stored_identity, stored_resource, whole_chain,
};
use crate::directory::audit::{Action, Actor, AuditFilter, Deed, Head, Record, Subject};
use crate::store::{Rewrapped, SigningKeyChange, Store};

pub(super) const PROMISES: &[Promise] = &[
    ("the_chain_begins_empty", |store| Box::pin(the_chain_begins_empty(store))),
    ("a_record_tells_who_did_what_and_when", |store| Box::pin(a_record_tells_who_did_what_and_when(store))),
    ("every_change_of_a_resource_is_recorded", |store| {
        Box::pin(every_change_of_a_resource_is_recorded(store))
    }),
    ("every_change_of_what_is_in_a_resource_is_recorded", |store| {
        Box::pin(every_change_of_what_is_in_a_resource_is_recorded(store))
    }),
    ("every_change_of_an_identity_is_recorded", |store| {
        Box::pin(every_change_of_an_identity_is_recorded(store))
    }),
    ("every_change_of_keys_is_recorded", |store| Box::pin(every_change_of_keys_is_recorded(store))),
    ("reading_and_noting_issues_is_not_recorded", |store| {
        Box::pin(reading_and_noting_issues_is_not_recorded(store))
    }),
    ("the_records_outlive_what_they_are_about", |store| {
        Box::pin(the_records_outlive_what_they_are_about(store))
    }),
    ("records_are_found_by_every_filter", |store| Box::pin(records_are_found_by_every_filter(store))),
    ("long_and_unprintable_texts_are_recorded", |store| {
        Box::pin(long_and_unprintable_texts_are_recorded(store))
    }),
];

/// What the last records are about, oldest first: resource, subject, whether anything changed.
pub(super) async fn last(store: &dyn Store, count: usize) -> Vec<(Option<Uuid>, String, bool)> {
    let records = whole_chain(store).await;
    let skipped = records.len().saturating_sub(count);
    records
        .into_iter()
        .skip(skipped)
        .map(|record| (record.resource, record.subject, record.changed))
        .collect()
}

pub(super) fn about(
    resource: impl Into<Option<u8>>,
    subject: &str,
    changed: bool,
) -> (Option<Uuid>, String, bool) {
    (resource.into().map(guid), subject.to_owned(), changed)
}

async fn the_chain_begins_empty(store: &dyn Store) {
    assert_eq!(store.audit_head().await, Ok(Head::default()));
    assert_eq!(whole_chain(store).await, []);
}

async fn a_record_tells_who_did_what_and_when(store: &dyn Store) {
    let actors = [
        (Actor::Key { slot: KeySlot::Secondary, generation: 7 }, "key:2:7"),
        (Actor::Entra("alice\nby app".into()), "entra:alice by app"),
        (Actor::Administrator(Some(1_000)), "administrator:1000"),
        (Actor::Administrator(None), "administrator"),
        (Actor::Server, "server"),
    ];
    for (action, (actor, _)) in Action::ALL.into_iter().zip(actors.iter().cycle()) {
        let deed = Deed::new(at_ticks(59_999), actor.clone(), action).with_detail("port 7000");
        let subject =
            Subject { resource: Some(guid(1)), name: "subject", changed: action != Action::CreateIdentity };
        assert_eq!(store.record(&deed, &subject).await, Ok(()));
    }
    let records = whole_chain(store).await;
    assert_eq!(records.len(), Action::ALL.len());
    for (record, (action, (_, actor))) in
        records.iter().zip(Action::ALL.into_iter().zip(actors.iter().cycle()))
    {
        let told = (record.at, record.actor.as_str(), record.action.as_str(), record.detail.as_str());
        assert_eq!(told, (at(5), *actor, action.as_str(), "port 7000"));
        assert_eq!((record.resource, record.subject.as_str()), (Some(guid(1)), "subject"));
        assert_eq!(record.changed, action != Action::CreateIdentity);
    }
}

async fn every_change_of_a_resource_is_recorded(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(false));
    let named = [about(1, "resource-1", true), about(1, "resource-1", false)];
    assert_eq!(last(store, 2).await, named);
    assert_eq!(store.raise_resource_epoch(resource.id, &deed()).await, Ok(Some(1)));
    assert_eq!(store.raise_resource_epoch(guid(2), &deed()).await, Ok(None));
    assert_eq!(last(store, 2).await, [about(1, "1", true), about(2, "", false)]);
    assert_eq!(store.begin_incarnation(7, &[], &deed()).await, Ok(()));
    assert_eq!(last(store, 1).await, [about(None, "7", true)]);
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(true));
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(false));
    assert_eq!(last(store, 2).await, [about(1, "resource-1", true), about(1, "", false)]);
}

async fn every_change_of_what_is_in_a_resource_is_recorded(store: &dyn Store) {
    stored_resource(store, 1).await;
    for (number, algorithm, changed) in [
        (1, Algorithm::Es256, true),
        (1, Algorithm::Es256, false),
        (1, Algorithm::Rs256, true),
        (2, Algorithm::Es256, false),
    ] {
        let set = store.set_signing_algorithm(guid(number), algorithm, &deed()).await;
        assert_eq!(set, Ok(number == 1));
        assert_eq!(last(store, 1).await, [about(number, algorithm.as_str(), changed)]);
    }
    for (number, generation, changed) in [(1, 1, true), (1, 1, false), (1, 3, false), (2, 1, false)] {
        let new = (KeySlot::Secondary, &key(generation, 9));
        assert!(store.replace_access_key(guid(number), new, &deed()).await.is_ok());
        assert_eq!(last(store, 1).await, [about(number, "secondary", changed)]);
    }
}

async fn every_change_of_an_identity_is_recorded(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    let [ann, bob, absent, elsewhere] = [id(1, 1), id(1, 2), id(1, 3), id(2, 1)].map(|id| id.to_string());
    stored_identity(store, &resource, &named_identity(1, 1, "ann")).await;
    stored_identity(store, &resource, &identity(1, 2)).await;
    for again in [named_identity(1, 9, "ann"), identity(1, 2), identity(2, 1)] {
        assert!(store.create_identity(&again, &deed()).await.is_ok());
    }
    let created = [
        about(1, &ann, true),
        about(1, &bob, true),
        about(1, &ann, false),
        about(1, &bob, false),
        about(2, &elsewhere, false),
    ];
    assert_eq!(last(store, 5).await, created);
    let ids = [id(1, 2), id(1, 3), id(1, 2)];
    assert_eq!(store.raise_identity_epochs(&ids, &deed()).await, Ok(vec![Some(1), None, Some(2)]));
    let recorded = [about(1, &bob, true), about(1, &absent, false), about(1, &bob, true)];
    assert_eq!(last(store, 3).await, recorded);
    assert_eq!(store.delete_identities(&ids, None, &deed()).await, Ok(vec![true, false, false]));
    let recorded = [about(1, &bob, true), about(1, &absent, false), about(1, &bob, false)];
    assert_eq!(last(store, 3).await, recorded);
    assert_eq!(store.delete_identities(&[id(1, 1)], Some(at(0)), &deed()).await, Ok(vec![false]));
    assert_eq!(last(store, 1).await, [about(1, &ann, false)]);
}

async fn every_change_of_keys_is_recorded(store: &dyn Store) {
    let change = |planned_for: &[&str]| SigningKeyChange {
        planned_for: planned_for.iter().map(|key_id| (*key_id).to_owned()).collect(),
        ..SigningKeyChange::default()
    };
    let add = vec![signing_key("b", 1), signing_key("a", 2), signing_key("c", 3), signing_key("d", 3)];
    let steps = [
        (SigningKeyChange { add, ..change(&[]) }, "b"),
        (SigningKeyChange { activate: Some(("a".to_owned(), at(9))), ..change(&["a", "b", "c", "d"]) }, "a"),
        (SigningKeyChange { remove: vec!["c".to_owned()], ..change(&["a", "b", "c", "d"]) }, "c"),
        (
            SigningKeyChange {
                revoke: Some("b".to_owned()),
                activate: Some(("a".to_owned(), at(1))),
                ..change(&["a", "b", "d"])
            },
            "b",
        ),
    ];
    for (step, subject) in &steps {
        for changed in [true, false] {
            // A change without an effect on the ids applies as often as it comes.
            let changed = changed || step.activate.is_some() && step.revoke.is_none();
            assert_eq!(store.change_signing_keys(step, &deed()).await, Ok(changed), "{step:?}");
            assert_eq!(last(store, 1).await, [about(None, subject, changed)]);
        }
    }
    let nothing = Rewrapped { access_keys: Vec::new(), signing_keys: Vec::new() };
    assert_eq!(store.rewrap(&nothing, &deed()).await, Ok(false));
    assert_eq!(last(store, 1).await, [about(None, "", false)]);
}

async fn reading_and_noting_issues_is_not_recorded(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    let before = store.audit_head().await;
    assert_eq!(store.merge_last_issued(&[(id(1, 1), at(9))]).await, Ok(()));
    assert_eq!(store.forget_revocations(at(9), 0).await, Ok(0));
    assert!(store.standing(id(1, 1)).await.is_ok() && store.resources().await.is_ok());
    assert_eq!(store.audit_head().await, before);
}

async fn the_records_outlive_what_they_are_about(store: &dyn Store) {
    let resource = stored_resource(store, 1).await;
    stored_identity(store, &resource, &identity(1, 1)).await;
    let before = whole_chain(store).await;
    assert_eq!(store.delete_resource(resource.id, &deed()).await, Ok(true));
    assert_eq!(store.begin_incarnation(1, &[], &deed()).await, Ok(()));
    let after = whole_chain(store).await;
    assert_eq!(after.len(), before.len() + 2);
    assert!(after.starts_with(&before));
}

async fn records_are_found_by_every_filter(store: &dyn Store) {
    for number in 0..24_u8 {
        let name = format!("subject {}", number % 4);
        let resource =
            [None, Some(guid(1)), Some(guid(2))].into_iter().nth(usize::from(number % 3)).flatten();
        let subject = Subject { resource, name: &name, changed: true };
        // The clock goes back now and then.
        assert_eq!(store.record(&deed_at(i64::from(number * 5 % 12)), &subject).await, Ok(()));
    }
    let all = whole_chain(store).await;
    for resource in [None, Some(guid(1)), Some(guid(2)), Some(guid(3))] {
        for subject in [None, Some("subject 1"), Some("subject"), Some("subject 9"), Some("SUBJECT 1")] {
            for since in [None, Some(at(6)), Some(at_ticks(60_001)), Some(at(100))] {
                let filter = AuditFilter { resource, subject: subject.map(str::to_owned), since };
                found_by(store, &filter, &all).await;
            }
        }
    }
}

async fn found_by(store: &dyn Store, filter: &AuditFilter, all: &[Record]) {
    for (after, limit) in [(0, 100), (0, 3), (7, 2), (23, 9), (24, 9), (0, 0), (u64::MAX, 9)] {
        let wanted = all.iter().filter(|record| record.number > after && filter.matches(record));
        let expected: Vec<Record> = wanted.take(limit).cloned().collect();
        assert_eq!(store.audit_records(filter, after, limit).await, Ok(expected), "{filter:?} after {after}");
    }
}

/// A subject of several lines and of any length is told in one line, cut; the chain holds with it.
async fn long_and_unprintable_texts_are_recorded(store: &dyn Store) {
    for name in [String::new(), "\u{1f9d1}".repeat(2_000), "a\nchanged\n\0'\"%".to_owned()] {
        let deed = deed().with_detail(name.clone());
        let subject = Subject { resource: None, name: &name, changed: false };
        assert_eq!(store.record(&deed, &subject).await, Ok(()));
        let resource = resource(1);
        assert!(store.create_resource(&resource, &deed).await.is_ok());
    }
    let records = whole_chain(store).await;
    let texts: Vec<_> = records.iter().step_by(2).map(|record| (&record.subject, &record.detail)).collect();
    let cut = "\u{1f9d1}".repeat(512);
    let expected = ["", &cut, "a changed  '\"%"].map(str::to_owned);
    assert_eq!(texts, expected.iter().map(|text| (text, text)).collect::<Vec<_>>());
}
