//! The one task that fetches keys: when they grow old, and when somebody asks and the cool-down is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Keys, KeysFault, Round};
use crate::backoff::Backoff;
use crate::link::Link;
use crate::shared::Shared;

/// The pauses after failed fetches.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Fetches for ever.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let (keys, link) = (&shared.keys, &shared.link);
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        let outcome = round(keys, link).await;
        let pauses = match outcome {
            Ok(may_be_kept) => {
                backoff.reset();
                // A little early, so that many verifiers do not come together.
                Pauses { open: keys.cool_down, due: may_be_kept.mul_f64(0.9 + fastrand::f64() / 10.0) }
            }
            Err(fault) => {
                tracing::warn!(fault = fault.code(), "the key set could not be read: {fault}");
                let pause = backoff.pause();
                // Without any key there is nothing to lose by asking again soon.
                let pause = if keys.set.load().is_some() { pause.max(keys.cool_down) } else { pause };
                Pauses { open: pause, due: pause }
            }
        };
        if let Some(set) = keys.in_force().get() {
            set.forget_expired(shared.clock.now());
        }
        let now = Instant::now();
        keys.rounds.send_replace(Round { open_at: now + pauses.open, fault: outcome.err() });
        shared.has_news();
        wait(keys, now + pauses.open, now + pauses.due).await;
    }
}

/// For how long after a fetch there is none that somebody asks for, and none at all.
struct Pauses {
    open: Duration,
    due: Duration,
}

async fn round(keys: &Keys, link: &Link) -> Result<Duration, KeysFault> {
    keys.learn_issuer(link).await?;
    keys.fetch(link).await
}

/// Waits until the set grows old, or until somebody asks after the cool-down.
async fn wait(keys: &Keys, open_at: Instant, due_at: Instant) {
    while tokio::time::timeout_at(due_at, keys.asked.notified()).await.is_ok() {
        if Instant::now() >= open_at {
            return;
        }
    }
}
