//! What is granted, and what is refused.

use std::sync::Arc;

use callsign_core::entropy::{Entropy, NoEntropy};
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::entra::Purpose;
use http::{HeaderMap, Method};
use serde_json::json;

use super::house::{ALICE, CLIENTS, GROUP, House, OIDC, SERVICE, TEAMS, TENANT, Told, WEB, claims};

const SECRET: (&str, &str) = ("client_secret", "callsign");
const ITSELF: (&str, &str) = ("grant_type", "client_credentials");

#[test]
fn an_application_gets_a_token_for_the_service() {
    let house = House::new();
    let told = house.token(&[("client_id", WEB), SECRET, ITSELF, ("scope", SERVICE), ("claims", "{}")]);
    assert_eq!((told.status, &told.body["expires_in"]), (200, &json!(4500)));
    let token = house.good_for(told.access_token(), &[Purpose::Service]).unwrap();
    assert!(token.is_application_itself && token.permissions.is_empty());
    assert_eq!(token.application.as_deref(), Some(WEB));
    assert_eq!(token.expires_at.unix_seconds(), 1_900_000_000 + 4500);
    assert_eq!(token.issued_at.unix_seconds(), 1_900_000_000 - 300);
    assert_eq!(token.token_id.unwrap().len(), 22);
    let claims = claims(told.access_token());
    assert_eq!(claims["aud"], "https://communication.azure.com/");
    assert_eq!(claims["sub"], claims["oid"]);
    for (name, value) in [
        ("idtyp", "app"),
        ("ver", "1.0"),
        ("appidacr", "1"),
        ("tid", TENANT),
        ("idp", &house.authority.issuer()),
    ] {
        assert_eq!(claims[name], value);
    }
    for absent in ["refresh_token", "id_token", "client_info", "scope"] {
        assert!(told.body.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn an_application_gets_a_token_for_any_resource_by_its_exact_name() {
    let house = House::new();
    for (scope, audience) in [
        ("https://communication.azure.com/.default", "https://communication.azure.com"),
        ("https://localhost:8443//.default", "https://localhost:8443/"),
        ("api://mine/.default", "api://mine"),
    ] {
        let told = house.token(&[("client_id", WEB), SECRET, ITSELF, ("scope", scope)]);
        assert_eq!(claims(told.access_token())["aud"], audience);
        let told = house.token(&[("client_id", WEB), SECRET, ITSELF, ("resource", audience)]);
        assert_eq!(claims(told.access_token())["aud"], audience);
        assert_eq!((told.text("resource"), told.text("expires_on")), (audience, "1900004500"));
    }
    let scopes = [
        "https://communication.azure.com/",
        "a/.default b/.default",
        "/.default",
        ".default",
        "x.default",
        "openid",
    ];
    for scope in scopes {
        let told = house.token(&[("client_id", WEB), SECRET, ITSELF, ("scope", scope)]);
        assert_eq!(told.refusal(), (400, "invalid_scope", 70_011), "{scope}");
    }
}

#[test]
fn who_does_not_know_the_secret_gets_nothing() {
    let house = House::new();
    let ask = |id, fields: &[(&str, &str)]| {
        house.token(&[&[("client_id", id), ITSELF, ("scope", SERVICE)], fields].concat())
    };
    for secret in ["wrong", "callsign ", "Callsign", "callsig"] {
        assert_eq!(ask(WEB, &[("client_secret", secret)]).refusal(), (401, "invalid_client", 7_000_215));
    }
    assert_eq!(ask("reader", &[SECRET]).refusal(), (401, "invalid_client", 7_000_215));
    assert_eq!(ask("READER", &[("client_secret", "reads")]).status, 200);
    assert_eq!(ask(WEB, &[]).refusal(), (401, "invalid_client", 7_000_216));
    // Without a secret of its own it is a public client and nothing else.
    assert_eq!(ask("locked", &[]).refusal(), (401, "invalid_client", 7_000_216));
    assert_eq!(ask("locked", &[("client_secret", "")]).refusal(), (401, "invalid_client", 7_000_216));
    assert_eq!(ask("locked", &[SECRET]).refusal(), (401, "invalid_client", 7_000_215));
    let stranger = ask("stranger", &[SECRET]);
    assert_eq!(stranger.refusal(), (400, "unauthorized_client", 700_016));
    assert!(stranger.text("error_description").contains(WEB), "{}", stranger.body);
    assert!(!stranger.body.to_string().contains("reads"), "{}", stranger.body);
}

#[test]
fn a_user_gets_a_token_of_one_resource_with_the_permissions_that_were_asked_for() {
    let house = House::new();
    let both = [Purpose::TeamsUser, Purpose::TeamsExtension];
    for (scope, purposes, permissions) in [
        (format!("{CLIENTS}/VoIP"), &[Purpose::EntraUser][..], "VoIP"),
        (
            format!("{CLIENTS}/.default"),
            &[Purpose::EntraUser],
            "Chat Chat.Join Chat.Join.Limited VoIP VoIP.Join",
        ),
        (
            format!("{TEAMS}/Teams.ManageCalls {TEAMS}/Teams.ManageChats"),
            &both,
            "Teams.ManageCalls Teams.ManageChats",
        ),
        (
            format!("{TEAMS}/.default"),
            &both,
            "Teams.ManageCalls Teams.ManageChats TeamsExtension.ManageCalls",
        ),
        (SERVICE.to_owned(), &[Purpose::Service], "user_impersonation"),
        (
            "https://communication.azure.com/user_impersonation".to_owned(),
            &[Purpose::Service],
            "user_impersonation",
        ),
        ("https://localhost:8443//.default".to_owned(), &[], "user_impersonation"),
    ] {
        let told = house.alice(&format!("{scope} {OIDC}"));
        assert_eq!(told.status, 200, "{}", told.body);
        if let Some(token) = house.good_for(told.access_token(), purposes) {
            assert!(!token.is_application_itself);
            assert_eq!(token.permissions.join(" "), permissions);
        }
        let answered: Vec<_> = told.text("scope").split(' ').collect();
        assert!(scope.split(' ').all(|word| answered.contains(&word)), "{answered:?}");
        let claims = claims(told.access_token());
        assert_eq!((&claims["scp"], &claims["appidacr"]), (&json!(permissions), &json!("0")));
        assert_eq!((&claims["upn"], &claims["unique_name"]), (&json!(ALICE), &json!(ALICE)));
        assert_eq!(
            (&claims["name"], claims.get("groups"), claims.get("idtyp")),
            (&json!("alice"), None, None)
        );
        assert_ne!(claims["sub"], claims["oid"]);
    }
}

#[test]
fn scopes_of_two_resources_and_unknown_ones_are_refused() {
    let house = House::new();
    for scope in [
        format!("{CLIENTS}/VoIP {TEAMS}/Teams.ManageCalls"),
        format!("{CLIENTS}/VoIP https://communication.azure.com/user_impersonation"),
        format!("{CLIENTS}/VoIP {CLIENTS}/.default"),
        format!("{CLIENTS}/.default {CLIENTS}/VoIP"),
        format!("{CLIENTS}/Teams.ManageCalls"),
        format!("{CLIENTS}/user_impersonation"),
        format!("{CLIENTS}/voip"),
        format!("{TEAMS}/VoIP"),
        CLIENTS.to_owned(),
        format!("{CLIENTS}/"),
        "https://communication.azure.com/VoIP".to_owned(),
        "https://graph.microsoft.com/.default".to_owned(),
        "https://communication.azure.com.evil.example/.default".to_owned(),
        "VoIP".to_owned(),
        ".default".to_owned(),
        "profile offline_access".to_owned(),
        "api://".to_owned(),
        "api://web/VoIP".to_owned(),
    ] {
        assert_eq!(house.alice(&scope).refusal(), (400, "invalid_scope", 70_011), "{scope}");
    }
    let form =
        [("client_id", WEB), ("grant_type", "password"), ("username", ALICE), ("password", "callsign")];
    assert_eq!(house.token(&form).refusal(), (400, "invalid_scope", 70_011));
    let mixed = [&form[..], &[("resource", CLIENTS), ("scope", SERVICE)]].concat();
    assert_eq!(house.token(&mixed).refusal(), (400, "invalid_scope", 70_011));
    let first_version = [&form[..], &[("resource", CLIENTS), ("scope", "openid")]].concat();
    let told = house.token(&first_version);
    house.good_for(told.access_token(), &[Purpose::EntraUser]);
    assert!(told.body.get("refresh_token").is_some() && told.body.get("id_token").is_some());
}

#[test]
fn a_password_is_right_or_nothing_is_granted() {
    let house = House::new();
    let ask = |name, password, id| {
        let scope = format!("{CLIENTS}/VoIP");
        house.token(&[
            ("client_id", id),
            ("grant_type", "password"),
            ("username", name),
            ("password", password),
            ("scope", &scope),
        ])
    };
    let bob = ask("BOB@callsign.test", "b&b", "locked");
    assert_eq!(
        house.check(bob.access_token(), Purpose::EntraUser).unwrap().groups,
        [GROUP.parse::<uuid::Uuid>().unwrap()]
    );
    for (name, password) in [
        ("bob@callsign.test", "callsign"),
        ("bob@callsign.test", "B&b"),
        ("carol@callsign.test", "callsign"),
        ("bob", "b&b"),
    ] {
        let told = ask(name, password, WEB);
        assert_eq!(told.refusal(), (400, "invalid_grant", 50_126), "{name}");
        assert!(told.text("error_description").contains(ALICE));
        assert!(!told.body.to_string().contains("b&b"), "{}", told.body);
    }
    assert_eq!(ask(ALICE, "", WEB).refusal(), (400, "invalid_request", 90_014));
    let told = house.token(&[
        ("client_id", WEB),
        ("client_secret", "wrong"),
        ("grant_type", "password"),
        ("username", ALICE),
        ("password", "callsign"),
        ("scope", SERVICE),
    ]);
    assert_eq!(told.refusal(), (401, "invalid_client", 7_000_215));
}

#[test]
fn an_id_token_says_who_signed_in_and_is_good_for_nothing_else() {
    let house = House::new();
    let told = house.alice(&format!("{CLIENTS}/VoIP {OIDC}"));
    let (id, access) = (claims(told.text("id_token")), claims(told.access_token()));
    assert_eq!((&id["aud"], &id["iss"]), (&json!(WEB), &json!("https://localhost:8443/adfs")));
    assert_eq!((&id["oid"], &id["sub"], &id["tid"]), (&access["oid"], &access["sub"], &access["tid"]));
    assert_eq!((&id["preferred_username"], &id["ver"]), (&json!(ALICE), &json!("2.0")));
    house.good_for(told.text("id_token"), &[]);
    let client_info = claims(&format!(".{}.", told.text("client_info")));
    assert_eq!(client_info, json!({ "uid": access["oid"], "utid": TENANT }));
    let plain = house.alice(&format!("{CLIENTS}/VoIP"));
    assert!(plain.body.get("id_token").is_none() && plain.body.get("refresh_token").is_none());
}

#[test]
fn a_refresh_token_is_good_for_every_resource_and_no_access_token() {
    let house = House::new();
    let first = house.alice(&format!("{CLIENTS}/VoIP {OIDC}"));
    let token = first.text("refresh_token");
    house.good_for(token, &[]);
    let refresh = |token: &str, id: &str, scope: &str| {
        let fields =
            [("client_id", id), ("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        house.token(&fields)
    };
    let other = refresh(token, WEB, &format!("{TEAMS}/.default"));
    house.good_for(other.access_token(), &[Purpose::TeamsUser, Purpose::TeamsExtension]);
    for scope in ["", OIDC] {
        let same = refresh(other.text("refresh_token"), WEB, scope);
        assert_eq!(claims(same.access_token())["aud"], TEAMS);
        assert_eq!(claims(same.text("id_token"))["preferred_username"], ALICE);
    }
    assert_eq!(refresh(token, "reader", "").refusal(), (400, "invalid_grant", 70_000));
    assert_eq!(refresh(first.access_token(), WEB, "").refusal(), (400, "invalid_grant", 70_000));
    assert_eq!(refresh("x", WEB, "").refusal(), (400, "invalid_grant", 70_000));
    let forged = House::new().alice(&format!("{CLIENTS}/VoIP {OIDC}"));
    assert_eq!(refresh(forged.text("refresh_token"), WEB, "").refusal(), (400, "invalid_grant", 70_000));
    assert_eq!(refresh(token, WEB, "x/y").refusal(), (400, "invalid_scope", 70_011));
    house.clock.advance_milliseconds(24 * 60 * 60 * 1000 - 1000);
    assert_eq!(refresh(token, WEB, "").status, 200);
    house.clock.advance_milliseconds(1000);
    assert_eq!(refresh(token, WEB, "").refusal(), (400, "invalid_grant", 700_082));
}

#[test]
fn an_access_token_ends() {
    let house = House::new();
    let told = house.alice(SERVICE);
    house.clock.advance_milliseconds(75 * 60 * 1000 - 1000);
    assert!(house.check(told.access_token(), Purpose::Service).is_ok());
    house.clock.advance_milliseconds(1000);
    assert!(house.check(told.access_token(), Purpose::Service).is_err());
}

#[test]
fn a_malformed_form_is_refused() {
    let house = House::new();
    let form = [("client_id", WEB), SECRET, ITSELF, ("scope", SERVICE)];
    for missing in 0..form.len() {
        let mut form = form.to_vec();
        let (name, _) = form.remove(missing);
        let told = house.token(&form);
        let expected = if name == SECRET.0 { 7_000_216 } else { 90_014 };
        assert_eq!(told.refusal().2, expected, "{name}");
        assert!(told.text("error_description").contains(&format!("'{name}'")));
    }
    for repeated in [("client_id", WEB), ("x", "1")] {
        let told = house.token(&[&form[..], &[("x", "1"), repeated]].concat());
        assert_eq!(told.refusal(), (400, "invalid_request", 9_000_411));
    }
    for grant in ["implicit", "saml2", "urn:ietf:params:oauth:grant-type:jwt-bearer", "<x>"] {
        let told = house.token(&[("client_id", WEB), ("grant_type", grant)]);
        assert_eq!(told.refusal(), (400, "unsupported_grant_type", 70_003));
    }
    for media_type in
        [None, Some("application/json"), Some("text/plain; x=application/x-www-form-urlencoded")]
    {
        let mut headers = HeaderMap::new();
        if let Some(value) = media_type {
            headers.insert("content-type", value.parse().unwrap());
        }
        let answer = house.ask(&Method::POST, "/common/oauth2/token", &headers, b"grant_type=password");
        assert_eq!(Told::of(&answer).refusal(), (400, "invalid_request", 9_002_313));
    }
    for body in [&b""[..], b"&&&", b"=", b"%", b"\xff\xfe=\x00", b"grant_type", b"grant_type=%ff"] {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        assert_eq!(house.ask(&Method::POST, "/adfs/oauth2/token", &headers, body).status, 400);
    }
    let told = house.get("/adfs/oauth2/token");
    assert_eq!(told.refusal(), (405, "invalid_request", 900_561));
    assert_eq!(told.text("timestamp"), "2030-03-17 17:46:40Z");
}

#[test]
fn without_randomness_nothing_is_granted() {
    struct Dry;
    impl Entropy for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
            Err(NoEntropy)
        }
    }
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let house = House::of(key, Arc::new(Dry));
    for scope in [SERVICE.to_owned(), format!("{CLIENTS}/.default {OIDC}")] {
        assert_eq!(house.alice(&scope).refusal(), (500, "server_error", 90_033));
    }
    let answer = house.post("/adfs/oauth2/devicecode", &[("client_id", WEB), ("scope", SERVICE)]);
    assert_eq!(Told::of(&answer).refusal(), (500, "server_error", 90_033));
}

#[test]
fn too_many_groups_are_left_out() {
    let house = House::new();
    let told = house.token(&[
        ("client_id", WEB),
        ("grant_type", "password"),
        ("username", "crowd"),
        ("password", "callsign"),
        ("scope", SERVICE),
    ]);
    assert!(house.check(told.access_token(), Purpose::Service).unwrap().groups.is_empty());
}
