//! Access keys and signing keys.

use super::browser::{Browser, value_of};
use crate::harness::{House, audited};

#[test]
fn keys_are_hidden_until_they_are_shown_and_showing_them_leaves_a_record() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let key = house.key().expose_base64();
    let hidden = browser.page("/portal/keys");
    assert!(!hidden.contains(key.as_str()) && hidden.contains("••••"));
    assert!(audited(&house, "reveal_access_keys").is_empty());
    assert_eq!(browser.get("/portal/keys/show").status, 405);
    let shown = browser.post("/portal/keys/show", &[]);
    assert_eq!((shown.status, shown.header("cache-control")), (200, Some("no-store")));
    let page = shown.text();
    assert_eq!(value_of(&page, "key-primary"), *key);
    for slot in ["primary", "secondary"] {
        let (key, string) =
            (value_of(&page, &format!("key-{slot}")), value_of(&page, &format!("string-{slot}")));
        assert!(
            string.starts_with("endpoint=https://localhost:")
                && string.ends_with(&format!("/;accesskey={key}"))
        );
    }
    let records = audited(&house, "reveal_access_keys");
    assert!(records.len() == 1 && records[0].actor.starts_with("portal:administrator:"));
    assert!(!browser.page("/portal/keys").contains(key.as_str()));
}

#[test]
fn a_key_is_regenerated_after_a_question_that_tells_how_many_it_hits() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let tokens = [(); 3].map(|()| house.token(&house.create()));
    let question = browser.page("/portal/keys/regenerate?slot=primary");
    assert!(question.contains("Tokens of up to 3 identities may be hit"), "{question}");
    let key = house.key();
    assert_eq!(house.introspect(&tokens[0])["active"], true);
    let done = browser.post("/portal/keys/regenerate", &[("slot", "primary")]);
    assert_eq!((done.status, done.header("location")), (303, Some("/portal/keys?done=regenerated")));
    assert!(house.key() != key);
    assert_eq!(house.introspect(&tokens[0])["active"], false);
    assert!(browser.page("/portal/keys?done=regenerated").contains("Regenerated 1 time."));
    assert!(audited(&house, "regenerate_access_key")[0].actor.starts_with("portal:"));
    for wrong in ["/portal/keys/regenerate", "/portal/keys/regenerate?slot=third"] {
        assert_eq!(browser.get(wrong).status, 400);
    }
}

#[test]
fn a_signing_key_is_rotated_and_a_compromised_one_is_revoked() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let token = house.token(&house.create());
    let active = house.service().signing_keys.in_force().times();
    let signs = active.iter().min_by_key(|key| key.activates_at).unwrap().key_id.clone();
    let page = browser.page("/portal/signing-keys");
    assert!(page.contains(&signs) && page.contains("active") && page.contains("next"), "{page}");
    assert!(browser.page("/portal/signing-keys/rotate?algorithm=RS256").contains("Rotate the RS256 key?"));
    let rotated = browser.post("/portal/signing-keys/rotate", &[("algorithm", "RS256")]);
    assert!(browser.page(rotated.header("location").unwrap()).contains("The next key takes over"));
    assert_eq!(house.introspect(&token)["active"], true);
    let question = browser.page(&format!("/portal/signing-keys/revoke?key_id={signs}"));
    assert!(question.contains("Tokens of up to 1 identity may be hit"), "{question}");
    let revoked = browser.post("/portal/signing-keys/revoke", &[("key_id", &signs)]);
    assert!(browser.page(revoked.header("location").unwrap()).contains("revoked for ever"));
    assert_eq!(house.introspect(&token)["active"], false);
    assert_eq!(browser.post("/portal/signing-keys/revoke", &[("key_id", &signs)]).status, 404);
    assert_eq!(browser.get("/portal/signing-keys/rotate?algorithm=none").status, 400);
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let secret = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    let house = House::with(|config| config.key_encryption_key = Some(secret.to_owned().into()));
    let page = Browser::signed_in(&house).page("/portal/settings");
    let row = |key: &str| {
        let (_, rest) = page.split_once(&format!("<code>{key}</code>")).unwrap();
        rest.split("</tr>").next().unwrap().to_owned()
    };
    assert!(row("portal.enabled").contains(">default<"), "{}", row("portal.enabled"));
    assert!(row("listen.https").contains("127.0.0.1:0") && row("listen.https").contains("the program"));
    assert!(row("key_encryption_key").contains("the program") && !page.contains(secret));
}

#[test]
fn snippets_name_the_endpoint_and_hold_no_key() {
    let house = House::new();
    let page = Browser::signed_in(&house).page("/portal/get-started");
    let https = house.server.ready().https.clone().unwrap();
    for language in ["Python", "JavaScript", "C#", "Java", "Rust", "Azure CLI"] {
        assert!(page.contains(&format!("<summary>{language}</summary>")), "{language}");
    }
    assert!(page.matches(&https).count() >= 7 && !page.contains("{endpoint}"));
    assert!(page.contains("COMMUNICATION_SERVICES_CONNECTION_STRING") && page.contains("callsign env"));
    assert!(!page.contains(house.key().expose_base64().as_str()));
}
