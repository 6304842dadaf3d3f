//! Project Wycheproof: signatures and tags that were made to find careless checks.

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::key_set::PublicKey;
use callsign_protocol::signature::RequestKey;
use wycheproof::{TestResult, ecdsa, mac, rsa_pkcs1_verify};

#[test]
fn rsa_signatures_are_taken_and_refused_as_project_wycheproof_has_it() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256};
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::rsa(without_zeros(&group.key.n), without_zeros(&group.key.e));
            let key = key.prepared().unwrap();
            for test in group.tests {
                // A digest without its algorithm's NULL is "acceptable" there. RFC 8017 §9.2 does not make it, so it is refused here.
                let expected = test.result == TestResult::Valid;
                let taken = key.verifies(&test.msg, &test.sig);
                assert_eq!(taken, expected, "{name:?} {}: {}", test.tc_id, test.comment);
            }
        }
    }
}

#[test]
fn rsa_signatures_of_other_hashes_are_refused() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha512, Rsa4096Sha384};
    for name in [Rsa2048Sha512, Rsa4096Sha384] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::rsa(without_zeros(&group.key.n), without_zeros(&group.key.e));
            let key = key.prepared().unwrap();
            // The invalid ones are left out: some of them were made by SHA-256 on purpose.
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                assert!(!key.verifies(&test.msg, &test.sig), "{name:?} {}", test.tc_id);
            }
        }
    }
}

#[test]
fn ecdsa_signatures_are_taken_and_refused_as_project_wycheproof_has_it() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in set.test_groups {
        let key = p256(&group.key.key).prepared().unwrap();
        for test in group.tests {
            let taken = key.verifies(&test.msg, &test.sig);
            assert_eq!(taken, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
        }
    }
}

#[test]
fn ecdsa_signatures_in_der_are_refused() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    for group in set.test_groups {
        let key = p256(&group.key.key).prepared().unwrap();
        for test in group.tests {
            assert!(!key.verifies(&test.msg, &test.sig), "{}: {}", test.tc_id, test.comment);
        }
    }
}

/// Signatures of requests are of texts and have whole tags: the vectors of that kind. The truncated tags of the others are no
/// `[u8; 32]` to begin with.
#[test]
fn request_signatures_are_taken_and_refused_as_project_wycheproof_has_it() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut checked = 0;
    for test in
        set.test_groups.into_iter().filter(|group| group.tag_size == 256).flat_map(|group| group.tests)
    {
        let tag: [u8; 32] = test.tag.as_slice().try_into().unwrap();
        let valid = test.result == TestResult::Valid;
        let Ok(text) = std::str::from_utf8(&test.msg) else { continue };
        let key = RequestKey::new(&AccessKey::from_bytes(test.key.to_vec()).unwrap());
        assert_eq!(key.verifies(text, &tag), valid, "{}: {}", test.tc_id, test.comment);
        assert_eq!(key.sign(text) == tag, valid, "{}: {}", test.tc_id, test.comment);
        checked += 1;
    }
    assert_eq!(checked, 58);
}

fn p256(point: &[u8]) -> PublicKey {
    let (x, y) = point[1..].split_at(32);
    PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap())
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
