//! Signing algorithms: the two that tokens may be signed by, by their words of RFC 7518 §3.1.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a token is signed. There is no third way, above all not `none` (RFC 8725 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what the live service signs by and what every client expects.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256, the signature as `r` and `s` of 32 bytes each.
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// Every algorithm, the default one first.
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// The word of headers, key sets and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The word is no signing algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing algorithm is RS256 or ES256, in upper case")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text).ok_or(UnknownAlgorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_reads_back_and_nothing_else_is_read() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
            let json = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(json, format!("\"{algorithm}\""));
            assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), algorithm);
        }
        for word in ["", "rs256", "Rs256", "RS256 ", "RS384", "HS256", "none", "ES256K"] {
            assert_eq!(word.parse::<Algorithm>(), Err(UnknownAlgorithm), "{word}");
            assert!(serde_json::from_value::<Algorithm>(word.into()).is_err(), "{word}");
        }
    }

    #[test]
    fn tokens_are_signed_as_the_live_service_does_unless_told_otherwise() {
        assert_eq!(Algorithm::default(), Algorithm::Rs256);
    }
}
