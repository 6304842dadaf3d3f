//! What an engine must sign before it is believed: known answers, and what aws-lc signs, in each lane.
//!
//! Keys and signatures are of Project Wycheproof (C2SP/wycheproof, `testvectors_v1`): of each size, the key of the file
//! `rsa_oaep_<bits>_sha256_mgf1sha256_test.json` has also signed in `rsa_signature_<bits>_sha256_test.json`; the answers
//! are test 4 there.

use std::time::Duration;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use rustix::time::{ClockId, clock_gettime};

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

/// A known key, for both engines.
struct Subject<'a> {
    engine: &'a Engine,
    key: PrivateKey,
    pair: KeyPair,
}

/// Has the engine sign with the known keys. Answers for each size how many signatures it takes until the engine pays.
pub(crate) fn run(engine: &Engine) -> Result<[(Size, Option<usize>); 3], Unavailable> {
    let mut pays_from = Size::ALL.map(|size| (size, None));
    for ((_, from), known) in pays_from.iter_mut().zip(&KNOWN) {
        *from = subject(engine, known).map_err(|reason| Unavailable::SelfTest { reason })?;
    }
    Ok(pays_from)
}

fn subject(engine: &Engine, known: &Known) -> Result<Option<usize>, String> {
    let key = PrivateKey::from_pkcs8(known.pkcs8).map_err(|rejected| rejected.to_string())?;
    let pair = KeyPair::from_pkcs8(known.pkcs8).map_err(|rejected| rejected.to_string())?;
    let subject = Subject { engine, key, pair };
    let digest = bytes(&digest(&SHA256, MESSAGE));
    let first = subject.expect(&vec![(digest, known.signature.to_vec()); LANES])?;
    let (second, one) = subject.like_aws_lc()?;
    Ok(pays_from(first.min(second), one))
}

/// The fewest signatures that take aws-lc longer than the engine takes for all its lanes.
fn pays_from(lanes: Duration, one: Duration) -> Option<usize> {
    (1..=LANES).find(|count| one.saturating_mul(u32::try_from(*count).unwrap_or(u32::MAX)) > lanes)
}

impl Subject<'_> {
    /// Different messages side by side come out as aws-lc signs them, in batches of each size. Answers the CPU time of
    /// a full batch, and that of one signature of aws-lc.
    fn like_aws_lc(&self) -> Result<(Duration, Duration), String> {
        let (mut wanted, mut one) = (Vec::new(), Duration::MAX);
        for lane in (0_u8..).take(LANES) {
            let digest = digest(&SHA256, &[lane]);
            let mut signature = vec![0; self.pair.public_modulus_len()];
            let began = cpu_time();
            let signed = self.pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature);
            one = one.min(cpu_time().saturating_sub(began));
            signed.map_err(|_| "aws-lc signs nothing".to_owned())?;
            wanted.push((bytes(&digest), signature));
        }
        // How many share a call does not depend on the size of the key: the fastest is enough for that.
        let fewest = if self.key.size() == Size::Rsa2048 { 1 } else { LANES };
        for count in fewest..LANES {
            self.expect(wanted.get(..count).unwrap_or_default())?;
        }
        Ok((self.expect(&wanted)?, one))
    }

    /// Signs, and compares. Answers the CPU time that signing took.
    fn expect(&self, wanted: &[([u8; 32], Vec<u8>)]) -> Result<Duration, String> {
        let batch: Vec<_> = wanted.iter().map(|(digest, _)| (&self.key, digest)).collect();
        let began = cpu_time();
        let signatures = self.engine.sign(&batch);
        let took = cpu_time().saturating_sub(began);
        for (lane, (made, (_, wanted))) in signatures.iter().zip(wanted).enumerate() {
            let at = || format!("RSA-{}, lane {lane} of {}", self.key.size().bits(), signatures.len());
            match made {
                Ok(made) if made == wanted => {}
                Ok(_) => return Err(format!("{}: not the signature that is known", at())),
                Err(fault) => return Err(format!("{}: {fault}", at())),
            }
        }
        Ok(took)
    }
}

/// CPU time of this thread: a machine that is busy when the server starts must not look like a slow library.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

fn bytes(digest: &Digest) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_pays_from_where_aws_lc_takes_longer() {
        let (one, lanes) = (Duration::from_micros(350), Duration::from_micros);
        assert_eq!(pays_from(lanes(300), one), Some(1));
        assert_eq!(pays_from(lanes(350), one), Some(2));
        assert_eq!(pays_from(lanes(900), one), Some(3));
        assert_eq!(pays_from(lanes(2_799), one), Some(8));
        assert_eq!(pays_from(lanes(2_800), one), None);
    }
}
