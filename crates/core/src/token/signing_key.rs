//! The keys that sign tokens: how they are made, named, wrapped and loaded, and how one signs.

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::encoded_header;
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::{PublicKey, VerifyingKey};
use callsign_protocol::revocation::STATEMENT_TYPE;
use callsign_protocol::verification::TOKEN_TYPE;
use zeroize::Zeroizing;

use super::signer::SigningFailed;
use crate::error::{Error, LoadError};
use crate::store::{StoreError, StoredSigningKey};
use crate::wrapping::KeyEncryptionKey;

/// A loaded signing key, with everything that does not change from token to token prepared.
pub struct SigningKey {
    published: PublicKey,
    verifying: VerifyingKey,
    encoded_header: String,
    encoded_statement_header: String,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.key_id())
    }
}

impl SigningKey {
    /// Makes a key: RSA-2048, the size that the live service signs with (`live-behaviour.md` §3.2), or P-256.
    ///
    /// # Errors
    /// [`Error::Internal`] when the engine fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        let pair = match algorithm {
            Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).ok().map(Pair::Rsa),
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok().map(Pair::P256),
        };
        pair.and_then(Self::from_pair)
            .ok_or_else(|| Error::Internal(format!("no {algorithm} key could be generated")))
    }

    fn from_pair(pair: Pair) -> Option<Self> {
        let published = match &pair {
            Pair::Rsa(pair) => {
                let (modulus, exponent) = (pair.public_key().modulus(), pair.public_key().exponent());
                PublicKey::rsa(
                    modulus.big_endian_without_leading_zero(),
                    exponent.big_endian_without_leading_zero(),
                )
            }
            // The uncompressed form of SEC 1 §2.3.3: a 4, then both coordinates.
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref().strip_prefix(&[4])?.split_at_checked(32)?;
                PublicKey::p256(x.try_into().ok()?, y.try_into().ok()?)
            }
        };
        let (key_id, algorithm) = (published.kid(), published.algorithm());
        Some(Self {
            encoded_header: encoded_header(key_id, algorithm, TOKEN_TYPE),
            encoded_statement_header: encoded_header(key_id, algorithm, STATEMENT_TYPE),
            verifying: published.prepared()?,
            published,
            pair,
        })
    }

    /// The RFC 7638 thumbprint of the public half: the `kid` of every token that the key signs.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.published.kid()
    }

    /// What it signs by.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.published.algorithm()
    }

    /// The public half, as key sets publish it.
    #[must_use]
    pub const fn published(&self) -> &PublicKey {
        &self.published
    }

    /// The public half, ready to check signatures.
    #[must_use]
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The encoded header of every token that the key signs.
    #[must_use]
    pub fn encoded_header(&self) -> &str {
        &self.encoded_header
    }

    /// The encoded header of every statement about revocations that the key signs.
    #[must_use]
    pub fn encoded_statement_header(&self) -> &str {
        &self.encoded_statement_header
    }

    /// Signs a SHA-256 digest: RSASSA-PKCS1-v1_5, or ECDSA with both numbers side by side (RFC 7518 §3.3, §3.4).
    ///
    /// # Errors
    /// [`SigningFailed`] when the engine fails.
    pub fn sign(&self, digest: &Digest) -> Result<Vec<u8>, SigningFailed> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, digest, &mut signature).map_err(|_| SigningFailed)?;
                Ok(signature)
            }
            Pair::P256(pair) => Ok(pair.sign_digest(digest).map_err(|_| SigningFailed)?.as_ref().to_vec()),
        }
    }

    /// The private key in the form of RFC 5208, for an engine that reads it itself.
    #[must_use]
    pub fn pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        let der = match &self.pair {
            Pair::Rsa(pair) => {
                let der: Pkcs8V1Der<'static> = pair.as_der().ok()?;
                der.as_ref().to_vec()
            }
            Pair::P256(pair) => pair.to_pkcs8v1().ok()?.as_ref().to_vec(),
        };
        Some(Zeroizing::new(der))
    }

    /// The key as a store keeps it.
    ///
    /// # Errors
    /// [`Error::Internal`] when the engine fails.
    pub fn wrap(
        &self,
        under: &KeyEncryptionKey,
        (created_at, activates_at): (Timestamp, Timestamp),
    ) -> Result<StoredSigningKey, Error> {
        let pkcs8 =
            self.pkcs8().ok_or_else(|| Error::Internal("the signing key has no PKCS#8 form".to_owned()))?;
        let wrapped = under
            .wrap(&wrapped_as(self.key_id()), &pkcs8)
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(StoredSigningKey {
            key_id: self.key_id().to_owned(),
            algorithm: self.algorithm(),
            created_at: created_at.whole_milliseconds(),
            activates_at: activates_at.whole_milliseconds(),
            wrapped,
        })
    }

    /// Loads a key from its stored form.
    ///
    /// # Errors
    /// [`LoadError`] when it is wrapped under another key, or is not what it is said to be.
    pub fn load(stored: &StoredSigningKey, under: &KeyEncryptionKey) -> Result<Self, LoadError> {
        let pkcs8 = under.unwrap(&wrapped_as(&stored.key_id), &stored.wrapped)?;
        let pair = match stored.algorithm {
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8.expose()).map(Pair::Rsa),
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.expose()).map(Pair::P256)
            }
        };
        let corrupt = |reason: String| {
            LoadError::Store(StoreError::Corrupt { table: "signing_key", key: stored.key_id.clone(), reason })
        };
        let pair = pair.map_err(|rejected| corrupt(rejected.to_string()))?;
        let key = Self::from_pair(pair).filter(|key| key.key_id() == stored.key_id);
        key.ok_or_else(|| corrupt("it is another key than its id says".to_owned()))
    }
}

/// What a signing key is wrapped as.
pub(crate) fn wrapped_as(key_id: &str) -> String {
    format!("signing key {key_id}")
}
