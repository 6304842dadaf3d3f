//! What everybody may read.

use callsign_core::entropy::SeededEntropy;
use callsign_core::token::signing_key::SigningKey;
use callsign_core::wrapping::{KeyEncryptionKey, fresh_key_text};
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::KeySet;
use http::{HeaderMap, Method};

use super::house::{House, ORIGIN, SERVICE, TENANT, Told, WEB};

const DOCUMENT: &str = ".well-known/openid-configuration";

#[test]
fn it_serves_its_own_paths_and_no_others() {
    let house = House::new();
    let serves = |path: &str| house.authority.serves(path);
    for tenant in [TENANT, &TENANT.to_uppercase(), "adfs", "common", "organizations"] {
        for path in [
            DOCUMENT,
            "v2.0/.well-known/openid-configuration",
            "oauth2/token",
            "oauth2/v2.0/token",
            "oauth2/devicecode",
            "oauth2/authorize",
            "oauth2/v2.0/authorize",
            "oauth2/v2.0/devicecode",
            "discovery/keys",
            "discovery/v2.0/keys",
        ] {
            assert!(serves(&format!("/{tenant}/{path}")), "{tenant} {path}");
            assert!(!serves(&format!("/{tenant}/{path}/")) && !serves(&format!("{tenant}/{path}")));
            assert!(!serves(&format!("/other/{path}")) && !serves(&format!("/{}/{path}", WEB)));
        }
    }
    for path in [
        "/adfs/adfs/v2.0/.well-known/openid-configuration",
        "/common/userrealm/alice@callsign.test",
        "/common/userrealm/alice%40callsign.test",
        "/common/discovery/instance",
        "/devicelogin",
        "/msi/token",
        "/metadata/endpoints",
        "/subscriptions",
    ] {
        assert!(serves(path), "{path}");
    }
    for path in [
        "",
        "/",
        "//",
        "/adfs",
        "/adfs/",
        "/identities",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/callsign/v1/identities",
        "/common/userrealm/",
        "/adfs/userrealm/x",
        "/adfs/oauth2/v3.0/authorize",
        "/subscriptions/x",
        "/common/adfs/v2.0/.well-known/openid-configuration",
        &format!("/{}/oauth2/token", TENANT.replace('-', "")),
        &format!("/{{{TENANT}}}/oauth2/token"),
    ] {
        assert!(!serves(path), "{path}");
        assert_eq!(house.get(path).refusal(), (404, "invalid_request", 9_002_313));
    }
}

#[test]
fn documents_name_the_origin_that_was_asked_and_paths_that_are_served() {
    let house = House::new();
    for (path, issuer, token_endpoint) in [
        ("adfs", "adfs", "adfs/oauth2/token"),
        ("adfs/v2.0", "adfs", "adfs/oauth2/v2.0/token"),
        ("adfs/adfs/v2.0", "adfs", "adfs/oauth2/v2.0/token"),
        (TENANT, &format!("{TENANT}/v2.0"), &format!("{TENANT}/oauth2/token")),
        ("organizations/v2.0", &format!("{TENANT}/v2.0"), "organizations/oauth2/v2.0/token"),
        ("common/v2.0", &format!("{TENANT}/v2.0"), "common/oauth2/v2.0/token"),
    ] {
        let told = house.get(&format!("/{path}/{DOCUMENT}"));
        assert_eq!(told.text("issuer"), format!("{ORIGIN}/{issuer}"));
        assert_eq!(told.text("token_endpoint"), format!("{ORIGIN}/{token_endpoint}"));
        assert_eq!(told.text("access_token_issuer"), house.authority.issuer());
        for name in ["authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "jwks_uri"]
        {
            assert!(house.authority.serves(told.text(name).strip_prefix(ORIGIN).unwrap()), "{name}");
        }
    }
}

#[test]
fn the_key_set_has_the_key_that_tokens_name() {
    let house = House::new();
    let answer = house.ask(&Method::HEAD, "/common/discovery/v2.0/keys", &HeaderMap::new(), b"");
    let keys = KeySet::parse(&answer.body).unwrap().keys;
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].kid(), house.authority.verifying_key().kid());
    assert!(house.alice(SERVICE).access_token().starts_with("ey"));
}

#[test]
fn az_finds_a_cloud_and_a_subscription() {
    let house = House::new();
    let cloud = house.get("/metadata/endpoints?api-version=2022-09-01");
    assert_eq!(cloud.text("resourceManager"), ORIGIN);
    assert_eq!(cloud.body["authentication"]["audiences"][0], format!("{ORIGIN}/"));
    let listed = house.get("/subscriptions?api-version=2022-12-01");
    let subscription = &listed.body["value"][0];
    let id = subscription["subscriptionId"].as_str().unwrap();
    assert_eq!(subscription["id"], format!("/subscriptions/{id}"));
    assert_eq!((&subscription["tenantId"], &subscription["state"]), (&TENANT.into(), &"Enabled".into()));
    assert_eq!(house.get("/common/userrealm/x?api-version=1.0").text("account_type"), "Managed");
    let instances = house.get("/common/discovery/instance?api-version=1.1");
    assert_eq!(instances.body["metadata"][0]["aliases"][0], "localhost:8443");
    let answer = house.ask(&Method::POST, "/subscriptions", &HeaderMap::new(), b"");
    assert_eq!(Told::of(&answer).refusal(), (405, "invalid_request", 900_561));
}

#[test]
fn the_header_of_managed_identities_follows_from_the_key_alone() {
    let under = KeyEncryptionKey::from_text(&fresh_key_text(&SeededEntropy::new(1)).unwrap()).unwrap();
    let now = Timestamp::from_unix_seconds(0);
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let stored = key.wrap(&under, (now, now)).unwrap();
    let (first, again) = (House::with_key(key), House::with_key(SigningKey::load(&stored, &under).unwrap()));
    let header = first.authority.identity_header();
    assert_eq!((header.len(), header.bytes().all(|byte| byte.is_ascii_hexdigit())), (64, true));
    assert_eq!(header, again.authority.identity_header());
    assert_ne!(header, House::new().authority.identity_header());
}
