//! What SQLite keeps: over a stop, over a crash, and when nobody waits for it.

use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt;

use callsign_core::store::contract::sample::{
    added, assignment, deed, deleted, entra_identity, entra_key, entra_user, guid, id, identity, key,
    named_identity, raised, signing_key, standing_in, stored_identity, stored_resource, teams_key,
    whole_chain, whole_feed,
};
use callsign_core::store::{Assignments, Identities, Keys, Resources};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::assignment::PrincipalType;
use callsign_protocol::identity_id::Holder;
use callsign_store::sqlite::SqliteStore;
use futures_executor::block_on;
use futures_util::FutureExt;
use futures_util::future::{join, join_all};
use rusqlite::Connection;

use crate::folder::{Folder, fill};

/// As many writes as remove the orphans of a resource with 2,500 identities, floors, assignments and entries of each kind, 1,000
/// after each.
const WRITES_TO_CLEAN: usize = 16;

#[test]
fn a_store_that_was_stopped_has_everything_and_no_log() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let ann = named_identity(1, 1, "ann");
    block_on(async {
        let resource = stored_resource(&store, 1).await;
        stored_identity(&store, &resource, &ann).await;
        assert_eq!(raised(&store, ann.id).await, Ok(Some(1)));
        assert_eq!(added(&store, &signing_key("key", 1)).await, Ok(true));
        let replaced = store.replace_access_key(resource.id, (KeySlot::Primary, &key(1, 9)), &deed()).await;
        assert_eq!(replaced, Ok(Some(1)));
    });
    let before = block_on(async {
        (store.resources().await, store.signing_keys().await, store.standing(ann.id).await)
    });
    drop(store);
    assert!(!folder.file("a.db-wal").exists());
    let store = folder.open("a.db");
    let after = block_on(async {
        (store.resources().await, store.signing_keys().await, store.standing(ann.id).await)
    });
    assert_eq!(after, before);
    assert!(matches!(after.2, Ok(Some(standing)) if standing.identity.epoch == 1));
}

#[test]
fn every_answered_write_survives_a_crash() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = fill(&store, 3_000);
    for local in 0..100 {
        assert_eq!(block_on(raised(&store, id(1, local))), Ok(Some(1)));
    }
    folder.copy("a.db", "crashed.db");
    assert!(folder.file("crashed.db-wal").metadata().unwrap().len() > 0);
    drop(store);
    let crashed = folder.open("crashed.db");
    for local in 0..3_000 {
        let mut expected = identity(1, local);
        expected.epoch = u64::from(local < 100);
        let standing = block_on(crashed.standing(expected.id));
        assert_eq!(standing, Ok(Some(standing_in(&resource, &expected))));
    }
    assert_eq!(block_on(whole_chain(&crashed)).len(), 1 + 3_000 + 100);
    assert_eq!(block_on(whole_feed(&crashed, &resource)).len(), 100);
}

/// A crash may cut the log anywhere. What is left is a beginning of what was written, without a gap.
#[test]
fn a_log_that_was_cut_short_keeps_the_first_writes() {
    const WRITES: u128 = 40;
    let folder = Folder::new();
    drop(folder.open("a.db"));
    let store = folder.open("a.db");
    let resource = block_on(stored_resource(&store, 1));
    for local in 0..WRITES {
        block_on(stored_identity(&store, &resource, &identity(1, local)));
    }
    folder.copy("a.db", "whole.db");
    let whole_bytes = folder.file("whole.db-wal").metadata().unwrap().len();
    let mut kept_before = 0;
    for part in 0..=30 {
        folder.copy("whole.db", "cut.db");
        let log = OpenOptions::new().write(true).open(folder.file("cut.db-wal")).unwrap();
        log.set_len(whole_bytes * part / 30).unwrap();
        let cut = folder.open("cut.db");
        let is_there = |local| block_on(cut.standing(id(1, local))) != Ok(None);
        let kept = (0..WRITES).filter(|local| is_there(*local)).count();
        assert!((0..kept as u128).all(is_there), "a write is missing before the last one");
        let recorded =
            block_on(whole_chain(&cut)).iter().filter(|record| record.subject != "resource-1").count();
        assert_eq!(recorded, kept, "a write and its record are kept together");
        assert!(kept >= kept_before);
        kept_before = kept;
    }
    assert_eq!(kept_before as u128, WRITES);
}

#[test]
fn a_write_is_done_though_nobody_waits_for_it() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    block_on(stored_resource(&store, 1));
    // Asked once, then dropped.
    assert!(store.create_identity(&identity(1, 1), &deed()).now_or_never().is_none());
    drop(store);
    let store = folder.open("a.db");
    assert!(matches!(block_on(store.standing(id(1, 1))), Ok(Some(_))));
}

