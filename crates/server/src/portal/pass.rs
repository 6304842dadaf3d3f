//! Passes: random texts that let in whoever shows them. Only a digest of one is ever kept, so that nothing that is kept lets anybody in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::entropy::{self, Entropy, NoEntropy};
use callsign_protocol::digest::sha256;
use zeroize::Zeroizing;

const PASS_BYTES: usize = 32;
/// Characters of a pass in base64 without padding.
const PASS_CHARACTERS: usize = 43;

/// What is kept of a pass.
pub(super) type Digest = [u8; 32];

/// A pass.
pub(super) struct Pass(Zeroizing<[u8; PASS_BYTES]>);

impl Pass {
    /// A fresh one.
    pub(super) fn random(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        entropy::bytes(entropy).map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Reads what [`Self::text`] wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() != PASS_CHARACTERS {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        <[u8; PASS_BYTES]>::try_from(bytes.as_slice()).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Letters, digits, `-` and `_`.
    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// What is kept of it.
    pub(super) fn digest(&self) -> Digest {
        sha256(&[self.0.as_slice()])
    }

    /// Another text that only its holder can have been given, and that does not tell it.
    pub(super) fn derived(&self, label: &str) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(sha256(&[label.as_bytes(), self.0.as_slice()])))
    }
}

#[cfg(test)]
mod tests {
    use callsign_core::entropy::SeededEntropy;

    use super::*;

    #[test]
    fn a_pass_reads_back_and_nothing_else_is_one() {
        let pass = Pass::random(&SeededEntropy::new(1)).unwrap();
        let text = pass.text();
        assert_eq!(Pass::read(&text).unwrap().digest(), pass.digest());
        let (long, short) = ("A".repeat(1_000_000), text.chars().skip(1).collect::<String>());
        for wrong in ["", "A", &short, &format!("{}=", *text), &format!("+{short}"), &long] {
            assert!(Pass::read(wrong).is_none(), "{}", wrong.len());
        }
    }

    #[test]
    fn what_is_derived_differs_by_pass_and_by_label() {
        let entropy = SeededEntropy::new(1);
        let [one, other] = [(); 2].map(|()| Pass::random(&entropy).unwrap());
        assert_ne!(one.derived("a"), other.derived("a"));
        assert_ne!(one.derived("a"), one.derived("b"));
        assert_ne!(*one.derived(""), URL_SAFE_NO_PAD.encode(one.0.as_slice()));
    }
}
