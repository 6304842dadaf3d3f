//! A token of Entra: what it says when it is accepted, and that no other text is.

use callsign_protocol::date::Timestamp;
use callsign_protocol::entra::{
    EntraToken, Expected, Purpose, Rejection, TOKEN_BYTES_MAX, named_issuer, verify,
};
use callsign_protocol::verification::Rejection as Form;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Desk, encoded};

const NOW: i64 = 1_790_000_000;
const TENANT: Uuid = Uuid::from_u128(0xc70d);
const OBJECT: Uuid = Uuid::from_u128(0x2f2e);
const ISSUER: &str = "https://sts.windows.net/00000000-0000-0000-0000-00000000c70d/";

/// What an application's own token of version 1 says.
fn application() -> Value {
    json!({
        "iss": ISSUER, "aud": "https://communication.azure.com/", "tid": TENANT.to_string(), "ver": "1.0",
        "iat": NOW, "nbf": NOW, "exp": NOW + 3600,
        "appid": "app", "oid": OBJECT.to_string(), "sub": OBJECT.to_string(), "uti": "AbC-_9",
    })
}

/// What a user's token of version 2 says.
fn user() -> Value {
    json!({
        "iss": ISSUER, "aud": "2a04943b-b6a7-4f65-8786-2bb6131b59f6", "tid": TENANT.to_string(), "ver": "2.0",
        "iat": NOW, "nbf": NOW, "exp": NOW + 3600,
        "azp": "app", "oid": OBJECT.to_string(), "sub": "pairwise", "scp": "Chat VoIP", "groups": [TENANT.to_string(), "no guid"],
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn signed(desk: &Desk, claims: &str) -> String {
    let input =
        format!("{}.{}", encoded(r#"{"typ":"JWT","alg":"RS256","kid":"rsa","x5t":"rsa"}"#), encoded(claims));
    format!("{input}.{}", encoded(desk.rs256(&input)))
}

fn expected(purpose: Purpose) -> Expected<'static> {
    let now = Timestamp::from_unix_seconds(NOW);
    Expected { issuer: ISSUER, tenant: Some(TENANT), purpose, more_audiences: &[], now }
}

fn shown(desk: &Desk, claims: &Value, purpose: Purpose) -> Result<EntraToken, Rejection> {
    verify(&signed(desk, &claims.to_string()), &expected(purpose), |kid| desk.key(kid))
}

fn service(desk: &Desk, claims: &Value) -> Result<EntraToken, Rejection> {
    shown(desk, claims, Purpose::Service)
}

#[test]
fn an_applications_token_says_which_application_it_is_of() {
    let desk = Desk::new();
    let token = service(&desk, &application()).unwrap();
    assert_eq!(
        token,
        EntraToken {
            issuer: ISSUER.to_owned(),
            tenant: Some(TENANT),
            object: Some(OBJECT),
            principal: Some(OBJECT.to_string()),
            application: Some("app".to_owned()),
            is_application_itself: true,
            permissions: vec![],
            groups: vec![],
            issued_at: Timestamp::from_unix_seconds(NOW),
            expires_at: Timestamp::from_unix_seconds(NOW + 3600),
            token_id: Some("AbC-_9".to_owned()),
        }
    );
}

#[test]
fn a_users_token_says_who_uses_which_application_and_what_it_may() {
    let desk = Desk::new();
    let token = shown(&desk, &user(), Purpose::EntraUser).unwrap();
    assert_eq!(token.permissions, ["Chat", "VoIP"]);
    assert_eq!(token.groups, [TENANT], "no group that is no guid");
    assert_eq!((token.object, token.application.as_deref()), (Some(OBJECT), Some("app")));
    assert!(!token.is_application_itself);
}

#[test]
fn an_application_speaks_for_itself_only_when_nobody_uses_it() {
    let desk = Desk::new();
    let own = |claims: &Value| service(&desk, claims).unwrap().is_application_itself;
    assert!(own(&with(application(), "idtyp", json!("app"))));
    assert!(!own(&with(application(), "idtyp", json!("user"))));
    assert!(!own(&with(application(), "scp", json!("user_impersonation"))), "somebody lets it");
    assert!(!own(&with(application(), "sub", json!("somebody"))), "a user whose token names no permission");
    // RFC 9068 §2.2: the subject of a client's own token is the client.
    let of_a_client = without(without(application(), "oid"), "appid");
    let of_a_client = with(with(of_a_client, "client_id", json!("web")), "sub", json!("web"));
    let token = service(&desk, &of_a_client).unwrap();
    assert!(token.is_application_itself);
    assert_eq!((token.principal.as_deref(), token.application.as_deref()), (Some("web"), Some("web")));
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let desk = Desk::new();
    assert!(matches!(
        service(&desk, &with(application(), "iss", json!("https://evil.example/"))),
        Err(Rejection::IssuerUnknown(issuer)) if issuer == "https://evil.example/"
    ));
    for tenant in [json!(Uuid::from_u128(7).to_string()), json!("common"), json!("")] {
        let refused = service(&desk, &with(application(), "tid", tenant.clone()));
        assert!(matches!(refused, Err(Rejection::TenantWrong { .. })), "{tenant}: {refused:?}");
    }
    for audience in [json!("https://graph.microsoft.com"), json!([]), json!(["a", "b"]), json!("")] {
        let refused = service(&desk, &with(application(), "aud", audience.clone()));
        assert!(matches!(refused, Err(Rejection::AudienceWrong { .. })), "{audience}: {refused:?}");
    }
    for (claims, accepting) in [(application(), Purpose::Service), (user(), Purpose::EntraUser)] {
        for purpose in Purpose::ALL {
            assert_eq!(shown(&desk, &claims, purpose).is_ok(), purpose == accepting, "{purpose:?}");
        }
    }
}

#[test]
fn audiences_of_ones_own_are_for_callers_only() {
    let desk = Desk::new();
    let token = signed(&desk, &with(application(), "aud", json!(["x", "api://callsign"])).to_string());
    let more = ["api://callsign".to_owned()];
    for purpose in Purpose::ALL {
        let expected = Expected { more_audiences: &more, ..expected(purpose) };
        let taken = verify(&token, &expected, |kid| desk.key(kid)).is_ok();
        assert_eq!(taken, purpose == Purpose::Service, "{purpose:?}");
    }
}

#[test]
fn a_token_counts_from_five_minutes_before_its_beginning_to_the_second_of_its_end() {
    let desk = Desk::new();
    assert!(service(&desk, &with(application(), "exp", json!(NOW + 1))).is_ok());
    assert!(service(&desk, &with(application(), "exp", json!(f64::from(1_790_000_001) + 0.5))).is_ok());
    for end in [json!(NOW), json!(NOW - 1), json!(0), json!(-5), json!(NOW as f64 + 0.9)] {
        let refused = service(&desk, &with(application(), "exp", end.clone()));
        assert!(matches!(refused, Err(Rejection::Expired { .. })), "{end}: {refused:?}");
    }
    for name in ["nbf", "iat"] {
        assert!(service(&desk, &with(application(), name, json!(NOW + 300))).is_ok());
        let refused = service(&desk, &with(application(), name, json!(NOW + 301)));
        assert!(matches!(refused, Err(Rejection::NotYetValid { .. })), "{name}: {refused:?}");
    }
    assert!(service(&desk, &without(application(), "nbf")).is_ok(), "RFC 7519 §4.1.5: it is optional");
}

#[test]
fn claims_that_cannot_be_read_are_refused() {
    let desk = Desk::new();
    for name in ["iss", "aud", "exp", "iat"] {
        let refused = service(&desk, &without(application(), name));
        assert!(matches!(refused, Err(Rejection::Claims(_))), "{name}: {refused:?}");
    }
    for (name, value) in [
        ("exp", json!("2026")),
        ("exp", json!(1e300)),
        ("exp", Value::Null),
        ("iat", json!(true)),
        ("nbf", json!([])),
        ("aud", json!(7)),
        ("tid", json!({})),
        ("scp", json!(1)),
    ] {
        let refused = service(&desk, &with(application(), name, value.clone()));
        assert!(matches!(refused, Err(Rejection::Claims(_))), "{name} {value}: {refused:?}");
    }
    for text in ["", "null", "[]", "{", "\u{1}", r#""token""#] {
        let refused = verify(&signed(&desk, text), &expected(Purpose::Service), |kid| desk.key(kid));
        assert!(refused.is_err(), "{text}");
    }
}

#[test]
fn what_stands_twice_is_refused() {
    let desk = Desk::new();
    for claim in [r#""exp":9999999999"#, r#""aud":"https://communication.azure.com""#, r#""oid":"x""#] {
        let text = application().to_string().replacen('{', &format!("{{{claim},"), 1);
        let refused = verify(&signed(&desk, &text), &expected(Purpose::Service), |kid| desk.key(kid));
        assert!(matches!(refused, Err(Rejection::Claims(_))), "{claim}: {refused:?}");
    }
}

#[test]
fn what_no_key_signed_is_refused_before_any_claim_is_looked_at() {
    let desk = Desk::new();
    let ended = with(application(), "exp", json!(0)).to_string();
    let header = |text: &str| format!("{}.{}", encoded(text), encoded(&ended));
    let good = r#"{"alg":"RS256","kid":"rsa"}"#;
    let (none, unknown, mac) = (
        header(r#"{"alg":"none","kid":"rsa"}"#),
        header(r#"{"alg":"RS256","kid":"other"}"#),
        header(r#"{"alg":"HS256","kid":"rsa"}"#),
    );
    for (token, reason) in [
        (format!("{none}."), Form::AlgorithmNotAllowed),
        (format!("{mac}.{}", encoded(desk.hs256_by_public_key(&mac))), Form::AlgorithmNotAllowed),
        (format!("{unknown}.{}", encoded(desk.rs256(&unknown))), Form::KeyUnknown),
        (format!("{}.{}", header(good), encoded(desk.rs256("something else"))), Form::SignatureWrong),
        (format!("{}.", header(good)), Form::SignatureWrong),
        (header(good), Form::Malformed),
        ("".to_owned(), Form::Malformed),
    ] {
        let refused = verify(&token, &expected(Purpose::Service), |kid| desk.key(kid));
        assert_eq!(refused, Err(Rejection::Form(reason)), "{token}");
    }
}

#[test]
fn a_token_has_sixteen_kibibytes_at_most() {
    let desk = Desk::new();
    let padded = |length| with(application(), "padding", json!("x".repeat(length)));
    assert!(service(&desk, &padded(11_000)).is_ok());
    let token = signed(&desk, &padded(TOKEN_BYTES_MAX).to_string());
    assert_eq!(named_issuer(&token), Err(Rejection::Oversized));
    let mut looked = false;
    let refused = verify(&token, &expected(Purpose::Service), |kid| {
        looked = true;
        desk.key(kid)
    });
    assert_eq!((refused, looked), (Err(Rejection::Oversized), false), "no key is looked for");
}

#[test]
fn a_reason_repeats_little_of_a_token_and_no_control_characters() {
    let desk = Desk::new();
    let long = format!("\u{1b}[31m\r\n{}", "a".repeat(5_000));
    for name in ["iss", "aud", "tid"] {
        let said = service(&desk, &with(application(), name, json!(long))).unwrap_err().to_string();
        assert!(said.len() < 400 && !said.contains(char::is_control), "{name}: {said:?}");
    }
}

proptest! {
    /// One character changed anywhere, and nobody is let in.
    #[test]
    fn a_token_that_is_changed_is_refused(at in 0_usize..700, other in "[A-Za-z0-9_.=-]") {
        thread_local!(static DESK: Desk = Desk::new());
        DESK.with(|desk| {
            let token = signed(desk, &application().to_string());
            let at = at % token.len();
            let mut changed = token.clone();
            changed.replace_range(at..=at, &other);
            prop_assume!(changed != token);
            prop_assert!(verify(&changed, &expected(Purpose::Service), |kid| desk.key(kid)).is_err());
            Ok(())
        })?;
    }

    /// Any text is refused with a reason; nothing panics.
    #[test]
    fn any_text_is_refused(text in "\\PC*", claims in "[ -~]{0,80}") {
        thread_local!(static DESK: Desk = Desk::new());
        DESK.with(|desk| {
            for token in [text.clone(), signed(desk, &claims)] {
                let _named = named_issuer(&token);
                prop_assert!(verify(&token, &expected(Purpose::Service), |kid| desk.key(kid)).is_err());
            }
            Ok(())
        })?;
    }
}
