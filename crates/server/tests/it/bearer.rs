//! Callers with a token, over the wire: which token is one, and what its caller may do.

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::verification::TOKEN_TYPE;
use serde_json::{Value, json};

use crate::harness::{House, NEWEST, audited};
use crate::provider::{APPLICATION, Provider, SERVICE_PRINCIPAL, TENANT, signed};
use crate::request::Reply;

const CREATE: &str = "/identities?api-version=2026-09-23";

fn denied(reply: &Reply) {
    let (status, code, target, message) = reply.error();
    assert_eq!((status, code.as_str(), target), (401, "Denied", None));
    assert_eq!(message, "Denied by the resource provider.");
    assert_eq!(reply.header("api-supported-versions"), None);
}

fn create(house: &House, token: &str) -> Reply {
    house.send_bearing(token, "POST", CREATE, "")
}

#[test]
fn an_application_with_a_role_does_what_a_key_does() {
    let provider = Provider::new();
    let house = provider.house("contributor");
    let token = provider.service_token(&Value::Null);
    let reply = create(&house, &token);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let id = reply.json()["identity"]["id"].as_str().unwrap().to_owned();
    let issue = format!("/identities/{id}/:issueAccessToken?api-version={NEWEST}");
    let issued = house.send_bearing(&token, "POST", &issue, r#"{"scopes":["chat"]}"#);
    let minted = issued.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(crate::harness::claims(&minted)["rev"], "0.0.e");
    assert_eq!(house.introspect(&minted)["active"], true);
    let list = house.send_bearing(&token, "GET", "/callsign/v1/identities", "");
    assert_eq!(list.json()["identities"][0]["id"], id.as_str());
    let delete = format!("/identities/{id}?api-version={NEWEST}");
    assert_eq!(house.send_bearing(&token, "DELETE", &delete, "").status, 204);
    // Who did it is known.
    for action in ["create_identity", "delete_identity"] {
        assert_eq!(audited(&house, action)[0].actor, format!("entra:{SERVICE_PRINCIPAL} by {APPLICATION}"));
    }
}

#[test]
fn every_spelling_of_the_audience_and_both_versions_of_tokens_are_good() {
    let provider = Provider::new();
    let house = provider.house_with("issuer", |config| {
        config.entra.audiences = vec!["api://callsign".to_owned()];
    });
    for changes in [
        json!({ "aud": "https://communication.azure.com" }),
        json!({ "aud": "https://communication.azure.com//" }),
        json!({ "aud": ["other", "https://communication.azure.com/"] }),
        json!({ "aud": "api://callsign" }),
        // Version 2 and RFC 9068.
        json!({ "ver": "2.0", "appid": null, "azp": APPLICATION }),
        json!({ "tid": null, "oid": null, "idtyp": null, "appid": null, "client_id": APPLICATION, "sub": APPLICATION }),
        json!({ "nbf": null }),
    ] {
        let reply = create(&house, &provider.service_token(&changes));
        assert_eq!(reply.status, 201, "{changes} {}", reply.text());
    }
}

#[test]
fn a_token_that_is_not_good_is_refused() {
    let provider = Provider::new();
    let house = provider.house("contributor");
    let now = SystemClock.now().unix_seconds();
    let other_tenant = "11111111-2222-4333-8444-555555555555";
    for changes in [
        json!({ "exp": now }),
        json!({ "exp": now - 1 }),
        json!({ "exp": null }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 330 }),
        json!({ "iat": now + 330 }),
        json!({ "tid": other_tenant }),
        json!({ "aud": "https://communication.azure.com/clients" }),
        json!({ "aud": "https://auth.msft.communication.azure.com" }),
        json!({ "aud": "https://communication.azure.com///" }),
        json!({ "aud": [] }),
        json!({ "aud": null }),
        json!({ "iss": "https://id.example.com" }),
        json!({ "iss": format!("{}/x", provider.issuer()) }),
        json!({ "appid": "another" }),
        json!({ "appid": null }),
        // Somebody uses the application.
        json!({ "idtyp": "user" }),
        json!({ "idtyp": null, "scp": "user_impersonation" }),
        json!({ "idtyp": null, "sub": "somebody" }),
    ] {
        denied(&create(&house, &provider.service_token(&changes)));
    }
    let good = provider.service_token(&Value::Null);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let unsigned = crate::provider::signed(&key(), &json!({ "typ": "JWT", "alg": "none" }), &claims(payload));
    for token in [
        String::new(),
        "x".to_owned(),
        "a.b.c".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{head}.{}", signature.chars().rev().collect::<String>()),
        format!("{header}.{payload}A.{signature}"),
        format!("{good}.{signature}"),
        unsigned.rsplit_once('.').unwrap().0.to_owned() + ".",
        unsigned,
        signed(&key(), &json!({ "typ": "JWT", "alg": "RS256", "kid": "unknown" }), &claims(payload)),
        signed(&key(), &json!({ "typ": "JWT", "alg": "RS256", "kid": kid(header) }), &claims(payload)),
        signed(&key(), &json!({ "typ": "JWT", "alg": "RS256", "jku": "https://a" }), &claims(payload)),
        "x".repeat(15_000),
    ] {
        denied(&create(&house, &token));
    }
    assert_eq!(audited(&house, "create_identity").len(), 0);
}

fn key() -> callsign_core::token::signing_key::SigningKey {
    callsign_core::token::signing_key::SigningKey::generate(callsign_protocol::algorithm::Algorithm::Rs256)
        .unwrap()
}

