//! `POST /callsign/v1/introspect`.

use callsign_core::directory::audit::Actor;
use callsign_protocol::access_key::KeySlot;
use serde_json::json;

use crate::harness::{House, NEWEST, claims, wait_for};
use crate::request::Request;

const PATH: &str = "/callsign/v1/introspect";

fn with_token() -> (House, String, String) {
    let house = House::new();
    let id = house.create();
    let token = house.token(&id);
    (house, id, token)
}

#[test]
fn a_good_token_is_told_in_the_words_of_rfc_7662() {
    let house = House::new();
    let id = house.create();
    let json = house.issue(&id, r#"{"scopes":["voip","chat.join"],"expiresInMinutes":60}"#).json();
    let token = json["token"].as_str().unwrap();
    let claims = claims(token);
    let iat = claims["iat"].as_i64().unwrap();
    let expected = json!({
        "active": true, "sub": id, "scope": "voip chat.join", "exp": iat + 3600, "iat": iat, "iss": "https://localhost:8443",
        "jti": claims["jti"], "token_type": "Bearer", "resourceId": house.resource_id(),
    });
    assert_eq!(house.introspect(token), expected);
    let hinted = house.introspection(&format!("{token}&token_type_hint=access_token"));
    assert_eq!(hinted.signed(&house.key()).send().json(), expected);
}

#[test]
fn a_token_is_inactive_from_the_moment_that_a_revoke_is_answered() {
    let (house, id, _) = with_token();
    for round in 0..50 {
        let token = house.token(&id);
        assert_eq!(house.introspect(&token)["active"], true, "round {round}");
        assert_eq!(house.revoke(&id).status, 204);
        assert_eq!(house.introspect(&token), json!({"active": false}), "round {round}");
        // Issued in the same second, under the same clock.
        assert_eq!(house.introspect(&house.token(&id))["active"], true, "round {round}");
    }
}

#[test]
fn a_token_dies_with_its_identity_for_ever() {
    let (house, id, token) = with_token();
    assert_eq!(house.delete(&id).status, 204);
    assert_eq!(house.introspect(&token), json!({"active": false}));
    assert_eq!(house.introspect(&house.token(&house.create()))["active"], true);
    assert_eq!(house.introspect(&token), json!({"active": false}));
}

#[test]
fn a_token_dies_with_the_access_key_that_minted_it_and_with_no_other() {
    let (house, id, by_primary) = with_token();
    let resource = house.service().resources.default_one().unwrap();
    let secondary = resource.keys[1].key.clone();
    let issue = format!("/identities/{id}/:issueAccessToken?api-version={NEWEST}");
    let body = r#"{"scopes":["chat"]}"#;
    let reply = house.request("POST", &issue).body(body).signed(&secondary).send().json();
    let by_secondary = reply["token"].as_str().unwrap().to_owned();
    let regenerate = house.service().regenerate_access_key(&resource, KeySlot::Primary, Actor::Server);
    assert!(wait_for(regenerate).unwrap());
    assert_eq!(house.introspect(&by_primary), json!({"active": false}));
    assert_eq!(house.introspect(&by_secondary)["active"], true);
    assert_eq!(house.introspect(&house.token(&id))["active"], true);
}

#[test]
fn every_token_of_a_resource_dies_when_the_resource_is_revoked() {
    let (house, id, token) = with_token();
    let contoso = house.resource_named("contoso", &[]);
    let revoke = house.service().revoke_resource(contoso.stored.id, Actor::Server);
    assert!(wait_for(revoke).unwrap());
    assert_eq!(house.introspect(&token)["active"], true, "another resource was revoked");
    let own = house.service().resources.default_one().unwrap().stored.id;
    assert!(wait_for(house.service().revoke_resource(own, Actor::Server)).unwrap());
    assert_eq!(house.introspect(&token), json!({"active": false}));
    assert_eq!(house.introspect(&house.token(&id))["active"], true);
}

#[test]
fn a_token_of_another_resource_is_nothing_that_one_is_told_of() {
    let (house, _, token) = with_token();
    let contoso = house.resource_named("contoso", &[]);
    let mut request = house.introspection(&token);
    request.target = format!("/contoso{PATH}");
    assert_eq!(request.signed(&contoso.keys[0].key).send().json(), json!({"active": false}));
    assert_eq!(house.introspect(&token)["active"], true);
}

#[test]
fn whatever_is_no_good_token_is_inactive_and_no_more() {
    let (house, _, token) = with_token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let long = "x".repeat(20_000);
    for text in [
        "x",
        "a.b.c",
        signed,
        &format!("{signed}."),
        &format!("{signed}.{}", signature.replace('A', "B")),
        &format!("{token}."),
        "%00%ff%fe",
        "eyJhbGciOiJub25lIn0.e30.",
        &long,
    ] {
        let reply = house.introspection(text).signed(&house.key()).send();
        assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"active":false}"#), "{text}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
}

#[test]
fn a_form_with_a_token_is_taken_and_nothing_else() {
    let house = House::new();
    let form = |body: &str| house.introspection("").body(body);
    let target = |mut request: Request, target: &str| {
        request.target = target.to_owned();
        request
    };
    let json = form(r#"{"token":"x"}"#).changed("content-type", "application/json");
    let mut untyped = form("token=x");
    untyped.headers.clear();
    for (request, status, at_fault) in [
        (form(""), 400, Some("token")),
        (form("token="), 400, Some("token")),
        (form("Token=x"), 400, Some("token")),
        (form("token=x&token=y"), 400, Some("token")),
        (form("token=x&client_id=y"), 400, Some("client_id")),
        (form("token=x&token_type_hint=a&token_type_hint=b"), 400, Some("token_type_hint")),
        (target(form("token=x"), &format!("{PATH}?token=x")), 400, Some("token")),
        (target(form("token=x"), &format!("{PATH}?api-version={NEWEST}")), 400, Some("api-version")),
        (json, 415, None),
        (untyped, 415, None),
        (form("token=x").header("content-type", "application/x-www-form-urlencoded"), 415, None),
    ] {
        let sent = format!("{} {}", request.target, request.body);
        let (found, _, named, detail) = request.signed(&house.key()).send().problem();
        assert_eq!((found, named.as_deref()), (status, at_fault), "{sent}: {detail}");
    }
    let with_charset =
        form("token=x").changed("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8");
    assert_eq!(with_charset.signed(&house.key()).send().status, 200);
}
