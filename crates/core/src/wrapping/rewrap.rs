//! Wrapping everything anew: all keys of a store under another key-encryption key, in one step.

use std::sync::Arc;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::secret::Secret;

use super::{KeyEncryptionKey, Wrapped, WrappingError};
use crate::directory::audit::{Action, Actor, Deed};
use crate::directory::resource;
use crate::error::{Error, LoadError};
use crate::service::Service;
use crate::store::{Rewrapped, Store, StoredKey};
use crate::token::signing_key;

/// How often keys that changed meanwhile are read again.
const ATTEMPTS_MAX: usize = 8;

/// How many keys were wrapped anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RewrappedKeys {
    /// Access keys, two of each resource.
    pub access_keys: usize,
    /// Signing keys.
    pub signing_keys: usize,
}

/// Opens everything that is wrapped in the store, and keeps none of it.
///
/// # Errors
/// [`LoadError::Wrapping`] names the first key that does not open under this one; [`LoadError::Store`] when the store
/// cannot tell.
pub async fn check_opens(store: &dyn Store, under: &KeyEncryptionKey) -> Result<(), LoadError> {
    each_key(store, under, |_, _| Ok(Wrapped(Vec::new()))).await.map(drop)
}

/// Wraps every key that opens under `from` anew under `to`, all of them in one transaction.
///
/// # Errors
/// [`LoadError`]. Nothing was changed then, unless the store says that it does not know.
pub async fn rewrap(
    store: &dyn Store,
    (from, to): (&KeyEncryptionKey, &KeyEncryptionKey),
    deed: &Deed,
) -> Result<RewrappedKeys, LoadError> {
    for _ in 0..ATTEMPTS_MAX {
        let rewrapped = each_key(store, from, |what, secret| to.wrap(what, secret.expose())).await?;
        if store.rewrap(&rewrapped, deed).await? {
            let (access_keys, signing_keys) = (rewrapped.access_keys.len(), rewrapped.signing_keys.len());
            return Ok(RewrappedKeys { access_keys, signing_keys });
        }
    }
    Err(Error::Internal("the keys changed each time that they were to be wrapped anew".to_owned()).into())
}

/// What becomes of every wrapped key of the store, opened.
async fn each_key(
    store: &dyn Store,
    under: &KeyEncryptionKey,
    mut wrap: impl FnMut(&str, &Secret<Vec<u8>>) -> Result<Wrapped, WrappingError> + Send,
) -> Result<Rewrapped, LoadError> {
    let mut anew = |what: &str, wrapped: &Wrapped| wrap(what, &under.unwrap(what, wrapped)?);
    let mut rewrapped = Rewrapped { access_keys: Vec::new(), signing_keys: Vec::new() };
    for stored in store.resources().await? {
        for (slot, key) in KeySlot::BOTH.into_iter().zip(&stored.keys) {
            let what = resource::wrapped_as(stored.id, slot, key.generation);
            let key = StoredKey { generation: key.generation, wrapped: anew(&what, &key.wrapped)? };
            rewrapped.access_keys.push((stored.id, slot, key));
        }
    }
    for stored in store.signing_keys().await? {
        let wrapped = anew(&signing_key::wrapped_as(&stored.key_id), &stored.wrapped)?;
        rewrapped.signing_keys.push((stored.key_id, wrapped));
    }
    Ok(rewrapped)
}

impl Service {
    /// Wraps every key anew under another key-encryption key, which is the service's from then on.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with [`StoreError::OutcomeUnknown`](crate::store::StoreError::OutcomeUnknown) when either key may be the right one now: both have to be
    /// kept until the store is opened again. With any other error nothing was changed.
    pub async fn rewrap_keys(&self, next: KeyEncryptionKey, actor: Actor) -> Result<RewrappedKeys, Error> {
        // Who wraps a key meanwhile would store it under the key that goes.
        let _turn = self.key_changes.lock().await;
        let present = self.key_encryption_key.load_full();
        let deed = Deed::new(self.clock.now(), actor, Action::RewrapKeys);
        let rewrapped = rewrap(self.store.as_ref(), (&present, &next), &deed).await?;
        self.key_encryption_key.store(Arc::new(next));
        Ok(rewrapped)
    }
}

#[cfg(test)]
mod tests;
