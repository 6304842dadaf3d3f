//! SHA-256 as an array, which chains and statements compare and keep.

use aws_lc_rs::digest::{self, Context, SHA256, SHA256_OUTPUT_LEN};

/// The digest of the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; SHA256_OUTPUT_LEN] {
    let computed = match parts {
        // No memory is taken for a single one.
        [part] => digest::digest(&SHA256, part),
        parts => {
            let mut context = Context::new(&SHA256);
            parts.iter().for_each(|part| context.update(part));
            context.finish()
        }
    };
    let mut digest = [0; SHA256_OUTPUT_LEN];
    for (to, from) in digest.iter_mut().zip(computed.as_ref()) {
        *to = *from;
    }
    digest
}
