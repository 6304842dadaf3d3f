//! Eight RSA signatures at once: the room of `libcrypto_mb`, Intel's vectorised RSA for CPUs with AVX-512 IFMA.
//!
//! The library is not linked. [`Engine::load`] looks for it while the program runs, and answers why when it cannot be
//! used; whoever signs then goes on with an ordinary engine. What the engine signs is byte for byte what any RSASSA-PKCS1-v1_5
//! engine signs, and each signature is verified before it leaves (`design/performance.md` §2).
//!
//! This crate knows nothing of tokens. It is the one crate that has `unsafe` code, in one of its modules.

mod cpu;
mod encoding;
mod engine;
mod kernel;
mod library;
mod private_key;
#[cfg(test)]
mod reference;
mod self_test;
mod unavailable;

pub use engine::{Engine, Fault};
pub use kernel::{LANES, Version};
pub use private_key::{KeyRejected, PrivateKey};
pub use unavailable::Unavailable;
