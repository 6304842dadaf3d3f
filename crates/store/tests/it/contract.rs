//! Every promise, on every engine.

use callsign_core::store::contract::Engine;
use callsign_core::store::memory::MemoryStore;
use futures_executor::block_on;

use crate::folder::Folder;

#[test]
fn the_memory_keeps_every_promise() {
    let engine = Engine { fresh: &|| Box::new(MemoryStore::default()), block_on: &|work| block_on(work) };
    engine.keeps_every_promise();
    engine.keeps_every_shared_promise();
}

#[test]
fn sqlite_keeps_every_promise() {
    let folder = Folder::new();
    Engine { fresh: &|| folder.fresh(), block_on: &|work| block_on(work) }.keeps_every_promise();
}

#[test]
fn sqlite_keeps_every_shared_promise() {
    let folder = Folder::new();
    Engine { fresh: &|| folder.fresh(), block_on: &|work| block_on(work) }.keeps_every_shared_promise();
}
