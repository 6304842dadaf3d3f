//! Which keys are taken. What is not one never makes it panic.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use callsign_multibuffer::{KeyRejected, PrivateKey};
use proptest::prelude::*;

const RSA_2048: &[u8] = include_bytes!("../../src/self_test/rsa_2048.pkcs8");

fn rejected(pkcs8: &[u8]) -> Option<KeyRejected> {
    PrivateKey::from_pkcs8(pkcs8).err()
}

/// Numbers of these sizes in bytes, which are no key but look like one: n, d, p, q, and dp, dq and qinv as large as p.
fn look_alike(e: &[u8], n: usize, p: usize, q: usize) -> Vec<u8> {
    let (n, p, q) = (vec![0xC1; n], vec![0xE1; p], vec![0xD1; q]);
    pkcs8_of(0, &[&n, e, &n, &p, &q, &p, &q, &p], &[])
}

/// PKCS#8 of an RSA key with these numbers (RFC 8017 appendix A.1.2, RFC 5208 §5).
fn pkcs8_of(version: u8, numbers: &[&[u8]], rest: &[u8]) -> Vec<u8> {
    let mut key = der(2, &[version]);
    for number in numbers {
        // A zero before what would read as negative, and before nothing else (X.690 §8.3).
        let sign: &[u8] = if number[0] < 0x80 { &[] } else { &[0] };
        key.extend(der(2, &[sign, *number].concat()));
    }
    key.extend(rest);
    let algorithm =
        der(0x30, &[der(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]), der(5, &[])].concat());
    der(0x30, &[der(2, &[0]), algorithm, der(4, &der(0x30, &key))].concat())
}

fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    let length = match value.len() {
        0..0x80 => vec![length[1]],
        0x80..0x100 => vec![0x81, length[1]],
        _ => vec![0x82, length[0], length[1]],
    };
    [&[tag], length.as_slice(), value].concat()
}

#[test]
fn a_key_that_aws_lc_makes_is_taken() {
    let der: Pkcs8V1Der<'static> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    assert_eq!(rejected(der.as_ref()), None);
}

#[test]
fn a_key_of_another_size_is_refused_by_its_size() {
    for bytes in [64, 128, 255, 257, 320, 1_024] {
        let pkcs8 = look_alike(&[1, 0, 1], bytes, bytes / 2, bytes / 2);
        assert_eq!(rejected(&pkcs8), Some(KeyRejected::Size { bits: bytes * 8 }));
    }
}

#[test]
fn another_public_exponent_is_refused() {
    for e in [[3].as_slice(), &[1, 0, 3], &[1, 0, 0, 1]] {
        assert_eq!(rejected(&look_alike(e, 256, 128, 128)), Some(KeyRejected::Exponent));
    }
}

#[test]
fn primes_of_different_sizes_are_refused() {
    assert_eq!(rejected(&look_alike(&[1, 0, 1], 256, 129, 127)), Some(KeyRejected::Primes));
    assert_eq!(rejected(&look_alike(&[1, 0, 1], 256, 1, 255)), Some(KeyRejected::Primes));
}

#[test]
fn what_only_looks_like_a_key_is_refused() {
    assert_eq!(rejected(&look_alike(&[1, 0, 1], 256, 128, 128)), Some(KeyRejected::Malformed));
}

#[test]
fn a_third_prime_is_refused() {
    let numbers = [
        [0xC1; 256].as_slice(),
        &[1, 0, 1],
        &[0xB1; 256],
        &[0xE1; 86],
        &[0xD1; 86],
        &[3; 86],
        &[3; 86],
        &[3; 86],
    ];
    let third = der(0x30, &der(0x30, &[der(2, &[3]), der(2, &[3]), der(2, &[3])].concat()));
    assert_eq!(rejected(&pkcs8_of(1, &numbers, &third)), Some(KeyRejected::Malformed));
}

#[test]
fn numbers_that_do_not_belong_together_are_refused() {
    // The last byte is the lowest of qinv; others lie in dq, dp, q, p, d and n.
    let length = RSA_2048.len();
    for from_the_end in [1, 140, 270, 400, 530, 660, 920] {
        let mut pkcs8 = RSA_2048.to_vec();
        pkcs8[length - from_the_end] ^= 4;
        assert!(rejected(&pkcs8).is_some(), "{from_the_end}");
    }
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    assert_eq!(rejected(ec.to_pkcs8v1().unwrap().as_ref()), Some(KeyRejected::Malformed));
}

#[test]
fn a_truncated_key_is_refused() {
    for length in 0..RSA_2048.len() {
        assert_eq!(rejected(&RSA_2048[..length]), Some(KeyRejected::Malformed), "{length}");
    }
}

proptest! {
    #[test]
    fn bytes_that_are_no_key_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(rejected(&bytes).is_some());
    }

    #[test]
    fn a_key_with_a_changed_byte_never_panics(place in 0..RSA_2048.len(), change in 1_u8..) {
        let mut pkcs8 = RSA_2048.to_vec();
        pkcs8[place] ^= change;
        let _ = rejected(&pkcs8);
    }
}
