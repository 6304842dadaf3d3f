//! `POST /teamsUser/:exchangeAccessToken`.

use callsign_core::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::harness::{House, NEWEST, claims};
use crate::provider::{APPLICATION, Provider, TENANT, USER};
use crate::request::Reply;

const ONLY_TOKEN: &str = "2021-10-31-preview";

fn exchange_in(house: &House, version: &str, body: &Value) -> Reply {
    let target = format!("/teamsUser/:exchangeAccessToken?api-version={version}");
    house.request("POST", &target).body(&body.to_string()).signed(&house.key()).send()
}

fn exchange(house: &House, body: &Value) -> Reply {
    exchange_in(house, NEWEST, body)
}

fn body(token: &str) -> Value {
    json!({ "token": token, "appId": APPLICATION, "userId": USER })
}

#[test]
fn the_token_says_what_recorded_ones_say_and_ends_with_the_entra_token() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let ends = SystemClock.now().unix_seconds() + 4321;
    let reply = exchange(&house, &body(&provider.teams_token(&json!({ "exp": ends }))));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    assert!(reply.text().starts_with(r#"{"token":""#) && reply.text().contains(r#"","expiresOn":""#));
    let said = claims(answer["token"].as_str().unwrap());
    // live-behaviour §3.2.
    assert_eq!(said["skypeid"], format!("orgid:{USER}"));
    assert_eq!((&said["scp"], &said["acsScope"]), (&json!(1024), &json!("voip,chat")));
    assert_eq!((&said["tid"], &said["exp"]), (&json!(TENANT), &json!(ends)));
    assert_eq!(
        (&said["aad_appid"], &said["aad_uti"]),
        (&json!(APPLICATION), &json!("uniqueTokenIdentifier0"))
    );
    assert_eq!(said["csi"], said["aad_iat"]);
    assert_eq!(said["resourceId"], house.resource_id());
    assert!(said.get("resourceLocation").is_none());
    let until = callsign_protocol::date::Timestamp::from_unix_seconds(ends).to_round_trip();
    assert_eq!(answer["expiresOn"], until);
}

#[test]
fn an_entra_token_that_lives_for_days_is_exchanged_for_one_of_a_day() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let now = SystemClock.now().unix_seconds();
    let reply = exchange(&house, &body(&provider.teams_token(&json!({ "exp": now + 28 * 3600 }))));
    let said = claims(reply.json()["token"].as_str().unwrap());
    let lives = said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap();
    assert_eq!(lives, 1440 * 60);
}

#[test]
fn what_is_wrong_is_found_in_the_recorded_order_and_said_in_the_recorded_words() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let token = provider.teams_token(&Value::Null);
    let other = "11111111-2222-4333-8444-555555555555";
    let missing = "The body is either missing or doesn't contain any token.";
    let invalid = "Provided access token is not valid.";
    for (body, expected) in [
        (json!({}), (400, "ValidationError", None, missing, false)),
        (json!({ "appId": "", "userId": "" }), (400, "ValidationError", None, missing, false)),
        (
            json!({ "token": "", "appId": APPLICATION, "userId": "" }),
            (401, "InvalidAccessToken", None, invalid, false),
        ),
        (
            json!({ "token": "x", "appId": "x", "userId": "x" }),
            (401, "InvalidAccessToken", None, invalid, false),
        ),
        (
            json!({ "token": token, "userId": "x" }),
            (400, "ValidationError", Some("AppId"), "AppId: The AppId field is required.", false),
        ),
        (
            json!({ "token": token, "appId": "x", "userId": "" }),
            (400, "ValidationError", Some("UserId"), "UserId: The UserId field is required.", false),
        ),
        (
            json!({ "token": token, "appId": "x", "userId": "x" }),
            (400, "ValidationError", Some("appId"), "Provided AppId has invalid format.", true),
        ),
        (
            json!({ "token": token, "appId": other, "userId": "x" }),
            (400, "ValidationError", Some("userId"), "Provided UserId has invalid format.", true),
        ),
        (
            json!({ "token": token, "appId": other, "userId": other }),
            (400, "ValidationError", Some("appId"), "AAD application is not the expected one.", true),
        ),
        (
            json!({ "token": token, "appId": APPLICATION, "userId": other }),
            (400, "ValidationError", Some("userId"), "Provided AAD token issued for unexpected user.", true),
        ),
    ] {
        let reply = exchange(&house, &body);
        let (status, code, target, message) = reply.error();
        let lists = reply.header("api-supported-versions").is_some();
        assert_eq!((status, code.as_str(), target.as_deref(), message.as_str(), lists), expected, "{body}");
    }
}

