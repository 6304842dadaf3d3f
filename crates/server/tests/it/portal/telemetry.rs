//! Activity and metrics.

use super::browser::{Browser, encoded, value_of};
use crate::harness::House;

#[test]
fn what_was_done_to_an_identity_is_told_newest_first() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let made = browser.post("/portal/tokens", &[("scope", "voip"), ("lifetime", "60")]).text();
    let id = value_of(&made, "identity");
    house.issue(&id, r#"{"scopes":["chat"]}"#);
    house.revoke(&id);
    house.token(&house.create());
    let page = browser.page(&format!("/portal/activity?{}", encoded(&[("id", &id)])));
    let (changes, requests) = page.split_once("id=\"requests\"").unwrap();
    let place = |text: &str, word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {page}"));
    assert!(place(changes, "Revoke access tokens") < place(changes, "Create identity"));
    assert!(place(requests, "RevokeToken") < place(requests, "CreateToken"));
    assert!(place(requests, "CreateToken") < place(requests, "/portal/tokens"));
    for who in ["key:1:0", "portal:administrator:"] {
        assert!(changes.contains(who) && requests.contains(who), "{who}");
    }
    assert_eq!(requests.matches("CreateToken").count(), 1, "of this identity alone: {requests}");
    let all = browser.page("/portal/activity");
    assert!(all.matches("CreateToken").count() == 2 && all.contains("CreateIdentity"), "{all}");
    assert!(!page.contains(&value_of(&made, "token")));
}

#[test]
fn what_is_no_identity_has_no_activity() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let reply = browser.get(&format!("/portal/activity?{}", encoded(&[("id", "<script>alert(1)</script>")])));
    assert!(reply.status == 400 && !reply.text().contains("<script>alert"), "{}", reply.text());
    let nobody = browser.page(&format!("/portal/activity?{}", encoded(&[("id", crate::harness::FOREIGN)])));
    assert!(nobody.contains("Nothing was changed") && nobody.contains("There is none"));
}

#[test]
fn charts_show_what_was_counted_and_say_it_in_tables_too() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let id = house.create();
    (0..4).for_each(|_| drop(house.token(&id)));
    browser.post("/portal/tokens", &[("scope", "voip"), ("lifetime", "60")]);
    house.issue(&id, "{}");
    house.revoke(&id);
    for target in ["/portal/metrics", "/portal/metrics?last=day", "/portal/metrics?last=century"] {
        let page = browser.page(target);
        assert_eq!(page.matches("role=\"img\"").count(), 5);
        assert_eq!(page.matches("<summary>As a table").count(), 5);
        assert!(page.contains("5 in the last ") && page.contains("1 identity lost tokens"), "{page}");
        for row in [
            "CreateToken</th><td class=\"number\">200</td><td class=\"number\">4<",
            "CreateToken</th><td class=\"number\">400</td><td class=\"number\">1<",
        ] {
            assert!(page.contains(row), "{row}: {page}");
        }
        assert!(page.contains("5 signatures were made in"), "{page}");
    }
}
