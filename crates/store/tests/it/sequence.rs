//! Random sequences, on every engine and on the model.

use callsign_core::store::contract::Engine;
use callsign_core::store::memory::MemoryStore;
use callsign_core::store::sequence::agree_with_model;
use futures_executor::block_on;

use crate::folder::Folder;

#[test]
fn the_memory_agrees_with_itself() {
    agree_with_model(&Engine {
        fresh: &|| Box::new(MemoryStore::default()),
        block_on: &|work| block_on(work),
    });
}

#[test]
fn sqlite_agrees_with_the_model() {
    let folder = Folder::new();
    agree_with_model(&Engine { fresh: &|| folder.fresh(), block_on: &|work| block_on(work) });
}
