//! With the development authority: its tokens, its reasons and the page.

use callsign_server::config::Config;
use serde_json::Value;

use crate::harness::House;
use crate::request::Reply;

fn develop(config: &mut Config) {
    config.dev_entra.enabled = true;
    config.trusted_tokens.enabled = true;
}

/// What the password grant gives alice for that scope.
fn signed_in(house: &House, scope: &str) -> String {
    let form = format!(
        "grant_type=password&client_id=ca115160-0000-4000-8000-00000000de02&username=alice@callsign.test&password=callsign&scope={scope}"
    );
    let request = house.request("POST", "/adfs/oauth2/v2.0/token").body(&form);
    let reply = request.header("content-type", "application/x-www-form-urlencoded").send();
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_user_of_the_development_authority_gets_a_token() {
    let house = House::with(develop);
    let shown = signed_in(&house, "api://callsign/access_as_user");
    assert_eq!(house.send_bearing(&shown, "POST", "/api/user", "").status, 201);
    let issued = house.send_bearing(&shown, "GET", "/api/token", "");
    assert_eq!(issued.status, 201, "{}", issued.text());
    assert_eq!(house.introspect(issued.json()["token"].as_str().unwrap())["active"], true);
    let teams = signed_in(
        &house,
        "https://auth.msft.communication.azure.com/Teams.ManageCalls%20https://auth.msft.communication.azure.com/Teams.ManageChats",
    );
    let exchanged =
        house.bearing(&shown, "GET", "/api/token/teams", "").header("teams-user-aad-token", &teams).send();
    assert_eq!(exchanged.status, 201, "{}", exchanged.text());
}

#[test]
fn who_develops_is_told_why() {
    let house = House::with(develop);
    let shown = signed_in(&house, "api://another/access_as_user");
    let reply = house.send_bearing(&shown, "GET", "/api/user", "").json();
    let reason = "the token is for the audience 'api://another'; ask for one for 'api://callsign'";
    assert_eq!(reply["reason"], reason);
}

#[test]
fn the_page_and_its_files_come_from_here_alone() {
    let house = House::with(develop);
    let get = |path: &str| house.request("GET", path).send();
    let page = get("/trusted");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.text();
    for (path, media_type) in [
        ("/trusted/page.js", "text/javascript; charset=utf-8"),
        ("/trusted/page.css", "text/css; charset=utf-8"),
    ] {
        assert!(text.contains(&format!("\"{path}\"")), "{path}");
        let file = get(path);
        assert_eq!((file.status, file.header("content-type")), (200, Some(media_type)), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    }
    assert!(!text.contains("<script>") && !text.contains(" style=") && !text.contains("http"), "{text}");
    assert_eq!(house.request("POST", "/trusted").send().status, 405);
}

/// What the script names is on the page, and what tests in browsers go by.
#[test]
fn the_script_finds_its_elements() {
    let house = House::with(develop);
    let [page, script] =
        ["/trusted", "/trusted/page.js"].map(|path| house.request("GET", path).send().text());
    let named: Vec<_> =
        script.split("element(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(named.len() > 10);
    for id in named {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

/// The code flow with PKCE that the script goes through, step by step.
#[test]
fn the_page_can_sign_in_by_code() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let house = House::with(develop);
    let page = house.request("GET", "/trusted").send().text();
    let data =
        |name: &str| page.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (client_id, authority, scope) = (data("data-client-id"), data("data-authority"), data("data-scope"));
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    let redirect_uri = format!("http://{}/trusted", house.address());
    let query = form(&[
        ("client_id", &client_id),
        ("response_type", "code"),
        ("redirect_uri", &redirect_uri),
        ("scope", &scope),
        ("state", "s"),
        ("code_challenge", &URL_SAFE_NO_PAD.encode(digest)),
        ("code_challenge_method", "S256"),
        ("username", "alice@callsign.test"),
        ("password", "callsign"),
    ]);
    let posted = |path: &str, body: &str| -> Reply {
        let request = house.request("POST", path).body(body);
        request.header("content-type", "application/x-www-form-urlencoded").send()
    };
    let back = posted(&format!("{authority}/authorize"), &query);
    assert_eq!(back.status, 303, "{}", back.text());
    let location = back.header("location").unwrap();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let redeem = form(&[
        ("client_id", &client_id),
        ("scope", &scope),
        ("grant_type", "authorization_code"),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", verifier),
    ]);
    let answer: Value = posted(&format!("{authority}/token"), &format!("{redeem}&code={code}")).json();
    assert!(answer["refresh_token"].is_string(), "{answer}");
    let shown = answer["access_token"].as_str().unwrap();
    assert_eq!(house.send_bearing(shown, "POST", "/api/user", "").status, 201);
    assert_eq!(house.send_bearing(shown, "GET", "/api/token", "").status, 201);
    let refresh = form(&[
        ("client_id", &client_id),
        ("scope", &scope),
        ("grant_type", "refresh_token"),
        ("refresh_token", answer["refresh_token"].as_str().unwrap()),
    ]);
    let renewed = posted(&format!("{authority}/token"), &refresh).json();
    let shown = renewed["access_token"].as_str().unwrap();
    assert_eq!(house.send_bearing(shown, "GET", "/api/token", "").status, 201);
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        text.bytes()
            .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}
