//! How the keys of issuers are found out, and what an issuer cannot do to the server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::House;
use crate::provider::{Provider, Says};
use crate::request::Reply;

const CREATE: &str = "/identities?api-version=2026-09-23";

fn create(house: &House, token: &str) -> Reply {
    house.send_bearing(token, "POST", CREATE, "")
}

/// A server asks as soon as it starts, so what the provider says is said before.
fn with(says: Says) -> (Provider, House) {
    let provider = Provider::new();
    provider.says(says);
    let house = provider.house("contributor");
    (provider, house)
}

fn http(status: &str, headers: &str, body: &str) -> Says {
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    Says::Bytes(text.into_bytes())
}

fn away(reply: &Reply) {
    let (status, code, _, message) = reply.error();
    assert_eq!((status, code.as_str()), (503, "ServiceUnavailable"), "{message}");
    assert!(message.contains("issuer of the token"), "{message}");
    assert_eq!(reply.header("retry-after"), Some("1"));
}

#[test]
fn a_document_that_cannot_be_used_makes_nobody_a_caller_and_is_no_fault_of_theirs() {
    let elsewhere = Provider::new();
    let real = json!({ "issuer": elsewhere.issuer(), "jwks_uri": format!("{}/keys", elsewhere.issuer()) });
    let redirect = format!("location: {}/.well-known/openid-configuration\r\n", elsewhere.issuer());
    for says in [
        http("404 Not Found", "", ""),
        http("500 Internal Server Error", "", "{}"),
        http("302 Found", &redirect, ""),
        http("301 Moved Permanently", &redirect, ""),
        http("200 OK", "", ""),
        http("200 OK", "", "<html>"),
        http("200 OK", "", "[]"),
        http("200 OK", "", "{}"),
        http("200 OK", "", &json!({ "keys": [] }).to_string()),
        http("200 OK", "", &" ".repeat(70_000)),
        Says::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{".to_vec()),
        Says::Bytes(b"nonsense".to_vec()),
        Says::Bytes(Vec::new()),
        // Of another issuer, and with its keys on another host.
        Says::Discovery(real),
    ] {
        let (provider, house) = with(says);
        away(&create(&house, &provider.service_token(&Value::Null)));
    }
    assert_eq!(elsewhere.readings(), 0, "nobody but the configured host is asked");
}

#[test]
fn keys_on_another_host_count_only_if_that_is_configured() {
    let (provider, keys) = (Provider::new(), Provider::new());
    let document = json!({ "issuer": provider.issuer(), "jwks_uri": format!("{}/keys", keys.issuer()) });
    provider.says(Says::Discovery(document));
    let token = keys.service_token(&json!({ "iss": provider.issuer() }));
    away(&create(&provider.house("contributor"), &token));
    let house = provider.house_with("contributor", |config| {
        let issuer = format!("{} keys={}/keys", provider.issuer(), keys.issuer());
        config.entra.issuers = vec![issuer.parse().unwrap()];
    });
    assert_eq!(create(&house, &token).status, 201);
}

#[test]
fn an_issuer_that_does_not_answer_keeps_nobody_else_waiting() {
    let (provider, house) = with(Says::Nothing);
    let token = provider.service_token(&Value::Null);
    let before = Instant::now();
    let slow = std::thread::scope(|scope| {
        let slow = scope.spawn(|| create(&house, &token));
        for _ in 0..20 {
            assert_eq!(house.send("POST", CREATE, "").status, 201);
        }
        slow.join().unwrap()
    });
    away(&slow);
    assert!(before.elapsed() < Duration::from_secs(20));
    // Once it answers, so does the server.
    drop(house);
    provider.says(Says::Truth);
    assert_eq!(create(&provider.house("contributor"), &token).status, 201);
}

#[test]
fn known_keys_go_on_while_the_issuer_is_away() {
    let provider = Provider::new();
    let house = provider.house_with("contributor", |config| config.entra.cool_down = Duration::ZERO);
    let token = provider.service_token(&Value::Null);
    assert_eq!(create(&house, &token).status, 201);
    provider.says(http("503 Service Unavailable", "", ""));
    // A key that is not known has the issuer asked, in vain.
    let unknown = Provider::new().service_token(&json!({ "iss": provider.issuer() }));
    let before = provider.readings();
    assert_eq!(create(&house, &unknown).status, 401);
    assert!(provider.readings() > before);
    assert_eq!(create(&house, &token).status, 201);
}

#[test]
fn a_new_key_is_good_from_its_first_token_on_and_the_old_one_ends() {
    let provider = Provider::new();
    let house = provider.house_with("contributor", |config| config.entra.cool_down = Duration::ZERO);
    let old = provider.service_token(&Value::Null);
    assert_eq!(create(&house, &old).status, 201);
    std::thread::scope(|scope| {
        let traffic = scope.spawn(|| {
            let statuses: Vec<_> = (0..50).map(|_| house.send("POST", CREATE, "").status).collect();
            assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
        });
        provider.roll_over();
        assert_eq!(create(&house, &provider.service_token(&Value::Null)).status, 201);
        traffic.join().unwrap();
    });
    assert_eq!(create(&house, &old).status, 401);
}

#[test]
fn a_flood_of_unknown_keys_has_the_issuer_asked_once() {
    let provider = Provider::new();
    let house = provider.house("contributor");
    assert_eq!(create(&house, &provider.service_token(&Value::Null)).status, 201);
    let before = provider.readings();
    let strangers: Vec<_> = (0..5).map(|_| Provider::new()).collect();
    for stranger in &strangers {
        let token = stranger.service_token(&json!({ "iss": provider.issuer() }));
        assert_eq!(create(&house, &token).status, 401);
    }
    assert!(provider.readings() - before <= 1);
}
