//! The examples of RFC 7515 (signatures) and RFC 7638 (names of keys).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::key_set::{KeySet, PublicKey, VerifyingKey};
use callsign_protocol::verification::{HeaderType, Rejection, TOKEN_BYTES_MAX, TOKEN_TYPE, signed_payload};
use serde_json::json;

/// The payload of all examples (RFC 7515 A.1.1).
const PAYLOAD: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// RFC 7515 A.2.1: the modulus.
const A2_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC\
gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qC\
o5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

/// RFC 7515 A.2.1: the signature.
const A2_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG\
bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e\
OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// RFC 7515 A.3.1: the point and the signature.
const A3_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const A3_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const A3_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn example_keys() -> [VerifyingKey; 2] {
    let keys = json!({"keys": [
        {"kty": "RSA", "kid": "a2", "n": A2_N, "e": "AQAB"},
        {"kty": "EC", "kid": "a3", "crv": "P-256", "x": A3_X, "y": A3_Y},
    ]});
    let set = KeySet::parse(keys.to_string().as_bytes()).unwrap();
    [0, 1].map(|place: usize| set.keys[place].prepared().unwrap())
}

#[test]
fn the_signatures_of_rfc_7515_verify_under_their_own_keys_only() {
    let [rsa, p256] = example_keys();
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let (a2, a3) = (format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}"), format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"));
    let (a2_signature, a3_signature) = (decoded(A2_SIGNATURE), decoded(A3_SIGNATURE));
    assert!(rsa.verifies(a2.as_bytes(), &a2_signature));
    assert!(p256.verifies(a3.as_bytes(), &a3_signature));

    assert!(!rsa.verifies(a3.as_bytes(), &a2_signature));
    assert!(!p256.verifies(a2.as_bytes(), &a3_signature));
    assert!(!rsa.verifies(a3.as_bytes(), &a3_signature));
    assert!(!p256.verifies(a2.as_bytes(), &a2_signature));
}

#[test]
fn the_examples_that_no_public_key_signed_are_refused_before_a_key_is_looked_for() {
    // RFC 7515 A.1: HS256. Its header is followed by the published tag.
    let a1 = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    // RFC 7515 A.5: an unsecured JWS.
    let a5 = format!("eyJhbGciOiJub25lIn0.{PAYLOAD}.");
    for jws in [a1, a5] {
        let refused = signed_payload(&jws, HeaderType::Exactly(TOKEN_TYPE), TOKEN_BYTES_MAX, |kid| {
            panic!("{kid} was looked for")
        });
        assert_eq!(refused, Err(Rejection::AlgorithmNotAllowed), "{jws}");
    }
}

#[test]
fn a_key_has_the_name_that_rfc_7638_gives_it() {
    // RFC 7638 §3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn6\
             4tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9\
             1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let key = PublicKey::rsa(&URL_SAFE_NO_PAD.decode(n).unwrap(), &[1, 0, 1]);
    assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let written = serde_json::to_value(&key).unwrap();
    assert_eq!((&written["n"], &written["e"]), (&json!(n), &json!("AQAB")));
}
