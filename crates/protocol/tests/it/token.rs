//! A token of ours: what it says when it is accepted, and that no other text is.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::{Claims, Issuer, MintedBy, Revision, compact, encoded_header};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::DataLocation;
use callsign_protocol::scope::{Scope, Scopes};
use callsign_protocol::verification::{
    Expected, HeaderType, Rejection, TOKEN_BYTES_MAX, TOKEN_TYPE, VerifiedToken, authenticate,
    signed_payload, verify,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::desk::{Desk, encoded};

const ISSUER: &str = "https://localhost:8443";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);
const IDENTITY: IdentityId = IdentityId::from_parts(Uuid::from_u128(1), Uuid::from_u128(9));
const REVISION: Revision = Revision {
    identity: 4,
    resource: 2,
    minted_by: MintedBy::Key { slot: KeySlot::Secondary, generation: 7 },
};

/// A token of an hour, by each of the two algorithms.
fn tokens(desk: &Desk) -> [String; 2] {
    let scopes = Scopes::new([Scope::VoipJoin, Scope::Chat]).unwrap();
    let issuer: Issuer = ISSUER.parse().unwrap();
    let claims = Claims {
        identity: IDENTITY,
        scopes: &scopes,
        issued_at: NOW,
        expires_at: NOW.plus_minutes(60),
        data_location: DataLocation::Sweden,
        issuer: &issuer,
        token_id: [1; 16],
        revision: REVISION,
        teams: None,
    };
    let rs256 = claims.signing_input(&encoded_header("rsa", Algorithm::Rs256, TOKEN_TYPE));
    let es256 = claims.signing_input(&encoded_header("p256", Algorithm::Es256, TOKEN_TYPE));
    let signatures = (desk.rs256(&rs256), desk.es256(&es256));
    [compact(rs256, &signatures.0), compact(es256, &signatures.1)]
}

fn check(desk: &Desk, token: &str) -> Result<VerifiedToken, Rejection> {
    let expected = Expected { issuer: ISSUER, resource: Uuid::from_u128(1), now: NOW };
    verify(token, &expected, |kid| desk.key(kid))
}

#[test]
fn a_token_of_ours_says_what_was_put_into_it() {
    let desk = Desk::new();
    for (token, key_id) in tokens(&desk).iter().zip(["rsa", "p256"]) {
        let said = VerifiedToken {
            identity: IDENTITY,
            scopes: Scopes::new([Scope::VoipJoin, Scope::Chat]).unwrap(),
            issued_at: NOW,
            expires_at: NOW.plus_minutes(60),
            revision: REVISION,
            token_id: encoded([1; 16]),
            key_id: key_id.to_owned(),
        };
        assert_eq!(check(&desk, token), Ok(said));
    }
}

#[test]
fn what_an_authentic_token_says_is_told_in_its_time_only() {
    let desk = Desk::new();
    let [token, _] = tokens(&desk);
    let checked = |resource| authenticate(&token, ISSUER, Uuid::from_u128(resource), |kid| desk.key(kid));
    let authentic = checked(1).unwrap();
    let at = |seconds: i64| authentic.at(Timestamp::from_unix_seconds(NOW.unix_seconds() + seconds));
    assert_eq!(at(-301), Err(Rejection::IssuedInFuture));
    assert_eq!(at(-300).cloned(), check(&desk, &token));
    assert_eq!(at(3_599).cloned(), check(&desk, &token));
    assert_eq!(at(3_600), Err(Rejection::Expired));
    assert_eq!(checked(2), Err(Rejection::ResourceWrong));
}

