//! Feeds of revocations: news of them within the process, and when one may be forgotten.
//!
//! What is new stands in the store; news only say that it is worth a look.

use callsign_protocol::revocation::REMEMBERED_MINUTES;
use tokio::sync::watch;

use crate::error::Error;
use crate::service::Service;

/// Entries of each feed that stay while the clock has not run evenly for a day: a clock that was set ahead by mistake makes every
/// revocation look old, and one that was behind has given them times of long ago. About 60 MB of a database.
const KEPT_WITHOUT_EVEN_CLOCK: u64 = 1_000_000;

/// Where those who serve feeds wait.
#[derive(Debug)]
pub struct Feeds {
    news: watch::Sender<()>,
}

impl Default for Feeds {
    fn default() -> Self {
        Self { news: watch::Sender::new(()) }
    }
}

impl Feeds {
    /// Something was revoked, and is in the store.
    pub fn changed(&self) {
        self.news.send_replace(());
    }

    /// A place to wait. What happened before counts as seen.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

impl Service {
    /// Forgets revocations that no living token needs. Answers how many.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for now.
    pub async fn forget_revocations(&self) -> Result<u64, Error> {
        let before = self.clock.now().plus_minutes(-REMEMBERED_MINUTES);
        let keep_newest = if self.has_even_clock() { 0 } else { KEPT_WITHOUT_EVEN_CLOCK };
        Ok(self.store.forget_revocations(before, keep_newest).await?)
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::directory::audit::Actor;
    use crate::service::sample;

    const DAY_MILLISECONDS: u32 = 24 * 60 * 60_000;

    #[test]
    fn a_clock_that_jumps_makes_nothing_forgotten_and_one_that_runs_evenly_does() {
        let (service, clock) = sample::service();
        let resource = sample::caller(&service, "default").resource;
        assert!(block_on(service.revoke_resource(resource, Actor::Server)).unwrap());
        clock.advance_milliseconds(2 * DAY_MILLISECONDS);
        for _ in 0..REMEMBERED_MINUTES {
            block_on(service.keep_signing_keys()).unwrap();
            assert_eq!(block_on(service.forget_revocations()), Ok(0));
            clock.advance_milliseconds(60_000);
        }
        block_on(service.keep_signing_keys()).unwrap();
        assert_eq!(block_on(service.forget_revocations()), Ok(1));
    }
}