/// Another program holds the writer up until all of them wait.
#[test]
fn writes_that_come_together_share_a_commit() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    block_on(stored_resource(&store, 1));
    let before = store.commits();
    let identities: Vec<_> = (0..1_000).map(|local| identity(1, local)).collect();
    let other = Connection::open(folder.file("a.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let deed = deed();
    let mut created = join_all(identities.iter().map(|identity| store.create_identity(identity, &deed)));
    assert!((&mut created).now_or_never().is_none());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(block_on(created).iter().all(|standing| matches!(standing, Ok(Some(_)))));
    let commits = store.commits() - before;
    assert!((2..=5).contains(&commits), "1,000 writes took {commits} commits");
}

#[test]
fn only_the_owner_may_read_the_files() {
    let folder = Folder::new();
    let mode = |name: &str| folder.file(name).metadata().unwrap().permissions().mode() & 0o777;
    let store = folder.open("a.db");
    block_on(stored_resource(&store, 1));
    for name in ["a.db", "a.db-wal", "a.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    drop(store);
    std::fs::set_permissions(folder.file("a.db"), PermissionsExt::from_mode(0o644)).unwrap();
    drop(folder.open("a.db"));
    assert_eq!(mode("a.db"), 0o600);
}

/// Has that many users of Entra come and go in resource `number`, and puts as many assignments.
fn fill_with_entra_users(store: &SqliteStore, number: u8, users: u128) {
    let user = |object| entra_identity(number, Holder::EntraUser(entra_user(object)));
    let identities: Vec<_> = (0..users).map(user).collect();
    let deed = deed();
    let created = join_all(identities.iter().map(|identity| store.create_identity(identity, &deed)));
    assert!(block_on(created).iter().all(|standing| matches!(standing, Ok(Some(_)))));
    let ids: Vec<_> = identities.iter().map(|identity| identity.id).collect();
    assert_eq!(block_on(store.delete_identities(&ids, None, &deed)), Ok(vec![true; ids.len()]));
    let keys =
        (0..users).map(|object| if object % 2 == 0 { entra_key(object) } else { teams_key(1, object) });
    let put = |key| (key, Some(assignment(key, PrincipalType::User)));
    let changes: Vec<_> = keys.map(put).collect();
    let changed = block_on(store.change_assignments(guid(number), &changes, &deed));
    assert_eq!(changed, Ok(Some(vec![false; changes.len()])));
}

#[test]
fn what_a_deleted_resource_leaves_is_removed_from_the_file() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 2_500);
    let other = block_on(stored_resource(&store, 2));
    block_on(stored_identity(&store, &other, &identity(2, 1)));
    let ids: Vec<_> = (0..2_500).map(|local| id(1, local)).chain([id(2, 1)]).collect();
    let epochs = block_on(store.raise_identity_epochs(&ids, &deed()));
    assert_eq!(epochs, Ok(vec![Some(1); ids.len()]));
    fill_with_entra_users(&store, 1, 2_500);
    fill_with_entra_users(&store, 2, 3);
    assert_eq!(block_on(store.delete_resource(guid(1), &deed())), Ok(true));
    for _ in 0..WRITES_TO_CLEAN {
        assert_eq!(block_on(deleted(&store, id(1, 1))), Ok(false));
    }
    drop(store);
    let tables = ["identity", "identity_floor", "assignment", "revocation", "feed", "access_key"];
    assert_eq!(tables.map(|table| rows(&folder, table)), [1, 3, 3, 1 + 3, 1, 2]);
}

/// Both come in one transaction, before anything of the old resource's identities is removed.
#[test]
fn a_resource_that_is_made_again_at_once_is_empty() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = fill(&store, 2_500);
    let deed = deed();
    let delete_and_make =
        join(store.delete_resource(guid(1), &deed), store.create_resource(&resource, &deed));
    assert_eq!(block_on(delete_and_make), (Ok(true), Ok(true)));
    for local in 0..2_500 {
        assert_eq!(block_on(store.standing(id(1, local))), Ok(None));
    }
    block_on(stored_identity(&store, &resource, &identity(1, 1)));
}

#[test]
fn an_interrupted_deletion_is_finished_after_the_next_start() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 2_500);
    drop(store);
    let file = Connection::open(folder.file("a.db")).unwrap();
    file.execute_batch("DELETE FROM resource; DELETE FROM access_key; DELETE FROM feed").unwrap();
    let left = "
INSERT INTO revocation SELECT resource, row_number() OVER (), 0, 'r:1' FROM identity;
INSERT INTO identity_floor SELECT resource, identity, 1 FROM identity;
INSERT INTO assignment SELECT resource, CAST(x'01' || identity AS BLOB), identity, 'user', NULL FROM identity;";
    file.execute_batch(left).unwrap();
    drop(file);
    let store = folder.open("a.db");
    for _ in 0..WRITES_TO_CLEAN {
        assert_eq!(block_on(deleted(&store, id(1, 1))), Ok(false));
    }
    drop(store);
    let tables = ["identity", "identity_floor", "assignment", "revocation"];
    assert_eq!(tables.map(|table| rows(&folder, table)), [0; 4]);
}

fn rows(folder: &Folder, table: &str) -> i64 {
    let file = Connection::open(folder.file("a.db")).unwrap();
    file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// A step of a thousand identities takes as long as a thousand steps, and whoever waits behind it should wait for one.
#[test]
fn large_steps_that_come_at_once_have_a_transaction_each_and_small_ones_share() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 1_000);
    let ids: Vec<_> = (0..1_000).map(|local| id(1, local)).collect();
    let commits = || store.commits();
    let before = commits();
    let large = (0..6).map(|_| async { store.raise_identity_epochs(&ids, &deed()).await });
    assert!(block_on(join_all(large)).iter().all(Result::is_ok));
    assert_eq!(commits() - before, 6);
    let before = commits();
    let small = (0..100).map(|local| raised(&store, id(1, local)));
    assert!(block_on(join_all(small)).iter().all(|raised| *raised == Ok(Some(7))));
    assert!(commits() - before < 50);
    // A step that nobody waits for any more gives its turn back, too.
    drop(store.raise_identity_epochs(&ids, &deed()).now_or_never());
    assert_eq!(block_on(store.delete_identities(&ids, None, &deed())), Ok(vec![true; 1_000]));
}
