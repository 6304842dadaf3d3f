//! Keys at rest: everything secret is wrapped by AES-256-GCM under one key-encryption key before it reaches a store.

pub mod rewrap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsign_protocol::secret::Secret;
use zeroize::Zeroizing;

use crate::entropy::{self, Entropy, NoEntropy};

const NONCE_BYTES: usize = 12;
const KEY_BYTES: usize = 32;

/// Wraps and unwraps secrets.
pub struct KeyEncryptionKey {
    key: RandomizedNonceKey,
}

impl std::fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyEncryptionKey(…)")
    }
}

/// A wrapped secret, as a store keeps it: nonce, ciphertext, tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped(pub Vec<u8>);

impl std::fmt::Debug for Wrapped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Wrapped({} bytes)", self.0.len())
    }
}

/// Why wrapping or unwrapping failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrappingError {
    /// The text is no key-encryption key.
    #[error("the key-encryption key is not base64 of {KEY_BYTES} bytes")]
    MalformedKey,
    /// The wrapped bytes do not open: another key wrapped them, or they were changed.
    #[error("{what} does not open under this key-encryption key")]
    DoesNotOpen {
        /// What was to be opened.
        what: String,
    },
    /// The engine refused to wrap.
    #[error("wrapping failed")]
    Failed,
}

/// A fresh key-encryption key, as the text that is kept in its file.
///
/// # Errors
/// [`NoEntropy`] when the machine gives no randomness.
pub fn fresh_key_text(entropy: &dyn Entropy) -> Result<Zeroizing<String>, NoEntropy> {
    let bytes = Zeroizing::new(entropy::bytes::<KEY_BYTES>(entropy)?);
    Ok(Zeroizing::new(STANDARD.encode(bytes.as_slice())))
}

impl KeyEncryptionKey {
    /// Reads the key from its text.
    ///
    /// # Errors
    /// [`WrappingError::MalformedKey`].
    pub fn from_text(text: &str) -> Result<Self, WrappingError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| WrappingError::MalformedKey)?);
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| WrappingError::MalformedKey)?;
        Ok(Self { key })
    }

    /// Wraps a secret. `what` is bound to the result, so that one row's secret does not open as another's.
    ///
    /// # Errors
    /// [`WrappingError::Failed`] when the engine refuses.
    pub fn wrap(&self, what: &str, secret: &[u8]) -> Result<Wrapped, WrappingError> {
        let mut sealed = Zeroizing::new(secret.to_vec());
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(what.as_bytes()), &mut *sealed)
            .map_err(|_| WrappingError::Failed)?;
        let mut wrapped = nonce.as_ref().to_vec();
        wrapped.extend_from_slice(&sealed);
        Ok(Wrapped(wrapped))
    }

    /// Unwraps what was wrapped as `what`.
    ///
    /// # Errors
    /// [`WrappingError::DoesNotOpen`] when another key or another `what` wrapped it, or a bit of it changed.
    pub fn unwrap(&self, what: &str, wrapped: &Wrapped) -> Result<Secret<Vec<u8>>, WrappingError> {
        let refused = || WrappingError::DoesNotOpen { what: what.to_owned() };
        let (nonce, sealed) = wrapped.0.split_at_checked(NONCE_BYTES).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let plain =
            self.key.open_in_place(nonce, Aad::from(what.as_bytes()), &mut opened).map_err(|_| refused())?;
        Ok(Secret::new(plain.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn key(seed: u64) -> KeyEncryptionKey {
        KeyEncryptionKey::from_text(&fresh_key_text(&SeededEntropy::new(seed)).unwrap()).unwrap()
    }

    #[test]
    fn a_wrapped_secret_opens_only_as_what_it_is_under_the_key_that_wrapped_it() {
        let wrapped = key(1).wrap("access key 1 of a", b"secret").unwrap();
        assert_eq!(key(1).unwrap("access key 1 of a", &wrapped).unwrap().expose(), b"secret");
        assert!(key(1).unwrap("access key 2 of a", &wrapped).is_err());
        assert!(key(2).unwrap("access key 1 of a", &wrapped).is_err());
        assert!(!wrapped.0.windows(6).any(|window| window == b"secret"));
        for bit in 0..wrapped.0.len() * 8 {
            let mut changed = wrapped.clone();
            changed.0[bit / 8] ^= 1 << (bit % 8);
            assert!(key(1).unwrap("access key 1 of a", &changed).is_err());
        }
    }

    #[test]
    fn a_key_is_32_bytes_of_base64() {
        for text in ["", "AAAA", "not base64"] {
            assert_eq!(KeyEncryptionKey::from_text(text).err(), Some(WrappingError::MalformedKey));
        }
    }
}
