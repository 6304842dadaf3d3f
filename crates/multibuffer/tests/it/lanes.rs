//! What the library signs, compared byte for byte with what aws-lc signs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use callsign_multibuffer::{Engine, LANES, PrivateKey};

use crate::engine;

const RSA_3072: &[u8] = include_bytes!("../../src/self_test/rsa_3072.pkcs8");
const RSA_4096: &[u8] = include_bytes!("../../src/self_test/rsa_4096.pkcs8");

/// A key for both engines.
struct Both {
    ours: PrivateKey,
    theirs: KeyPair,
}

impl Both {
    fn of(theirs: KeyPair) -> Self {
        let der: Pkcs8V1Der<'static> = theirs.as_der().unwrap();
        Self { ours: PrivateKey::from_pkcs8(der.as_ref()).unwrap(), theirs }
    }

    fn by_aws_lc(&self, digest: &[u8; 32]) -> Vec<u8> {
        let digest = Digest::import_less_safe(digest, &SHA256).unwrap();
        let mut signature = vec![0; self.theirs.public_modulus_len()];
        self.theirs.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
        signature
    }
}

/// Three fresh keys of the smallest size, and one of each that takes seconds to make.
fn keys() -> [Both; 5] {
    let fresh = || KeyPair::generate(KeySize::Rsa2048).unwrap();
    let known = |pkcs8| KeyPair::from_pkcs8(pkcs8).unwrap();
    [fresh(), fresh(), fresh(), known(RSA_3072), known(RSA_4096)].map(Both::of)
}

fn random_digest() -> [u8; 32] {
    std::array::from_fn(|_| fastrand::u8(..))
}

/// Signs with both and compares.
fn compare(engine: &Engine, wanted: &[(&Both, [u8; 32])]) {
    let batch: Vec<_> = wanted.iter().map(|(key, digest)| (&key.ours, digest)).collect();
    let answers = engine.sign(&batch);
    assert_eq!(answers.len(), wanted.len());
    for (place, (answer, (key, digest))) in answers.into_iter().zip(wanted).enumerate() {
        assert_eq!(answer, Ok(key.by_aws_lc(digest)), "place {place} of {}", wanted.len());
    }
}

#[test]
fn each_lane_signs_its_own_message_in_each_size() {
    let Some(engine) = engine() else { return };
    for key in &keys() {
        compare(&engine, &[(); LANES].map(|()| (key, random_digest())));
    }
}

#[test]
fn batches_of_one_to_seventeen_are_signed_to_the_last() {
    let Some(engine) = engine() else { return };
    let [key, ..] = &keys();
    for count in 1..=17 {
        compare(&engine, &vec![(); count].iter().map(|()| (key, random_digest())).collect::<Vec<_>>());
    }
}

#[test]
fn keys_and_sizes_are_mixed_in_one_batch() {
    let Some(engine) = engine() else { return };
    let keys = keys();
    for _ in 0..20 {
        let count = fastrand::usize(1..=40);
        let mixed: Vec<_> =
            (0..count).map(|_| (&keys[fastrand::usize(..keys.len())], random_digest())).collect();
        compare(&engine, &mixed);
    }
}

#[test]
fn four_threads_share_an_engine() {
    let Some(engine) = engine() else { return };
    let keys = keys();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let key = &keys[fastrand::usize(..keys.len())];
                    compare(&engine, &[(); LANES].map(|()| (key, random_digest())));
                }
            });
        }
    });
    assert!(!engine.is_off());
}

/// `CALLSIGN_MULTIBUFFER_SIGNATURES` says how many; most are of RSA-2048, one batch in fifty is mixed. Two threads.
#[test]
fn random_digests_are_signed_as_aws_lc_signs_them() {
    let Some(engine) = engine() else { return };
    let wanted = std::env::var("CALLSIGN_MULTIBUFFER_SIGNATURES");
    let wanted = wanted.map_or(2_000, |count| count.parse::<usize>().expect("a number of signatures"));
    let (keys, made) = (keys(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while made.fetch_add(LANES, Ordering::Relaxed) < wanted {
                    let among = if fastrand::u8(..50) == 0 { keys.len() } else { 3 };
                    compare(
                        &engine,
                        &[(); LANES].map(|()| (&keys[fastrand::usize(..among)], random_digest())),
                    );
                }
            });
        }
    });
    println!("{wanted} signatures compared");
}