#[test]
fn a_token_of_another_kind_is_not_exchanged() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let now = SystemClock.now().unix_seconds();
    for token in [
        provider.teams_token(&json!({ "exp": now - 1 })),
        provider.teams_token(&json!({ "scp": "Teams.ManageCalls" })),
        provider.teams_token(&json!({ "scp": "TeamsExtension.ManageCalls" })),
        provider.teams_token(&json!({ "scp": null })),
        provider.teams_token(&json!({ "aud": "https://communication.azure.com/" })),
        provider.teams_token(&json!({ "tid": "11111111-2222-4333-8444-555555555555" })),
        provider.teams_token(&json!({ "oid": null })),
        provider.teams_token(&json!({ "oid": "alice" })),
        provider.teams_token(&json!({ "appid": "web" })),
        provider.clients_token("VoIP Chat", &Value::Null),
        Provider::new().teams_token(&json!({ "iss": provider.issuer() })),
        "x".repeat(60_000),
    ] {
        let (status, code, ..) = exchange(&house, &body(&token)).error();
        assert_eq!((status, code.as_str()), (401, "InvalidAccessToken"));
    }
    assert_eq!(crate::harness::audited(&house, "create_identity").len(), 0);
}

#[test]
fn the_oldest_versions_ask_for_the_token_alone() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let token = json!({ "token": provider.teams_token(&Value::Null) });
    assert_eq!(exchange_in(&house, ONLY_TOKEN, &token).status, 200);
    assert_eq!(exchange(&house, &token).code(), (400, "ValidationError".to_owned()));
}

#[test]
fn a_teams_users_tokens_are_revoked_by_the_users_id_and_the_next_ones_are_good() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let issue = || {
        let reply = exchange(&house, &body(&provider.teams_token(&Value::Null)));
        reply.json()["token"].as_str().unwrap().to_owned()
    };
    let id = format!("8:orgid:{USER}");
    let first = issue();
    assert_eq!(house.introspect(&first)["active"], true);
    assert_eq!(house.introspect(&first)["sub"], id.as_str());
    assert_eq!(house.revoke(&id).status, 204);
    let second = issue();
    let active = |token: &str| house.introspect(token)["active"].as_bool();
    assert_eq!([active(&first), active(&second)], [Some(false), Some(true)]);
    // Deleted, the user comes again with the next exchange.
    assert_eq!(house.delete(&id).status, 204);
    assert_eq!(active(&second), Some(false));
    let third = issue();
    assert_eq!([active(&first), active(&second), active(&third)], [Some(false), Some(false), Some(true)]);
    // No other way leads to a token.
    let (status, code, target, _) = house.issue(&id, r#"{"scopes":["chat"]}"#).error();
    assert_eq!((status, code.as_str(), target.as_deref()), (400, "ValidationError", Some("id")));
}

#[test]
fn a_caller_with_a_token_needs_the_role_of_an_issuer() {
    let provider = Provider::new();
    let target = format!("/teamsUser/:exchangeAccessToken?api-version={NEWEST}");
    for (role, status) in [("reader", 401), ("issuer", 200)] {
        let house = provider.house(role);
        let caller = provider.service_token(&Value::Null);
        let body = body(&provider.teams_token(&Value::Null)).to_string();
        assert_eq!(house.send_bearing(&caller, "POST", &target, &body).status, status, "{role}");
    }
}
