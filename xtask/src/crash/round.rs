//! What all lanes of one round share, and the two things that a round does: load until the kill, and checks after the
//! restart.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use fastrand::Rng;

use super::check;
use super::load;
use super::referee::{Referee, Slot};
use crate::conversation::Signer;

/// Connections that are used at the same time, each by a thread of its own.
pub(crate) const LANES: usize = 6;

/// A running server and the book of what it acknowledged.
pub(crate) struct Round<'a> {
    /// No two rounds have the same, so that no custom id is made twice.
    pub(crate) custom_id_prefix: String,
    pub(crate) signer: Signer,
    pub(crate) book: &'a Mutex<Referee>,
}

impl Round<'_> {
    pub(crate) fn referee(&self) -> MutexGuard<'_, Referee> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the server until `end` has killed it.
    pub(crate) fn load_until(
        &self,
        random: &mut Rng,
        end: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..LANES)
                .map(|lane| {
                    let random = random.fork();
                    scope.spawn(move || block_on(load::run(self, lane, random)))
                })
                .collect();
            let ended = end();
            // A lane ends when the server is gone; its fault, if it has one, explains more than the end's.
            lanes.into_iter().try_for_each(|lane| joined(lane.join()))?;
            ended
        })
    }

    /// Asks the server for each of these identities.
    pub(crate) fn check(&self, slots: &[Slot]) -> anyhow::Result<()> {
        std::thread::scope(|scope| {
            let lanes: Vec<_> = slots
                .chunks(slots.len().div_ceil(LANES).max(1))
                .map(|slots| scope.spawn(move || block_on(check::run(self, slots))))
                .collect();
            lanes.into_iter().try_for_each(|lane| joined(lane.join()))
        })
    }
}

fn block_on(lane: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("a lane has no runtime")?.block_on(lane)
}

fn joined(outcome: std::thread::Result<anyhow::Result<()>>) -> anyhow::Result<()> {
    outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("a lane of the harness panicked; its message is above")))
}

#[cfg(test)]
mod tests;
