//! Access-key authentication, over the wire.

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_core::directory::audit::Actor;
use callsign_protocol::access_key::{AccessKey, KeySlot};
use callsign_protocol::signature::DateHeader;

use crate::harness::{House, NEWEST, PREVIEW, wait_for};
use crate::request::{Reply, Request};

const CREATE: &str = "/identities?api-version=2026-09-23";

fn refused(reply: &Reply) -> String {
    let (status, code, target, message) = reply.error();
    assert_eq!((status, code.as_str(), target), (401, "Denied", None));
    assert_eq!(reply.header("api-supported-versions"), None);
    message
}

fn at(house: &House, minutes: i64, header: DateHeader) -> Reply {
    let date = SystemClock.now().plus_minutes(minutes).to_imf_fixdate();
    let request = house.request("POST", CREATE);
    let host = request.host.clone();
    request.signed_as(&house.key(), (header, &date), (CREATE, &host)).send()
}

#[test]
fn both_keys_sign_and_no_other_does() {
    let house = House::new();
    let resource = house.service().resources.default_one().unwrap();
    for key in &resource.keys {
        assert_eq!(house.request("POST", CREATE).signed(&key.key).send().status, 201);
    }
    let other = AccessKey::from_bytes(vec![1; 64]).unwrap();
    assert_eq!(
        refused(&house.request("POST", CREATE).signed(&other).send()),
        "Denied by the resource provider."
    );
}

#[test]
fn a_date_is_good_for_five_minutes_either_way_in_either_header() {
    let house = House::new();
    for header in [DateHeader::XMsDate, DateHeader::Date] {
        for minutes in [-4, 0, 4] {
            assert_eq!(at(&house, minutes, header).status, 201, "{minutes}");
        }
        for minutes in [-6, 6, 60 * 24 * 365] {
            let text = refused(&at(&house, minutes, header));
            let tail = "The time difference between the originating client and the server is greater than the allowed margin of 5 minutes.";
            assert!(text.ends_with(tail), "{text}");
        }
    }
}

#[test]
fn the_date_window_can_be_set() {
    let house = House::with(|config| config.authentication.date_window_minutes = 15);
    assert_eq!(at(&house, -14, DateHeader::XMsDate).status, 201);
    assert_eq!(at(&house, -16, DateHeader::XMsDate).status, 401);
}

#[test]
fn a_changed_body_is_told_from_a_wrong_signature() {
    let house = House::new();
    let signed =
        house.request("POST", CREATE).body(r#"{"createTokenWithScopes":["chat"]}"#).signed(&house.key());
    let mut tampered = signed;
    tampered.body = r#"{"createTokenWithScopes":["voip"]}"#.to_owned();
    assert_eq!(
        refused(&tampered.send()),
        "Request 'x-ms-content-sha256' differs from generated content hash."
    );
    let hash = callsign_protocol::signature::content_sha256(tampered.body.as_bytes());
    assert_eq!(
        refused(&tampered.changed("x-ms-content-sha256", &hash).send()),
        "Denied by the resource provider."
    );
}

#[test]
fn what_is_signed_cannot_be_moved() {
    let house = House::new();
    let signed = house.request("POST", CREATE).signed(&house.key());
    let moved = |change: fn(&mut Request)| {
        let mut request = signed.clone();
        change(&mut request);
        refused(&request.send())
    };
    moved(|request| request.target = format!("{CREATE}&x=1"));
    moved(|request| request.target = "/identities?api-version=2025-06-30".to_owned());
    moved(|request| request.host = "127.0.0.1".to_owned());
    // Two methods of one path.
    let id = house.create();
    let mut get =
        house.request("GET", &format!("/identities/{id}?api-version={PREVIEW}")).signed(&house.key());
    assert_eq!(get.send().status, 200);
    get.method = "DELETE".to_owned();
    refused(&get.send());
}

#[test]
fn missing_repeated_and_malformed_credentials_are_refused() {
    let house = House::new();
    let signed = house.request("POST", CREATE).signed(&house.key());
    refused(&house.request("POST", CREATE).send());
    refused(&signed.clone().changed("authorization", "Bearer eyJ").send());
    refused(&signed.clone().changed("authorization", "HMAC-SHA256 SignedHeaders=host&Signature=AAAA").send());
    refused(
        &signed
            .clone()
            .changed("authorization", "HMAC-SHA256 Credential=a&SignedHeaders=b&Signature=%")
            .send(),
    );
    refused(&signed.clone().changed("x-ms-date", "yesterday").send());
    refused(&signed.clone().changed("x-ms-content-sha256", "").send());
    for name in ["authorization", "x-ms-date", "x-ms-content-sha256", "host"] {
        let mut twice = signed.clone();
        let value = twice
            .headers
            .iter()
            .find(|(other, _)| other == name)
            .map_or(twice.host.clone(), |(_, value)| value.clone());
        twice.headers.push((name.to_owned(), value));
        refused(&twice.send());
    }
}

#[test]
fn one_signature_serves_as_often_as_a_client_retries_it() {
    let house = House::new();
    let signed = house.request("POST", CREATE).signed(&house.key());
    for _ in 0..4 {
        assert_eq!(signed.send().status, 201);
    }
}

#[test]
fn a_regenerated_key_no_longer_signs_and_the_new_one_is_in_the_tokens() {
    let house = House::new();
    let (old, resource) = (house.key(), house.service().resources.default_one().unwrap());
    let (service, actor) = (house.service(), Actor::Administrator(None));
    assert!(wait_for(service.regenerate_access_key(&resource, KeySlot::Primary, actor)).unwrap());
    refused(&house.request("POST", CREATE).signed(&old).send());
    let body = r#"{"createTokenWithScopes":["chat"]}"#;
    let json = house.send("POST", &format!("/identities?api-version={NEWEST}"), body).json();
    let token = json["accessToken"]["token"].as_str().unwrap();
    assert_eq!(crate::harness::claims(token)["rev"], "0.0.11");
}

#[test]
fn failures_from_one_address_are_throttled_and_good_signatures_are_not() {
    let house = House::with(|config| config.authentication.failures_per_minute = 3);
    let codes: Vec<_> = (0..8).map(|_| house.request("POST", CREATE).send().code()).collect();
    // The minute may turn over while the test runs: then three more are counted afresh.
    let throttled = codes.iter().filter(|(status, code)| *status == 429 && code == "TooManyRequests").count();
    assert!((2..=5).contains(&throttled), "{codes:?}");
    let reply = house.request("POST", CREATE).send();
    if reply.status == 429 {
        let seconds: u32 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds));
    }
    assert_eq!(house.send("POST", CREATE, "").status, 201);
}
