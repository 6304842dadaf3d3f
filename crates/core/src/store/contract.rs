//! The promises that every store keeps, as a suite that an engine's tests run.

mod assignments;
mod audit;
mod concurrency;
mod entra_users;
mod feeds;
mod identities;
mod keys;
mod limits;
mod listing;
mod resources;
pub mod sample;

use std::fmt;
use std::pin::Pin;

use super::Store;

/// Work on a store, to be driven to its end.
pub type Work<'w> = Pin<Box<dyn Future<Output = ()> + Send + 'w>>;

/// A promise: what it says, and the work that panics where an engine breaks it.
pub type Promise = (&'static str, for<'s> fn(&'s dyn Store) -> Work<'s>);

/// A promise that many threads put to the test at once.
pub type SharedPromise = (&'static str, fn(&Engine<'_>, &dyn Store));

/// An engine under test.
#[derive(Clone, Copy)]
pub struct Engine<'e> {
    /// Opens an empty store.
    pub fresh: &'e (dyn Fn() -> Box<dyn Store> + Sync),
    /// Drives work to its end on the calling thread. An engine that needs a runtime brings that runtime's `block_on`.
    pub block_on: &'e (dyn Fn(Work<'_>) + Sync),
}

impl fmt::Debug for Engine<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Engine(…)")
    }
}

/// Every promise about one caller at a time.
pub fn promises() -> impl Iterator<Item = &'static Promise> {
    let of_nouns = [resources::PROMISES, keys::PROMISES, identities::PROMISES, listing::PROMISES];
    let of_entra = [entra_users::PROMISES, assignments::PROMISES, assignments::OF_REVOCATIONS];
    let of_all = [feeds::PROMISES, audit::PROMISES, limits::PROMISES];
    of_nouns.into_iter().chain(of_entra).chain(of_all).flatten()
}

/// Every promise about many callers at a time.
pub fn shared_promises() -> impl Iterator<Item = &'static SharedPromise> {
    concurrency::PROMISES.iter().chain(concurrency::OF_ENTRA)
}

impl Engine<'_> {
    /// Puts each promise to the test, each on an empty store, and the audit chain after it.
    ///
    /// # Panics
    /// At the first promise that is broken; the last name printed is its name.
    #[expect(clippy::print_stderr, reason = "a failing test shows which promise was broken")]
    pub fn keeps_every_promise(&self) {
        for (name, promise) in promises() {
            eprintln!("{name}");
            let store = (self.fresh)();
            (self.block_on)(promise(store.as_ref()));
            self.chain_holds(store.as_ref());
        }
    }

    /// Puts each promise about many callers to the test, each on an empty store, and the audit chain after it.
    ///
    /// # Panics
    /// At the first promise that is broken; the last name printed is its name.
    #[expect(clippy::print_stderr, reason = "a failing test shows which promise was broken")]
    pub fn keeps_every_shared_promise(&self) {
        for (name, promise) in shared_promises() {
            eprintln!("{name}");
            let store = (self.fresh)();
            promise(self, store.as_ref());
            self.chain_holds(store.as_ref());
        }
    }

    fn chain_holds(&self, store: &dyn Store) {
        (self.block_on)(Box::pin(async { drop(sample::whole_chain(store).await) }));
    }
}
