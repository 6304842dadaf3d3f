//! Who is let in, and as whom.

use callsign_core::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{AUDIENCE, house, house_with, identity, refused, token, token_of};
use crate::harness::{House, audited};
use crate::provider::{Provider, TENANT, USER};
use crate::request::Reply;

fn post(house: &House, token: &str) -> Reply {
    house.send_bearing(token, "POST", "/api/user", "")
}

#[test]
fn a_token_that_is_not_good_here_is_refused() {
    let provider = Provider::new();
    let house = house(&provider);
    let now = SystemClock.now().unix_seconds();
    for changes in [
        json!({ "exp": now - 1 }),
        json!({ "exp": null }),
        json!({ "nbf": now + 330 }),
        json!({ "tid": "11111111-2222-4333-8444-555555555555" }),
        json!({ "iss": "https://id.example.com" }),
        json!({ "aud": "api://another" }),
        json!({ "aud": format!("{AUDIENCE}/") }),
        json!({ "aud": "https://communication.azure.com/" }),
        json!({ "aud": "https://communication.azure.com/clients" }),
        json!({ "aud": "https://auth.msft.communication.azure.com" }),
        // It is the development authority's, which is off.
        json!({ "aud": "api://callsign" }),
        json!({ "aud": null }),
    ] {
        let reply = post(&house, &token(&provider, &changes));
        assert_eq!(refused(&reply).0, 401, "{changes}");
        assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer error="invalid_token""#));
    }
    let impostor = Provider::new();
    for shown in ["", "x", "a.b.c", &token(&impostor, &json!({ "iss": provider.issuer() }))] {
        assert_eq!(refused(&post(&house, shown)).0, 401, "{shown}");
    }
    let nothing = house.request("POST", "/api/user").send();
    assert_eq!((refused(&nothing).0, nothing.header("www-authenticate")), (401, Some("Bearer")));
    // A key is no user.
    assert_eq!(refused(&house.send("POST", "/api/user", "")).0, 401);
    assert_eq!(audited(&house, "create_identity").len(), 0);
}

#[test]
fn a_token_for_this_service_opens_no_other_route() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    let create = house.send_bearing(&shown, "POST", "/identities?api-version=2026-09-23", "");
    assert_eq!(create.status, 401);
    assert_eq!(house.send_bearing(&shown, "GET", "/callsign/v1/identities", "").status, 401);
}

#[test]
fn an_access_token_needs_the_permission_and_the_user_does_not() {
    let provider = Provider::new();
    let house = house(&provider);
    let without = provider.user_token(AUDIENCE, "openid profile", &Value::Null);
    assert_eq!(post(&house, &without).status, 201);
    let reply = house.send_bearing(&without, "GET", "/api/token", "");
    assert_eq!(refused(&reply).0, 403);
    let challenge = r#"Bearer error="insufficient_scope", scope="access_as_user""#;
    assert_eq!(reply.header("www-authenticate"), Some(challenge));
    let among = provider.user_token(AUDIENCE, "openid access_as_user", &Value::Null);
    assert_eq!(house.send_bearing(&among, "GET", "/api/token", "").status, 201);
    let named = house_with(&provider, |config| config.trusted_tokens.permission = "Chat.Use".to_owned());
    assert_eq!(post(&named, &among).status, 201);
    assert_eq!(named.send_bearing(&among, "GET", "/api/token", "").status, 403);
    let has = provider.user_token(AUDIENCE, "Chat.Use", &Value::Null);
    assert_eq!(named.send_bearing(&has, "GET", "/api/token", "").status, 201);
}

#[test]
fn an_application_that_speaks_for_itself_is_no_user() {
    let provider = Provider::new();
    let house = house(&provider);
    let application = token(&provider, &json!({ "idtyp": "app", "scp": null, "sub": USER }));
    assert_eq!(refused(&post(&house, &application)).0, 403);
    let nobody = token(&provider, &json!({ "oid": null, "sub": null }));
    assert_eq!(refused(&post(&house, &nobody)).0, 403);
}

#[test]
fn subjects_of_two_issuers_never_meet() {
    let (one, other) = (Provider::new(), Provider::new());
    let house = house_with(&one, |config| {
        config.entra.issuers = vec![one.issuer().parse().unwrap(), other.issuer().parse().unwrap()];
        config.entra.roles = Vec::new();
    });
    let changes = json!({ "oid": null, "sub": "alice" });
    let [first, second] = [&one, &other].map(|provider| post(&house, &token(provider, &changes)));
    assert_eq!((first.status, second.status), (201, 201), "{} {}", first.text(), second.text());
    assert_ne!(identity(&first), identity(&second));
    assert_eq!(house.get(&identity(&first)).json()["customId"], format!("{}#alice", one.issuer()));
    // The same is told of object ids where no issuer speaks for a tenant.
    let [first, second] = [&one, &other].map(|provider| post(&house, &token_of(provider, USER)));
    assert_ne!(identity(&first), identity(&second));
}

#[test]
fn a_user_of_a_tenant_is_the_same_by_every_application() {
    let provider = Provider::new();
    let house = house(&provider);
    let first = post(&house, &token(&provider, &json!({ "sub": "pairwise-1", "appid": "one" })));
    let second = post(&house, &token(&provider, &json!({ "sub": "pairwise-2", "appid": "two" })));
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(identity(&first), identity(&second));
    let other = post(&house, &token_of(&provider, "11111111-39d2-44a3-869d-67700b74e805"));
    assert_eq!(other.status, 201);
    assert_ne!(identity(&first), identity(&other));
}

#[test]
fn a_resource_has_users_of_its_own() {
    let provider = Provider::new();
    let house = house(&provider);
    let blue = house.resource_named("blue", &[]);
    let shown = token(&provider, &Value::Null);
    let here = identity(&post(&house, &shown));
    let by_path = house.send_bearing(&shown, "POST", "/blue/api/user", "");
    assert_eq!(by_path.status, 201);
    assert!(identity(&by_path).contains(&blue.stored.id.to_string()) && identity(&by_path) != here);
    let by_host = house.bearing(&shown, "GET", "/api/user", "").host("blue.localhost").send();
    assert_eq!(identity(&by_host), identity(&by_path));
    let nowhere = house.bearing(&shown, "GET", "/api/user", "").host("nobody.example.com").send();
    assert_eq!(refused(&nowhere).0, 404);
}

#[test]
fn an_issuer_that_does_not_tell_its_keys_is_waited_for() {
    let provider = Provider::new();
    let house = house(&provider);
    provider.says(crate::provider::Says::Bytes(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_vec()));
    let unknown = House::with(|config| {
        config.trusted_tokens.enabled = true;
        config.trusted_tokens.audiences = vec![AUDIENCE.to_owned()];
        config.entra.issuers = vec![format!("{} tenant={TENANT}", provider.issuer()).parse().unwrap()];
    });
    let reply = post(&unknown, &token(&provider, &Value::Null));
    assert_eq!(refused(&reply).0, 503);
    assert_eq!(reply.header("retry-after"), Some("1"));
    drop(house);
}
