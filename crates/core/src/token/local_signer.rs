//! The ordinary engine: one signature after the other, by `aws-lc-rs`.

use super::signer::{Signer, SigningFailed, Wanted};

/// Signs with `aws-lc-rs`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalSigner;

impl Signer for LocalSigner {
    fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
        batch.iter().map(|wanted| wanted.key.sign(&wanted.digest)).collect()
    }
}
