//! The tasks that read keys, one for each issuer: when they grow old, and when somebody asks and the cool-down is over.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use tokio::time::Instant;

use super::authority::{Authority, Desk, Round};
use super::fetch::{Fetched, client, fetch};

/// The pause after a reading that failed.
const RETRY: Duration = Duration::from_secs(30);

/// Reads the keys of each for ever, on the runtime that it is called on.
pub(crate) fn keep(authorities: Vec<Arc<Authority>>) {
    if authorities.is_empty() {
        return;
    }
    match client() {
        Ok(client) => {
            for authority in authorities {
                tokio::spawn(keep_one(authority, client.clone()));
            }
        }
        Err(error) => tracing::error!(error.reason = %error, "no issuer can be asked for its keys"),
    }
}

async fn keep_one(authority: Arc<Authority>, client: Client) {
    let Some(desk) = authority.desk() else { return };
    loop {
        let due_in = round(&authority, desk, &client).await;
        let now = Instant::now();
        let open_at = desk.rounds.borrow().open_at;
        wait(desk, open_at, now + due_in).await;
    }
}

/// One reading. Answers when the next one is due.
async fn round(authority: &Authority, desk: &Desk, client: &Client) -> Duration {
    let fetched = fetch(client, &desk.issuer).await;
    let (due_in, fault) = match fetched {
        Ok(Fetched { keys, may_be_kept, .. }) => {
            authority.keys().put(keys);
            (may_be_kept, None)
        }
        Err(error) => {
            tracing::warn!(issuer = %desk.issuer.issuer, error.reason = %error, "the keys of an issuer could not be read; those that are known go on");
            (RETRY, Some(error.to_string()))
        }
    };
    desk.rounds.send_replace(Round { open_at: Instant::now() + desk.cool_down, fault });
    due_in
}

/// Waits until the keys grow old, or until somebody asks after the cool-down.
async fn wait(desk: &Desk, open_at: Instant, due_at: Instant) {
    while tokio::time::timeout_at(due_at, desk.asked.notified()).await.is_ok() {
        if Instant::now() >= open_at {
            return;
        }
    }
}
