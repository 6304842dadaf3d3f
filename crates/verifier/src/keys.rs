//! The server's public keys: which are in force, and when newer ones are asked for.
//!
//! Those who check tokens read one pointer. One task fetches, so no two fetches are ever under way.

mod fetch;
mod keeper;
mod max_age;
mod signature_cache;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::{KeySetError, VerifyingKey};
use callsign_protocol::verification::{Expected, Rejection, VerifiedToken, authenticate, verify};
use reqwest::header::HeaderValue;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::link::LinkFailure;

pub(crate) use keeper::keep;
use signature_cache::SignatureCache;

/// For how long keys are good while the server cannot be asked: the longest lifetime of a token.
const KEPT_WITHOUT_SERVER: Duration = Duration::from_hours(24);

/// Why no newer key set could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysFault {
    /// The way to the server.
    #[error(transparent)]
    Link(LinkFailure),
    /// The document is no key set.
    #[error(transparent)]
    KeySet(KeySetError),
    /// No key of the set can check a signature. The known ones stay.
    #[error("the server publishes no key that can check a signature; look at the server's log")]
    NoUsableKey,
}

impl KeysFault {
    /// The fault as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Link(failure) => failure.code(),
            Self::KeySet(KeySetError::Oversized) => "oversized",
            Self::KeySet(_) => "malformed",
            Self::NoUsableKey => "no_usable_key",
        }
    }
}

impl From<LinkFailure> for KeysFault {
    fn from(failure: LinkFailure) -> Self {
        Self::Link(failure)
    }
}

/// The keys of one published set, ready to check signatures, and the tokens that they were found to have signed. Another set
/// begins without any.
#[derive(Debug)]
struct Published {
    keys: HashMap<String, VerifyingKey>,
    signatures: Option<SignatureCache>,
}

/// One published set.
#[derive(Debug)]
pub(crate) struct KeySetInForce {
    published: Arc<Published>,
    tag: Option<HeaderValue>,
    /// When the server last said that this is its set.
    pub(crate) read_at: Instant,
}

impl KeySetInForce {
    pub(crate) fn get(&self, key_id: &str) -> Option<&VerifyingKey> {
        self.published.keys.get(key_id)
    }

    /// The strict check of a token (RFC 8725), but for its signature when that was found right by these keys before. One set
    /// checks tokens of one issuer and one resource only.
    pub(crate) fn check(&self, token: &str, expected: &Expected<'_>) -> Result<VerifiedToken, Rejection> {
        let key = |key_id: &str| self.get(key_id);
        match &self.published.signatures {
            None => verify(token, expected, key),
            Some(known) => known
                .check(token, expected.now, || authenticate(token, expected.issuer, expected.resource, key)),
        }
    }

    pub(crate) fn forget_expired(&self, now: Timestamp) {
        self.published.signatures.iter().for_each(|known| known.forget_expired(now));
    }

    pub(crate) fn len(&self) -> usize {
        self.published.keys.len()
    }

    pub(crate) fn remembered(&self) -> usize {
        self.published.signatures.as_ref().map_or(0, SignatureCache::len)
    }
}

/// The set that was in force when somebody looked, on loan.
pub(crate) struct InForce(Guard<Option<Arc<KeySetInForce>>>);

impl InForce {
    pub(crate) fn get(&self) -> Option<&KeySetInForce> {
        self.0.as_deref().filter(|set| set.read_at.elapsed() < KEPT_WITHOUT_SERVER)
    }
}

/// How the last fetch ended.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// No fetch for somebody's sake before.
    open_at: Instant,
    pub(crate) fault: Option<KeysFault>,
}

/// The keys in force, the issuer that they belong to, and the desk at which newer ones are asked for.
#[derive(Debug)]
pub(crate) struct Keys {
    set: ArcSwapOption<KeySetInForce>,
    /// Pinned by the user, or learnt once from the server's discovery document, and never changed.
    issuer: OnceLock<String>,
    asked: Notify,
    rounds: watch::Sender<Round>,
    cool_down: Duration,
    signatures_max: usize,
}

impl Keys {
    pub(crate) fn new(issuer: Option<String>, cool_down: Duration, signatures_max: usize) -> Self {
        Self {
            set: ArcSwapOption::empty(),
            issuer: issuer.map(OnceLock::from).unwrap_or_default(),
            asked: Notify::new(),
            rounds: watch::Sender::new(Round { open_at: Instant::now(), fault: None }),
            cool_down,
            signatures_max,
        }
    }

    /// Keys by which signatures are checked now; none before the first set was read, and when the server was silent for
    /// too long.
    pub(crate) fn in_force(&self) -> InForce {
        InForce(self.set.load())
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.get().map(String::as_str)
    }

    pub(crate) fn last_round(&self) -> Round {
        self.rounds.borrow().clone()
    }

    /// Asks for a newer set without waiting. It is fetched unless the cool-down runs.
    pub(crate) fn ask(&self) {
        self.asked.notify_one();
    }

    /// Asks for a newer set and waits for the end of the fetch, at most for `patience`; at once when the cool-down runs. The
    /// caller looks again in either case: a fetch may have ended since it looked.
    pub(crate) async fn ask_and_wait(&self, patience: Duration) {
        let mut rounds = self.rounds.subscribe();
        if rounds.borrow_and_update().open_at > Instant::now() {
            return;
        }
        self.ask();
        // Whether it ended well shows in the set.
        let _ = tokio::time::timeout(patience, rounds.changed()).await;
    }

    /// The same, but waits for the end of the cool-down first: for the feed, which is one and knows its server.
    pub(crate) async fn await_newer(&self, patience: Duration) {
        let open_at = self.rounds.borrow().open_at;
        tokio::time::sleep_until(open_at.min(Instant::now() + patience)).await;
        self.ask_and_wait(patience).await;
    }

    /// Waits until a set was read.
    pub(crate) async fn read(&self) {
        let mut rounds = self.rounds.subscribe();
        while self.set.load().is_none() {
            // The sender is a part of `self`, so this never fails.
            if rounds.changed().await.is_err() {
                return;
            }
        }
    }
}
