//! How a verifier is, for those who look after it.

use std::time::Duration;

use crate::feed::{FeedFault, FeedSource};
use crate::keys::{KeySetInForce, KeysFault};
use crate::link::LinkFailure;
use crate::shared::Shared;
use crate::verified::Freshness;

/// How a verifier is. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// How current the knowledge of revocations is; `None` before there is any.
    pub freshness: Option<Freshness>,
    /// The feed of revocations.
    pub feed: FeedHealth,
    /// The server's public keys.
    pub keys: KeysHealth,
    /// Sessions that wait for their end: [`Verifier::watch`](crate::Verifier::watch).
    pub watchers: usize,
}

impl Health {
    /// Whether tokens are checked offline now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.freshness == Some(Freshness::Fresh) && self.keys.count > 0
    }

    pub(crate) fn of(shared: &Shared) -> Self {
        let record = shared.chronicle.read();
        let in_force = shared.keys.in_force();
        let keys = in_force.get();
        let freshness = shared
            .heard
            .age()
            .map(|age| if age > shared.max_staleness { Freshness::Stale { age } } else { Freshness::Fresh });
        Self {
            freshness,
            feed: FeedHealth {
                source: record.source,
                position: record.position.map(|position| position.to_string()),
                last_fault: record.last_fault,
                faults: record.faults,
                failure: record.failure,
                snapshots: record.snapshots,
                identities: shared.knowledge.load().as_deref().map_or(0, |known| known.identity_count()),
            },
            keys: KeysHealth {
                issuer: shared.keys.issuer().map(str::to_owned),
                count: keys.map_or(0, KeySetInForce::len),
                read_ago: keys.map(|keys| keys.read_at.elapsed()),
                fault: shared.keys.last_round().fault,
                remembered_tokens: keys.map_or(0, KeySetInForce::remembered),
            },
            watchers: shared.watchers.len(),
        }
    }
}

/// How the feed of revocations goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedHealth {
    /// Where news come from; `None` while they do not.
    pub source: Option<FeedSource>,
    /// The last place that the server signed for, `<incarnation>-<count>`.
    pub position: Option<String>,
    /// The last lie of the feed. It stays when the feed is believed again.
    pub last_fault: Option<FeedFault>,
    /// How often the feed lied.
    pub faults: u64,
    /// What keeps the verifier from the feed; `None` while nothing does.
    pub failure: Option<LinkFailure>,
    /// How many snapshots were taken. One is usual.
    pub snapshots: u64,
    /// How many revoked identities are remembered.
    pub identities: usize,
}

/// How the server's public keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeysHealth {
    /// Whose tokens are accepted; `None` before it is known.
    pub issuer: Option<String>,
    /// How many keys are in force.
    pub count: usize,
    /// How long ago the server last said that these are its keys.
    pub read_ago: Option<Duration>,
    /// Why the last attempt to read them failed, if it did.
    pub fault: Option<KeysFault>,
    /// How many tokens need no second look at their signatures: [`Builder::signature_cache`](crate::Builder::signature_cache).
    pub remembered_tokens: usize,
}
