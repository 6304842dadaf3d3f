//! An id token: what it says when it is accepted, and that no other token is taken for one.

use callsign_protocol::date::Timestamp;
use callsign_protocol::entra::{ExpectedIdToken, IdToken, Rejection, verify_id_token};
use callsign_protocol::verification::Rejection as Form;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Desk, encoded};

const NOW: i64 = 1_790_000_000;
const TENANT: Uuid = Uuid::from_u128(0xc70d);
const ISSUER: &str = "https://id.example.com";

/// The members that OpenID Connect Core §2 requires, and what Entra adds.
fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "portal", "sub": "pairwise", "tid": TENANT.to_string(), "nonce": "n-0S6",
        "iat": NOW, "exp": NOW + 3600, "preferred_username": "alice\u{7}@example.com",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn signed(desk: &Desk, typ: &str, claims: &Value) -> String {
    let header = format!(r#"{{{typ}"alg":"RS256","kid":"rsa"}}"#);
    let input = format!("{}.{}", encoded(header), encoded(claims.to_string()));
    format!("{input}.{}", encoded(desk.rs256(&input)))
}

fn shown(desk: &Desk, token: &str) -> Result<IdToken, Rejection> {
    let now = Timestamp::from_unix_seconds(NOW);
    let expected =
        ExpectedIdToken { issuer: ISSUER, tenant: Some(TENANT), client_id: "portal", nonce: "n-0S6", now };
    verify_id_token(token, &expected, |kid| desk.key(kid))
}

#[test]
fn it_says_who_signed_in() {
    let desk = Desk::new();
    for typ in ["", r#""typ":"JWT","#] {
        let read = shown(&desk, &signed(&desk, typ, &claims())).unwrap();
        assert_eq!(read.token.principal.as_deref(), Some("pairwise"));
        assert_eq!((read.token.tenant, read.name.as_deref()), (Some(TENANT), Some("alice@example.com")));
    }
    let object = Uuid::from_u128(7);
    let read = shown(&desk, &signed(&desk, "", &with("oid", json!(object.to_string())))).unwrap();
    assert_eq!(read.token.principal, Some(object.to_string()));
    let bare = shown(&desk, &signed(&desk, "", &without("preferred_username"))).unwrap();
    assert_eq!(bare.name, None);
}

#[test]
fn several_audiences_need_the_one_that_asked() {
    let desk = Desk::new();
    let judged = |aud: Value, azp: Value| {
        let mut claims = with("aud", aud);
        if !azp.is_null() {
            claims["azp"] = azp;
        }
        shown(&desk, &signed(&desk, "", &claims))
    };
    assert!(judged(json!(["portal"]), Value::Null).is_ok());
    assert!(judged(json!(["portal", "other"]), json!("portal")).is_ok());
    for (aud, azp) in [
        (json!("other"), Value::Null),
        (json!([]), Value::Null),
        (json!(["portal", "other"]), Value::Null),
        (json!(["portal", "other"]), json!("other")),
        (json!("portal"), json!("other")),
        (json!("https://communication.azure.com"), json!("portal")),
    ] {
        let refused = judged(aud.clone(), azp);
        assert!(matches!(refused, Err(Rejection::AudienceWrong { .. })), "{aud}: {refused:?}");
    }
}

#[test]
fn nothing_else_is_taken_for_one() {
    let desk = Desk::new();
    for (claims, rejection) in [
        (with("nonce", json!("other")), Rejection::NonceWrong),
        (without("nonce"), Rejection::NonceWrong),
        (with("iss", json!("https://id.example.com/")), Rejection::IssuerUnknown(format!("{ISSUER}/"))),
    ] {
        assert_eq!(shown(&desk, &signed(&desk, "", &claims)), Err(rejection));
    }
    for claims in [
        with("exp", json!(NOW)),
        with("iat", json!(NOW + 301)),
        with("nbf", json!(NOW + 301)),
        with("tid", json!(Uuid::from_u128(8).to_string())),
        without("exp"),
        without("iat"),
        without("aud"),
    ] {
        assert!(shown(&desk, &signed(&desk, "", &claims)).is_err(), "{claims}");
    }
    let access_token = signed(&desk, r#""typ":"at+jwt","#, &claims());
    assert_eq!(shown(&desk, &access_token), Err(Rejection::Form(Form::TypeWrong)));
    let token = signed(&desk, "", &claims());
    let (input, _) = token.rsplit_once('.').unwrap();
    let unsigned = format!("{input}.");
    assert_eq!(shown(&desk, &unsigned), Err(Rejection::Form(Form::SignatureWrong)));
    assert_eq!(shown(&desk, &"a".repeat(20_000)), Err(Rejection::Oversized));
}
