//! The certified connector, whose script signs: its request shape, built as the script builds it (`clients.md` D) and by none of our
//! own code, on the ordinary routes.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsign_core::clock::{Clock as _, SystemClock};
use serde_json::Value;

use super::https::{encoded, host, request, send};
use crate::harness::House;
use crate::reference;
use crate::request::Reply;

/// The version that its definition sends.
const VERSION: &str = "api-version=2021-03-07";

fn content_hash(body: &str) -> String {
    STANDARD.encode(digest(&SHA256, body.as_bytes()))
}

/// `METHOD\nPathAndQuery\ndate;authority;contentHash`, by the decoded key.
fn signature(
    key: &str,
    (method, target): (&str, &str),
    (date, authority): (&str, &str),
    body: &str,
) -> String {
    let payload = format!("{method}\n{target}\n{date};{authority};{}", content_hash(body));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(key).unwrap());
    STANDARD.encode(hmac::sign(&key, payload.as_bytes()))
}

fn act(house: &House, method: &str, path: &str, body: &str) -> Reply {
    let target = format!("{path}?{VERSION}");
    let (date, authority) = (SystemClock.now().to_imf_fixdate(), host(house));
    let key = house.key().expose_base64();
    let signature = signature(&key, (method, &target), (&date, &authority), body);
    let authorization =
        format!("HMAC-SHA256 SignedHeaders=date;host;x-ms-content-sha256&Signature={signature}");
    let request = request(house, method, &target).body(body).header("authorization", &authorization);
    send(house, &request.header("date", &date).header("x-ms-content-sha256", &content_hash(body)))
}

#[test]
fn its_shape_is_that_of_the_vectors() {
    let folder = match reference::folder() {
        Ok(folder) => folder,
        Err(reason) => return eprintln!("{reason}"),
    };
    let vectors: Value = serde_json::from_str(&reference::text(&folder, "hmac-vectors.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let cases = vectors["cases"].as_array().unwrap().iter();
    let by_date: Vec<_> =
        cases.filter(|case| case["signedHeaders"] == "date;host;x-ms-content-sha256").collect();
    assert!(by_date.len() >= 2);
    for case in by_date {
        let (method, target) = (text(&case["method"]), text(&case["wireTarget"]));
        let (date, host) = (text(&vectors["date"]), text(&case["hostHeader"]));
        let made =
            signature(&text(&vectors["accessKey"]), (&method, &target), (&date, &host), &text(&case["body"]));
        assert_eq!(made, text(&case["signature"]), "{target}");
    }
}

#[test]
fn its_workflow_works_on_the_ordinary_routes_without_the_connector() {
    let house = House::new();
    let created = act(&house, "POST", "/identities", r#"{"createTokenWithScopes":["chat","voip"]}"#);
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["identity"]["id"].as_str().unwrap().to_owned();
    assert!(created.json()["accessToken"]["expiresOn"].is_string());
    let path = format!("/identities/{}", encoded(&id));
    let issued = act(&house, "POST", &format!("{path}/:issueAccessToken"), r#"{"scopes":["chat"]}"#);
    assert_eq!(issued.status, 200, "{}", issued.text());
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(act(&house, "POST", &format!("{path}/:revokeAccessTokens"), "").status, 204);
    assert_eq!(house.introspect(&token)["active"], false);
    assert_eq!(act(&house, "DELETE", &path, "").status, 204);
}
