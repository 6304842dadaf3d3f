//! Script of web pages: what it may call, and from where.

use serde_json::Value;

use crate::harness::{House, NEWEST, PREVIEW};
use crate::provider::Provider;
use crate::request::Reply;

const PAGE: &str = "https://app.example.com";

fn house() -> House {
    House::with(|config| config.cors_origins = vec![PAGE.to_owned()])
}

fn preflight(house: &House, path: &str, origin: &str) -> Reply {
    house
        .request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-ms-client-request-id")
        .send()
}

#[test]
fn a_listed_page_may_exchange_and_read_the_key_set() {
    let house = house();
    for (path, method) in [
        (format!("/access/entra/:exchangeAccessToken?api-version={PREVIEW}"), "POST"),
        (format!("/access/teamsExtension/:exchangeAccessToken?api-version={NEWEST}"), "POST"),
        ("/.well-known/jwks.json".to_owned(), "GET"),
    ] {
        let reply = preflight(&house, &path, PAGE);
        assert_eq!(reply.status, 204, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE));
        assert_eq!(reply.header("access-control-allow-methods"), Some(method));
        let headers = "authorization,content-type,x-ms-client-request-id";
        assert_eq!(reply.header("access-control-allow-headers"), Some(headers));
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        let reply = house.request(method, &path).header("origin", PAGE).send();
        assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE), "{path}");
        assert_eq!(reply.header("vary"), Some("origin"));
    }
}

#[test]
fn other_pages_other_routes_and_servers_without_a_list_say_nothing() {
    let silent = |reply: &Reply| {
        assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{reply:?}");
    };
    let house = house();
    let exchange = format!("/access/entra/:exchangeAccessToken?api-version={PREVIEW}");
    for origin in
        ["https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com"]
    {
        let reply = preflight(&house, &exchange, origin);
        silent(&reply);
        assert_eq!(reply.status, 405);
        assert_eq!(reply.header("vary"), Some("origin"));
    }
    for path in [format!("/identities?api-version={NEWEST}"), "/callsign/v1/identities".to_owned()] {
        silent(&preflight(&house, &path, PAGE));
    }
    silent(&preflight(&House::new(), &exchange, PAGE));
}

#[test]
fn an_answer_is_marked_whatever_it_is() {
    let provider = Provider::new();
    let house = provider.house_with("reader", |config| config.cors_origins = vec![PAGE.to_owned()]);
    let target = format!("/access/teamsExtension/:exchangeAccessToken?api-version={NEWEST}");
    let token = provider.extension_token(&Value::Null);
    let reply = house.bearing(&token, "POST", &target, "{}").header("origin", PAGE).send();
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, Some(PAGE)));
    assert!(reply.header("access-control-expose-headers").unwrap().contains("ms-cv"));
}
