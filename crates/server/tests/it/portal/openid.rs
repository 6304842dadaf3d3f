//! Signing in by an OpenID provider: the development authority of another server, and one that says what it likes.

use std::time::Duration;

use callsign_server::config::Config;
use reqwest::Url;
use serde_json::{Value, json};
use uuid::Uuid;

use super::browser::{Browser, encoded};
use crate::harness::House;
use crate::provider::{Provider, Says, USER};
use crate::request::{Reply, Request};

const CLIENT: &str = "ca115160-0000-4000-8000-00000000de02";
const DEV_TENANT: &str = "ca115160-0000-4000-8000-00000000de01";
const ALICE: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const BOB: &str = "0e984725-c51c-4bf4-9960-e1c80e27aba0";

fn development_authority() -> House {
    House::with(|config| {
        config.dev_entra.enabled = true;
        let user = |name: &str, object: &str| format!("{name} object={object}").parse().unwrap();
        config.dev_entra.users = vec![user("alice", ALICE), user("bob", BOB)];
    })
}

/// A portal whose people sign in at that authority.
fn portal(authority: &House, change: impl FnOnce(&mut Config)) -> House {
    let provider = format!("http://{}/adfs tenant={DEV_TENANT}", authority.address());
    portal_at(&provider, change)
}

fn portal_at(provider: &str, change: impl FnOnce(&mut Config)) -> House {
    House::with(|config| {
        config.portal.openid_provider = Some(provider.parse().unwrap());
        config.portal.openid_client_id = Some(CLIENT.to_owned());
        config.portal.administrators = vec![ALICE.to_owned()];
        config.entra.cool_down = Duration::ZERO;
        change(config);
    })
}

fn location(reply: &Reply) -> Url {
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").unwrap().parse().unwrap()
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}

/// Types the name of a user at the authority. Answers where it sends the browser.
fn typed(authority: &House, asked: &Url, user: &str) -> Url {
    let mut fields: Vec<_> = asked.query_pairs().collect();
    fields.extend([("username".into(), user.into()), ("password".into(), "callsign".into())]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request::new(&authority.address(), "POST", asked.path());
    let media_type = "application/x-www-form-urlencoded";
    location(&request.header("content-type", media_type).body(&encoded(&fields)).send())
}

/// Path and query.
fn target(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

/// Signs a user of the authority in.
fn sign_in(browser: &mut Browser<'_>, authority: &House, user: &str) -> Reply {
    let asked = location(&browser.get("/portal/openid"));
    let back = typed(authority, &asked, user);
    browser.get(&target(&back))
}

#[test]
fn an_administrator_signs_in_at_the_provider_with_and_without_a_secret() {
    let authority = development_authority();
    for secret in [None, Some("callsign")] {
        let portal = portal(&authority, |config| {
            config.portal.openid_client_secret = secret.map(|secret| secret.to_owned().into());
        });
        let mut browser = Browser::new(&portal);
        let door = browser.page("/portal/sign-in");
        assert!(door.contains("href=\"/portal/openid\"") && door.contains("callsign portal open"), "{door}");
        let reply = sign_in(&mut browser, &authority, "alice");
        assert_eq!((reply.status, reply.header("location")), (303, Some("/portal")), "{}", reply.text());
        assert!(browser.cookie().unwrap().starts_with("callsign-session="));
        let page = browser.page("/portal");
        assert!(page.contains(&format!("alice/{ALICE}")), "{page}");
        assert_eq!(browser.get("/portal/settings").status, 200);
        assert_eq!(browser.post("/portal/sign-out", &[]).status, 303);
        assert_eq!(browser.get("/portal").header("location"), Some("/portal/sign-in"));
    }
}

#[test]
fn the_provider_is_asked_as_it_should_be() {
    let authority = development_authority();
    let portal = portal(&authority, |_| {});
    let mut browser = Browser::new(&portal);
    let reply = browser.get("/portal/openid");
    let cookie = reply.header("set-cookie").unwrap().to_owned();
    for words in ["callsign-attempt=", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=600"] {
        assert!(cookie.contains(words), "{cookie}");
    }
    let asked = location(&reply);
    assert_eq!(asked.path(), "/adfs/oauth2/authorize");
    assert_eq!(
        parameter(&asked, "redirect_uri"),
        format!("http://{}/portal/openid/callback", portal.address())
    );
    assert_eq!(parameter(&asked, "code_challenge_method"), "S256");
    let again = location(&browser.get("/portal/openid"));
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(parameter(&asked, name).len(), 43);
        assert_ne!(parameter(&asked, name), parameter(&again, name));
        assert!(!cookie.contains(&parameter(&asked, name)), "{name}");
    }
}

#[test]
fn others_have_their_roles_and_who_has_none_is_told_whom_to_ask() {
    let authority = development_authority();
    let with_role = portal(&authority, |config| {
        config.entra.issuers =
            vec![format!("http://{}/adfs tenant={DEV_TENANT}", authority.address()).parse().unwrap()];
        config.entra.roles = vec![format!("reader on * for principal {BOB}").parse().unwrap()];
    });
    let mut browser = Browser::new(&with_role);
    assert_eq!(sign_in(&mut browser, &authority, "bob").status, 303);
    let page = browser.page("/portal");
    assert!(page.contains(&format!("bob/{BOB} · reader")), "{page}");
    assert_eq!(browser.get("/portal/settings").status, 403);

    // The same role, of somebody else who is trusted: it says nothing of this provider's people.
    let elsewhere = portal(&authority, |config| {
        config.entra.issuers = vec!["https://id.example.com".parse().unwrap()];
        config.entra.roles = vec![format!("reader on * for principal {BOB}").parse().unwrap()];
    });
    let mut browser = Browser::new(&elsewhere);
    let reply = sign_in(&mut browser, &authority, "bob");
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("portal.administrators") && reply.text().contains(BOB), "{}", reply.text());
    assert_eq!(browser.get("/portal").header("location"), Some("/portal/sign-in"));
}

