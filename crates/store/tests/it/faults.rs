//! What SQLite answers when the disk, the file or another program is at fault.

use std::fs::{self, OpenOptions};

use callsign_core::store::contract::sample::{
    added, assignment, deed, entra_identity, entra_key, entra_user, epoch, id, identity, named_identity,
    raised, signing_key, standing_in, stored_identity, stored_resource, whole_chain, whole_feed,
};
use callsign_core::store::{Assignments, Audit, Identities, Identity, Resources, StoreError};
use callsign_protocol::assignment::PrincipalType;
use callsign_protocol::identity_id::Holder;
use callsign_store::sqlite::OpenError;
use futures_executor::block_on;
use futures_util::FutureExt;
use futures_util::future::{join_all, join4};
use rusqlite::Connection;

use crate::folder::{Folder, PAGE_BYTES, fill};

#[test]
fn a_full_disk_refuses_writes_while_reads_go_on_and_it_recovers_alone() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = fill(&store, 100);
    let wanted: Vec<_> =
        (1_000..1_300).map(|local| named_identity(1, local, &format!("{local:0>200}"))).collect();
    // SQLite takes the present size for a limit that is smaller.
    block_on(store.limit_pages(1)).unwrap();
    let mut refused = Vec::new();
    for wanted in &wanted {
        match block_on(store.create_identity(wanted, &deed())) {
            Ok(created) => assert_eq!(created, Some(standing_in(&resource, wanted))),
            Err(error) => {
                assert!(is_unavailable(&error, "full"), "{error}");
                refused.push(wanted);
            }
        }
        assert!(matches!(block_on(store.standing(id(1, 1))), Ok(Some(_))));
    }
    assert!(refused.len() > 100, "only {} writes were refused", refused.len());
    assert_eq!(block_on(raised(&store, id(1, 1))), Ok(Some(1)), "a write that needs no page is done");
    block_on(store.limit_pages(u32::MAX)).unwrap();
    assert_eq!(block_on(whole_feed(&store, &resource)).len(), 1);
    let recorded = block_on(whole_chain(&store)).len();
    assert_eq!(recorded, 1 + 100 + wanted.len() - refused.len() + 1, "what was refused left no record");
    for wanted in refused {
        assert_eq!(block_on(store.standing(wanted.id)), Ok(None));
        block_on(stored_identity(&store, &resource, wanted));
    }
}

#[test]
fn a_full_disk_refuses_all_writes_of_a_transaction() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 100);
    let wanted: Vec<_> =
        (1_000..1_300).map(|local| named_identity(1, local, &format!("{local:0>200}"))).collect();
    block_on(store.limit_pages(1)).unwrap();
    let deed = deed();
    let answers = block_on(join_all(wanted.iter().map(|wanted| store.create_identity(wanted, &deed))));
    let mut created = 0;
    for (wanted, answer) in wanted.iter().zip(answers) {
        let present = block_on(store.standing(wanted.id)).unwrap();
        assert_eq!(answer.ok().flatten(), present);
        created += usize::from(present.is_some());
    }
    assert_eq!(block_on(whole_chain(&store)).len(), 1 + 100 + created, "what was undone left no record");
}

