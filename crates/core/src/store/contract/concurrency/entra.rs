//! Users of Entra and their assignments, when many callers come at once.

use std::sync::atomic::{AtomicU8, Ordering};

use callsign_protocol::assignment::{Assignment, AssignmentKey, PrincipalType};
use callsign_protocol::revocation::Entry;

use super::super::sample::{
    assignment, deed, deleted, entra_holders, entra_identity, entra_key, guid, resource, stored_resource,
    whole_feed,
};
use super::super::{Engine, SharedPromise};
use super::{Answers, CALLS_EACH, Leaving};
use crate::store::{AssignmentChange, Store, StoreError};

pub(in super::super) const PROMISES: &[SharedPromise] = &[
    ("no_epoch_of_an_entra_user_comes_twice", no_epoch_of_an_entra_user_comes_twice),
    ("assignments_that_change_at_once_are_read_at_once", assignments_that_change_at_once_are_read_at_once),
];

/// Each deletion ends a life of its own: what the feed tells rises from one to the next.
fn no_epoch_of_an_entra_user_comes_twice(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    let [holder, ..] = entra_holders(2);
    let ann = &entra_identity(1, holder);
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    engine.at_once(&|_| {
        let answers = &answers;
        Box::pin(async move {
            for _ in 0..CALLS_EACH {
                let created = store.create_identity(ann, &deed()).await;
                assert!(matches!(created, Ok(Some(_))), "{created:?}");
                answers.note(deleted(store, ann.id).await);
            }
        })
    });
    let lives = answers.all().into_iter().filter(|deleted| *deleted == Ok(true)).count();
    engine.alone(Box::pin(async move {
        let entries = whole_feed(store, &resource(1)).await;
        let epochs: Vec<u64> = entries.iter().filter_map(epoch_of).collect();
        assert_eq!(epochs.len(), lives);
        assert!(epochs.is_sorted_by(|before, after| before < after), "{epochs:?}");
    }));
}

const fn epoch_of(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Identity { epoch, .. } => Some(*epoch),
        _ => None,
    }
}

/// The first caller changes all assignments in one step, again and again. The others read until it is done, and always find all
/// of them as one step left them.
fn assignments_that_change_at_once_are_read_at_once(engine: &Engine<'_>, store: &dyn Store) {
    const ASSIGNMENTS: u128 = 50;
    let keys: &Vec<AssignmentKey> = &(0..ASSIGNMENTS).map(entra_key).collect();
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    let changing = AtomicU8::new(1);
    engine.at_once(&|caller| {
        let changing = &changing;
        Box::pin(async move {
            if caller == 0 {
                let _leaving = Leaving(changing);
                for number in 0..CALLS_EACH {
                    let changes: Vec<_> = keys.iter().map(|key| change(*key, number)).collect();
                    let changed = store.change_assignments(guid(1), &changes, &deed()).await;
                    assert!(matches!(changed, Ok(Some(_))), "{changed:?}");
                }
            } else {
                while changing.load(Ordering::Relaxed) > 0 {
                    of_one_step(store.assignments_of(guid(1), keys).await, keys);
                    of_one_step(store.list_entra_assignments(guid(1), None, usize::MAX).await, keys);
                }
            }
        })
    });
}

/// Every third step removes what the others put.
fn change(key: AssignmentKey, number: u64) -> AssignmentChange {
    let wanted =
        Assignment { client_ids: Some(vec![number.to_string()]), ..assignment(key, PrincipalType::Group) };
    (key, Some(wanted).filter(|_| !number.is_multiple_of(3)))
}

fn of_one_step(answer: Result<Vec<Assignment>, StoreError>, keys: &[AssignmentKey]) {
    assert!(answer.is_ok(), "{answer:?}");
    let found = answer.unwrap_or_default();
    assert!(found.is_empty() || found.len() == keys.len(), "only {} of them are there", found.len());
    let clients = found.first().map(|first| &first.client_ids);
    assert!(found.iter().all(|assignment| Some(&assignment.client_ids) == clients), "{found:?}");
}
