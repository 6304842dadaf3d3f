//! Who may ask how often, and from which pages.

use serde_json::Value;

use super::{house, house_with, refused, token, token_of};
use crate::harness::House;
use crate::provider::Provider;
use crate::request::Reply;

const PAGE: &str = "https://app.example.com";

fn preflight(house: &House, path: &str, origin: &str) -> Reply {
    house
        .request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,teams-user-aad-token")
        .send()
}

fn silent(reply: &Reply) {
    assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{reply:?}");
}

#[test]
fn a_listed_page_may_call_every_route() {
    let provider = Provider::new();
    let house = house_with(&provider, |config| config.trusted_tokens.origins = vec![PAGE.to_owned()]);
    for (path, methods) in
        [("/api/user", "GET, POST, DELETE"), ("/api/token", "GET"), ("/api/token/teams", "GET")]
    {
        let reply = preflight(&house, path, PAGE);
        assert_eq!((reply.status, reply.body.len()), (204, 0), "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE));
        assert_eq!(reply.header("access-control-allow-methods"), Some(methods));
        let headers = reply.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("authorization") && headers.contains("teams-user-aad-token"), "{headers}");
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        assert_eq!(reply.header("vary"), Some("origin"));
    }
    // Whatever the answer is, script can read it.
    let shown = token(&provider, &Value::Null);
    for (reply, status) in [
        (house.bearing(&shown, "POST", "/api/user", "").header("origin", PAGE).send(), 201),
        (house.bearing("x", "GET", "/api/token", "").header("origin", PAGE).send(), 401),
        (house.bearing(&shown, "PUT", "/api/user", "").header("origin", PAGE).send(), 405),
    ] {
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (status, Some(PAGE)));
        assert!(reply.header("access-control-expose-headers").unwrap().contains("retry-after"));
    }
}

#[test]
fn other_pages_are_told_nothing() {
    let provider = Provider::new();
    let listed = house_with(&provider, |config| config.trusted_tokens.origins = vec![PAGE.to_owned()]);
    for origin in
        ["https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com"]
    {
        let reply = preflight(&listed, "/api/token", origin);
        silent(&reply);
        assert_eq!((reply.status, reply.header("vary")), (405, Some("origin")));
    }
    // The list of the exchanges is another one, and the other way round.
    let exchanges = house_with(&provider, |config| config.cors_origins = vec![PAGE.to_owned()]);
    silent(&preflight(&exchanges, "/api/token", PAGE));
    silent(&preflight(&listed, "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview", PAGE));
    silent(&preflight(&house(&provider), "/api/user", PAGE));
}

#[test]
fn a_caller_that_asks_too_often_is_told_when_to_try_again_and_others_are_not() {
    let provider = Provider::new();
    let house = house_with(&provider, |config| config.trusted_tokens.requests_per_minute = 3);
    let shown = token(&provider, &Value::Null);
    let replies: Vec<_> = (0..8).map(|_| house.send_bearing(&shown, "POST", "/api/user", "")).collect();
    // The minute may turn over while the test runs: then three more are counted afresh.
    let limited: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!((2..=5).contains(&limited.len()));
    assert_eq!(refused(limited[0]).0, 429);
    let seconds: u32 = limited[0].header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let other = token_of(&provider, "11111111-39d2-44a3-869d-67700b74e805");
    assert_eq!(house.send_bearing(&other, "POST", "/api/user", "").status, 201);
}

#[test]
fn bad_tokens_from_one_address_are_throttled_and_good_ones_are_not() {
    let provider = Provider::new();
    let house = house_with(&provider, |config| config.authentication.failures_per_minute = 3);
    let statuses: Vec<_> = (0..8).map(|_| house.send_bearing("x", "GET", "/api/user", "").status).collect();
    assert!(statuses.contains(&401) && statuses.contains(&429), "{statuses:?}");
    let shown = token(&provider, &Value::Null);
    assert_eq!(house.send_bearing(&shown, "POST", "/api/user", "").status, 201);
}