#[test]
fn a_file_that_another_program_locks_refuses_writes_until_it_is_free() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = fill(&store, 1);
    let other = Connection::open(folder.file("a.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = block_on(store.create_identity(&identity(1, 5), &deed())).unwrap_err();
    assert!(is_unavailable(&refused, "locked"), "{refused}");
    assert!(matches!(block_on(store.standing(id(1, 0))), Ok(Some(_))));
    other.execute_batch("ROLLBACK").unwrap();
    block_on(stored_identity(&store, &resource, &identity(1, 5)));
}

#[test]
fn a_full_queue_refuses_at_once_and_changes_nothing() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 1);
    let wanted: Vec<_> = (1_000..11_000).map(|local| identity(1, local)).collect();
    let other = Connection::open(folder.file("a.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let deed = deed();
    let mut answers = join_all(wanted.iter().map(|wanted| store.create_identity(wanted, &deed)));
    assert!((&mut answers).now_or_never().is_none());
    other.execute_batch("ROLLBACK").unwrap();
    let answers = block_on(answers);
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(refused.filter(|error| is_unavailable(error, "too many writes wait")).count() > 1_000);
    for (wanted, answer) in wanted.iter().zip(answers) {
        assert_eq!(answer.ok().flatten(), block_on(store.standing(wanted.id)).unwrap());
    }
}

#[test]
fn a_step_that_fails_leaves_the_others_of_its_transaction_alone() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = block_on(stored_resource(&store, 1));
    let last_epoch = Identity { epoch: i64::MAX as u64, ..identity(1, 1) };
    block_on(stored_identity(&store, &resource, &last_epoch));
    let too_large = Identity { epoch: u64::MAX, ..identity(1, 2) };
    let (before, after) = (identity(1, 3), identity(1, 4));
    let good_then_bad = [before.id, last_epoch.id];
    let answers = block_on(join4(
        store.create_identity(&before, &deed()),
        store.create_identity(&too_large, &deed()),
        store.raise_identity_epochs(&good_then_bad, &deed()),
        store.create_identity(&after, &deed()),
    ));
    assert_eq!(answers.0, Ok(Some(standing_in(&resource, &before))));
    assert!(matches!(answers.1, Err(StoreError::Conflict { .. })), "{:?}", answers.1);
    assert!(matches!(answers.2, Err(StoreError::Conflict { .. })), "{:?}", answers.2);
    assert_eq!(answers.3, Ok(Some(standing_in(&resource, &after))));
    for unchanged in [&before, &last_epoch] {
        let standing = block_on(store.standing(unchanged.id));
        assert_eq!(standing, Ok(Some(standing_in(&resource, unchanged))));
    }
    assert_eq!(block_on(whole_feed(&store, &resource)), [], "what was undone left no entry");
    let subjects: Vec<_> = block_on(whole_chain(&store)).into_iter().map(|record| record.subject).collect();
    let done = [last_epoch.id, before.id, after.id].map(|id| id.to_string());
    assert_eq!(subjects.get(1..), Some(done.as_slice()), "what was undone left no record");
}

/// The last of them would revoke somebody whose epoch can rise no more.
#[test]
fn assignments_of_which_one_cannot_be_changed_stay_as_they_are() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    let resource = block_on(stored_resource(&store, 1));
    let identities = [2, 3].map(|object| entra_identity(1, Holder::EntraUser(entra_user(object))));
    let [good, last_epoch] = identities;
    let last_epoch = Identity { epoch: i64::MAX as u64, ..last_epoch };
    for identity in [&good, &last_epoch] {
        block_on(stored_identity(&store, &resource, identity));
    }
    let keys = [2, 3, 4].map(entra_key);
    let present = [2, 3].map(|object| assignment(entra_key(object), PrincipalType::User));
    let put = present.each_ref().map(|assignment| (assignment.key, Some(assignment.clone())));
    let added = block_on(store.change_assignments(resource.id, &put, &deed()));
    assert_eq!(added, Ok(Some(vec![false, false])));
    let head = block_on(store.audit_head());
    let new = assignment(entra_key(4), PrincipalType::Group);
    let changes = [(new.key, Some(new)), (entra_key(2), None), (entra_key(3), None)];
    let refused = block_on(store.change_assignments(resource.id, &changes, &deed()));
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(block_on(store.assignments_of(resource.id, &keys)), Ok(present.to_vec()));
    assert_eq!(block_on(epoch(&store, good.id)), Some(0));
    assert_eq!(block_on(whole_feed(&store, &resource)), [], "what was undone left no entry");
    assert_eq!(block_on(store.audit_head()), head, "what was undone left no record");
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    fill(&folder.open("a.db"), 1);
    let file = Connection::open(folder.file("a.db")).unwrap();
    file.execute_batch("UPDATE resource SET name = 'Not A Label'").unwrap();
    drop(file);
    let error = block_on(folder.open("a.db").resources()).unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "resource", .. }), "{error}");
}

