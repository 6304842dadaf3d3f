//! One key, prepared once, that checks signatures.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use crate::algorithm::Algorithm;

/// Longest name of a key, in bytes.
const KID_BYTES_MAX: usize = 256;

/// Sizes of RSA moduli that are trusted, in bits (RFC 7518 §3.3 demands 2048).
const MODULUS_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// Longest RSA exponent, in bytes: 65537 has three, and longer ones only cost time.
const EXPONENT_BYTES_MAX: usize = 4;

/// Bytes of a coordinate of P-256.
const COORDINATE_BYTES: usize = 32;

/// A public key that was taken apart and examined once, so that checking a signature is all that is left. Clones share it.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Prepared>);

struct Prepared {
    kid: String,
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl VerifyingKey {
    /// The RSA key of that modulus and exponent.
    pub(super) fn rsa(kid: &str, n: &[u8], e: &[u8]) -> Option<Self> {
        let odd = e.last().is_some_and(|low| low & 1 == 1);
        if !MODULUS_BITS.contains(&bits(n)?) || !odd || e == [1] || e.len() > EXPONENT_BYTES_MAX {
            return None;
        }
        let key = RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
        Self::new(kid, Algorithm::Rs256, key)
    }

    /// The P-256 key of that point.
    pub(super) fn p256(kid: &str, x: &[u8], y: &[u8]) -> Option<Self> {
        if x.len() != COORDINATE_BYTES || y.len() != COORDINATE_BYTES {
            return None;
        }
        // The uncompressed form of SEC 1 §2.3.3.
        let point = [&[4], x, y].concat();
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
        Self::new(kid, Algorithm::Es256, key)
    }

    fn new(kid: &str, algorithm: Algorithm, key: ParsedPublicKey) -> Option<Self> {
        let named =
            (1..=KID_BYTES_MAX).contains(&kid.len()) && kid.bytes().all(|byte| byte.is_ascii_graphic());
        named.then(|| Self(Arc::new(Prepared { kid: kid.to_owned(), algorithm, key })))
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The one algorithm that it checks signatures of.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// Whether the key made this signature.
    #[must_use]
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        self.0.key.verify_sig(signed, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifyingKey({} {})", self.algorithm(), self.kid())
    }
}

/// How many bits a big-endian number has; `None` when it has a leading zero byte, or none at all.
fn bits(number: &[u8]) -> Option<u32> {
    let high = number.first().filter(|byte| **byte != 0)?;
    Some(u32::try_from(number.len()).ok()?.checked_mul(8)? - high.leading_zeros())
}
