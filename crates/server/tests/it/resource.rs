//! Which resource a request is for.

use std::sync::Arc;

use callsign_core::clock::Clock as _;
use callsign_core::directory::resource::Resource;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::DateHeader;

use crate::harness::{House, NEWEST};

/// A second resource beside the default one.
fn second(house: &House, hosts: &[&str]) -> Arc<Resource> {
    house.resource_named("contoso", hosts)
}

#[test]
fn a_resource_is_found_by_the_first_label_of_any_domain() {
    let house = House::new();
    let contoso = second(&house, &[]);
    let target = format!("/identities?api-version={NEWEST}");
    for host in ["contoso.unitedstates.communication.azure.com", "contoso.localhost:8443", "CONTOSO.example"]
    {
        let reply = house.request("POST", &target).host(host).signed(&contoso.keys[0].key).send();
        assert_eq!(reply.status, 201, "{host}");
        assert!(reply.text().contains(&contoso.stored.id.to_string()));
        assert_eq!(house.request("POST", &target).host(host).signed(&house.key()).send().status, 401);
    }
}

#[test]
fn a_resource_is_found_by_a_configured_host() {
    let house = House::with(|config| config.hosts = vec!["tokens.example.com".to_owned()]);
    let contoso = second(&house, &["chat.contoso.com"]);
    let target = format!("/identities?api-version={NEWEST}");
    let by_host =
        |host: &str, key: &AccessKey| house.request("POST", &target).host(host).signed(key).send().status;
    assert_eq!(by_host("chat.contoso.com:443", &contoso.keys[1].key), 201);
    assert_eq!(by_host("tokens.example.com", &house.key()), 201);
    assert_eq!(by_host("localhost", &house.key()), 201);
    assert_eq!(by_host("[::1]:1", &house.key()), 201);
    assert_eq!(by_host("other.example.com", &house.key()), 401);
}

#[test]
fn a_name_takes_no_host_from_another_resource() {
    let house = House::with(|config| config.hosts = vec!["tokens.example.com".to_owned()]);
    let others = ["127", "10", "tokens"].map(|name| house.resource_named(name, &[]));
    let target = format!("/identities?api-version={NEWEST}");
    let by_host =
        |host: &str, key: &AccessKey| house.request("POST", &target).host(host).signed(key).send().status;
    for host in ["127.0.0.1:8080", "tokens.example.com"] {
        assert_eq!(by_host(host, &house.key()), 201, "{host}");
    }
    for other in &others {
        let key = &other.keys[0].key;
        for host in ["127.0.0.1:8080", "10.0.0.7", "tokens.example.com"] {
            assert_eq!(by_host(host, key), 401, "{host} {}", other.stored.name);
        }
        assert_eq!(by_host(&format!("{}.localhost", other.stored.name), key), 201);
    }
}

#[test]
fn a_resource_is_found_by_the_first_segment_of_the_path() {
    let house = House::new();
    let contoso = second(&house, &[]);
    let target = format!("/contoso/identities?api-version={NEWEST}");
    let request = || house.request("POST", &target);
    assert_eq!(request().signed(&contoso.keys[0].key).send().status, 201);
    // Python signs the host of its endpoint with the path that the endpoint has.
    let (date, host) =
        (callsign_core::clock::SystemClock.now().to_imf_fixdate(), house.address() + "/contoso");
    let python = request().signed_as(&contoso.keys[0].key, (DateHeader::XMsDate, &date), (&target, &host));
    assert_eq!(python.send().status, 201);
    assert_eq!(request().signed(&house.key()).send().status, 401);
}

#[test]
fn an_identity_of_one_resource_is_foreign_to_another() {
    let house = House::new();
    let contoso = second(&house, &[]);
    let id = house.create();
    let target = format!("/contoso/identities/{id}/:issueAccessToken?api-version={NEWEST}");
    let reply =
        house.request("POST", &target).body(r#"{"scopes":["chat"]}"#).signed(&contoso.keys[0].key).send();
    assert_eq!(reply.code(), (401, "IdentityNotOwned".to_owned()));
}

#[test]
fn tokens_tell_where_the_data_of_their_resource_lies() {
    let house = House::new();
    let contoso = second(&house, &[]);
    let target = format!("/contoso/identities?api-version={NEWEST}");
    let reply = house
        .request("POST", &target)
        .body(r#"{"createTokenWithScopes":["chat"]}"#)
        .signed(&contoso.keys[0].key)
        .send();
    let claims = crate::harness::claims(reply.json()["accessToken"]["token"].as_str().unwrap());
    assert_eq!((claims["rgn"].as_str(), claims["resourceLocation"].as_str()), (Some("emea"), Some("europe")));
}
