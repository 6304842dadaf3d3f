//! Tokens: minting, the keys that sign them, and the threads on which signing happens.

pub mod issue;
pub mod key_ring;
pub mod local_signer;
pub mod rotation;
pub mod signer;
pub mod signing_key;
pub mod signing_queue;
pub mod upkeep;
pub mod verify;
