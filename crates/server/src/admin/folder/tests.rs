//! The folder as its owners find it, and as a crash leaves it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use callsign_core::entropy::SeededEntropy;
use callsign_core::wrapping::fresh_key_text;

use super::*;

fn open(path: &Path) -> Result<DataFolder, FolderError> {
    DataFolder::open(path, None, &SeededEntropy::new(1))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_start_makes_the_folder_and_its_key_for_the_owner_alone() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("a/b");
    let folder = open(&path).unwrap();
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&key_file_in(&path)), 0o600);
    let wrapped = folder.key_encryption_key().unwrap().wrap("a", b"secret").unwrap();
    drop(folder);
    let again = DataFolder::open(&path, None, &SeededEntropy::new(2)).unwrap();
    assert_eq!(again.key_encryption_key().unwrap().unwrap("a", &wrapped).unwrap().expose(), b"secret");
}

#[test]
fn a_folder_belongs_to_one_at_a_time() {
    let temporary = tempfile::tempdir().unwrap();
    let first = open(temporary.path()).unwrap();
    let refused = open(temporary.path()).unwrap_err();
    assert!(matches!(refused, FolderError::Locked(_)));
    assert!(refused.to_string().contains("--data-dir"), "{refused}");
    drop(first);
    open(temporary.path()).unwrap();
}

#[test]
fn a_lost_key_is_never_replaced_while_there_is_a_database() {
    let temporary = tempfile::tempdir().unwrap();
    drop(open(temporary.path()).unwrap());
    fs::write(database_in(temporary.path()), "").unwrap();
    fs::remove_file(key_file_in(temporary.path())).unwrap();
    let refused = open(temporary.path()).unwrap_err();
    assert!(matches!(refused, FolderError::KeyMissing { .. }));
    for words in ["access keys", "signing key", "restore", "start over"] {
        assert!(refused.to_string().contains(words), "{refused}");
    }
    assert!(!key_file_in(temporary.path()).exists());
}

#[test]
fn a_key_that_others_may_read_is_refused_with_the_remedy() {
    let temporary = tempfile::tempdir().unwrap();
    drop(open(temporary.path()).unwrap());
    let key = key_file_in(temporary.path());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = open(temporary.path()).unwrap_err().to_string();
    assert!(refused.contains("chmod 600") && refused.contains("0640"), "{refused}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    open(temporary.path()).unwrap();
}

#[test]
fn a_damaged_key_is_named_and_never_cited() {
    let temporary = tempfile::tempdir().unwrap();
    drop(open(temporary.path()).unwrap());
    for damaged in [&b""[..], b"c2VjcmV0", b"\xff\xfe", &[b'A'; 5000]] {
        fs::write(key_file_in(temporary.path()), damaged).unwrap();
        let refused = open(temporary.path()).unwrap_err();
        assert!(matches!(refused, FolderError::KeyDamaged(_)), "{refused}");
        assert!(!refused.to_string().contains("c2VjcmV0"));
    }
}

#[test]
fn a_configured_key_needs_no_file() {
    let temporary = tempfile::tempdir().unwrap();
    let text = fresh_key_text(&SeededEntropy::new(9)).unwrap();
    let folder = DataFolder::open(temporary.path(), Some(&text), &SeededEntropy::new(1)).unwrap();
    assert!(!key_file_in(temporary.path()).exists());
    assert!(!format!("{folder:?}").contains(text.as_str()));
    drop(folder);
    let refused = DataFolder::open(temporary.path(), Some("c2VjcmV0"), &SeededEntropy::new(1)).unwrap_err();
    assert!(matches!(refused, FolderError::ConfiguredKeyMalformed));
}

#[test]
fn a_file_is_no_folder() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = open(&file).unwrap_err().to_string();
    assert!(refused.contains("--data-dir"), "{refused}");
}

#[test]
fn a_restored_database_takes_its_place_wherever_the_last_run_broke_off() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path();
    let file = |name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
    drop(open(path).unwrap());
    let put = |name: &str, text: &str| fs::write(path.join(name), text).unwrap();
    let finished = || {
        drop(open(path).unwrap());
        assert_eq!((file("callsign.db").as_str(), file("callsign.db-wal").as_str()), ("restored", ""));
        let replaced = ["callsign.db.before-restore", "callsign.db.before-restore-wal"].map(file);
        fs::remove_file(path.join("callsign.db.before-restore")).unwrap();
        fs::remove_file(path.join("callsign.db.before-restore-wal")).unwrap();
        assert_eq!(replaced, ["old", "its log"]);
        assert!(!path.join("callsign.db.restored").exists() && !path.join("callsign.db-shm").exists());
    };
    // Nothing is moved yet; the log is moved; the database is moved, too.
    put("callsign.db", "old");
    put("callsign.db-wal", "its log");
    put("callsign.db-shm", "an index");
    put("callsign.db.restored", "restored");
    finished();
    put("callsign.db", "old");
    put("callsign.db.before-restore-wal", "its log");
    put("callsign.db.restored", "restored");
    finished();
    fs::remove_file(path.join("callsign.db")).unwrap();
    put("callsign.db.before-restore", "old");
    put("callsign.db.before-restore-wal", "its log");
    put("callsign.db.restored", "restored");
    assert!(holds_data(path));
    finished();
}

#[test]
fn a_restore_that_was_never_made_ready_leaves_the_database_alone() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path();
    drop(open(path).unwrap());
    for (name, text) in
        [("callsign.db", "old"), ("callsign.db-wal", "log"), ("callsign.db.restoring-wal", "x")]
    {
        fs::write(path.join(name), text).unwrap();
    }
    fs::write(draft_in(path), "half of a").unwrap();
    drop(open(path).unwrap());
    assert_eq!(fs::read_to_string(database_in(path)).unwrap(), "old");
    assert_eq!(fs::read_to_string(log_of(&database_in(path))).unwrap(), "log");
    assert!(!draft_in(path).exists() && !log_of(&draft_in(path)).exists());
}

#[test]
fn a_database_that_was_replaced_before_is_never_overwritten() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path();
    drop(open(path).unwrap());
    for name in ["callsign.db", "callsign.db.restored", "callsign.db.before-restore"] {
        fs::write(path.join(name), name).unwrap();
    }
    let refused = open(path).unwrap_err().to_string();
    assert!(refused.contains("move it elsewhere"), "{refused}");
    assert_eq!(fs::read_to_string(replaced_in(path)).unwrap(), "callsign.db.before-restore");
    fs::remove_file(replaced_in(path)).unwrap();
    drop(open(path).unwrap());
    assert_eq!(fs::read_to_string(database_in(path)).unwrap(), "callsign.db.restored");
}
