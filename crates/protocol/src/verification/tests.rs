//! Every way in which a token may be wrong, and its one reason.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::access_key::KeySlot;
use crate::claims::{Claims, Issuer, MintedBy, compact, encoded_header};
use crate::resource::DataLocation;
use crate::scope::Scope;

const ISSUER: &str = "https://localhost:8443";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);

struct Desk {
    pair: KeyPair,
    public: PublicKey,
}

impl Desk {
    fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let (modulus, exponent) = (pair.public_key().modulus(), pair.public_key().exponent());
        let public = PublicKey::rsa(
            modulus.big_endian_without_leading_zero(),
            exponent.big_endian_without_leading_zero(),
        );
        Self { pair, public }
    }

    fn signed(&self, input: String) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        compact(input, &signature)
    }

    /// A token with this header and payload, rightly signed.
    fn token(&self, header: &str, payload: &str) -> String {
        self.signed(format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)))
    }

    fn header(&self) -> Value {
        json!({"alg": "RS256", "kid": self.public.kid, "typ": "JWT"})
    }

    fn verify(&self, token: &str) -> Result<VerifiedToken, Rejection> {
        let expected = Expected { issuer: ISSUER, resource: Uuid::from_u128(1), now: NOW };
        verify(token, &expected, |key_id| (key_id == self.public.kid).then_some(&self.public))
    }
}

fn payload() -> Value {
    let scopes = Scopes::new([Scope::Chat, Scope::Voip]).unwrap();
    let issuer: Issuer = ISSUER.parse().unwrap();
    let claims = Claims {
        identity: IdentityId::from_parts(Uuid::from_u128(1), Uuid::from_u128(2)),
        scopes: &scopes,
        issued_at: NOW,
        expires_at: NOW.plus_minutes(1440),
        data_location: DataLocation::Europe,
        issuer: &issuer,
        token_id: [7; 16],
        revision: Revision {
            identity: 3,
            resource: 0,
            minted_by: MintedBy::Key { slot: KeySlot::Primary, generation: 7 },
        },
    };
    serde_json::from_str(&claims.payload()).unwrap()
}

#[test]
fn a_token_of_ours_says_what_was_put_into_it() {
    let desk = Desk::new();
    let scopes = Scopes::new([Scope::VoipJoin]).unwrap();
    let issuer: Issuer = ISSUER.parse().unwrap();
    let identity = IdentityId::from_parts(Uuid::from_u128(1), Uuid::from_u128(9));
    let revision = Revision { identity: 4, resource: 2, minted_by: MintedBy::Entra };
    let claims = Claims {
        identity,
        scopes: &scopes,
        issued_at: NOW,
        expires_at: NOW.plus_minutes(60),
        data_location: DataLocation::Sweden,
        issuer: &issuer,
        token_id: [1; 16],
        revision,
    };
    let token = desk.verify(&desk.signed(claims.signing_input(&encoded_header(&desk.public.kid)))).unwrap();
    assert_eq!((token.identity, token.scopes, token.revision), (identity, scopes, revision));
    assert_eq!((token.issued_at, token.expires_at), (NOW, NOW.plus_minutes(60)));
    assert_eq!(token.key_id, desk.public.kid);
}

#[test]
fn a_wrong_header_is_refused_by_its_reason() {
    use Rejection::{AlgorithmNotAllowed, CriticalHeader, EmbeddedKey, KeyUnknown, TypeWrong};
    let desk = Desk::new();
    for (member, value, reason) in [
        ("alg", json!("none"), AlgorithmNotAllowed),
        ("alg", json!("HS256"), AlgorithmNotAllowed),
        ("alg", json!("rs256"), AlgorithmNotAllowed),
        ("alg", json!(null), AlgorithmNotAllowed),
        ("typ", json!("at+jwt"), TypeWrong),
        ("typ", json!(null), TypeWrong),
        ("kid", json!("other"), KeyUnknown),
        ("kid", json!(7), KeyUnknown),
        ("crit", json!(["exp"]), CriticalHeader),
        ("crit", json!(null), CriticalHeader),
        ("jwk", json!({"kty": "RSA"}), EmbeddedKey),
        ("jku", json!("https://evil.example/keys"), EmbeddedKey),
        ("x5u", json!("https://evil.example/cert"), EmbeddedKey),
        ("x5c", json!(["MII"]), EmbeddedKey),
    ] {
        let mut header = desk.header();
        header[member] = value;
        let token = desk.token(&header.to_string(), &payload().to_string());
        assert_eq!(desk.verify(&token), Err(reason), "{header}");
    }
}

