//! What an engine must sign before it is believed: known answers, and what aws-lc signs, in each lane.
//!
//! Keys and signatures are of Project Wycheproof (C2SP/wycheproof, `testvectors_v1`): of each size, the key of the file
//! `rsa_oaep_<bits>_sha256_mgf1sha256_test.json` has also signed in `rsa_signature_<bits>_sha256_test.json`; the answers
//! are test 4 there.

use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use crate::engine::Engine;
use crate::kernel::LANES;
use crate::private_key::{PrivateKey, Size};
use crate::unavailable::Unavailable;

/// What was signed in test 4.
const MESSAGE: &[u8] = b"123400";

/// A key, and its signature of [`MESSAGE`].
pub(crate) struct Known {
    pub(crate) pkcs8: &'static [u8],
    pub(crate) signature: &'static [u8],
}

pub(crate) const KNOWN: [Known; 3] = [
    Known {
        pkcs8: include_bytes!("self_test/rsa_2048.pkcs8"),
        signature: include_bytes!("self_test/rsa_2048.signature"),
    },
    Known {
        pkcs8: include_bytes!("self_test/rsa_3072.pkcs8"),
        signature: include_bytes!("self_test/rsa_3072.signature"),
    },
    Known {
        pkcs8: include_bytes!("self_test/rsa_4096.pkcs8"),
        signature: include_bytes!("self_test/rsa_4096.signature"),
    },
];

/// Has the engine sign with the known keys.
pub(crate) fn run(engine: &Engine) -> Result<(), Unavailable> {
    let result = KNOWN.iter().try_for_each(|known| known_answer(engine, known));
    let result = result.and_then(|()| KNOWN.iter().try_for_each(|known| like_aws_lc(engine, known)));
    result.map_err(|reason| Unavailable::SelfTest { reason })
}

/// The known signature comes out of each lane.
fn known_answer(engine: &Engine, known: &Known) -> Result<(), String> {
    let key = PrivateKey::from_pkcs8(known.pkcs8).map_err(|rejected| rejected.to_string())?;
    let digest = bytes(&digest(&SHA256, MESSAGE));
    expect(engine, &key, &vec![(digest, known.signature.to_vec()); LANES])
}

/// Different messages side by side come out as aws-lc signs them, in batches of each size.
fn like_aws_lc(engine: &Engine, known: &Known) -> Result<(), String> {
    let key = PrivateKey::from_pkcs8(known.pkcs8).map_err(|rejected| rejected.to_string())?;
    let pair = KeyPair::from_pkcs8(known.pkcs8).map_err(|rejected| rejected.to_string())?;
    let mut wanted = Vec::new();
    for lane in (0_u8..).take(LANES) {
        let digest = digest(&SHA256, &[lane]);
        let mut signature = vec![0; pair.public_modulus_len()];
        let signed = pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature);
        signed.map_err(|_| "aws-lc signs nothing".to_owned())?;
        wanted.push((bytes(&digest), signature));
    }
    // How many share a call does not depend on the size of the key: the fastest is enough for that.
    let fewest = if key.size() == Size::Rsa2048 { 1 } else { LANES };
    (fewest..=LANES).try_for_each(|count| expect(engine, &key, wanted.get(..count).unwrap_or_default()))
}

fn expect(engine: &Engine, key: &PrivateKey, wanted: &[([u8; 32], Vec<u8>)]) -> Result<(), String> {
    let batch: Vec<_> = wanted.iter().map(|(digest, _)| (key, digest)).collect();
    let signatures = engine.sign(&batch);
    for (lane, (made, (_, wanted))) in signatures.iter().zip(wanted).enumerate() {
        let at = || format!("RSA-{}, lane {lane} of {}", key.size().bits(), signatures.len());
        match made {
            Ok(made) if made == wanted => {}
            Ok(_) => return Err(format!("{}: not the signature that is known", at())),
            Err(fault) => return Err(format!("{}: {fault}", at())),
        }
    }
    Ok(())
}

fn bytes(digest: &Digest) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    bytes
}
