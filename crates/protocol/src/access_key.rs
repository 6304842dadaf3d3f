//! The shared key that signs requests (64 bytes, two per resource).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Bytes in a key that Callsign makes; recorded keys of the live service are 64 bytes (`wire-contract.md` §1).
pub const ACCESS_KEY_BYTES: usize = 64;

/// Longest key that is read, in bytes. A key of one byte is valid: the official test suites use one.
pub const ACCESS_KEY_BYTES_MAX: usize = 512;

/// An access key. It signs and checks, and never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey(Secret<Vec<u8>>);

impl AccessKey {
    /// Takes raw key bytes.
    ///
    /// # Errors
    /// When there is no byte, or more than [`ACCESS_KEY_BYTES_MAX`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, AccessKeyError> {
        let secret = Secret::new(bytes);
        match secret.expose().len() {
            1..=ACCESS_KEY_BYTES_MAX => Ok(Self(secret)),
            _ => Err(AccessKeyError),
        }
    }

    /// The raw bytes, for wrapping and for signing.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// The base64 text of a connection string.
    #[must_use]
    pub fn expose_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.expose_bytes()))
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessKey(…)")
    }
}

/// The text is no access key. It is not repeated here: it may be almost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the access key is not base64 of 1 to {ACCESS_KEY_BYTES_MAX} bytes; copy it whole, including the `=` at its end"
)]
pub struct AccessKeyError;

impl FromStr for AccessKey {
    type Err = AccessKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(STANDARD.decode(text).map_err(|_| AccessKeyError)?)
    }
}

/// Which of a resource's two access keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySlot {
    /// The primary key, slot 1.
    Primary,
    /// The secondary key, slot 2.
    Secondary,
}

impl KeySlot {
    /// Both slots, in the order in which a signature is tried.
    pub const BOTH: [Self; 2] = [Self::Primary, Self::Secondary];

    /// `1` or `2`, as stores and tokens write it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Primary => 1,
            Self::Secondary => 2,
        }
    }

    /// The slot with that number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Primary),
            2 => Some(Self::Secondary),
            _ => None,
        }
    }

    /// `primary` or `secondary`, as the command line says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

impl fmt::Display for KeySlot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_does_not_print() {
        let key = AccessKey::from_bytes(vec![7; ACCESS_KEY_BYTES]).unwrap();
        let text = key.expose_base64();
        assert_eq!(text.len(), 88);
        assert_eq!(text.parse::<AccessKey>().unwrap(), key);
        assert!(!format!("{key:?}").contains(text.as_str()));
    }

    #[test]
    fn a_bad_key_is_not_repeated() {
        let error = "c2VjcmV0!".parse::<AccessKey>().unwrap_err();
        assert!(!error.to_string().contains("c2VjcmV0"));
        assert!("".parse::<AccessKey>().is_err());
    }
}
