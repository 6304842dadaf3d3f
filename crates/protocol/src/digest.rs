//! SHA-256 as an array, which chains and statements compare and keep.

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

/// The digest of the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; SHA256_OUTPUT_LEN] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut digest = [0; SHA256_OUTPUT_LEN];
    for (to, from) in digest.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    digest
}
