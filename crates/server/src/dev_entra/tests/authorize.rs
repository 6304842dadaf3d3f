//! The authorization code flow, from both ends.

use callsign_protocol::entra::Purpose;
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderMap, HeaderValue, Method};
use reqwest::Url;

use super::house::{ALICE, CLIENTS, House, OIDC, ORIGIN, Told, WEB, claims};
use crate::http::site::Answer;

const TEN_MINUTES: u32 = 10 * 60 * 1000;
const BACK: &str = "http://localhost:3000/back?a=b";
// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const NASTY: &str = "\"><script>alert(1)</script>'&";

type Fields = Vec<(&'static str, String)>;

fn request() -> Fields {
    [
        ("client_id", WEB),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s&t"),
        ("nonce", "n-0S6"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// The fields with that one; nothing takes it away.
fn with(mut fields: Fields, name: &'static str, value: &str) -> Fields {
    fields.retain(|(known, _)| *known != name);
    if !value.is_empty() {
        fields.push((name, value.to_owned()));
    }
    fields
}

fn borrowed(fields: &Fields) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn show(house: &House, fields: &Fields) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let target = format!("/adfs/oauth2/v2.0/authorize?{query}");
    house.ask(&Method::GET, &target, &HeaderMap::new(), b"")
}

fn sign_in(house: &House, fields: &Fields) -> Answer {
    let typed = with(with(fields.clone(), "username", ALICE), "password", "callsign");
    house.post("/adfs/oauth2/v2.0/authorize", &borrowed(&typed))
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// Where a browser is sent, and the parameters that it takes along there.
fn sent(answer: &Answer) -> (Url, HeaderMap<String>) {
    assert_eq!(answer.status, 303, "{}", text(answer));
    let url: Url = answer.headers[LOCATION].to_str().unwrap().parse().unwrap();
    let behind = url.fragment().or(url.query()).unwrap_or_default().to_owned();
    let pairs = form_urlencoded::parse(behind.as_bytes())
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.into_owned()));
    (url, pairs.collect())
}

fn code(house: &House, fields: &Fields) -> String {
    sent(&sign_in(house, fields)).1["code"].clone()
}

fn redemption(code: &str) -> Fields {
    [
        ("client_id", WEB),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

fn redeem(house: &House, fields: &Fields) -> Told {
    house.token(&borrowed(fields))
}

#[test]
fn whoever_signs_in_is_sent_back_with_a_code_for_tokens() {
    let house = House::new();
    let scope = format!("{CLIENTS}/VoIP {OIDC}");
    let asked = with(with(request(), "scope", &scope), "client_info", "1");
    assert_eq!(show(&house, &asked).status, 200);
    let (back, parameters) = sent(&sign_in(&house, &asked));
    assert!(back.as_str().starts_with("http://localhost:3000/back?a=b&code="), "{back}");
    assert_eq!(parameters["state"], "s&t");
    assert!(parameters.contains_key("client_info"));
    let told = redeem(&house, &redemption(&parameters["code"]));
    assert_eq!(house.good_for(told.access_token(), &[Purpose::EntraUser]).unwrap().permissions, ["VoIP"]);
    let id_token = claims(told.text("id_token"));
    assert_eq!((&id_token["nonce"], &id_token["aud"]), (&"n-0S6".into(), &WEB.into()));
    assert_eq!(id_token["preferred_username"], ALICE);
    assert_eq!(id_token["iss"], format!("{ORIGIN}/adfs"));
    assert!(told.text("refresh_token").starts_with("ey"));
}

#[test]
fn a_sign_in_alone_needs_no_resource_and_no_nonce() {
    let house = House::new();
    let asked = with(request(), "nonce", "");
    let told = redeem(&house, &redemption(&code(&house, &asked)));
    assert!(claims(told.text("id_token")).get("nonce").is_none());
    assert!(told.body.get("refresh_token").is_none());
    house.good_for(told.access_token(), &[]);
    let own = with(request(), "scope", "openid api://shop/access_as_user");
    let told = redeem(&house, &redemption(&code(&house, &own)));
    let access = claims(told.access_token());
    assert_eq!((&access["aud"], &access["scp"]), (&"api://shop".into(), &"access_as_user".into()));
}

#[test]
fn a_code_is_good_once_and_for_ten_minutes() {
    let house = House::new();
    let first = redemption(&code(&house, &request()));
    assert_eq!(redeem(&house, &first).status, 200);
    assert_eq!(redeem(&house, &first).refusal(), (400, "invalid_grant", 70_000));
    let second = redemption(&code(&house, &request()));
    house.clock.advance_milliseconds(TEN_MINUTES);
    assert_eq!(redeem(&house, &second).refusal(), (400, "invalid_grant", 70_008));
    let made_up = redemption("made-up");
    assert_eq!(redeem(&house, &made_up).refusal(), (400, "invalid_grant", 70_000));
    let none = with(made_up, "code", "");
    assert_eq!(redeem(&house, &none).refusal(), (400, "invalid_request", 90_014));
}

#[test]
fn a_code_is_bound_and_whoever_tries_it_wrongly_uses_it_up() {
    let house = House::new();
    for (name, value, refusal) in [
        ("code_verifier", CHALLENGE, (400, "invalid_grant", 501_481)),
        ("code_verifier", "", (400, "invalid_grant", 501_481)),
        ("client_id", "reader", (400, "invalid_grant", 70_000)),
        ("redirect_uri", "http://localhost:3000/back", (400, "invalid_grant", 70_000)),
        ("redirect_uri", "", (400, "invalid_request", 90_014)),
    ] {
        let right = redemption(&code(&house, &request()));
        assert_eq!(redeem(&house, &with(right.clone(), name, value)).refusal(), refusal, "{name}={value}");
        assert_eq!(redeem(&house, &right).refusal(), (400, "invalid_grant", 70_000), "{name}={value}");
    }
    // Whose secret is wrong is nobody, and cannot use up what is another's.
    let right = redemption(&code(&house, &request()));
    assert_eq!(redeem(&house, &with(right.clone(), "client_secret", "wrong")).refusal().0, 401);
    assert_eq!(redeem(&house, &right).status, 200);
}

#[test]
fn without_a_challenge_a_secret_is_needed_and_no_verifier_makes_up_for_it() {
    let house = House::new();
    let unprotected = with(with(request(), "code_challenge", ""), "code_challenge_method", "");
    let redemption = || with(redemption(&code(&house, &unprotected)), "code_verifier", "");
    assert_eq!(redeem(&house, &redemption()).refusal(), (400, "invalid_request", 9_002_325));
    let confidential = || with(redemption(), "client_secret", "callsign");
    assert_eq!(redeem(&house, &confidential()).status, 200);
    let downgraded = with(confidential(), "code_verifier", VERIFIER);
    assert_eq!(redeem(&house, &downgraded).refusal(), (400, "invalid_grant", 501_481));
    let (_, parameters) = sent(&show(&house, &with(unprotected, "client_id", "locked")));
    assert!(parameters["error_description"].starts_with("AADSTS9002325: "));
}

#[test]
fn only_the_last_hundred_codes_are_kept() {
    let house = House::new();
    let (first, second) = (code(&house, &request()), code(&house, &request()));
    for _ in 0..99 {
        code(&house, &request());
    }
    assert_eq!(redeem(&house, &redemption(&first)).refusal().1, "invalid_grant");
    assert_eq!(redeem(&house, &redemption(&second)).status, 200);
}

#[test]
fn nobody_is_sent_to_a_foreign_address() {
    let house = House::new();
    for address in [
        "",
        "https://evil.example/",
        "http://localhost.evil.example/",
        "//evil.example/",
        "http://localhost:3000@evil.example/",
        "http://localhost:3000\\@evil.example/",
        "javascript:alert(1)",
        "http://localhost/#x",
    ] {
        let asked = with(request(), "redirect_uri", address);
        // Also not with what would be refused by the way back.
        for asked in [asked.clone(), with(asked, "response_type", "token")] {
            for answer in [show(&house, &asked), sign_in(&house, &asked)] {
                assert_eq!((answer.status.as_u16(), answer.headers.get(LOCATION)), (400, None), "{address}");
                assert!(text(&answer).contains("role=\"alert\""));
                assert!(!text(&answer).contains("<form"));
            }
        }
    }
    let stranger = show(&house, &with(request(), "client_id", "stranger"));
    assert_eq!((stranger.status.as_u16(), stranger.headers.get(LOCATION)), (400, None));
    let odd = show(&house, &with(request(), "response_mode", "web_message"));
    assert_eq!((odd.status.as_u16(), odd.headers.get(LOCATION)), (400, None));
    let own = with(request(), "redirect_uri", &format!("{ORIGIN}/portal/openid/callback"));
    assert!(sent(&sign_in(&house, &own)).0.as_str().starts_with(ORIGIN));
}

#[test]
fn the_application_learns_by_the_way_back_what_it_asked_wrongly() {
    let house = House::new();
    let long = "n".repeat(513);
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("scope", "", "invalid_scope"),
        ("scope", "https://graph.microsoft.com/.default", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("nonce", &long, "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let asked = with(request(), name, value);
        for answer in [show(&house, &asked), sign_in(&house, &asked)] {
            let (_, parameters) = sent(&answer);
            assert_eq!((&*parameters["error"], &*parameters["state"]), (error, "s&t"), "{name}={value}");
            assert!(!parameters.contains_key("code"));
        }
    }
}

#[test]
fn answers_travel_as_the_application_likes() {
    let house = House::new();
    let fragment = sent(&sign_in(&house, &with(request(), "response_mode", "fragment"))).0;
    assert_eq!(fragment.query(), Some("a=b"));
    assert!(fragment.fragment().unwrap().starts_with("code="));
    let posted = sign_in(&house, &with(with(request(), "response_mode", "form_post"), "state", NASTY));
    let (page, policy) = (text(&posted), posted.headers[CONTENT_SECURITY_POLICY].to_str().unwrap());
    assert!(page.contains("<form method=\"post\" action=\"http://localhost:3000/back?a=b\">"), "{page}");
    assert!(page.contains("name=\"code\"") && page.contains("<button type=\"submit\">"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert_eq!(page.matches("<script>").count(), 1, "{page}");
    assert!(policy.contains("form-action http://localhost:3000;") && policy.contains("script-src 'sha256-"));
}

#[test]
fn the_page_is_a_labelled_form_that_repeats_nothing_unescaped() {
    let house = House::new();
    for name in ["state", "nonce", "login_hint", "username", "client_info"] {
        let asked = with(with(request(), name, NASTY), "unknown", NASTY);
        let wrong = with(with(asked.clone(), "username", NASTY), "password", "s3cret-typed");
        for answer in [show(&house, &asked), house.post("/adfs/oauth2/authorize", &borrowed(&wrong))] {
            let page = text(&answer);
            assert!(!page.contains("<script") && !page.contains("s3cret-typed"), "{page}");
            assert!(page.contains("<label for=\"username\">") && page.contains("<label for=\"password\">"));
        }
    }
    let address = with(request(), "redirect_uri", &format!("http://localhost/{NASTY}"));
    assert!(!text(&show(&house, &address)).contains("<script"));
    assert!(!text(&show(&house, &with(request(), "client_id", NASTY))).contains("<script"));
    let policy = show(&house, &request()).headers[CONTENT_SECURITY_POLICY].clone();
    let policy = policy.to_str().unwrap();
    assert!(policy.contains("form-action 'self' http://localhost:3000;"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
}

#[test]
fn a_password_in_an_address_signs_nobody_in() {
    let house = House::new();
    let typed = with(with(request(), "username", ALICE), "password", "callsign");
    let answer = show(&house, &typed);
    assert_eq!((answer.status.as_u16(), answer.headers.get(LOCATION)), (200, None));
    let wrong = with(with(request(), "username", ALICE), "password", "wrong");
    let answer = house.post("/adfs/oauth2/v2.0/authorize", &borrowed(&wrong));
    assert_eq!((answer.status.as_u16(), text(&answer).contains("role=\"alert\"")), (400, true));
}

/// What script of a page gets: the status, and whose script may read the answer.
fn by_script(house: &House, ask: (&Method, &str), origin: &str) -> (u16, Option<HeaderValue>) {
    let mut headers = HeaderMap::new();
    headers.insert("origin", origin.parse().unwrap());
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    if ask.0 == Method::OPTIONS {
        headers.insert("access-control-request-method", HeaderValue::from_static("POST"));
        headers.insert("access-control-request-headers", HeaderValue::from_static("x-client"));
    }
    let answer = house.ask(ask.0, ask.1, &headers, b"");
    if answer.headers.contains_key("access-control-allow-origin") {
        assert_eq!(answer.headers["vary"], "origin");
    }
    (answer.status.as_u16(), answer.headers.get("access-control-allow-origin").cloned())
}

#[test]
fn script_of_this_machines_pages_redeems_codes_and_no_other_does() {
    let house = House::new();
    let token = "/adfs/oauth2/v2.0/token";
    let discovery = "/adfs/.well-known/openid-configuration";
    for origin in ["http://localhost:3000", "https://127.0.0.1:4", "http://[::1]:5", ORIGIN] {
        let allowed: Option<HeaderValue> = Some(origin.parse().unwrap());
        assert_eq!(by_script(&house, (&Method::POST, token), origin), (400, allowed.clone()));
        assert_eq!(by_script(&house, (&Method::OPTIONS, token), origin), (204, allowed.clone()));
        assert_eq!(by_script(&house, (&Method::GET, discovery), origin), (200, allowed));
        for page in ["/adfs/oauth2/v2.0/authorize", "/devicelogin", "/msi/token"] {
            assert_eq!(by_script(&house, (&Method::GET, page), origin).1, None, "{page}");
        }
    }
    for origin in ["https://evil.example", "http://localhost.evil.example", "null", "http://localhost:3000/"]
    {
        assert_eq!(by_script(&house, (&Method::POST, token), origin), (400, None), "{origin}");
        assert_eq!(by_script(&house, (&Method::OPTIONS, token), origin), (405, None), "{origin}");
    }
}
