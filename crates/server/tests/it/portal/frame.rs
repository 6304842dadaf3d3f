//! What all pages have in common, and where there are none.

use super::browser::Browser;
use crate::harness::House;

const PAGES: [&str; 10] = [
    "/portal",
    "/portal/get-started",
    "/portal/tokens",
    "/portal/identities",
    "/portal/activity",
    "/portal/decoder",
    "/portal/metrics",
    "/portal/keys",
    "/portal/signing-keys",
    "/portal/settings",
];

#[test]
fn every_page_is_bound_to_its_own_origin_and_kept_nowhere() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    for target in PAGES.into_iter().chain(["/portal/sign-in", "/portal/nothing"]) {
        let reply = browser.get(target);
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{target}");
        }
        let policy = reply.header("content-security-policy").unwrap();
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(rule), "{target}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    }
}

/// What the policy forbids would do nothing in a browser, without a word.
#[test]
fn no_page_has_script_or_style_of_its_own() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    for target in PAGES {
        let page = browser.page(target);
        for forbidden in
            [" style=", "<style", " onclick", " onload", " onchange", "javascript:", "http-equiv"]
        {
            assert!(!page.contains(forbidden), "{target}: {forbidden}");
        }
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/portal/portal.js?").count());
    }
}

#[test]
fn every_page_has_a_title_a_heading_landmarks_and_its_place_in_the_menu() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    for target in PAGES {
        let page = browser.page(target);
        for (part, count) in [
            ("<h1>", 1),
            ("<main id=\"main\"", 1),
            ("<nav class=\"menu\" aria-label=\"Portal\"", 1),
            ("aria-current=\"page\"", 1),
            ("<a class=\"skip\" href=\"#main\"", 1),
            ("<html lang=\"en\">", 1),
            ("aria-live=\"polite\"", 1),
        ] {
            assert_eq!(page.matches(part).count(), count, "{target}: {part}");
        }
        // Each field has its label.
        for field in page.split("<input").skip(1).filter(|field| !field.starts_with(" type=\"hidden\"")) {
            let (_, rest) = field.split_once(" id=\"").unwrap();
            let id = rest.split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\"")), "{target}: {id}");
        }
    }
}

#[test]
fn without_a_session_every_page_leads_to_the_door() {
    let house = House::new();
    let mut stranger = Browser::new(&house);
    for target in PAGES.into_iter().chain(["/portal/", "/portal/identity?id=x", "/portal/keys/regenerate"]) {
        let reply = stranger.get(target);
        assert_eq!((reply.status, reply.header("location")), (303, Some("/portal/sign-in")), "{target}");
        assert!(reply.body.is_empty());
    }
    for target in ["/portal/tokens", "/portal/keys/show", "/portal/identity/delete"] {
        let reply = stranger.send(&stranger.form(target, &[("form_token", "A"), ("scope", "chat")]));
        assert_eq!((reply.status, reply.header("location")), (303, Some("/portal/sign-in")), "{target}");
    }
    assert!(stranger.page("/portal/sign-in").contains("callsign portal open"));
}

#[test]
fn what_is_posted_without_its_forms_token_is_not_done() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let id = house.create();
    for (target, fields) in [
        ("/portal/tokens", vec![("scope", "chat"), ("lifetime", "60")]),
        ("/portal/identity/delete", vec![("id", id.as_str())]),
        ("/portal/keys/show", vec![]),
        ("/portal/keys/regenerate", vec![("slot", "primary")]),
        ("/portal/signing-keys/rotate", vec![("algorithm", "RS256")]),
        ("/portal/decoder", vec![("token", "a.b.c")]),
    ] {
        let reply = browser.send(&browser.form(target, &fields));
        assert_eq!(reply.status, 403, "{target}");
        let json = browser.form(target, &fields).changed("content-type", "text/plain");
        assert_eq!(browser.send(&json).status, 400, "{target}");
    }
    assert_eq!(house.get(&id).status, 200);
}

#[test]
fn the_files_of_a_page_may_be_kept_and_say_so() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    let page = browser.page("/portal/sign-in");
    for (name, media_type) in [
        ("style.css", "text/css; charset=utf-8"),
        ("portal.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let (_, rest) = page.split_once(&format!("/portal/{name}?")).unwrap();
        let tag = rest.split('"').next().unwrap();
        let target = format!("/portal/{name}?{tag}");
        let reply = browser.get(&target);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(media_type)));
        assert!(reply.header("cache-control").unwrap().contains("immutable"));
        let again =
            house.request("GET", &target).header("if-none-match", reply.header("etag").unwrap()).send();
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
}

#[test]
fn a_portal_that_is_off_is_a_path_like_any_other() {
    let house = House::with(|config| config.portal.enabled = false);
    for target in ["/portal", "/portal/sign-in", "/portal/style.css"] {
        let reply = house.request("GET", target).send();
        assert_eq!(reply.code(), (404, "NotFound".to_owned()), "{target}");
    }
    assert!(house.server.portal_link().is_none());
}

#[test]
fn a_verb_that_a_page_does_not_take_is_told() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    for (method, target, allow) in [
        ("DELETE", "/portal", "GET"),
        ("POST", "/portal/settings", "GET"),
        ("GET", "/portal/sign-out", "POST"),
        ("PUT", "/portal/tokens", "GET, POST"),
    ] {
        let reply = browser.send(&house.request(method, target));
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{method} {target}");
    }
}
