//! What every operation stands on: store, clock, randomness, signing and the directory in memory.

use std::sync::Arc;

use arc_swap::ArcSwap;
use callsign_protocol::claims::Issuer;
use tokio::sync::Mutex;

use crate::authorities::Authorities;
use crate::clock::Clock;
use crate::directory::feeds::Feeds;
use crate::directory::last_issued::LastIssued;
use crate::directory::resource::Resources;
use crate::entropy::Entropy;
use crate::store::Store;
use crate::token::key_ring::KeyRing;
use crate::token::signing_queue::SigningQueue;
use crate::wrapping::KeyEncryptionKey;

/// The parts, put together once at start.
pub struct Service {
    /// Where identities live.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Wraps keys at rest.
    pub key_encryption_key: ArcSwap<KeyEncryptionKey>,
    /// The keys that sign tokens.
    pub signing_keys: KeyRing,
    /// Whoever makes, wraps, replaces or removes keys of any kind waits here for its turn.
    pub key_changes: Mutex<()>,
    /// The threads that sign.
    pub signing: SigningQueue,
    /// The `iss` claim.
    pub issuer: Issuer,
    /// Who vouches for tokens of Entra.
    pub authorities: Arc<dyn Authorities>,
    /// Resources and their access keys, in memory.
    pub resources: Resources,
    /// When identities last got a token, not yet in the store.
    pub last_issued: LastIssued,
    /// Tells those who serve revocation feeds that there is something new.
    pub feeds: Feeds,
}

#[cfg(test)]
pub(crate) mod sample;