#[test]
fn what_comes_back_counts_once_and_in_the_browser_that_was_sent() {
    let authority = development_authority();
    let portal = portal(&authority, |_| {});
    let mut browser = Browser::new(&portal);
    let asked = location(&browser.get("/portal/openid"));
    let back = target(&typed(&authority, &asked, "alice"));

    // An attacker's code and state in somebody else's browser, with and without an attempt of its own.
    let mut victim = Browser::new(&portal);
    for begun in [false, true] {
        if begun {
            victim.get("/portal/openid");
        }
        let reply = victim.get(&back);
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("Begin anew") && reply.header("set-cookie").is_none());
    }
    let attempt = browser.cookie().unwrap().to_owned();
    assert_eq!(browser.get(&back).status, 303);
    let mut replaying = Browser::new(&portal);
    replaying.set_cookie(&attempt);
    assert_eq!(replaying.get(&back).status, 403);
}

#[test]
fn a_refusal_of_the_provider_is_told_and_no_script_of_it_runs() {
    let authority = development_authority();
    let portal = portal(&authority, |_| {});
    for (query, words) in [
        ("error=access_denied", "access_denied"),
        ("error=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "&lt;script&gt;"),
        ("", "no code"),
    ] {
        let mut browser = Browser::new(&portal);
        let asked = location(&browser.get("/portal/openid"));
        let state = parameter(&asked, "state");
        let reply = browser.get(&format!("/portal/openid/callback?state={state}&{query}"));
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains(words) && !reply.text().contains("<script>"), "{}", reply.text());
    }
    let wrong = Browser::new(&portal).get("/portal/openid/callback?code=x&state=x");
    assert_eq!(wrong.status, 403);
}

#[test]
fn an_id_token_that_is_not_for_this_sign_in_lets_nobody_in() {
    let provider = Provider::new();
    let portal = portal_at(&provider.issuer(), |config| {
        config.portal.administrators = vec![USER.to_owned()];
    });
    let signed_in = |given: &dyn Fn(&str) -> Value| {
        let mut browser = Browser::new(&portal);
        let asked = location(&browser.get("/portal/openid"));
        provider.gives(&given(&parameter(&asked, "nonce")));
        let back = format!("/portal/openid/callback?code=x&state={}", parameter(&asked, "state"));
        browser.get(&back).status
    };
    let with = |changes: Value| {
        signed_in(&|nonce| json!({ "id_token": provider.id_token(CLIENT, nonce, &changes) }))
    };
    assert_eq!(with(Value::Null), 303);
    for changes in [
        json!({ "nonce": "other" }),
        json!({ "nonce": null }),
        json!({ "aud": "other" }),
        json!({ "aud": "https://communication.azure.com" }),
        json!({ "iss": "https://id.example.com" }),
        json!({ "exp": 1 }),
    ] {
        assert_eq!(with(changes.clone()), 503, "{changes}");
    }
    assert_eq!(with(json!({ "oid": Uuid::nil().to_string() })), 403);
    let stranger = Provider::new();
    let forged = |nonce: &str| {
        let changes = json!({ "iss": provider.issuer() });
        json!({ "id_token": stranger.id_token(CLIENT, nonce, &changes) })
    };
    assert_eq!(signed_in(&forged), 503);
    for given in [json!({}), json!({ "id_token": "x" }), json!("x".repeat(100_000))] {
        assert_eq!(signed_in(&|_| given.clone()), 503);
    }
    // A key that is new since the provider was asked last.
    provider.roll_over();
    assert_eq!(with(Value::Null), 303);
}

#[test]
fn a_provider_that_cannot_be_asked_leaves_the_link() {
    let provider = Provider::new();
    let elsewhere = format!("{}/token", Provider::new().issuer());
    let document = |token: &str| {
        let issuer = provider.issuer();
        json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/keys"),
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": token,
        })
    };
    let portal = portal_at(&provider.issuer(), |_| {});
    for says in [
        Says::Bytes(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Says::Discovery(document(&elsewhere)),
        Says::Discovery(document("javascript:alert(1)")),
        Says::Discovery(
            json!({ "issuer": provider.issuer(), "jwks_uri": format!("{}/keys", provider.issuer()) }),
        ),
    ] {
        provider.says(says);
        let reply = Browser::new(&portal).get("/portal/openid");
        assert_eq!(reply.status, 503);
        assert!(reply.text().contains("callsign portal open"), "{}", reply.text());
    }
    provider.says(Says::Discovery(document(&format!("{}/token", provider.issuer()))));
    assert_eq!(Browser::new(&portal).get("/portal/openid").status, 303);
}

#[test]
fn without_a_provider_there_is_nothing_to_begin() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    assert!(!browser.page("/portal/sign-in").contains("/portal/openid"));
    assert_eq!(browser.get("/portal/openid").status, 404);
    assert_eq!(browser.get("/portal/openid/callback?code=x&state=x").status, 404);
}
