//! What is promised when many callers come at once.

mod entra;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::revocation::{Entry, GONE, Position};

pub(super) use self::entra::PROMISES as OF_ENTRA;
use super::sample::{
    added, at, deed, deleted, guid, id, identity, key, named_identity, raised, resource, resource_name,
    signing_key, standing_in, stored_identity, stored_resource, whole_chain, whole_feed,
};
use super::{Engine, SharedPromise, Work};
use crate::store::{Identity, SigningKeyChange, Store, StoredResource};

const CALLERS: u8 = 8;
const CALLS_EACH: u64 = 100;

pub(super) const PROMISES: &[SharedPromise] = &[
    ("one_custom_id_makes_one_identity", one_custom_id_makes_one_identity),
    ("one_id_makes_one_identity", one_id_makes_one_identity),
    ("no_raise_of_an_epoch_is_lost", no_raise_of_an_epoch_is_lost),
    ("one_of_many_deletes_finds_the_identity", one_of_many_deletes_finds_the_identity),
    ("one_of_many_resources_gets_the_name", one_of_many_resources_gets_the_name),
    ("one_of_many_keys_becomes_the_next_generation", one_of_many_keys_becomes_the_next_generation),
    ("one_of_many_signing_keys_gets_the_id", one_of_many_signing_keys_gets_the_id),
    ("the_latest_of_many_issues_is_kept", the_latest_of_many_issues_is_kept),
    ("no_identity_outlives_its_resource", no_identity_outlives_its_resource),
    ("what_was_written_is_read", what_was_written_is_read),
    (
        "every_answered_change_has_its_record_and_its_entry",
        every_answered_change_has_its_record_and_its_entry,
    ),
    ("a_feed_is_read_whole_while_it_grows", a_feed_is_read_whole_while_it_grows),
];

/// Answers that callers collect, in any order.
struct Answers<T>(Mutex<Vec<T>>);

impl<T> Answers<T> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn note(&self, answer: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    fn all(self) -> Vec<T> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine<'_> {
    fn alone(&self, work: Work<'_>) {
        (self.block_on)(work);
    }

    /// Starts the callers together, each on a thread of its own, and waits for all of them.
    fn at_once<'w>(&self, work: &(dyn Fn(u8) -> Work<'w> + Sync)) {
        let start = Barrier::new(usize::from(CALLERS));
        let start = &start;
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                scope.spawn(move || {
                    start.wait();
                    (self.block_on)(work(caller));
                });
            }
        });
    }
}

fn one_custom_id_makes_one_identity(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    engine.at_once(&|caller| {
        let answers = &answers;
        Box::pin(async move {
            let wanted = named_identity(1, u128::from(caller), "ann");
            answers.note(store.create_identity(&wanted, &deed()).await);
        })
    });
    let mut answers = answers.all();
    assert_eq!(answers.len(), usize::from(CALLERS));
    answers.dedup();
    assert!(matches!(answers.as_slice(), [Ok(Some(_))]), "{answers:?}");
    engine.alone(Box::pin(async {
        let mut present = 0;
        for caller in 0..CALLERS {
            present += usize::from(store.standing(id(1, u128::from(caller))).await != Ok(None));
        }
        assert_eq!(present, 1);
    }));
}

fn one_id_makes_one_identity(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    engine.at_once(&|caller| {
        let answers = &answers;
        Box::pin(async move {
            let wanted = named_identity(1, 1, &format!("custom {caller}"));
            answers.note(store.create_identity(&wanted, &deed()).await);
        })
    });
    let mut answers = answers.all();
    answers.dedup();
    assert!(matches!(answers.as_slice(), [Ok(Some(_))]), "{answers:?}");
}

fn no_raise_of_an_epoch_is_lost(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.alone(Box::pin(async {
        let resource = stored_resource(store, 1).await;
        stored_identity(store, &resource, &identity(1, 1)).await;
    }));
    engine.at_once(&|_| {
        let answers = &answers;
        Box::pin(async move {
            let mut before = 0;
            for _ in 0..CALLS_EACH {
                let raised = raised(store, id(1, 1)).await;
                assert!(matches!(raised, Ok(Some(epoch)) if epoch > before), "{raised:?} after {before}");
                before = raised.ok().flatten().unwrap_or(before);
                answers.note(before);
            }
        })
    });
    let mut epochs = answers.all();
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=u64::from(CALLERS) * CALLS_EACH).collect::<Vec<_>>());
}

