//! The keys of an issuer that were read last. They go on counting while it is silent, for a day.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use callsign_protocol::key_set::VerifyingKey;
use tokio::time::Instant;

/// For how long keys count while their issuer cannot be asked. A key that it withdrew would count for as long.
const KEPT_WITHOUT_ISSUER: Duration = Duration::from_hours(24);

/// The keys in force.
pub(super) struct Keys(ArcSwap<KnownKeys>);

/// Keys that were read, or none.
pub(super) struct KnownKeys {
    /// The `iss` of tokens, as the issuer itself writes it.
    issuer: String,
    keys: HashMap<String, VerifyingKey>,
    read_at: Instant,
}

impl Default for Keys {
    fn default() -> Self {
        Self::known(KnownKeys::new(String::new(), HashMap::new()))
    }
}

impl Keys {
    pub(super) fn known(keys: KnownKeys) -> Self {
        Self(ArcSwap::from_pointee(keys))
    }

    pub(super) fn put(&self, keys: KnownKeys) {
        self.0.store(Arc::new(keys));
    }

    /// Those that count now; those of the process itself count for ever.
    pub(super) fn in_force(&self, for_ever: bool) -> Arc<KnownKeys> {
        let known = self.0.load_full();
        if for_ever || known.read_at.elapsed() < KEPT_WITHOUT_ISSUER {
            return known;
        }
        Arc::new(KnownKeys::new(known.issuer.clone(), HashMap::new()))
    }
}

impl KnownKeys {
    pub(super) fn new(issuer: String, keys: HashMap<String, VerifyingKey>) -> Self {
        Self { issuer, keys, read_at: Instant::now() }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn get(&self, key_id: &str) -> Option<&VerifyingKey> {
        self.keys.get(key_id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn keys_count_for_a_day_after_they_were_read_last() {
        let key = callsign_core::token::signing_key::SigningKey::generate(
            callsign_protocol::algorithm::Algorithm::Es256,
        )
        .unwrap();
        let read = || {
            let keys = HashMap::from([(key.key_id().to_owned(), key.verifying().clone())]);
            KnownKeys::new("https://a.example".to_owned(), keys)
        };
        let keys = Keys::known(read());
        tokio::time::advance(Duration::from_hours(24) - Duration::from_secs(1)).await;
        assert!(keys.in_force(false).get(key.key_id()).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(keys.in_force(false).is_empty());
        assert!(!keys.in_force(true).is_empty());
        keys.put(read());
        assert!(!keys.in_force(false).is_empty());
    }
}
