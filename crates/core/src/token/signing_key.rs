//! The RSA keys that sign tokens: how they are made, named, wrapped and loaded.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use callsign_protocol::claims::encoded_header;
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::PublicKey;
use zeroize::Zeroizing;

use crate::error::{Error, LoadError};
use crate::store::{Store, StoreError, StoredSigningKey};
use crate::wrapping::KeyEncryptionKey;

/// A loaded signing key, with everything that does not change from token to token prepared.
pub struct SigningKey {
    published: PublicKey,
    encoded_header: String,
    pair: KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.published.kid)
    }
}

impl SigningKey {
    /// Makes an RSA-2048 key, the size that the live service signs with (`live-behaviour.md` §3.2).
    ///
    /// # Errors
    /// [`Error::Internal`] when the engine fails.
    pub fn generate() -> Result<Self, Error> {
        let pair = KeyPair::generate(KeySize::Rsa2048)
            .map_err(|_| Error::Internal("no RSA key could be generated".to_owned()))?;
        Ok(Self::from_pair(pair))
    }

    fn from_pair(pair: KeyPair) -> Self {
        let public = pair.public_key();
        let (modulus, exponent) = (public.modulus(), public.exponent());
        let published = PublicKey::rsa(
            modulus.big_endian_without_leading_zero(),
            exponent.big_endian_without_leading_zero(),
        );
        Self { encoded_header: encoded_header(&published.kid), published, pair }
    }

    /// The RFC 7638 thumbprint of the public half: the `kid` of every token that the key signs.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.published.kid
    }

    /// The public half, as key sets publish it.
    #[must_use]
    pub const fn published(&self) -> &PublicKey {
        &self.published
    }

    /// The encoded header of every token that the key signs.
    #[must_use]
    pub fn encoded_header(&self) -> &str {
        &self.encoded_header
    }

    /// The private half, for an engine that signs.
    #[must_use]
    pub const fn pair(&self) -> &KeyPair {
        &self.pair
    }

    /// The public half in DER (`RSAPublicKey`, RFC 8017 A.1.1), for those who verify.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn wrap(&self, under: &KeyEncryptionKey, now: Timestamp) -> Result<StoredSigningKey, Error> {
        let pkcs8: Pkcs8V1Der<'static> = self
            .pair
            .as_der()
            .map_err(|_| Error::Internal("the signing key has no PKCS#8 form".to_owned()))?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        let wrapped = under
            .wrap(&wrapped_as(&self.published.kid), &pkcs8)
            .map_err(|e| Error::Internal(e.to_string()))?;
        Ok(StoredSigningKey { key_id: self.key_id().to_owned(), created_at: now, activates_at: now, wrapped })
    }

    fn load(stored: &StoredSigningKey, under: &KeyEncryptionKey) -> Result<Self, LoadError> {
        let pkcs8 = under.unwrap(&wrapped_as(&stored.key_id), &stored.wrapped)?;
        let pair = KeyPair::from_pkcs8(pkcs8.expose()).map_err(|rejected| {
            let (table, key) = ("signing_key", stored.key_id.clone());
            LoadError::Store(StoreError::Corrupt { table, key, reason: rejected.to_string() })
        })?;
        Ok(Self::from_pair(pair))
    }
}

/// The key that signs now: the one that was activated last. A store without any gets its first.
///
/// # Errors
/// [`LoadError`]; the process must not start without a key.
pub async fn active(
    store: &dyn Store,
    under: &KeyEncryptionKey,
    now: Timestamp,
) -> Result<Arc<SigningKey>, LoadError> {
    if let Some(stored) = latest(store, now).await? {
        return Ok(Arc::new(SigningKey::load(&stored, under)?));
    }
    let key = SigningKey::generate()?;
    let stored = key.wrap(under, now)?;
    store.add_signing_key(&stored).await?;
    Ok(Arc::new(key))
}

async fn latest(store: &dyn Store, now: Timestamp) -> Result<Option<StoredSigningKey>, StoreError> {
    // A key whose time seems to lie ahead still counts when it is the only one: clocks go wrong, tokens must go on.
    let mut keys = store.signing_keys().await?;
    let active = keys.iter().rposition(|key| key.activates_at <= now).unwrap_or(0);
    Ok((active < keys.len()).then(|| keys.swap_remove(active)))
}

fn wrapped_as(key_id: &str) -> String {
    format!("signing key {key_id}")
}