fn one_of_many_deletes_finds_the_identity(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.alone(Box::pin(async {
        let resource = stored_resource(store, 1).await;
        stored_identity(store, &resource, &identity(1, 1)).await;
    }));
    engine.at_once(&|_| {
        let answers = &answers;
        Box::pin(async move { answers.note(deleted(store, id(1, 1)).await) })
    });
    assert_one_came_first(answers, &Ok(true), &Ok(false));
}

fn one_of_many_resources_gets_the_name(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.at_once(&|caller| {
        let answers = &answers;
        Box::pin(async move {
            let wanted = StoredResource { name: resource_name("wanted"), ..resource(caller) };
            answers.note(store.create_resource(&wanted, &deed()).await);
        })
    });
    assert_one_came_first(answers, &Ok(true), &Ok(false));
}

fn one_of_many_keys_becomes_the_next_generation(engine: &Engine<'_>, store: &dyn Store) {
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    engine.at_once(&|caller| {
        Box::pin(async move {
            let replaced =
                store.replace_access_key(guid(1), (KeySlot::Primary, &key(1, 100 + caller)), &deed()).await;
            assert_eq!(replaced, Ok(Some(1)));
        })
    });
    engine.alone(Box::pin(async {
        let resources = store.resources().await.unwrap_or_default();
        let one_of_them = |resource: &StoredResource| {
            let [primary, secondary] = &resource.keys;
            let came = (0..CALLERS).any(|caller| *primary == key(1, 100 + caller));
            came && secondary.generation == 0
        };
        assert!(matches!(resources.as_slice(), [only] if one_of_them(only)), "{resources:?}");
    }));
}

fn one_of_many_signing_keys_gets_the_id(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.at_once(&|caller| {
        let answers = &answers;
        Box::pin(async move {
            answers.note(added(store, &signing_key("wanted", i64::from(caller))).await);
        })
    });
    assert_one_came_first(answers, &Ok(true), &Ok(false));
}

fn the_latest_of_many_issues_is_kept(engine: &Engine<'_>, store: &dyn Store) {
    let ann = identity(1, 1);
    engine.alone(Box::pin(async {
        let resource = stored_resource(store, 1).await;
        stored_identity(store, &resource, &ann).await;
    }));
    engine.at_once(&|caller| {
        Box::pin(async move {
            let notes = [(id(1, 1), at(i64::from(caller) * 1_000)), (id(1, 2), at(1))];
            assert_eq!(store.merge_last_issued(&notes).await, Ok(()));
        })
    });
    engine.alone(Box::pin(async {
        let latest = at(i64::from(CALLERS - 1) * 1_000);
        let merged = Identity { last_issued_at: Some(latest), ..ann.clone() };
        assert_eq!(store.standing(ann.id).await, Ok(Some(standing_in(&resource(1), &merged))));
    }));
}

/// Creating and deleting race: whoever came first, nothing is left of the resource.
fn no_identity_outlives_its_resource(engine: &Engine<'_>, store: &dyn Store) {
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    engine.at_once(&|caller| {
        Box::pin(async move {
            if caller == 0 {
                assert_eq!(store.delete_resource(guid(1), &deed()).await, Ok(true));
            } else {
                let created = store.create_identity(&identity(1, u128::from(caller)), &deed()).await;
                assert!(created.is_ok(), "{created:?}");
            }
        })
    });
    engine.alone(Box::pin(async {
        stored_resource(store, 1).await;
        for caller in 0..CALLERS {
            assert_eq!(store.standing(id(1, u128::from(caller))).await, Ok(None));
        }
    }));
}

/// An answered write is seen by the very next read, whatever the others do.
fn what_was_written_is_read(engine: &Engine<'_>, store: &dyn Store) {
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    let resource = &resource(1);
    engine.at_once(&|caller| {
        Box::pin(async move {
            for number in 0..CALLS_EACH {
                let ann = identity(1, u128::from(caller) * 1_000 + u128::from(number));
                stored_identity(store, resource, &ann).await;
                assert_eq!(store.standing(ann.id).await, Ok(Some(standing_in(resource, &ann))));
                if number % 3 == 0 {
                    assert_eq!(deleted(store, ann.id).await, Ok(true));
                    assert_eq!(store.standing(ann.id).await, Ok(None));
                }
            }
        })
    });
}

