//! `POST /identities/{id}/:issueAccessToken`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use serde_json::{Value, json};

use crate::harness::{FOREIGN, House, OLDEST, claims};

#[test]
fn a_token_is_signed_by_the_published_key_and_says_what_the_live_service_says() {
    let house = House::new();
    let id = house.create();
    let reply = house.issue(&id, r#"{"scopes":["chat","voip"]}"#);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    let token = reply.json()["token"].as_str().unwrap().to_owned();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let service = house.service();
    let key = service.signing_keys.in_force().active(Algorithm::Rs256, service.clock.now()).unwrap();
    assert!(key.verifying().verifies(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()));
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header, json!({"alg": "RS256", "kid": key.key_id(), "typ": "JWT"}));
    let claims = claims(&token);
    let iat = claims["iat"].as_i64().unwrap();
    let expected = json!({
        "skypeid": &id[2..], "scp": 1792, "csi": iat.to_string(), "exp": iat + 86_400, "rgn": "amer", "acsScope": "chat,voip",
        "resourceId": house.resource_id(), "resourceLocation": "unitedstates", "iat": iat, "iss": "https://localhost:8443",
        "sub": id, "jti": claims["jti"], "rev": "0.0.10",
    });
    assert_eq!(claims, expected);
}

#[test]
fn expires_on_and_exp_agree_and_the_date_has_the_recorded_form() {
    let house = House::new();
    let id = house.create();
    for minutes in [60, 90, 1440] {
        let json = house.issue(&id, &format!(r#"{{"scopes":["chat"],"expiresInMinutes":{minutes}}}"#)).json();
        let claims = claims(json["token"].as_str().unwrap());
        let exp = claims["exp"].as_i64().unwrap();
        assert_eq!(exp - claims["iat"].as_i64().unwrap(), minutes * 60);
        let expires_on = json["expiresOn"].as_str().unwrap();
        let whole = Timestamp::from_unix_seconds(exp).to_whole_seconds_utc();
        assert!(expires_on.starts_with(whole.strip_suffix("+00:00").unwrap()), "{expires_on} {whole}");
        let fraction = expires_on[19..].strip_suffix("+00:00").unwrap();
        assert!(
            fraction.is_empty() || (2..=8).contains(&fraction.len()) && !fraction.ends_with('0'),
            "{expires_on}"
        );
    }
}

#[test]
fn the_oldest_version_has_a_route_and_a_body_of_its_own() {
    let house = House::new();
    let id = house.create();
    let reply =
        house.send("POST", &format!("/identities/{id}/token?api-version={OLDEST}"), r#"{"scopes":["chat"]}"#);
    assert_eq!(reply.status, 200);
    assert!(reply.text().starts_with(&format!(r#"{{"id":"{id}","token":""#)), "{}", reply.text());
    let newer = house.send(
        "POST",
        &format!("/identities/{id}/token?api-version=2021-03-07"),
        r#"{"scopes":["chat"]}"#,
    );
    assert_eq!(newer.code(), (400, "UnsupportedApiVersion".to_owned()));
}

#[test]
fn the_recorded_refusals_come_word_for_word() {
    // live-behaviour.md §1.2; the last column tells whether api-supported-versions is there.
    let house = House::new();
    let id = house.create();
    for (body, target, text, lists_versions) in [
        ("{}", "Scopes", "Scopes: The Scopes field is required.", false),
        (r#"{"scopes":null}"#, "Scopes", "Scopes: The Scopes field is required.", false),
        (r#"{"scopes":[]}"#, "scopes", "Invalid scopes - Scopes field is required.", true),
        (
            r#"{"scopes":["chat"],"expiresInMinutes":59}"#,
            "ExpiresInMinutes",
            "ExpiresInMinutes value 59 is invalid. Value must be within the [60, 1440] interval.",
            true,
        ),
    ] {
        let reply = house.issue(&id, body);
        let (status, code, found, message) = reply.error();
        assert_eq!(
            (status, code.as_str(), found.as_deref(), message.as_str()),
            (400, "ValidationError", Some(target), text)
        );
        assert_eq!(reply.header("api-supported-versions").is_some(), lists_versions, "{body}");
    }
    let (status, code, target, message) = house.issue(FOREIGN, r#"{"scopes":["chat"]}"#).error();
    assert_eq!((status, code.as_str(), target), (401, "IdentityNotOwned", None));
    assert_eq!(message, "Provided identity doesn't belong to the resource.");
}

#[test]
fn newer_scopes_work_in_older_versions_and_lifetimes_are_ignored_there() {
    let house = House::new();
    let id = house.create();
    let target = format!("/identities/{id}/:issueAccessToken?api-version=2021-03-07");
    let json = house.send("POST", &target, r#"{"scopes":["voip.join"],"expiresInMinutes":7}"#).json();
    let claims = claims(json["token"].as_str().unwrap());
    assert_eq!(claims["acsScope"], "voip.join");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 86_400);
}
