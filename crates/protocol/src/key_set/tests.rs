//! Key sets: what is written, what is read, and which keys are not taken.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;

/// The base point of P-256 (SEC 2 §2.4.2): a key whose private half everybody knows.
const BASE_X: &str = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
const BASE_Y: &str = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";

fn coordinate(text: &str) -> [u8; 32] {
    URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
}

fn rsa() -> PublicKey {
    PublicKey::rsa(&[0xC5; 256], &[1, 0, 1])
}

fn p256() -> PublicKey {
    PublicKey::p256(&coordinate(BASE_X), &coordinate(BASE_Y))
}

/// A key from its members, some of them set to something else and those that are null left out.
fn changed(key: &PublicKey, changes: &Value) -> Option<PublicKey> {
    let mut members = serde_json::to_value(key).unwrap();
    let members = members.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    serde_json::from_value(Value::Object(members.clone())).ok()
}

#[test]
fn keys_are_written_in_the_order_that_readers_know_and_read_back() {
    let set = KeySet { keys: vec![rsa(), p256()] };
    let text = serde_json::to_string(&set).unwrap();
    let (rsa_kid, p256_kid) = (rsa().kid().to_owned(), p256().kid().to_owned());
    let n = URL_SAFE_NO_PAD.encode([0xC5; 256]);
    let rsa_text =
        format!(r#"{{"kty":"RSA","use":"sig","alg":"RS256","kid":"{rsa_kid}","n":"{n}","e":"AQAB"}}"#);
    let p256_text = format!(
        r#"{{"kty":"EC","use":"sig","alg":"ES256","kid":"{p256_kid}","crv":"P-256","x":"{BASE_X}","y":"{BASE_Y}"}}"#
    );
    assert_eq!(text, format!(r#"{{"keys":[{rsa_text},{p256_text}]}}"#));
    assert_eq!(serde_json::from_str::<KeySet>(&text).unwrap(), set);
    assert_eq!(KeySet::parse(text.as_bytes()), Ok(set));
}

#[test]
fn a_p256_key_is_named_by_its_thumbprint() {
    // RFC 7638 §3.2: crv, kty, x, y in lexical order, without blanks.
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{BASE_X}","y":"{BASE_Y}"}}"#);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, members.as_bytes());
    assert_eq!(p256().kid(), URL_SAFE_NO_PAD.encode(digest));
}

#[test]
fn a_prepared_key_keeps_its_name_and_algorithm_and_says_no_more() {
    for (key, algorithm) in [(rsa(), Algorithm::Rs256), (p256(), Algorithm::Es256)] {
        let prepared = key.prepared().unwrap();
        assert_eq!((prepared.kid(), prepared.algorithm()), (key.kid(), algorithm));
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(format!("{prepared:?}"), format!("VerifyingKey({algorithm} {})", key.kid()));
        assert!(!prepared.verifies(b"", b""));
    }
}

#[test]
fn keys_of_other_kinds_are_left_out() {
    // RFC 7517 §5, and its examples in appendix A.
    let set = json!({"more": 1, "keys": [
        {"kty": "oct", "k": "AyM1", "kid": "secret"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qY", "kid": "ed"},
        {"kty": "EC", "crv": "P-384", "x": BASE_X, "y": BASE_Y, "kid": "p384"},
        {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB", "kid": "encryption"},
        {"kty": "RSA", "alg": "PS256", "n": "AQAB", "e": "AQAB", "kid": "pss"},
        {"kty": "RSA", "alg": "ES256", "n": "AQAB", "e": "AQAB", "kid": "mixed"},
        {"kty": "RSA", "n": 7, "e": "AQAB", "kid": "number"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "AKP"}, {}, [], 1, null,
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "kept", "x5c": ["MIIB"], "issuer": "https://example.com"},
    ]});
    let set = KeySet::parse(set.to_string().as_bytes()).unwrap();
    assert_eq!(set.keys.iter().map(PublicKey::kid).collect::<Vec<_>>(), ["kept"]);
}

#[test]
fn keys_that_say_no_use_and_no_algorithm_have_those_of_their_kind() {
    // RFC 7517 §4.2 and §4.4: both members are optional, and large issuers leave them out.
    for key in [rsa(), p256()] {
        assert_eq!(changed(&key, &json!({"use": null, "alg": null})), Some(key));
    }
}

#[test]
fn a_document_that_is_no_set_or_too_large_a_one_is_refused_by_its_reason() {
    use KeySetError::{Malformed, Oversized, RepeatedKeyId, TooManyKeys};
    let named = |kid: usize| changed(&p256(), &json!({"kid": kid.to_string()})).unwrap();
    let set = |keys: Vec<PublicKey>| serde_json::to_string(&KeySet { keys }).unwrap();
    let full = set((0..KEYS_MAX).map(named).collect());
    assert_eq!(KeySet::parse(full.as_bytes()).unwrap().keys.len(), KEYS_MAX);
    let unknown = format!(r#"{{"keys":[{}0]}}"#, "0,".repeat(KEYS_MAX));
    let long = |bytes: usize| format!(r#"{{"keys":[]{}}}"#, " ".repeat(bytes - 11));
    assert_eq!(KeySet::parse(long(KEY_SET_BYTES_MAX).as_bytes()), Ok(KeySet { keys: vec![] }));
    for (document, reason) in [
        (long(KEY_SET_BYTES_MAX + 1), Oversized),
        (set((0..=KEYS_MAX).map(named).collect()), TooManyKeys),
        (unknown, TooManyKeys),
        (set(vec![named(1), named(2), named(1)]), RepeatedKeyId),
        (String::new(), Malformed),
        ("{}".to_owned(), Malformed),
        ("[]".to_owned(), Malformed),
        (r#"{"keys":{}}"#.to_owned(), Malformed),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), Malformed),
        (format!("{full}x"), Malformed),
        ("[".repeat(KEY_SET_BYTES_MAX), Malformed),
    ] {
        assert_eq!(KeySet::parse(document.as_bytes()), Err(reason), "{document}");
        assert!(reason == Oversized || serde_json::from_str::<KeySet>(&document).is_err(), "{document}");
    }
}

#[test]
fn rsa_keys_outside_the_policy_are_not_prepared() {
    let modulus = |high: u8, bytes: usize| [vec![high], vec![0xC5; bytes - 1]].concat();
    for (n, e, taken) in [
        (modulus(0x80, 256), vec![1, 0, 1], true),
        (modulus(0x80, 256), vec![3], true),
        (modulus(0xFF, 1024), vec![1, 0, 1], true),
        (modulus(0x7F, 256), vec![1, 0, 1], false),
        (modulus(0x80, 128), vec![1, 0, 1], false),
        (modulus(0x01, 1025), vec![1, 0, 1], false),
        (modulus(0x00, 257), vec![1, 0, 1], false),
        (vec![], vec![1, 0, 1], false),
        (modulus(0x80, 256), vec![], false),
        (modulus(0x80, 256), vec![1], false),
        (modulus(0x80, 256), vec![2], false),
        (modulus(0x80, 256), vec![0, 1, 0, 1], false),
        (modulus(0x80, 256), vec![1, 0, 0, 0, 1], false),
    ] {
        assert_eq!(PublicKey::rsa(&n, &e).prepared().is_some(), taken, "{} {e:?}", n.len());
    }
    for n in ["AQAB=", "a b", "+/+/"] {
        assert!(changed(&rsa(), &json!({"n": n})).unwrap().prepared().is_none(), "{n}");
    }
}

#[test]
fn points_that_are_not_on_the_curve_are_not_prepared() {
    let (x, y) = (coordinate(BASE_X), coordinate(BASE_Y));
    for (x, y) in [([0; 32], [0; 32]), (y, x), (x, x), ([0xFF; 32], y)] {
        assert!(PublicKey::p256(&x, &y).prepared().is_none(), "{x:?}");
    }
    let short = URL_SAFE_NO_PAD.encode(&y[..31]);
    assert!(changed(&p256(), &json!({"y": short})).unwrap().prepared().is_none());
    let long = URL_SAFE_NO_PAD.encode([&[0], &y[..]].concat());
    assert!(changed(&p256(), &json!({"y": long})).unwrap().prepared().is_none());
}

#[test]
fn a_name_that_no_header_could_hold_is_not_prepared() {
    for (kid, taken) in [
        ("urn:ietf:params:oauth:jwk-thumbprint".to_owned(), true),
        ("k".repeat(256), true),
        ("k".repeat(257), false),
        (String::new(), false),
        ("a b".to_owned(), false),
        ("a\0".to_owned(), false),
        ("schlüssel".to_owned(), false),
    ] {
        let key = changed(&p256(), &json!({"kid": kid})).unwrap();
        assert_eq!(key.prepared().is_some(), taken, "{kid}");
    }
}

#[test]
fn discovery_names_the_algorithms_that_are_signed_by() {
    let said = serde_json::to_value(Discovery::of("https://localhost:8443", &Algorithm::ALL)).unwrap();
    assert_eq!(
        said,
        json!({
            "issuer": "https://localhost:8443",
            "jwks_uri": "https://localhost:8443/.well-known/jwks.json",
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        })
    );
}