/// The chain and the feed have no gap (the suite checks the chain after each promise), and nothing in them twice.
fn every_answered_change_has_its_record_and_its_entry(engine: &Engine<'_>, store: &dyn Store) {
    let answers = Answers::new();
    engine.alone(Box::pin(async { drop(stored_resource(store, 1).await) }));
    engine.at_once(&|caller| {
        let answers = &answers;
        Box::pin(async move {
            for number in 0..CALLS_EACH {
                let id = id(1, u128::from(caller) * 1_000 + u128::from(number));
                let deed = deed().with_detail(format!("{caller}, {number}"));
                let wanted = Identity { id, ..identity(1, 1) };
                assert!(matches!(store.create_identity(&wanted, &deed).await, Ok(Some(_))));
                assert_eq!(store.raise_identity_epochs(&[id], &deed).await, Ok(vec![Some(1)]));
                assert_eq!(store.delete_identities(&[id, id], None, &deed).await, Ok(vec![true, false]));
                answers.note((deed.detail, id));
            }
        })
    });
    let done = answers.all();
    engine.alone(Box::pin(async {
        let mut told = Vec::new();
        let mut recorded = Vec::new();
        for (detail, id) in &done {
            for epoch in [1, GONE] {
                told.push(Entry::Identity { local: id.local(), epoch });
            }
            for changed in [true, true, true, false] {
                recorded.push((detail.clone(), id.to_string(), changed));
            }
        }
        let mut entries = whole_feed(store, &resource(1)).await;
        let records = whole_chain(store).await.into_iter().skip(1);
        let mut records: Vec<_> =
            records.map(|record| (record.detail, record.subject, record.changed)).collect();
        told.sort_unstable();
        entries.sort_unstable();
        assert_eq!(entries, told);
        recorded.sort_unstable();
        records.sort_unstable();
        assert_eq!(records, recorded);
    }));
}

/// The first caller reads until the others are done: what it gets is a state that the feed was in. The revoked keys make a
/// reading long.
fn a_feed_is_read_whole_while_it_grows(engine: &Engine<'_>, store: &dyn Store) {
    const REVOKED_KEYS: usize = 150;
    engine.alone(Box::pin(async {
        for number in 0..REVOKED_KEYS {
            let key = signing_key(&format!("key-{number}"), 1);
            assert_eq!(added(store, &key).await, Ok(true));
            let (planned_for, revoke) = (vec![key.key_id.clone()], Some(key.key_id));
            let change = SigningKeyChange { planned_for, revoke, ..SigningKeyChange::default() };
            assert_eq!(store.change_signing_keys(&change, &deed()).await, Ok(true));
        }
        let resource = stored_resource(store, 1).await;
        stored_identity(store, &resource, &identity(1, 1)).await;
    }));
    let raising = AtomicU8::new(CALLERS - 1);
    engine.at_once(&|caller| {
        let raising = &raising;
        Box::pin(async move {
            if caller == 0 {
                let mut position = Position::start(0);
                while raising.load(Ordering::Relaxed) > 0 {
                    position = read_on(store, position).await;
                }
            } else {
                let _leaving = Leaving(raising);
                for _ in 0..CALLS_EACH {
                    assert!(matches!(raised(store, id(1, 1)).await, Ok(Some(_))));
                }
            }
        })
    });
    engine.alone(Box::pin(async { drop(whole_feed(store, &resource(1)).await) }));
}

/// One caller fewer, also when it fails: nobody shall wait for it.
struct Leaving<'c>(&'c AtomicU8);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The only identity's epoch counts the entries, so that the view tells where the feed stood.
async fn read_on(store: &dyn Store, position: Position) -> Position {
    let known = store.revocation_view(guid(1)).await;
    assert!(known.is_ok(), "{known:?}");
    if let Ok(Some((stood, view))) = known {
        assert_eq!(view.identities.get(&id(1, 1).local()).copied().unwrap_or_default(), stood.count);
        assert!(stood.count >= position.count);
    }
    let entries = store.revocations_after(guid(1), position.cursor(), usize::MAX).await;
    let entries = entries.ok().flatten().unwrap_or_default();
    entries.iter().fold(position, |position, entry| {
        let next = position.after(entry);
        assert_eq!(*entry, Entry::Identity { local: id(1, 1).local(), epoch: next.count });
        next
    })
}

fn assert_one_came_first<T: PartialEq + std::fmt::Debug>(answers: Answers<T>, first: &T, later: &T) {
    let answers = answers.all();
    assert_eq!(answers.len(), usize::from(CALLERS));
    assert_eq!(answers.iter().filter(|answer| *answer == first).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer == first || answer == later), "{answers:?}");
}
