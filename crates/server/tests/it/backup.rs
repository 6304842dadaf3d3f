//! A backup made and put back: what was dead stays dead, what is new lives, and a crash leaves one database or the other.

use std::fs;
use std::path::Path;

use callsign_core::directory::audit::Actor;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::claims::Revision;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::revocation::{Cursor, View};
use callsign_server::admin::{Reply, Request, RestoreError, RestoreWanted};
use callsign_server::config::Config;
use serde_json::Value;
use tempfile::TempDir;

use crate::administration::{ask, restore, restore_with};
use crate::harness::{House, audited, claims, wait_for};

/// A backup of the house beside its folder.
fn backed_up(house: &House, to: &TempDir) -> std::path::PathBuf {
    let file = to.path().join("backup.db");
    let made = ask(house.folder.path(), Request::BackupCreate { file: file.clone() }).unwrap().reply;
    assert!(
        matches!(made, Reply::BackupCreated { bytes, .. } if bytes == fs::metadata(&file).unwrap().len())
    );
    file
}

fn active(house: &House, token: &str) -> bool {
    house.introspect(token)["active"] == true
}

fn kids(house: &House) -> Vec<Value> {
    let set = house.request("GET", "/.well-known/jwks.json").send().json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

/// What a verifier has that read all of the default resource's feed.
fn view(house: &House) -> (Cursor, View) {
    let resource = house.service().resources.default_one().unwrap().stored.id;
    let (position, view) = wait_for(house.service().store.revocation_view(resource)).unwrap().unwrap();
    (position.cursor(), view)
}

fn is_revoked(view: &View, id: &str, token: &str) -> bool {
    let (id, said) = (id.parse::<IdentityId>().unwrap(), claims(token));
    let revision: Revision = said["rev"].as_str().unwrap().parse().unwrap();
    view.is_revoked(id.local(), revision, "a-key")
}

#[test]
fn what_was_revoked_after_a_backup_stays_dead_when_it_is_put_back() {
    let (house, elsewhere) = (House::new(), tempfile::tempdir().unwrap());
    let (revoked, deleted, untouched) = (house.create(), house.create(), house.create());
    let old = [&revoked, &deleted, &untouched].map(|id| house.token(id));
    let file = backed_up(&house, &elsewhere);
    assert_eq!(audited(&house, "create_backup").len(), 1);

    assert_eq!((house.revoke(&revoked).status, house.delete(&deleted).status), (204, 204));
    let resource = house.service().resources.default_one().unwrap();
    let regenerate = house.service().regenerate_access_key(&resource, KeySlot::Secondary, Actor::Server);
    assert!(wait_for(regenerate).unwrap());
    let late = house.token(&revoked);
    assert!(!active(&house, &old[0]) && !active(&house, &old[1]) && active(&house, &late));
    let ((old_place, old_view), old_kids) = (view(&house), kids(&house));

    let folder = house.stopped();
    let restored = restore(folder.path(), &file).unwrap();
    assert_eq!((restored.resources.as_slice(), restored.notes.len()), (&["default".to_owned()][..], 0));
    assert!(restored.replaced.unwrap().exists());
    let house = House::on(folder);
    for token in old.iter().chain([&late]) {
        assert!(!active(&house, token));
    }
    // Everybody who was there at the time of the backup is there, and gets tokens that are good.
    for id in [&revoked, &deleted, &untouched] {
        let token = house.token(id);
        assert!(active(&house, &token));
        let (place, view) = view(&house);
        assert!(!is_revoked(&view, id, &token));
        assert!(place.incarnation > old_place.incarnation);
        // So a verifier must not keep what it knew of the old life: it is told to read anew.
        assert_eq!(is_revoked(&old_view, id, &token), *id != untouched);
    }
    let (_, new_view) = view(&house);
    for (id, token) in [&revoked, &deleted, &untouched, &revoked].into_iter().zip(old.iter().chain([&late])) {
        assert!(is_revoked(&new_view, id, token));
    }
    let after = wait_for(house.service().store.revocations_after(resource.stored.id, old_place, 10)).unwrap();
    assert_eq!(after, None);
    assert!(kids(&house).iter().all(|kid| !old_kids.contains(kid)));
    assert_eq!(house.service().resources.default_one().unwrap().keys[1].generation, 0);
    assert_eq!(audited(&house, "restore_backup").len(), 1);
}

#[test]
fn a_backup_that_is_put_back_twice_begins_two_lives() {
    let (house, elsewhere) = (House::new(), tempfile::tempdir().unwrap());
    let id = house.create();
    let file = backed_up(&house, &elsewhere);
    let mut folder = house.stopped();
    let mut lives = Vec::new();
    for _ in 0..2 {
        restore(folder.path(), &file).unwrap();
        fs::remove_file(folder.path().join("callsign.db.before-restore")).unwrap();
        let house = House::on(folder);
        let token = house.token(&id);
        assert!(active(&house, &token));
        lives.push((view(&house).0.incarnation, token));
        folder = house.stopped();
    }
    assert!(lives[0].0 < lives[1].0, "{lives:?}");
    assert!(!active(&House::on(folder), &lives[0].1));
}

#[test]
fn a_crash_while_a_backup_is_put_back_leaves_one_database_or_the_other() {
    let (house, elsewhere) = (House::new(), tempfile::tempdir().unwrap());
    let token = house.token(&house.create());
    let file = backed_up(&house, &elsewhere);
    let folder = house.stopped();
    let path = |name: &str| folder.path().join(name);
    // Killed while the copy was made, or before it was made ready.
    fs::copy(&file, path("callsign.db.restoring")).unwrap();
    fs::write(path("callsign.db.restoring-wal"), "x").unwrap();
    let house = House::on(folder);
    assert!(active(&house, &token) && !house.folder.path().join("callsign.db.restoring").exists());
    // Killed as soon as it was decided: the old database is there still, the restored one waits.
    let folder = house.stopped();
    let path = |name: &str| folder.path().join(name);
    restore(folder.path(), &file).unwrap();
    fs::rename(path("callsign.db"), path("callsign.db.restored")).unwrap();
    fs::rename(path("callsign.db.before-restore"), path("callsign.db")).unwrap();
    let house = House::on(folder);
    assert!(!active(&house, &token));
    assert!(active(&house, &house.token(&house.create())));
    assert!(house.folder.path().join("callsign.db.before-restore").exists());
}

#[test]
fn what_is_no_backup_of_ours_is_refused_before_anything_is_touched() {
    let (house, elsewhere) = (House::new(), tempfile::tempdir().unwrap());
    let token = house.token(&house.create());
    let file = backed_up(&house, &elsewhere);
    let running = restore(house.folder.path(), &file).unwrap_err();
    assert!(matches!(running, RestoreError::Running(_)), "{running}");
    let folder = house.stopped();
    let put = |name: &str, bytes: &[u8]| {
        let path = elsewhere.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut damaged = fs::read(&file).unwrap();
    let middle = damaged.len() / 2;
    damaged[4_096..middle].fill(0xFF);
    let with_log = put("with-log.db", &fs::read(&file).unwrap());
    put("with-log.db-wal", b"log");
    for (wrong, words) in [
        (elsewhere.path().join("missing.db"), "No such file"),
        (elsewhere.path().to_owned(), "is not a file"),
        (put("empty.db", b""), "it is empty"),
        (put("text.db", &[b'x'; 5000]), "not a database"),
        (put("damaged.db", &damaged), "damaged.db"),
        (with_log, "copied while it was used"),
        (folder.path().join("callsign.db"), "the database of the folder itself"),
    ] {
        let refused = restore(folder.path(), &wrong);
        let sentence = refused.map(|_| wrong.display().to_string()).unwrap_err().to_string();
        assert!(sentence.contains(words) || sentence.contains("cannot be read"), "{sentence}");
    }
    let unasked = RestoreWanted { file, replace: false, key_file: None };
    let sentence = restore_with(&Config::ephemeral(folder.path()), &unasked).unwrap_err().to_string();
    assert!(sentence.contains("--replace"), "{sentence}");
    fs::write(folder.path().join("key-encryption-key.next"), "half a key").unwrap();
    let unfinished = restore(folder.path(), &unasked.file).unwrap_err();
    assert!(matches!(unfinished, RestoreError::RekeyUnfinished(_)), "{unfinished}");
    fs::remove_file(folder.path().join("key-encryption-key.next")).unwrap();
    for left in ["callsign.db.restoring", "callsign.db.restored", "callsign.db.before-restore"] {
        assert!(!folder.path().join(left).exists(), "{left}");
    }
    assert!(active(&House::on(folder), &token));
}

#[test]
fn a_backup_goes_to_another_folder_by_way_of_its_key() {
    let (house, elsewhere) = (House::new(), tempfile::tempdir().unwrap());
    let id = house.create();
    let file = backed_up(&house, &elsewhere);
    let key_file = elsewhere.path().join("its-key");
    fs::copy(house.folder.path().join("key-encryption-key"), &key_file).unwrap();
    let key = house.key();
    let other = tempfile::tempdir().unwrap();
    let config = Config::ephemeral(other.path());
    let wanted = |key_file: Option<&Path>| RestoreWanted {
        file: file.clone(),
        replace: false,
        key_file: key_file.map(Path::to_owned),
    };
    let refused = restore_with(&config, &wanted(None)).unwrap_err();
    assert!(matches!(refused, RestoreError::OtherKey { .. }));
    assert!(refused.to_string().contains("--key-file"), "{refused}");
    let missing = restore_with(&config, &wanted(Some(&elsewhere.path().join("missing")))).unwrap_err();
    assert!(matches!(missing, RestoreError::NoKey(_)), "{missing}");
    assert!(!other.path().join("callsign.db").exists());
    let restored = restore_with(&config, &wanted(Some(&key_file))).unwrap();
    assert_eq!(restored.replaced, None);
    let moved = House::on(other);
    assert_eq!(moved.key(), key);
    assert!(active(&moved, &moved.token(&id)));
    assert_ne!(
        fs::read(moved.folder.path().join("key-encryption-key")).unwrap(),
        fs::read(key_file).unwrap()
    );
}

#[test]
fn a_backup_is_made_of_a_stopped_server_too_and_never_over_another_file() {
    let (house, elsewhere) = (House::new(), tempfile::tempdir().unwrap());
    let id = house.create();
    let folder = house.stopped();
    let file = elsewhere.path().join("backup.db");
    let create = |file: &Path| ask(folder.path(), Request::BackupCreate { file: file.to_owned() });
    create(&file).unwrap();
    for there in [file.as_path(), elsewhere.path()] {
        assert!(create(there).unwrap_err().to_string().contains("is there already"));
    }
    // There it would take the place of the database with the next start, or keep SQLite from it.
    for name in ["callsign.db.restored", "callsign.db-journal", "backup.db"] {
        let refused = create(&folder.path().join(name)).unwrap_err().to_string();
        assert!(refused.contains("in the data folder itself"), "{refused}");
        assert!(!folder.path().join(name).exists());
    }
    let nowhere = create(&elsewhere.path().join("missing/backup.db")).unwrap_err().to_string();
    assert!(nowhere.contains("no backup was made"), "{nowhere}");
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&file).unwrap()) & 0o777, 0o600);
    restore(folder.path(), &file).unwrap();
    let house = House::on(folder);
    assert!(active(&house, &house.token(&id)));
}
