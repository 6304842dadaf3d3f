//! What an engine that signs must do: take a batch of digests, answer a batch of signatures.

use std::sync::Arc;

use aws_lc_rs::digest::Digest;

use super::signing_key::SigningKey;

/// One signature that is wanted.
pub struct Wanted {
    /// The key to sign with.
    pub key: Arc<SigningKey>,
    /// SHA-256 of what is signed.
    pub digest: Digest,
}

/// The engine could not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing engine failed")]
pub struct SigningFailed;

/// Signs in batches, so that an engine may work on several signatures at once (`design/performance.md` §2).
pub trait Signer: Send {
    /// One RSASSA-PKCS1-v1_5 SHA-256 signature for each that is wanted, in order.
    fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>>;
}
