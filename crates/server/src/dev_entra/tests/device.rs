//! The device code flow, from both ends.

use callsign_protocol::entra::Purpose;
use http::{HeaderMap, Method};
use serde_json::json;

use super::house::{ALICE, CLIENTS, House, OIDC, Told, WEB};

const FIFTEEN_MINUTES: u32 = 15 * 60 * 1000;

fn begin(house: &House, scope: &str) -> Told {
    let answer = house.post("/adfs/oauth2/devicecode", &[("client_id", WEB), ("scope", scope)]);
    Told::of(&answer)
}

fn poll(house: &House, code: &str, id: &str) -> Told {
    // As MSAL for Python polls.
    house.token(&[
        ("client_id", id),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("code", code),
        ("device_code", code),
        ("client_info", "1"),
    ])
}

fn sign_in(house: &House, code: &str, name: &str, password: &str) -> (u16, String) {
    let answer =
        house.post("/devicelogin", &[("user_code", code), ("username", name), ("password", password)]);
    assert_eq!(answer.media_type, "text/html; charset=utf-8");
    (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
}

#[test]
fn a_device_gets_its_token_once_somebody_signed_in() {
    let house = House::new();
    let begun = begin(&house, &format!("{CLIENTS}/VoIP {OIDC}"));
    assert_eq!((&begun.body["interval"], &begun.body["expires_in"]), (&json!(1), &json!(900)));
    assert_eq!(begun.text("verification_uri"), "https://localhost:8443/devicelogin");
    let (device_code, user_code) = (begun.text("device_code"), begun.text("user_code"));
    assert!(begun.text("message").contains(user_code));
    assert_eq!(user_code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4]);
    assert_eq!(poll(&house, device_code, WEB).refusal(), (400, "authorization_pending", 70_016));
    assert_eq!(sign_in(&house, user_code, ALICE, "wrong").0, 400);
    assert_eq!(sign_in(&house, "BBBB-BBBB", ALICE, "callsign").0, 400);
    assert_eq!(poll(&house, device_code, WEB).refusal().1, "authorization_pending");
    let typed = format!(" {} ", user_code.to_lowercase().replace('-', " "));
    let (status, page) = sign_in(&house, &typed, ALICE, "callsign");
    assert_eq!((status, page.contains(ALICE)), (200, true));
    assert_eq!(sign_in(&house, user_code, "bob@callsign.test", "b&b").0, 400);
    assert_eq!(poll(&house, device_code, "reader").refusal(), (400, "invalid_grant", 70_000));
    let told = poll(&house, device_code, WEB);
    assert_eq!(house.good_for(told.access_token(), &[Purpose::EntraUser]).unwrap().permissions, ["VoIP"]);
    for member in ["refresh_token", "id_token", "client_info", "scope"] {
        assert!(told.body[member].is_string(), "{member}");
    }
    assert_eq!(poll(&house, device_code, WEB).refusal(), (400, "invalid_grant", 70_000));
}

#[test]
fn the_older_name_of_the_grant_is_known() {
    let house = House::new();
    let begun = begin(&house, &format!("{CLIENTS}/.default {OIDC}"));
    sign_in(&house, begun.text("user_code"), ALICE, "callsign");
    let told = house.token(&[
        ("client_id", WEB),
        ("grant_type", "device_code"),
        ("device_code", begun.text("device_code")),
        ("scope", &format!("{CLIENTS}/.default {OIDC}")),
    ]);
    house.good_for(told.access_token(), &[Purpose::EntraUser]);
}

#[test]
fn a_code_expires_whether_or_not_somebody_signed_in() {
    let house = House::new();
    let codes = [begin(&house, &format!("{CLIENTS}/VoIP")), begin(&house, &format!("{CLIENTS}/VoIP"))];
    let [waiting, approved] = &codes;
    assert_eq!(sign_in(&house, approved.text("user_code"), ALICE, "callsign").0, 200);
    house.clock.advance_milliseconds(FIFTEEN_MINUTES);
    assert_eq!(sign_in(&house, waiting.text("user_code"), ALICE, "callsign").0, 400);
    for code in &codes {
        let told = poll(&house, code.text("device_code"), WEB);
        assert_eq!(told.refusal(), (400, "expired_token", 70_020));
        assert_eq!(poll(&house, code.text("device_code"), WEB).refusal(), (400, "invalid_grant", 70_000));
    }
}

#[test]
fn only_the_last_hundred_codes_are_kept() {
    let house = House::new();
    let scope = format!("{CLIENTS}/VoIP");
    let (first, second) = (begin(&house, &scope), begin(&house, &scope));
    for _ in 0..99 {
        begin(&house, &scope);
    }
    assert_eq!(poll(&house, first.text("device_code"), WEB).refusal().1, "invalid_grant");
    assert_eq!(poll(&house, second.text("device_code"), WEB).refusal().1, "authorization_pending");
}

#[test]
fn a_device_learns_at_once_that_it_asks_for_the_wrong_thing() {
    let house = House::new();
    assert_eq!(begin(&house, "x").refusal(), (400, "invalid_scope", 70_011));
    let stranger = house.post("/adfs/oauth2/devicecode", &[("client_id", "stranger"), ("scope", CLIENTS)]);
    assert_eq!(Told::of(&stranger).refusal().2, 700_016);
    assert_eq!(poll(&house, "x", WEB).refusal().2, 70_000);
    let told = house.token(&[("client_id", WEB), ("grant_type", "device_code")]);
    assert_eq!(told.refusal().2, 90_014);
}

#[test]
fn the_page_is_a_labelled_form_that_repeats_nothing_unescaped() {
    let house = House::new();
    let answer = house.ask(&Method::GET, "/devicelogin?user_code=<b>", &HeaderMap::new(), b"");
    let page = String::from_utf8(answer.body.to_vec()).unwrap();
    assert_eq!(answer.status, 200);
    for name in ["user_code", "username", "password"] {
        assert!(page.contains(&format!("<label for=\"{name}\">")), "{name}");
        assert!(page.contains(&format!("<input id=\"{name}\" name=\"{name}\" ")), "{name}");
    }
    assert!(page.contains("<html lang=\"en\">") && !page.contains("<b>") && !page.contains("<script"));
    let nasty = "\"><script>'&";
    let (status, page) = sign_in(&house, nasty, nasty, "s3cret-typed");
    assert_eq!((status, page.contains("role=\"alert\"")), (400, true));
    assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;'&amp;\""), "{page}");
    assert!(!page.contains("<script") && !page.contains("s3cret-typed"), "{page}");
    assert_eq!(sign_in(&house, "", ALICE, "callsign").0, 400);
    let answer = house.post("/devicelogin", &[("user_code", "<i>"), ("user_code", "<i>")]);
    assert_eq!(answer.status, 400);
    assert!(!String::from_utf8(answer.body.to_vec()).unwrap().contains("<i>"));
    let answer = house.ask(&Method::PUT, "/devicelogin", &HeaderMap::new(), b"");
    assert_eq!(Told::of(&answer).refusal().0, 405);
}
