//! Tokens of managed identities.

use callsign_protocol::entra::Purpose;
use http::{HeaderMap, HeaderValue, Method};

use super::house::{House, Told, WEB, claims};

const PATH: &str = "/msi/token?api-version=2019-08-01";
const RESOURCE: &str = "resource=https%3A%2F%2Fcommunication.azure.com%2F";

fn ask(house: &House, headers: &[&str], query: &str) -> Told {
    let mut map = HeaderMap::new();
    for header in headers {
        map.append("X-IDENTITY-HEADER", HeaderValue::from_str(header).unwrap());
    }
    Told::of(&house.ask(&Method::GET, &format!("{PATH}&{query}"), &map, b""))
}

#[test]
fn whoever_knows_the_header_is_the_first_application_with_a_role() {
    let house = House::new();
    let header = house.authority.identity_header();
    for query in [
        RESOURCE,
        "resource=https://communication.azure.com/",
        "scope=https://communication.azure.com//.default",
        &format!("{RESOURCE}&client_id={WEB}"),
    ] {
        let told = ask(&house, &[header], query);
        assert_eq!(
            (told.status, told.text("expires_on"), told.text("token_type")),
            (200, "1900004500", "Bearer")
        );
        assert_eq!(told.text("resource"), "https://communication.azure.com/");
        let token = house.good_for(told.access_token(), &[Purpose::Service]).unwrap();
        assert_eq!((token.application.as_deref(), token.is_application_itself), (Some(WEB), true));
    }
    let other = ask(&house, &[header], &format!("{RESOURCE}&client_id=reader"));
    let claims = claims(other.access_token());
    assert_eq!(claims["appid"], "reader");
    let object = claims["oid"].as_str().unwrap();
    let query = format!("{RESOURCE}&object_id={object}&client_id=Reader");
    assert_eq!(ask(&house, &[header], &query).text("client_id"), "reader");
    let query = format!("{RESOURCE}&object_id={object}&client_id={WEB}");
    assert_eq!(ask(&house, &[header], &query).status, 400);
}

#[test]
fn nobody_else_gets_a_token() {
    let house = House::new();
    let header = house.authority.identity_header();
    let upper = header.to_uppercase();
    for headers in [&[][..], &[""], &["x"], &[upper.as_str()], &[header, header], &[header, "x"]] {
        let told = ask(&house, headers, RESOURCE);
        assert_eq!((told.status, &told.body["statusCode"]), (401, &401.into()), "{headers:?}");
        assert!(!told.text("message").contains(header));
    }
    for query in [
        "",
        "resource=",
        "resource=a&resource=b",
        "resource=a%20b",
        &format!("{RESOURCE}&client_id=stranger"),
        &format!("{RESOURCE}&object_id={WEB}"),
        &format!("{RESOURCE}&mi_res_id=/subscriptions/x"),
    ] {
        let told = ask(&house, &[header], query);
        assert_eq!(told.status, 400, "{query}");
        assert!(!told.text("message").is_empty());
    }
}
