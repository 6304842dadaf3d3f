//! Tokens whose form, signature and claims were found right, so that a repeated one costs no second look at its signature.
//!
//! It belongs to the key set by which they were found right, and ends with it: no token outlives its key in here. What changes
//! without the key set is never remembered: times are asked for anew with each look, revocations by whoever asks. Strangers put
//! nothing in, as no token enters before its signature was right and its time is on; and they find nothing, as a token is known
//! by the SHA-256 digest of all its characters.

use std::fmt;
use std::sync::Arc;

use callsign_protocol::date::Timestamp;
use callsign_protocol::digest::sha256;
use callsign_protocol::verification::{AuthenticToken, Rejection, TOKEN_BYTES_MAX, VerifiedToken};
use quick_cache::sync::Cache;

/// What is remembered of the token with the digest.
///
/// The tokens lie in shards, each behind a lock that is held for one look or one insertion; a look locks nobody else's out. When
/// there are too many, those go that were not asked for again (Clock-PRO).
type Passed = Cache<[u8; 32], Arc<AuthenticToken>>;

pub(super) struct SignatureCache(Passed);

impl SignatureCache {
    /// One for about so many tokens; `None` for none.
    pub(super) fn new(tokens_max: usize) -> Option<Self> {
        (tokens_max > 0).then(|| Self(Cache::new(tokens_max)))
    }

    /// What the token says, if it is good now: as it is remembered, or else as it is found, to be remembered from now on.
    pub(super) fn check(
        &self,
        token: &str,
        now: Timestamp,
        authenticate: impl FnOnce() -> Result<AuthenticToken, Rejection>,
    ) -> Result<VerifiedToken, Rejection> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Rejection::Oversized);
        }
        let digest = sha256(&[token.as_bytes()]);
        if let Some(known) = self.0.get(&digest) {
            return known.at(now).cloned();
        }
        let found = authenticate()?;
        let said = found.at(now)?.clone();
        self.0.insert(digest, Arc::new(found));
        Ok(said)
    }

    /// Forgets tokens whose time is over.
    pub(super) fn forget_expired(&self, now: Timestamp) {
        self.0.retain(|_, token| token.at(now) != Err(Rejection::Expired));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Neither tokens nor their digests are shown.
impl fmt::Debug for SignatureCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignatureCache({} of {} tokens)", self.len(), self.0.capacity())
    }
}

#[cfg(test)]
mod tests;
