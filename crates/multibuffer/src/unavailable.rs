//! Why the engine cannot be had, each with what to do about it.

use crate::kernel::Version;

/// Why the vectorised engine cannot be had. Nothing is wrong then but the speed: sign with an ordinary engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The CPU has not the instructions.
    #[error(
        "the CPU does not offer {missing}; run on one with AVX-512 IFMA (Intel since Ice Lake, AMD since Zen 4)"
    )]
    Cpu {
        /// The first instruction set that is missing.
        missing: &'static str,
    },
    /// The library was not found, or the system does not load it.
    #[error(
        "libcrypto_mb is not to be loaded: {reason}; install Intel's Cryptography Primitives Library with its compiler \
         runtime and OpenSSL 3, and name libcrypto_mb.so if the system does not find it"
    )]
    Library {
        /// What the system said.
        reason: String,
    },
    /// The library is too old or too new.
    #[error("libcrypto_mb has version {found}, and versions 1 and 2 are understood; install one of those")]
    Version {
        /// What the library says of itself.
        found: Version,
    },
    /// A function is missing.
    #[error("the library has no function {name}; name a libcrypto_mb.so of interface version 11 to 13")]
    Symbol {
        /// The first function that is missing.
        name: &'static str,
    },
    /// The library calculates wrongly.
    #[error(
        "libcrypto_mb failed its self-test: {reason}; install another version of it, or test this machine's CPU and memory"
    )]
    SelfTest {
        /// What it did.
        reason: String,
    },
}
