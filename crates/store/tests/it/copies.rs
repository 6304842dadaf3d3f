//! Copies of a running database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

use callsign_core::store::contract::sample::{
    deed, deleted, id, identity, raised, resource, standing_in, whole_chain, whole_feed,
};
use callsign_core::store::{Identities, Resources, StoreError};
use futures_executor::block_on;
use rusqlite::Connection;

use crate::folder::{Folder, fill};

#[test]
fn a_copy_holds_everything_and_is_for_its_owner_alone() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = fill(&store, 3_000);
    assert_eq!(block_on(raised(&store, id(1, 5))), Ok(Some(1)));
    store.copy_to(&folder.file("copy.db")).unwrap();
    assert_eq!(folder.file("copy.db").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let copy = folder.open("copy.db");
    block_on(async {
        assert_eq!(copy.resources().await, store.resources().await);
        assert_eq!(whole_chain(&copy).await, whole_chain(&store).await);
        assert_eq!(whole_feed(&copy, &resource).await, whole_feed(&store, &resource).await);
        for local in 0..3_000 {
            assert_eq!(copy.standing(id(1, local)).await, store.standing(id(1, local)).await);
        }
    });
}

/// Each copy is a state that the database was in: the records tell exactly which identities are there.
#[test]
fn a_copy_that_is_made_among_writes_is_one_state_of_the_database() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 2_000);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for caller in 0..4_u128 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                for number in (0..).take_while(|_| !done.load(Ordering::Relaxed)) {
                    let ann = identity(1, 1_000_000 * (caller + 1) + number);
                    let standing = standing_in(&resource(1), &ann);
                    assert_eq!(block_on(store.create_identity(&ann, &deed())), Ok(Some(standing)));
                    if number % 2 == 0 {
                        assert_eq!(block_on(deleted(store, ann.id)), Ok(true));
                    }
                }
            });
        }
        let written_before = store.commits();
        for number in 0..5 {
            store.copy_to(&folder.file(&format!("copy-{number}.db"))).unwrap();
        }
        while store.commits() < written_before + 10 {
            std::thread::yield_now();
        }
        done.store(true, Ordering::Relaxed);
    });
    for number in 0..5 {
        holds_one_state(&folder, &format!("copy-{number}.db"));
    }
}

fn holds_one_state(folder: &Folder, name: &str) {
    let file = Connection::open(folder.file(name)).unwrap();
    let check: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let identities: u32 = file.query_row("SELECT count(*) FROM identity", [], |row| row.get(0)).unwrap();
    drop(file);
    let copy = folder.open(name);
    let records = block_on(whole_chain(&copy));
    let gone = block_on(whole_feed(&copy, &resource(1))).len();
    assert_eq!(
        records.len(),
        1 + identities as usize + 2 * gone,
        "the resource, each creation, each deletion"
    );
}

#[test]
fn a_copy_never_takes_the_place_of_something() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 1);
    fs::write(folder.file("there.db"), "").unwrap();
    fs::write(folder.file("other.db.unfinished"), "of somebody").unwrap();
    std::os::unix::fs::symlink(folder.file("nowhere"), folder.file("link.db")).unwrap();
    for name in ["there.db", "a.db", "other.db", "link.db"] {
        let refusal = store.copy_to(&folder.file(name)).unwrap_err();
        assert!(matches!(&refusal, StoreError::Conflict { .. }), "{refusal}");
        assert!(refusal.to_string().contains("is there already"), "{refusal}");
    }
    assert_eq!(fs::read(folder.file("there.db")).unwrap(), b"");
    assert_eq!(fs::read(folder.file("other.db.unfinished")).unwrap(), b"of somebody");
    assert!(!folder.file("nowhere").exists());
    let refusal = store.copy_to(&folder.file("missing/copy.db")).unwrap_err();
    assert!(matches!(refusal, StoreError::Unavailable { .. }), "{refusal}");
}

#[test]
fn a_damaged_database_is_not_copied() {
    let folder = Folder::new();
    fill(&folder.open("a.db"), 1_000);
    folder.damage_identities("a.db");
    let (store, _) = folder.open_watched("a.db");
    let refusal = store.copy_to(&folder.file("copy.db")).unwrap_err();
    assert!(matches!(refusal, StoreError::Corrupt { .. }), "{refusal}");
    for name in ["copy.db", "copy.db.unfinished"] {
        assert!(!folder.file(name).exists(), "{name}");
    }
}
