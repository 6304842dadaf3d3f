//! A folder of a test's own, and stores in it.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use callsign_core::store::contract::sample;
use callsign_core::store::{Identities, Identity, Store, StoredResource};
use callsign_store::sqlite::{OpenError, SqliteStore};
use futures_executor::block_on;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

pub(crate) const PAGE_BYTES: u64 = 4_096;

pub(crate) struct Folder {
    folder: TempDir,
    files: AtomicU32,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for the test"), files: AtomicU32::new(0) }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A store in a file of its own.
    pub(crate) fn fresh(&self) -> Box<dyn Store> {
        let name = format!("{}.db", self.files.fetch_add(1, Ordering::Relaxed));
        Box::new(self.open(&name))
    }

    /// A store in that file, which must not find a reason to stop.
    pub(crate) fn open(&self, name: &str) -> SqliteStore {
        let never = |reason: &str| assert_eq!(reason, "", "the store stops");
        SqliteStore::open(&self.file(name), 2, Box::new(never)).expect("the store opens")
    }

    /// A store in that file, and the reasons for which it stops.
    pub(crate) fn open_watched(&self, name: &str) -> (SqliteStore, Arc<Mutex<Vec<String>>>) {
        let reasons = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&reasons);
        let note = move |reason: &str| noted.lock().unwrap().push(reason.to_owned());
        let store = SqliteStore::open(&self.file(name), 2, Box::new(note)).expect("the store opens");
        (store, reasons)
    }

    /// Why that file does not open.
    pub(crate) fn refusal(&self, name: &str) -> OpenError {
        SqliteStore::open(&self.file(name), 2, Box::new(|_| {})).expect_err("the store does not open")
    }

    /// Overwrites the pages that hold identities, but for those that are in the log alone.
    pub(crate) fn damage_identities(&self, name: &str) {
        // A file that cannot change is read without its log, and the log stays.
        let address = format!("file:{}?immutable=1", self.file(name).display());
        let reader = Connection::open_with_flags(
            address,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        );
        let reader = reader.expect("the file opens");
        let mut leaves =
            reader.prepare("SELECT pageno FROM dbstat WHERE name = 'identity' AND pagetype = 'leaf'");
        let pages = leaves.as_mut().expect("SQLite tells of pages").query_map([], |row| row.get::<_, u32>(0));
        let pages: Vec<u32> = pages.and_then(Iterator::collect).expect("SQLite tells of pages");
        assert!(pages.len() > 3);
        let file = OpenOptions::new().write(true).open(self.file(name)).expect("the file opens");
        for page in pages {
            file.write_all_at(&[0xFF; PAGE_BYTES as usize], u64::from(page - 1) * PAGE_BYTES)
                .expect("the page is written");
        }
    }

    /// Copies the files of a store as they are now, as a crash would leave them.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        for suffix in ["", "-wal"] {
            let from = self.file(&format!("{from}{suffix}"));
            if from.exists() {
                std::fs::copy(from, self.file(&format!("{to}{suffix}"))).expect("the file is copied");
            }
        }
    }
}

/// Puts resource 1 and that many identities into the store, all at once.
pub(crate) fn fill(store: &SqliteStore, identities: u128) -> StoredResource {
    block_on(async {
        let resource = sample::stored_resource(store, 1).await;
        let identities: Vec<Identity> = (0..identities).map(|local| sample::identity(1, local)).collect();
        for some in identities.chunks(1_000) {
            let deed = sample::deed();
            let created = some.iter().map(|identity| store.create_identity(identity, &deed));
            let created = futures_util::future::join_all(created);
            assert!(created.await.iter().all(|standing| matches!(standing, Ok(Some(_)))));
        }
        resource
    })
}
