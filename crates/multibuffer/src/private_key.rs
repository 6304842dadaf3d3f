//! The keys of the engine: the secret half in one place that is wiped, the public half ready to verify with.

use aws_lc_rs::rsa::KeyPair;
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 64-bit words of the largest prime.
const PRIME_WORDS_MAX: usize = Size::BYTES_MAX / 16;

/// 64-bit words of the largest modulus.
const MODULUS_WORDS_MAX: usize = Size::BYTES_MAX / 8;

/// The exponent that the kernels verify with, big-endian.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// An RSA key to sign with: 2048, 3072 or 4096 bits, two primes, public exponent 65537. It cannot be printed or copied.
pub struct PrivateKey {
    secret: Box<Secret>,
    modulus: Modulus,
}

/// Why a key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRejected {
    /// It is no PKCS#8 with an RSA key, or its numbers do not belong together.
    #[error("this is no sound RSA key in PKCS#8; make it anew with openssl or aws-lc")]
    Malformed,
    /// Its modulus has another size.
    #[error("the RSA key has {bits} bits; the engine takes 2048, 3072 and 4096")]
    Size {
        /// Bits of its modulus.
        bits: usize,
    },
    /// It has more than two primes, or two of different sizes.
    #[error("the RSA key is not of two primes of one size; make one that is")]
    Primes,
    /// Its public exponent is another.
    #[error("the public exponent of the RSA key is not 65537; the engine takes no other")]
    Exponent,
}

impl PrivateKey {
    /// Reads a key, once for all its signatures: it takes a few milliseconds, as everything is checked.
    ///
    /// # Errors
    /// [`KeyRejected`] when it is unsound or not for this engine.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyRejected> {
        let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| KeyRejected::Malformed)?;
        if info.algorithm.oid != pkcs1::ALGORITHM_OID {
            return Err(KeyRejected::Malformed);
        }
        let key =
            RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).map_err(|_| KeyRejected::Malformed)?;
        let modulus = Modulus::new(key.modulus.as_bytes())?;
        if key.public_exponent.as_bytes() != EXPONENT {
            return Err(KeyRejected::Exponent);
        }
        let numbers = [key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient];
        if numbers.iter().any(|number| number.as_bytes().len() > modulus.size.bytes() / 2) {
            return Err(KeyRejected::Primes);
        }
        // A key whose numbers do not belong together would sign wrongly and so switch the engine off for every other.
        KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyRejected::Malformed)?;
        let mut secret = Box::new(Secret::empty(modulus.size));
        let Secret { p, q, dp, dq, qinv, .. } = secret.as_mut();
        for (to, from) in [p, q, dp, dq, qinv].into_iter().zip(numbers) {
            words(from.as_bytes(), to);
        }
        Ok(Self { secret, modulus })
    }

    pub(crate) const fn size(&self) -> Size {
        self.modulus.size
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) const fn modulus(&self) -> &Modulus {
        &self.modulus
    }
}

/// The sizes that the engine takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl Size {
    pub(crate) const ALL: [Self; 3] = [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// Bytes of the largest modulus.
    pub(crate) const BYTES_MAX: usize = Self::Rsa4096.bytes();

    /// Bits of the modulus, as the library counts them.
    pub(crate) const fn bits(self) -> i32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }

    /// Bytes of the modulus, and of a signature.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
        }
    }
}

/// The secret numbers, little-endian as the library takes them, and wiped when they are dropped. Each has room for the
/// largest size; what a smaller key leaves is zero. Boxed by its owner, so that moving a key leaves no copy behind.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret {
    #[zeroize(skip)]
    pub(crate) size: Size,
    pub(crate) p: [u64; PRIME_WORDS_MAX],
    pub(crate) q: [u64; PRIME_WORDS_MAX],
    pub(crate) dp: [u64; PRIME_WORDS_MAX],
    pub(crate) dq: [u64; PRIME_WORDS_MAX],
    pub(crate) qinv: [u64; PRIME_WORDS_MAX],
}

impl Secret {
    const fn empty(size: Size) -> Self {
        let zero = [0; PRIME_WORDS_MAX];
        Self { size, p: zero, q: zero, dp: zero, dq: zero, qinv: zero }
    }
}

/// The public number, both ways round.
pub(crate) struct Modulus {
    pub(crate) size: Size,
    /// Little-endian, as the library takes it.
    pub(crate) words: [u64; MODULUS_WORDS_MAX],
    big_endian: Vec<u8>,
}

impl Modulus {
    fn new(big_endian: &[u8]) -> Result<Self, KeyRejected> {
        let bits =
            big_endian.len() * 8 - big_endian.first().map_or(0, |first| first.leading_zeros() as usize);
        let size = Size::ALL.into_iter().find(|size| size.bytes() * 8 == bits);
        let size = size.ok_or(KeyRejected::Size { bits })?;
        let mut numbers = [0; MODULUS_WORDS_MAX];
        words(big_endian, &mut numbers);
        Ok(Self { size, words: numbers, big_endian: big_endian.to_vec() })
    }

    /// Whether the number is a signature at all: smaller than the modulus (RFC 8017 §5.2.2).
    pub(crate) fn exceeds(&self, signature: &[u8]) -> bool {
        signature.len() == self.big_endian.len() && signature < self.big_endian.as_slice()
    }
}

/// Turns a number round: big-endian bytes, little-endian words. What has no room is left out.
fn words(big_endian: &[u8], to: &mut [u64]) {
    for (word, bytes) in to.iter_mut().zip(big_endian.rchunks(8)) {
        *word = bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    }
}
