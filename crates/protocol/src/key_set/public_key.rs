//! One published key and its name.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::VerifyingKey;
use crate::algorithm::Algorithm;

/// A public key that checks signatures (RFC 7517 §4): RSA by RS256 (RFC 7518 §6.3) or P-256 by ES256 (§6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey(Jwk);

/// The members of a key, in the order in which they are written. Members that are not named here are not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Jwk {
    #[serde(rename = "RSA")]
    Rsa {
        #[serde(rename = "use", default)]
        usage: Usage,
        /// Optional in a key set (RFC 7517 §4.4), and an RSA key has one algorithm here.
        #[serde(default)]
        alg: Rs256,
        kid: String,
        /// Modulus and exponent: base64url of big-endian bytes without leading zeros.
        n: String,
        e: String,
    },
    #[serde(rename = "EC")]
    Ec {
        #[serde(rename = "use", default)]
        usage: Usage,
        #[serde(default)]
        alg: Es256,
        kid: String,
        crv: Curve,
        /// Coordinates: base64url of 32 big-endian bytes.
        x: String,
        y: String,
    },
}

/// The one use of the keys that are read here; a key for encryption is another kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Usage {
    #[default]
    #[serde(rename = "sig")]
    Signing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Rs256 {
    #[default]
    #[serde(rename = "RS256")]
    Only,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Es256 {
    #[default]
    #[serde(rename = "ES256")]
    Only,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Curve {
    #[serde(rename = "P-256")]
    P256,
}

impl PublicKey {
    /// The RSA key of that modulus and exponent, both big-endian without leading zeros, named by its RFC 7638 thumbprint.
    #[must_use]
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
        let kid = thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
        Self(Jwk::Rsa { usage: Usage::Signing, alg: Rs256::Only, kid, n, e })
    }

    /// The P-256 key of that point, both coordinates big-endian, named by its RFC 7638 thumbprint.
    #[must_use]
    pub fn p256(x: &[u8; 32], y: &[u8; 32]) -> Self {
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = thumbprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
        Self(Jwk::Ec { usage: Usage::Signing, alg: Es256::Only, kid, crv: Curve::P256, x, y })
    }

    /// The key's name. Keys of ours are named by their thumbprint; other issuers name theirs as they like.
    #[must_use]
    pub fn kid(&self) -> &str {
        match &self.0 {
            Jwk::Rsa { kid, .. } | Jwk::Ec { kid, .. } => kid,
        }
    }

    /// What the key signs by.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Jwk::Rsa { .. } => Algorithm::Rs256,
            Jwk::Ec { .. } => Algorithm::Es256,
        }
    }

    /// The key, ready to check signatures. `None` for an RSA key that is not of 2048 to 8192 bits, for a point that is not on
    /// the curve, and for a name that no header of a token could hold.
    #[must_use]
    pub fn prepared(&self) -> Option<VerifyingKey> {
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        match &self.0 {
            Jwk::Rsa { kid, n, e, .. } => VerifyingKey::rsa(kid, &decoded(n)?, &decoded(e)?),
            Jwk::Ec { kid, x, y, .. } => VerifyingKey::p256(kid, &decoded(x)?, &decoded(y)?),
        }
    }
}

/// SHA-256 of the required members in lexical order (RFC 7638 §3).
fn thumbprint(members: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}