#[test]
fn wrong_claims_are_refused_by_their_reason() {
    use Rejection::{ClaimsMalformed, Expired, IssuedInFuture, IssuerWrong, LifetimeTooLong, ResourceWrong};
    let desk = Desk::new();
    let now = NOW.unix_seconds();
    let other = Uuid::from_u128(5);
    let cases = [
        (json!({"iss": "https://localhost:8443/"}), IssuerWrong),
        (json!({"iss": null}), ClaimsMalformed),
        (json!({"exp": now}), Expired),
        (json!({"exp": now - 1, "iat": now - 100}), Expired),
        (json!({"exp": (now + 60).to_string()}), ClaimsMalformed),
        (json!({"exp": now as f64 + 0.5}), ClaimsMalformed),
        (json!({"iat": now + 301, "exp": now + 400}), IssuedInFuture),
        (json!({"exp": now + 86_401}), LifetimeTooLong),
        (json!({"rev": "1.2"}), ClaimsMalformed),
        (json!({"rev": null}), ClaimsMalformed),
        (json!({"sub": "8:acs:x"}), ClaimsMalformed),
        (json!({"resourceId": other.to_string()}), ClaimsMalformed),
        (json!({"resourceId": other.to_string(), "sub": format!("8:acs:{other}_{other}")}), ResourceWrong),
        (json!({"acsScope": "chat,chat"}), ClaimsMalformed),
        (json!({"acsScope": ""}), ClaimsMalformed),
        (json!({"acsScope": "root"}), ClaimsMalformed),
        (json!({"jti": 1}), ClaimsMalformed),
    ];
    for (changes, reason) in cases {
        let mut payload = payload();
        for (name, value) in changes.as_object().unwrap() {
            payload[name] = value.clone();
        }
        let token = desk.token(&desk.header().to_string(), &payload.to_string());
        assert_eq!(desk.verify(&token), Err(reason), "{changes}");
    }
    let within = json!({"iat": now + 300, "exp": now + 301});
    let mut ahead = payload();
    ahead.as_object_mut().unwrap().extend(within.as_object().unwrap().clone());
    desk.verify(&desk.token(&desk.header().to_string(), &ahead.to_string())).unwrap();
}

#[test]
fn wrong_forms_are_refused_by_their_reason() {
    use Rejection::{DuplicateMember, Malformed, NoObject, Oversized, SignatureWrong};
    let desk = Desk::new();
    let (header, payload) = (desk.header().to_string(), payload().to_string());
    let good = desk.token(&header, &payload);
    desk.verify(&good).unwrap();
    let twice = |text: &str| text.replacen('{', r#"{"iss":"https://localhost:8443","alg":"RS256","#, 1);
    for (token, reason) in [
        (String::new(), Malformed),
        ("a.b".to_owned(), Malformed),
        (format!("{good}.x"), Malformed),
        (format!("{good}="), Malformed),
        (good.replace('.', " ."), Malformed),
        (good.rsplit_once('.').unwrap().0.to_owned() + ".", SignatureWrong),
        (Desk::new().token(&header, &payload), SignatureWrong),
        (desk.token(&header, "[]"), NoObject),
        (desk.token(&header, &payload.replacen('{', r#"{"more":{},"#, 1)), NoObject),
        (desk.token("null", &payload), NoObject),
        (desk.token(&twice(&header), &payload), DuplicateMember),
        (desk.token(&header, &twice(&payload)), DuplicateMember),
        ("x".repeat(TOKEN_BYTES_MAX + 1), Oversized),
    ] {
        assert_eq!(desk.verify(&token), Err(reason), "{token}");
    }
}

#[test]
fn no_flipped_bit_is_accepted() {
    let desk = Desk::new();
    let good = desk.token(&desk.header().to_string(), &payload().to_string());
    for place in 0..good.len() {
        for bit in 0..7 {
            let mut bytes = good.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            desk.verify(&changed).expect_err(&changed);
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_check_fail_otherwise(text in "[A-Za-z0-9_.-]{0,200}|.*") {
        let expected = Expected { issuer: ISSUER, resource: Uuid::nil(), now: NOW };
        prop_assert!(verify(&text, &expected, |_| None).is_err());
    }
}
