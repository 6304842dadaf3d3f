//! Identities: found, looked at, revoked, deleted.

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;

use super::browser::{Browser, encoded, value_of};
use crate::harness::{FOREIGN, House, PREVIEW, audited, populate};

const SCRIPT: &str = "<script>alert('x')</script>\"&";

fn create(house: &House, custom_id: &str) -> String {
    let body = serde_json::json!({ "customId": custom_id }).to_string();
    let reply = house.send("POST", &format!("/identities?api-version={PREVIEW}"), &body);
    reply.json()["identity"]["id"].as_str().unwrap().to_owned()
}

fn search(text: &str) -> String {
    format!("/portal/identities?{}", encoded(&[("q", text)]))
}

#[test]
fn an_identity_is_found_by_its_id_and_by_its_custom_id() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let [plain, alice, hostile] = ["bob", "alice", SCRIPT].map(|name| create(&house, name));
    for (text, found) in [
        ("", vec![&plain, &alice, &hostile]),
        (plain.as_str(), vec![&plain]),
        ("alice", vec![&alice]),
        (SCRIPT, vec![&hostile]),
        ("nobody", vec![]),
        (FOREIGN, vec![]),
    ] {
        let page = browser.page(&search(text));
        for id in [&plain, &alice, &hostile] {
            let link = format!("/portal/identity?id={}", id.replace(':', "%3A"));
            assert_eq!(page.contains(&link), found.contains(&id), "{text}: {page}");
        }
        assert!(!page.contains("<script>alert"), "{page}");
    }
    house.issue(&plain, r#"{"scopes":["voip","chat.join"]}"#);
    let page = browser.page(&format!("/portal/identity?{}", encoded(&[("id", &plain)])));
    assert!(page.contains("<dt>Its scopes</dt><dd>voip, chat.join</dd>"), "{page}");
    let page = browser.page(&format!("/portal/identity?{}", encoded(&[("id", &hostile)])));
    assert!(!page.contains("Its scopes"));
    assert!(page.contains("&lt;script&gt;alert") && !page.contains("<script>alert"), "{page}");
}

#[test]
fn enormous_and_strange_searches_are_bounded() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let reply = browser.get(&search(&"x".repeat(300)));
    assert!(reply.status == 400 && reply.text().contains("at most 256 characters"));
    assert_eq!(browser.get(&search(&"x".repeat(1_000))).status, 414);
    for (query, words) in [
        ("from=soon", "A date cannot be read"),
        ("to=2026-13-01", "A date cannot be read"),
        ("unused=%3Cscript%3Ealert(1)", "A date cannot be read"),
        ("after=x", "This page is not there"),
    ] {
        let reply = browser.get(&format!("/portal/identities?{query}"));
        let page = reply.text();
        assert!(reply.status == 400 && page.contains(words) && !page.contains("<script>alert"), "{page}");
    }
}

#[test]
fn a_listing_goes_on_page_after_page_and_filters_hold_on_each() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let at = Timestamp::from_unix_seconds(1_790_838_309);
    let ids = populate(&house, 120, at);
    house.create();
    // The populated ones are of the first of October 2026.
    let mut target = "/portal/identities?from=2026-10-01&to=2026-10-01".to_owned();
    let (mut found, mut pages) = (Vec::<IdentityId>::new(), 0);
    loop {
        let page = browser.page(&target);
        found.extend(ids.iter().copied().filter(|id| page.contains(&format!(">{id}<"))));
        pages += 1;
        let Some((before, _)) = page.split_once("\">Next page") else { break };
        let (_, link) = before.rsplit_once("href=\"").unwrap();
        target = link.replace("&amp;", "&");
        assert!(target.contains("from=2026-10-01"), "{target}");
    }
    assert_eq!((found.len(), pages), (120, 3_u8));
    let none = browser.page("/portal/identities?from=2026-10-02&to=2026-10-03");
    assert!(none.contains("No identity matches"));
}

#[test]
fn tokens_are_revoked_after_a_question_and_no_get_changes_anything() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let id = house.create();
    let token = house.token(&id);
    let target = format!("/portal/identity/revoke?{}", encoded(&[("id", &id)]));
    let question = browser.page(&target);
    assert!(question.contains("Revoke the tokens of this identity?") && question.contains(&id));
    assert_eq!(house.introspect(&token)["active"], true);
    let done = browser.post("/portal/identity/revoke", &[("id", &id)]);
    assert_eq!(done.status, 303);
    assert_eq!(house.introspect(&token)["active"], false);
    let page = browser.page(done.header("location").unwrap());
    assert!(
        page.contains("Every token that it had is dead")
            && page.contains("<dt>Revoked on its own</dt><dd>once</dd>"),
        "{page}"
    );
    let records = audited(&house, "revoke_access_tokens");
    assert!(records.len() == 1 && records[0].actor.starts_with("portal:"));
}

#[test]
fn an_identity_is_deleted_after_a_question() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let id = house.create();
    let token = house.token(&id);
    let target = format!("/portal/identity/delete?{}", encoded(&[("id", &id)]));
    assert!(browser.page(&target).contains("Delete this identity?"));
    assert_eq!(house.get(&id).status, 200);
    let done = browser.post("/portal/identity/delete", &[("id", &id)]);
    assert!(browser.page(done.header("location").unwrap()).contains("The identity was deleted"));
    assert_eq!(house.get(&id).status, 404);
    assert_eq!(house.introspect(&token)["active"], false);
    let gone = browser.post("/portal/identity/delete", &[("id", &id)]);
    assert!(gone.status == 404 && gone.text().contains("exist"));
    assert!(audited(&house, "delete_identity")[0].actor.starts_with("portal:"));
}

#[test]
fn each_resource_shows_its_own_and_an_unknown_one_has_a_page() {
    let house = House::new();
    let id = house.create();
    let mut browser = Browser::signed_in(&house);
    assert!(!browser.page("/portal/identities").contains("<select"));
    house.resource_named("blue", &[]);
    let own = browser.page("/portal/identities?resource=default");
    assert!(own.contains(&id) && own.contains("<option value=\"default\" selected>"), "{own}");
    let blue = browser.page("/portal/identities?resource=blue");
    assert!(!blue.contains(&id) && blue.contains("/portal/tokens?resource=blue"), "{blue}");
    let made = browser.post("/portal/tokens", &[("resource", "blue"), ("scope", "chat"), ("lifetime", "60")]);
    let of_blue = value_of(&made.text(), "identity");
    assert!(!of_blue.contains(&house.resource_id()));
    let query =
        |resource| format!("/portal/identity?{}", encoded(&[("id", &of_blue), ("resource", resource)]));
    assert_eq!((browser.get(&query("blue")).status, browser.get(&query("default")).status), (200, 404));
    for unknown in ["red", SCRIPT, &"x".repeat(400)] {
        let reply = browser.get(&format!("/portal/identities?{}", encoded(&[("resource", unknown)])));
        assert_eq!(reply.status, 404);
        assert!(reply.text().contains("There is default, blue") && !reply.text().contains("<script>alert"));
    }
}
