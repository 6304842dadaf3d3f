//! Who gets in, how, and who does not.

use super::browser::{Browser, form_token, ticket};
use crate::harness::House;

#[test]
fn a_link_signs_in_once_and_a_look_at_it_uses_nothing_up() {
    let house = House::new();
    let link = ticket(&house);
    let mut browser = Browser::new(&house);
    for _ in 0..2 {
        let page = browser.page(&format!("/portal/sign-in?ticket={link}"));
        assert!(page.contains("<form") && page.contains(&link), "{page}");
    }
    assert_eq!(browser.cookie(), None);
    let reply = browser.open_link(&link);
    assert_eq!((reply.status, reply.header("location")), (303, Some("/portal")));
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("callsign-session=") && !cookie.contains("Secure"), "{cookie}");
    for words in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=43200"] {
        assert!(cookie.contains(words), "{cookie}");
    }
    assert!(browser.page("/portal").contains("<h1>Overview</h1>"));
    let again = Browser::new(&house).open_link(&link);
    assert_eq!(again.status, 403);
    assert!(again.text().contains("callsign portal open") && again.header("set-cookie").is_none());
}

#[test]
fn wrong_links_let_nobody_in_and_say_what_to_do() {
    let house = House::new();
    let good = ticket(&house);
    let long = "A".repeat(20_000);
    for wrong in ["", "x", &"A".repeat(43), &good[1..], "\"><script>alert(1)</script>", &long] {
        let mut browser = Browser::new(&house);
        let reply = browser.open_link(wrong);
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("callsign portal open") && browser.cookie().is_none());
        assert!(!reply.text().contains("<script>alert"));
    }
    let page = Browser::new(&house).page("/portal/sign-in?ticket=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    assert!(!page.contains("<script>alert") && page.contains("&quot;&gt;&lt;script&gt;"), "{page}");
}

#[test]
fn a_browser_gets_another_session_at_each_sign_in_and_its_old_one_ends() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    // What an attacker planted.
    let planted = format!("callsign-session={}", "A".repeat(43));
    browser.set_cookie(&planted);
    assert_eq!(browser.open_link(&ticket(&house)).status, 303);
    let first = browser.cookie().unwrap().to_owned();
    assert_ne!(first, planted);
    assert_eq!(browser.open_link(&ticket(&house)).status, 303);
    assert_ne!(browser.cookie(), Some(first.as_str()));
    for ended in [&planted, &first] {
        let mut other = Browser::new(&house);
        other.set_cookie(ended);
        assert_eq!(other.get("/portal").header("location"), Some("/portal/sign-in"));
    }
    assert_eq!(browser.get("/portal").status, 200);
}

#[test]
fn signing_out_ends_the_session_and_needs_its_form() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let cookie = browser.cookie().unwrap().to_owned();
    let without = browser.send(&browser.form("/portal/sign-out", &[]));
    assert_eq!((without.status, browser.get("/portal").status), (403, 200));
    let out = browser.post("/portal/sign-out", &[]);
    assert_eq!((out.status, out.header("location")), (303, Some("/portal/sign-in")));
    assert_eq!(browser.cookie(), None);
    browser.set_cookie(&cookie);
    assert_eq!(browser.get("/portal").status, 303);
}

#[test]
fn another_sites_post_is_refused_whatever_it_knows() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let token = form_token(&browser.page("/portal"));
    let form = browser.form("/portal/sign-out", &[("form_token", &token)]);
    let own = format!("http://{}", house.address());
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "no such word"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
    ] {
        let reply = browser.send(&form.clone().changed(name, value));
        assert_eq!(reply.status, 403, "{name}: {value}");
        assert!(reply.text().contains("Another site"), "{}", reply.text());
        assert_eq!(browser.get("/portal").status, 200);
    }
    assert_eq!(browser.send(&form.changed("origin", &own)).status, 303);
    // A link is not taken from another site either: it would sign in somebody who does not know it.
    let mut stranger = Browser::new(&house);
    let link = stranger.form("/portal/sign-in", &[("ticket", &ticket(&house))]);
    assert_eq!(stranger.send(&link.changed("sec-fetch-site", "cross-site")).status, 403);
}

#[test]
fn a_form_of_another_session_is_refused() {
    let house = House::new();
    let [mut mine, mut theirs] = [(); 2].map(|()| Browser::signed_in(&house));
    let token = form_token(&theirs.page("/portal"));
    for wrong in [token.as_str(), "", "A"] {
        let reply = mine.send(&mine.form("/portal/sign-out", &[("form_token", wrong)]));
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("too old"), "{}", reply.text());
    }
}
