//! `POST /access/entra/:exchangeAccessToken`.

use serde_json::{Value, json};

use crate::harness::{House, PREVIEW, claims};
use crate::provider::{APPLICATION, Provider, TENANT, USER};
use crate::request::Reply;

const GROUP: &str = "11111111-2222-4333-8444-555555555555";

fn exchange(house: &House, token: &str) -> Reply {
    let target = format!("/access/entra/:exchangeAccessToken?api-version={PREVIEW}");
    house.send_bearing(token, "POST", &target, "{}")
}

fn assign(house: &House, object: &str, principal: &str) -> Reply {
    let body = json!({ "tenantId": TENANT, "principalType": principal, "clientIds": [APPLICATION] });
    house.send("PUT", &format!("/access/entra/assignments/{object}?api-version={PREVIEW}"), &body.to_string())
}

fn code(reply: &Reply) -> (u16, String) {
    reply.code()
}

#[test]
fn whom_an_assignment_covers_gets_a_token_that_ends_with_the_entra_token() {
    let provider = Provider::new();
    let house = provider.house("reader");
    assert_eq!(assign(&house, USER, "user").status, 201);
    let entra = provider.clients_token("VoIP Chat.Join", &Value::Null);
    let reply = exchange(&house, &entra);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    let id = format!("8:acs:{}_wf_{TENANT}_{USER}", house.resource_id());
    assert_eq!(answer["identity"], json!({ "id": id }));
    let said = claims(answer["accessToken"]["token"].as_str().unwrap());
    assert_eq!(said["skypeid"], id[2..]);
    assert_eq!((&said["acsScope"], &said["scp"]), (&json!("voip,chat.join"), &json!(1792)));
    assert_eq!(said["exp"], claims(&entra)["exp"]);
    // The identity is one like others.
    let list = house.request("GET", "/callsign/v1/identities").signed(&house.key()).send().json();
    assert_eq!(list["identities"][0]["id"], id.as_str());
    assert_eq!(house.get(&id).json()["id"], id.as_str());
}

#[test]
fn a_group_and_a_tenant_are_enough_and_nobody_else_is_covered() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let token = |changes: Value| provider.clients_token("Chat", &changes);
    let refused = (403, "Forbidden".to_owned());
    assert_eq!(code(&exchange(&house, &token(json!({})))), refused);
    assign(&house, GROUP, "group");
    assert_eq!(code(&exchange(&house, &token(json!({})))), refused);
    assert_eq!(exchange(&house, &token(json!({ "groups": [GROUP] }))).status, 200);
    assign(&house, TENANT, "tenant");
    assert_eq!(exchange(&house, &token(json!({}))).status, 200);
    assert_eq!(code(&exchange(&house, &token(json!({ "appid": "another" })))), refused);
}

#[test]
fn a_token_that_is_not_good_is_denied_and_one_that_allows_nothing_is_not_valid() {
    let provider = Provider::new();
    let house = provider.house("reader");
    assign(&house, USER, "user");
    let denied = (401, "Denied".to_owned());
    for token in [
        String::new(),
        "x".to_owned(),
        provider.clients_token("Chat", &json!({ "exp": 1 })),
        provider.clients_token("Chat", &json!({ "aud": "https://communication.azure.com" })),
        provider.clients_token("Chat", &json!({ "tid": GROUP })),
        provider.teams_token(&Value::Null),
        provider.service_token(&Value::Null),
        Provider::new().clients_token("Chat", &json!({ "iss": provider.issuer() })),
    ] {
        assert_eq!(code(&exchange(&house, &token)), denied);
    }
    let invalid = (401, "InvalidAccessToken".to_owned());
    for token in [
        provider.clients_token("User.Read", &Value::Null),
        provider.clients_token("Chat", &json!({ "scp": null })),
        provider.clients_token("Chat", &json!({ "oid": "alice" })),
    ] {
        assert_eq!(code(&exchange(&house, &token)), invalid);
    }
    // A signature by a key is no user's.
    let target = format!("/access/entra/:exchangeAccessToken?api-version={PREVIEW}");
    assert_eq!(code(&house.send("POST", &target, "{}")), denied);
    let body =
        |body: &str| house.send_bearing(&provider.clients_token("Chat", &Value::Null), "POST", &target, body);
    assert_eq!(
        [body("{").status, body("[]").status, body("").status, body(r#"{"x":1}"#).status],
        [400, 400, 200, 200]
    );
}

#[test]
fn the_end_of_a_users_assignment_is_the_end_of_the_users_tokens() {
    let provider = Provider::new();
    let house = provider.house("reader");
    assign(&house, USER, "user");
    let entra = provider.clients_token("Chat", &Value::Null);
    let token = exchange(&house, &entra).json()["accessToken"]["token"].as_str().unwrap().to_owned();
    assert_eq!(house.introspect(&token)["active"], true);
    // The same again changes nothing.
    assert_eq!(assign(&house, USER, "user").status, 200);
    assert_eq!(house.introspect(&token)["active"], true);
    let gone = house.send("DELETE", &format!("/access/entra/assignments/{USER}?api-version={PREVIEW}"), "");
    assert_eq!(gone.status, 204);
    assert_eq!(house.introspect(&token)["active"], false);
    assert_eq!(code(&exchange(&house, &entra)), (403, "Forbidden".to_owned()));
    assign(&house, USER, "user");
    let token = exchange(&house, &entra).json()["accessToken"]["token"].as_str().unwrap().to_owned();
    assert_eq!(house.introspect(&token)["active"], true);
}

/// Its administrators choose object ids as they like, also those of another tenant's users.
#[test]
fn an_issuer_without_a_tenant_has_no_users() {
    let provider = Provider::new();
    let house = provider.house_with("reader", |config| {
        config.entra.issuers = vec![provider.issuer().parse().unwrap()];
    });
    assign(&house, USER, "user");
    let token = provider.clients_token("Chat", &Value::Null);
    assert_eq!(code(&exchange(&house, &token)), (401, "InvalidAccessToken".to_owned()));
}
