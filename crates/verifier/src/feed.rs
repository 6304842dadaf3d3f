//! The reader of the revocation feed: a snapshot, then news as they come, each second compared with what the server signs.
//!
//! A feed that lies is refused by name, and a fresh snapshot is taken. Nothing here decides about tokens.

mod chain;
mod chronicle;
mod events;
mod fault;
mod poll;
mod snapshot;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::revocation::{Cursor, Entry, Statement, StatementRejected};
use callsign_protocol::verification::Rejection;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::link::LinkFailure;
use crate::shared::Shared;
use chain::Chain;

pub(crate) use chronicle::Chronicle;
pub use fault::FeedFault;

/// Pauses after the way to the server failed. They stay short beside `max_staleness`.
const FAILURE_PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Pauses after a lie: each costs the server a snapshot.
const FAULT_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A feed that told the truth for so long is trusted as if it had never lied.
const FORGIVEN_AFTER: Duration = Duration::from_mins(2);

/// How long the long poll serves before the stream is tried again.
const POLLING: Duration = Duration::from_mins(5);

/// Where news of revocations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedSource {
    /// The stream of server-sent events.
    Stream,
    /// The long poll: something on the way does not pass a stream on.
    LongPoll,
}

/// Why the reader stopped reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Departure {
    /// The way to the server: go on from where the reader stands.
    Failure(LinkFailure),
    /// The stream cannot be had here.
    Unusable,
    /// The server cannot go on from there.
    Behind,
    /// The feed lied.
    Fault(FeedFault),
}

impl From<LinkFailure> for Departure {
    fn from(failure: LinkFailure) -> Self {
        Self::Failure(failure)
    }
}

impl From<FeedFault> for Departure {
    fn from(fault: FeedFault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads the feed for ever.
pub(crate) async fn follow(shared: Arc<Shared>) {
    shared.keys.read().await;
    let mut reader = Reader {
        chain: None,
        needs_snapshot: true,
        polls_until: None,
        failures: Backoff::new(FAILURE_PAUSES.0, FAILURE_PAUSES.1),
        faults: Backoff::new(FAULT_PAUSES.0, FAULT_PAUSES.1),
        last_fault_at: None,
        shared,
    };
    loop {
        if let Err(departure) = reader.read().await {
            let pause = reader.recover(departure);
            reader.shared.has_news();
            tokio::time::sleep(pause).await;
        }
    }
}

struct Reader {
    shared: Arc<Shared>,
    /// What is known of the feed, lies apart; `None` before the first snapshot.
    chain: Option<Chain>,
    needs_snapshot: bool,
    polls_until: Option<Instant>,
    failures: Backoff,
    faults: Backoff,
    last_fault_at: Option<Instant>,
}

impl Reader {
    /// Stands on a snapshot, and reads on from there until something happens.
    async fn read(&mut self) -> Result<(), Departure> {
        if self.needs_snapshot {
            self.chain = Some(snapshot::take(&self.shared, self.chain.as_ref()).await?);
            self.needs_snapshot = false;
            self.shared.chronicle.snapshot();
            self.shared.has_news();
        }
        let Some(chain) = &mut self.chain else { return Ok(()) };
        let before = self.shared.heard.last();
        let outcome = match self.polls_until.filter(|until| *until > Instant::now()) {
            Some(until) => poll::follow(&self.shared, chain, until).await,
            None => Err(stream::follow(&self.shared, chain).await),
        };
        if self.shared.heard.last() != before {
            self.failures.reset();
        }
        outcome
    }

    /// Decides how to go on, and after how long.
    fn recover(&mut self, departure: Departure) -> Duration {
        match departure {
            Departure::Failure(failure) => {
                tracing::warn!(failure = failure.code(), "revocations cannot be read: {failure}");
                self.shared.chronicle.failed(failure);
                self.failures.pause()
            }
            Departure::Unusable => {
                tracing::warn!("the revocation stream does not come through; polling instead");
                self.polls_until = Some(Instant::now() + POLLING);
                Duration::ZERO
            }
            Departure::Behind => {
                tracing::info!("the revocation feed does not go on from here; taking a snapshot");
                self.needs_snapshot = true;
                self.failures.pause()
            }
            Departure::Fault(fault) => {
                tracing::error!(fault = fault.code(), "the revocation feed is not believed: {fault}");
                self.shared.chronicle.lied(fault);
                self.needs_snapshot = true;
                if self.last_fault_at.is_none_or(|at| at.elapsed() > FORGIVEN_AFTER) {
                    self.faults.reset();
                }
                self.last_fault_at = Some(Instant::now());
                self.faults.pause()
            }
        }
    }
}

/// Reads a statement and checks who signed it. A key that is not known here may be a new one, so the set is read again once.
async fn believed(shared: &Shared, text: &str) -> Result<Statement, FeedFault> {
    match verified(shared, text) {
        Err(StatementRejected::Signature(Rejection::KeyUnknown)) => {
            shared.keys.await_newer(shared.link.patience).await;
            Ok(verified(shared, text)?)
        }
        outcome => Ok(outcome?),
    }
}

/// A key that is known to be compromised signs for nothing.
fn verified(shared: &Shared, text: &str) -> Result<Statement, StatementRejected> {
    let (keys, knowledge) = (shared.keys.in_force(), shared.knowledge.load());
    Statement::verify(text, |key_id| {
        let revoked = knowledge.as_deref().is_some_and(|known| known.is_revoked_key(key_id));
        keys.get().filter(|_| !revoked)?.get(key_id)
    })
}

/// Takes an entry in at once: nobody has signed for it yet, but it can only close doors, and the next heartbeat tells.
fn apply(shared: &Shared, chain: &mut Chain, place: Cursor, text: &str) -> Result<(), FeedFault> {
    let entry: Entry = text.parse().map_err(|_| FeedFault::EntryMalformed)?;
    chain.entry(place, &entry)?;
    if let Some(knowledge) = shared.knowledge.load().as_deref() {
        knowledge.merge(&entry);
    }
    match &entry {
        Entry::Identity { local, .. } => shared.watchers.wake(*local),
        Entry::Resource { .. } | Entry::AccessKey { .. } => shared.watchers.wake_all(),
        Entry::SigningKey { .. } => {
            shared.watchers.wake_all();
            // It has left the published set as well.
            shared.keys.ask();
        }
    }
    Ok(())
}

impl Shared {
    /// A statement was believed whose time moved on.
    fn is_heard(&self, source: FeedSource, position: Cursor) {
        self.heard.now();
        self.chronicle.heard(source, position);
        if let Some(knowledge) = self.knowledge.load().as_deref() {
            knowledge.grow_older();
        }
        self.has_news();
    }
}
