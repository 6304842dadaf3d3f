//! The ordinary engine: one signature after the other, by `aws-lc-rs`.

use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use super::signer::{Signer, SigningFailed, Wanted};

/// Signs with `aws-lc-rs`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalSigner;

impl Signer for LocalSigner {
    fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
        batch.iter().map(sign_one).collect()
    }
}

fn sign_one(wanted: &Wanted) -> Result<Vec<u8>, SigningFailed> {
    let pair = wanted.key.pair();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign_digest(&RSA_PKCS1_SHA256, &wanted.digest, &mut signature).map_err(|_| SigningFailed)?;
    Ok(signature)
}