#[test]
fn the_header_of_an_rs256_token_is_the_one_that_it_always_was() {
    let header = encoded_header("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", Algorithm::Rs256, TOKEN_TYPE);
    assert_eq!(
        header,
        encoded(r#"{"alg":"RS256","kid":"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs","typ":"JWT"}"#)
    );
}

#[test]
fn the_bound_on_a_token_s_length_is_exact() {
    let desk = Desk::new();
    let [token, _] = tokens(&desk);
    let signed =
        |bytes_max| signed_payload(&token, HeaderType::Exactly(TOKEN_TYPE), bytes_max, |kid| desk.key(kid));
    assert_eq!(signed(token.len()).unwrap().key_id, "rsa");
    assert_eq!(signed(token.len() - 1), Err(Rejection::Oversized));
    assert_eq!(check(&desk, &"a".repeat(TOKEN_BYTES_MAX)), Err(Rejection::Malformed));
    assert_eq!(check(&desk, &"a".repeat(TOKEN_BYTES_MAX + 1)), Err(Rejection::Oversized));
}

#[test]
fn another_signed_kind_is_no_token_and_a_token_is_of_no_other_kind() {
    let desk = Desk::new();
    let [token, _] = tokens(&desk);
    let other =
        signed_payload(&token, HeaderType::Exactly("revocations+jwt"), TOKEN_BYTES_MAX, |kid| desk.key(kid));
    assert_eq!(other, Err(Rejection::TypeWrong));

    let header = encoded_header("p256", Algorithm::Es256, "revocations+jwt");
    let input = format!("{header}.{}", encoded("not even JSON"));
    let signature = desk.es256(&input);
    let statement = compact(input, &signature);
    let read = signed_payload(&statement, HeaderType::Exactly("revocations+jwt"), TOKEN_BYTES_MAX, |kid| {
        desk.key(kid)
    })
    .unwrap();
    assert_eq!((read.payload.as_slice(), read.key_id.as_str()), (&b"not even JSON"[..], "p256"));
    assert_eq!(check(&desk, &statement), Err(Rejection::TypeWrong));
}

#[test]
fn a_key_that_is_found_under_another_s_name_is_not_used() {
    let desk = Desk::new();
    let [token, _] = tokens(&desk);
    let read = signed_payload(&token, HeaderType::Exactly(TOKEN_TYPE), TOKEN_BYTES_MAX, |_| desk.key("p256"));
    assert_eq!(read, Err(Rejection::KeyUnknown));
}

#[test]
fn a_header_has_64_members_at_most() {
    let desk = Desk::new();
    let signed = |more: usize| {
        let more: String = (0..more).map(|number| format!(r#""{number}":0,"#)).collect();
        let header = format!(r#"{{{more}"alg":"ES256","kid":"p256","typ":"JWT"}}"#);
        let input = format!("{}.{}", encoded(header), encoded("{}"));
        let signature = desk.es256(&input);
        signed_payload(&compact(input, &signature), HeaderType::Exactly(TOKEN_TYPE), TOKEN_BYTES_MAX, |kid| {
            desk.key(kid)
        })
    };
    assert_eq!(signed(61).unwrap().payload, b"{}");
    assert_eq!(signed(62), Err(Rejection::NoObject));
}

#[test]
fn no_flipped_bit_is_accepted() {
    let desk = Desk::new();
    for token in tokens(&desk) {
        for place in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                check(&desk, &changed).expect_err(&changed);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_check_fail_otherwise(text in "[A-Za-z0-9_.-]{0,200}|.*") {
        let expected = Expected { issuer: ISSUER, resource: Uuid::nil(), now: NOW };
        prop_assert!(verify(&text, &expected, |_| None).is_err());
    }

    #[test]
    fn no_header_makes_the_check_fail_otherwise(header: Vec<u8>, json in r#"\{("(alg|typ|kid|crit|\\u0061lg)":("RS256"|"JWT"|null|1e9|\[\]|\{\}),?){0,6}\}"#) {
        let expected = Expected { issuer: ISSUER, resource: Uuid::nil(), now: NOW };
        for header in [encoded(header), encoded(json)] {
            let jws = format!("{header}.e30.AAAA");
            prop_assert!(verify(&jws, &expected, |_| None).is_err());
        }
    }
}

#[test]
fn no_payload_that_was_signed_makes_the_check_fail_otherwise() {
    let desk = Desk::new();
    let header = encoded_header("p256", Algorithm::Es256, TOKEN_TYPE);
    let json = r#"\{("(iss|sub|exp|iat|rev|jti|acsScope|resourceId)":("https://localhost:8443"|"[ -~]{0,60}"|-?[0-9]{0,30}|null|\[\[|\{\}),?){0,9}\}"#;
    proptest!(|(payload: Vec<u8>, json in json)| {
        for payload in [encoded(payload), encoded(json)] {
            let input = format!("{header}.{payload}");
            let signature = desk.es256(&input);
            prop_assert!(check(&desk, &compact(input, &signature)).is_err());
        }
    });
}
