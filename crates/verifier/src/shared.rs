//! What the verifier's handles and its two tasks share, and the two questions that a check asks of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use callsign_protocol::verification::{Expected, VerifiedToken};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use uuid::Uuid;

use crate::builder::WhenStale;
use crate::clock::Clock;
use crate::feed::Chronicle;
use crate::introspect::CHECKS_MAX;
use crate::keys::Keys;
use crate::knowledge::Knowledge;
use crate::link::Link;
use crate::refused::Refused;
use crate::verified::Freshness;
use crate::watch::Watchers;

/// Everything that a verifier has.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    /// Pinned by the user, or learnt once from the first signed snapshot, and never changed.
    pub(crate) resource: OnceLock<Uuid>,
    /// `None` before the first snapshot.
    pub(crate) knowledge: ArcSwapOption<Knowledge>,
    pub(crate) heard: Heard,
    pub(crate) watchers: Arc<Watchers>,
    pub(crate) chronicle: Chronicle,
    pub(crate) introspections: Semaphore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) max_staleness: Duration,
    pub(crate) when_stale: WhenStale,
    news: watch::Sender<()>,
}

/// What a verifier is made of.
pub(crate) struct Parts {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    pub(crate) resource: Option<Uuid>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) max_staleness: Duration,
    pub(crate) when_stale: WhenStale,
}

impl From<Parts> for Shared {
    fn from(parts: Parts) -> Self {
        Self {
            link: parts.link,
            keys: parts.keys,
            resource: parts.resource.map(OnceLock::from).unwrap_or_default(),
            knowledge: ArcSwapOption::empty(),
            heard: Heard::never(),
            watchers: Arc::default(),
            chronicle: Chronicle::default(),
            introspections: Semaphore::new(CHECKS_MAX),
            clock: parts.clock,
            max_staleness: parts.max_staleness,
            when_stale: parts.when_stale,
            news: watch::Sender::new(()),
        }
    }
}

impl Shared {
    /// The strict check of form, signature and claims (RFC 8725).
    pub(crate) fn check(&self, token: &str) -> Result<VerifiedToken, Refused> {
        let keys = self.keys.in_force();
        let keys = keys.get().ok_or(Refused::NotReady)?;
        let issuer = self.keys.issuer().ok_or(Refused::NotReady)?;
        let resource = *self.resource.get().ok_or(Refused::NotReady)?;
        let expected = Expected { issuer, resource, now: self.clock.now() };
        Ok(keys.check(token, &expected)?)
    }

    /// Whether a token that passed the check is revoked, as far as is known, and how current that is.
    pub(crate) fn judge(&self, token: &VerifiedToken) -> Result<Freshness, Refused> {
        // The age first: news that come in between make the answer better, not worse.
        let age = self.heard.age();
        let knowledge = self.knowledge.load();
        let knowledge = knowledge.as_deref().ok_or(Refused::NotReady)?;
        if knowledge.is_revoked(token.identity.local(), token.revision, &token.key_id) {
            return Err(Refused::Revoked);
        }
        match age {
            None => Err(Refused::NotReady),
            Some(age) if age > self.max_staleness => Ok(Freshness::Stale { age }),
            Some(_) => Ok(Freshness::Fresh),
        }
    }

    /// Wakes those who wait for a change.
    pub(crate) fn has_news(&self) {
        self.news.send_replace(());
    }

    pub(crate) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

/// When the server was last heard of, by the monotonic clock.
#[derive(Debug)]
pub(crate) struct Heard {
    born: Instant,
    /// Nanoseconds after `born`; [`NEVER`](Self::NEVER) before the first time.
    at: AtomicU64,
}

impl Heard {
    const NEVER: u64 = u64::MAX;

    fn never() -> Self {
        Self { born: Instant::now(), at: AtomicU64::new(Self::NEVER) }
    }

    /// A statement whose time moved on was heard now.
    pub(crate) fn now(&self) {
        let since = u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(Self::NEVER - 1);
        self.at.store(since, Ordering::Release);
    }

    /// When that was, as a number that changes with each time.
    pub(crate) fn last(&self) -> u64 {
        self.at.load(Ordering::Acquire)
    }

    /// How long ago that was.
    pub(crate) fn age(&self) -> Option<Duration> {
        match self.last() {
            Self::NEVER => None,
            at => Some(self.born.elapsed().saturating_sub(Duration::from_nanos(at))),
        }
    }
}