#[test]
fn a_file_of_garbage_is_refused() {
    let folder = Folder::new();
    for (name, content) in
        [("short.db", vec![7; 100]), ("long.db", vec![7; 100_000]), ("text.db", b"hello\n".to_vec())]
    {
        fs::write(folder.file(name), &content).unwrap();
        let refusal = folder.refusal(name);
        assert!(matches!(refusal, OpenError::NotADatabase { .. }), "{refusal}");
        assert_eq!(fs::read(folder.file(name)).unwrap(), content);
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    let foreign = [
        ("table.db", "CREATE TABLE t (x)"),
        ("identified.db", "PRAGMA application_id = 7; CREATE TABLE t (x)"),
        ("versioned.db", "PRAGMA user_version = 1"),
    ];
    for (name, sql) in foreign {
        Connection::open(folder.file(name)).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(folder.file(name)).unwrap();
        let refusal = folder.refusal(name);
        assert!(matches!(refusal, OpenError::Foreign { .. }), "{refusal}");
        assert_eq!(fs::read(folder.file(name)).unwrap(), before);
    }
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    let folder = Folder::new();
    drop(folder.open("a.db"));
    Connection::open(folder.file("a.db")).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let refusal = folder.refusal("a.db");
    assert!(matches!(refusal, OpenError::Newer { schema: 99, .. }), "{refusal}");
    assert!(refusal.to_string().contains("newer Callsign"), "{refusal}");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = Folder::new();
    let refusal = folder.refusal("missing/a.db");
    assert!(matches!(refusal, OpenError::Unreachable { .. }), "{refusal}");
}

#[test]
fn a_file_that_was_cut_short_is_refused() {
    let folder = Folder::new();
    fill(&folder.open("a.db"), 1_000);
    let file = OpenOptions::new().write(true).open(folder.file("a.db")).unwrap();
    file.set_len(5 * PAGE_BYTES).unwrap();
    let refusal = folder.refusal("a.db");
    assert!(matches!(refusal, OpenError::Damaged { .. }), "{refusal}");
    assert!(refusal.to_string().contains("restore it from a backup"), "{refusal}");
}

#[test]
fn a_log_without_its_file_is_refused() {
    let folder = Folder::new();
    let store = folder.open("a.db");
    fill(&store, 1);
    fs::copy(folder.file("a.db-wal"), folder.file("lost.db-wal")).unwrap();
    let refusal = folder.refusal("lost.db");
    assert!(matches!(refusal, OpenError::Damaged { .. }), "{refusal}");
    assert!(folder.file("lost.db-wal").exists());
}

#[test]
fn damage_is_found_after_an_unclean_stop() {
    let folder = Folder::new();
    fill(&folder.open("a.db"), 1_000);
    let store = folder.open("a.db");
    assert_eq!(block_on(added(&store, &signing_key("key", 1))), Ok(true));
    folder.copy("a.db", "crashed.db");
    folder.damage_identities("crashed.db");
    let refusal = folder.refusal("crashed.db");
    assert!(matches!(refusal, OpenError::Damaged { .. }), "{refusal}");
}

/// The search for orphans at the start may be the first to meet the damage, or the write.
#[test]
fn damage_that_the_writer_meets_stops_the_store() {
    let folder = Folder::new();
    fill(&folder.open("a.db"), 1_000);
    folder.damage_identities("a.db");
    let (store, reasons) = folder.open_watched("a.db");
    let read = block_on(store.standing(id(1, 900)));
    assert!(matches!(&read, Err(StoreError::Corrupt { table: "identity", .. })), "{read:?}");
    let refused = block_on(raised(&store, id(1, 900))).unwrap_err();
    assert!(is_unavailable(&refused, "malformed"), "{refused}");
    let refused = block_on(added(&store, &signing_key("key", 1))).unwrap_err();
    assert!(is_unavailable(&refused, "takes no more writes"), "{refused}");
    drop(store);
    let reasons = reasons.lock().unwrap();
    assert!(matches!(reasons.as_slice(), [only] if only.contains("malformed")), "{reasons:?}");
}

fn is_unavailable(error: &StoreError, with: &str) -> bool {
    matches!(error, StoreError::Unavailable { reason } if reason.contains(with))
}
