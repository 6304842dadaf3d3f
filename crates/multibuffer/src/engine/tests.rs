//! Faults that are put into a kernel, and what the engine makes of them. No library is needed.

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use super::*;
use crate::reference::{Faulty, Ill, Reference};
use crate::self_test::KNOWN;

/// A key for both engines.
struct Both {
    ours: PrivateKey,
    theirs: KeyPair,
}

impl Both {
    fn all() -> [Self; 3] {
        KNOWN.map(|known| Self {
            ours: PrivateKey::from_pkcs8(known.pkcs8).unwrap(),
            theirs: KeyPair::from_pkcs8(known.pkcs8).unwrap(),
        })
    }

    fn smallest() -> Self {
        let [smallest, ..] = Self::all();
        smallest
    }

    fn by_aws_lc(&self, digest: &[u8; 32]) -> Vec<u8> {
        let digest = Digest::import_less_safe(digest, &SHA256).unwrap();
        let mut signature = vec![0; self.theirs.public_modulus_len()];
        self.theirs.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
        signature
    }
}

fn digests(count: u8) -> Vec<[u8; 32]> {
    (0..count).map(|number| [number; 32]).collect()
}

fn batch<'a>(key: &'a Both, digests: &'a [[u8; 32]]) -> Vec<(&'a PrivateKey, &'a [u8; 32])> {
    digests.iter().map(|digest| (&key.ours, digest)).collect()
}

#[test]
fn a_sound_kernel_passes_the_self_test() {
    let engine = Engine::proven(Box::new(Reference)).unwrap();
    assert!(!engine.is_off());
    assert_eq!(format!("{engine:?}"), "Engine(2.3.0, on)");
}

#[test]
fn a_kernel_that_fails_its_self_test_gives_no_engine() {
    let ills = (0..LANES).flat_map(|lane| [Ill::Bit(lane), Ill::Private(lane), Ill::Public(lane)]);
    for ill in ills {
        let unavailable = Engine::proven(Faulty::from_call(0, ill)).unwrap_err();
        assert!(matches!(unavailable, Unavailable::SelfTest { .. }), "{ill:?}: {unavailable}");
    }
}

#[test]
fn the_self_test_goes_on_to_the_last_lane_of_the_largest_size() {
    // Twelve calls come before: a known answer of each size, eight batches of the smallest, one of the next.
    let unavailable = Engine::proven(Faulty::from_call(12, Ill::Bit(7))).unwrap_err();
    let Unavailable::SelfTest { reason } = unavailable else { panic!("{unavailable}") };
    assert!(reason.starts_with("RSA-4096, lane 7 of 8: "), "{reason}");
}

#[test]
fn a_library_of_another_version_is_refused() {
    let unavailable = Engine::proven(Faulty::from_call(0, Ill::Version)).unwrap_err();
    assert_eq!(unavailable, Unavailable::Version { found: Version { major: 3, minor: 3, patch: 0 } });
}

#[test]
fn a_wrong_lane_never_leaves() {
    let (key, digests) = (Both::smallest(), digests(8));
    for wrong in 0..LANES {
        let engine = Engine::unproven(Faulty::from_call(0, Ill::Bit(wrong)));
        let answers = engine.sign(&batch(&key, &digests));
        for (lane, (answer, digest)) in answers.into_iter().zip(&digests).enumerate() {
            let right = if lane == wrong { Err(Fault::Wrong) } else { Ok(key.by_aws_lc(digest)) };
            assert_eq!(answer, right, "lane {lane}, wrong {wrong}");
        }
        assert!(engine.is_off());
        assert_eq!(engine.sign(&batch(&key, &digests[..2])), [Err(Fault::Off), Err(Fault::Off)]);
    }
}

#[test]
fn after_a_fault_the_rest_of_the_batch_is_not_signed() {
    let (key, digests) = (Both::smallest(), digests(17));
    let engine = Engine::unproven(Faulty::from_call(1, Ill::Bit(3)));
    let answers = engine.sign(&batch(&key, &digests));
    assert!(answers[..8].iter().all(Result::is_ok));
    assert_eq!(answers[11], Err(Fault::Wrong));
    assert!(answers[8..16].iter().filter(|answer| answer.is_ok()).count() == 7);
    assert_eq!(answers[16], Err(Fault::Off));
}

#[test]
fn a_fault_in_a_lane_that_nobody_needs_switches_the_engine_off_too() {
    let (key, digests) = (Both::smallest(), digests(1));
    let engine = Engine::unproven(Faulty::from_call(0, Ill::Bit(7)));
    assert_eq!(engine.sign(&batch(&key, &digests)), [Ok(key.by_aws_lc(&digests[0]))]);
    assert!(engine.is_off());
}

#[test]
fn a_number_that_verifies_and_is_no_signature_never_leaves() {
    let key = Both::smallest();
    let modulus = key.theirs.public_key().modulus();
    let modulus = num_bigint::BigUint::from_bytes_be(modulus.big_endian_without_leading_zero());
    // A signature that has room for the modulus on top.
    let digest = digests(255).into_iter().find(|digest| {
        let signature = num_bigint::BigUint::from_bytes_be(&key.by_aws_lc(digest));
        (signature + &modulus).bits() <= 2048
    });
    let digest = [digest.unwrap()];
    let engine = Engine::unproven(Faulty::from_call(0, Ill::Modulus(0)));
    assert_eq!(engine.sign(&batch(&key, &digest)), [Err(Fault::Wrong)]);
    assert!(engine.is_off());
}

#[test]
fn a_lane_with_an_error_status_has_no_signature_and_switches_the_engine_off() {
    let (key, digests) = (Both::smallest(), digests(8));
    for ill in [Ill::Private(5), Ill::Public(5)] {
        let engine = Engine::unproven(Faulty::from_call(0, ill));
        let answers = engine.sign(&batch(&key, &digests));
        assert_eq!(answers[5], Err(Fault::Refused { status: 1 }));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 7);
        assert!(engine.is_off());
    }
}

#[test]
fn keys_of_all_sizes_share_a_batch_and_the_answers_keep_its_order() {
    let (keys, digests) = (Both::all(), digests(17));
    let engine = Engine::unproven(Box::new(Reference));
    let of = |place: usize| &keys[place * 2 % 3];
    let batch: Vec<_> = digests.iter().enumerate().map(|(place, digest)| (&of(place).ours, digest)).collect();
    for (place, answer) in engine.sign(&batch).into_iter().enumerate() {
        assert_eq!(answer, Ok(of(place).by_aws_lc(&digests[place])), "{place}");
    }
}

#[test]
fn nothing_is_signed_for_nobody() {
    assert_eq!(Engine::unproven(Box::new(Reference)).sign(&[]), []);
}