fn claims(part: &str) -> Value {
    use base64::Engine as _;
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kid(header: &str) -> Value {
    claims(header)["kid"].clone()
}

/// It would be a way to make a token from another.
#[test]
fn a_token_of_ours_lets_nobody_call() {
    let provider = Provider::new();
    let house = provider.house("contributor");
    let token = house.token(&house.create());
    assert!(token.len() > 100 && TOKEN_TYPE == "JWT");
    denied(&create(&house, &token));
}

#[test]
fn a_role_is_needed_and_each_allows_what_it_says() {
    let provider = Provider::new();
    let token = provider.service_token(&Value::Null);
    for (role, expected) in
        [("reader", [200, 401, 401]), ("issuer", [200, 201, 401]), ("contributor", [200, 201, 204])]
    {
        let house = provider.house(role);
        let id = house.create();
        let get = house.send_bearing(
            &token,
            "GET",
            &format!("/identities/{id}?api-version=2025-03-02-preview"),
            "",
        );
        let created = create(&house, &token);
        let deleted =
            house.send_bearing(&token, "DELETE", &format!("/identities/{id}?api-version={NEWEST}"), "");
        assert_eq!([get.status, created.status, deleted.status], expected, "{role}");
    }
    let house = House::with(|config| {
        config.entra.issuers = vec![format!("{} tenant={TENANT}", provider.issuer()).parse().unwrap()];
        let roles = ["contributor on blue for application a", "contributor on blue for principal b"];
        config.entra.roles = roles.map(|role| role.parse().unwrap()).to_vec();
    });
    denied(&create(&house, &token));
}

#[test]
fn a_role_at_one_resource_is_none_at_another() {
    let provider = Provider::new();
    let house = provider.house_with("contributor", |config| {
        config.entra.roles =
            vec![format!("contributor on contoso for application {APPLICATION}").parse().unwrap()];
    });
    house.resource_named("contoso", &[]);
    let token = provider.service_token(&Value::Null);
    denied(&create(&house, &token));
    assert_eq!(house.send_bearing(&token, "POST", &format!("/contoso{CREATE}"), "").status, 201);
}

#[test]
fn a_users_own_role_is_by_the_object_id_whatever_application_is_used() {
    let provider = Provider::new();
    let house = provider.house_with("contributor", |config| {
        config.entra.roles = vec!["issuer on * for principal alice".parse().unwrap()];
    });
    let token = |changes: Value| provider.service_token(&changes);
    let used = json!({ "idtyp": null, "scp": "user_impersonation", "oid": "alice", "appid": "any" });
    assert_eq!(create(&house, &token(used)).status, 201);
    assert_eq!(create(&house, &token(json!({ "oid": null, "sub": "alice" }))).status, 201);
    denied(&create(&house, &token(json!({ "oid": "bob", "sub": "alice" }))));
}

#[test]
fn without_a_trusted_issuer_no_token_is_good() {
    let provider = Provider::new();
    denied(&create(&House::new(), &provider.service_token(&Value::Null)));
    assert_eq!(provider.readings(), 0);
}

#[test]
fn where_keys_are_turned_off_only_tokens_open() {
    let provider = Provider::new();
    let house = provider.house_with("contributor", |config| {
        config.authentication.disable_local_auth = vec!["default".to_owned()];
    });
    let other = house.resource_named("contoso", &[]);
    denied(&house.send("POST", CREATE, ""));
    assert_eq!(create(&house, &provider.service_token(&Value::Null)).status, 201);
    let elsewhere = house.request("POST", &format!("/contoso{CREATE}")).signed(&other.keys[0].key).send();
    assert_eq!(elsewhere.status, 201);
    let none = House::with(|config| config.authentication.disable_local_auth = vec!["*".to_owned()]);
    denied(&none.send("POST", CREATE, ""));
}

/// A failed scheme ends the search (`design/architecture.md` §5, rule 2).
#[test]
fn the_scheme_that_is_shown_is_the_one_that_counts() {
    let provider = Provider::new();
    let house = provider.house("contributor");
    let signed = house.request("POST", CREATE).signed(&house.key());
    denied(&signed.clone().changed("authorization", "Bearer x").send());
    let mut both = signed;
    both.headers
        .push(("authorization".to_owned(), format!("Bearer {}", provider.service_token(&Value::Null))));
    denied(&both.send());
    let lower = house.request("POST", CREATE);
    let token = provider.service_token(&Value::Null);
    assert_eq!(lower.header("authorization", &format!("bearer {token}")).send().status, 201);
}

#[test]
fn who_develops_is_told_why_and_others_are_not() {
    let provider = Provider::new();
    let expired = provider.service_token(&json!({ "exp": 1 }));
    let production = provider.house("contributor");
    denied(&create(&production, &expired));
    let house = provider.house_with("contributor", |config| config.dev_entra.enabled = true);
    let reply = create(&house, &expired);
    assert_eq!(reply.status, 401);
    let error = &reply.json()["error"];
    assert_eq!(error["message"], "Denied by the resource provider.");
    let reason = "the token ended at Thu, 01 Jan 1970 00:00:01 GMT; get a new one";
    assert_eq!(error["innererror"], json!({ "code": "Denied", "message": reason }));
    let problem = house.send_bearing(&expired, "GET", "/callsign/v1/identities", "").json();
    assert_eq!(problem["reason"], reason);
    let unsigned = house.request("POST", CREATE).send().json();
    assert!(unsigned["error"]["innererror"]["message"].as_str().unwrap().contains("no Authorization header"));
}

#[test]
fn failed_tokens_are_throttled_like_failed_signatures() {
    let house = House::with(|config| config.authentication.failures_per_minute = 3);
    let codes: Vec<_> = (0..8).map(|_| create(&house, "x").status).collect();
    assert!(codes.contains(&429), "{codes:?}");
}
