//! EMSA-PKCS1-v1_5: the number that is signed (RFC 8017 §9.2).

use crate::kernel::Block;
use crate::private_key::Size;

/// The DER of `DigestInfo` for SHA-256, up to the digest (RFC 8017 §9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// `00 01 FF … FF 00 DigestInfo digest`, in the first bytes of the block.
pub(crate) fn encode(size: Size, digest: &[u8; 32]) -> Block {
    let mut block = [0; Size::BYTES_MAX];
    let padding = size.bytes() - 3 - SHA256_DIGEST_INFO.len() - digest.len();
    let encoded = [0, 1]
        .into_iter()
        .chain(std::iter::repeat_n(0xFF, padding))
        .chain([0])
        .chain(SHA256_DIGEST_INFO)
        .chain(digest.iter().copied());
    for (to, from) in block.iter_mut().zip(encoded) {
        *to = from;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_of_the_rfc() {
        for size in Size::ALL {
            let block = encode(size, &[7; 32]);
            let (encoded, rest) = block.split_at(size.bytes());
            assert_eq!(encoded[..2], [0, 1]);
            let zero = 2 + encoded[2..].iter().position(|byte| *byte != 0xFF).unwrap();
            assert_eq!(encoded[zero], 0);
            assert_eq!(encoded[zero + 1..zero + 20], SHA256_DIGEST_INFO);
            assert_eq!(encoded[zero + 20..], [7; 32]);
            assert!(rest.iter().all(|byte| *byte == 0));
        }
    }
}
