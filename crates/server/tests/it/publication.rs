//! The public documents: whoever reads them can check a token without asking the server.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::harness::House;

const KEY_SET: &str = "/.well-known/jwks.json";
const DISCOVERY: &str = "/.well-known/openid-configuration";

#[test]
fn a_token_verifies_under_the_published_key_that_it_names() {
    let house = House::new();
    let id = house.create();
    let token = house.issue(&id, r#"{"scopes":["chat"]}"#).json()["token"].as_str().unwrap().to_owned();
    let reply = house.request("GET", KEY_SET).send();
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    assert_eq!(reply.header("cache-control"), Some("max-age=300"));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let set = reply.json();
    let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert_eq!(
        (key["kty"].as_str(), key["alg"].as_str(), key["use"].as_str()),
        (Some("RSA"), Some("RS256"), Some("sig"))
    );
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).unwrap();
    key.verify(&RSA_PKCS1_2048_8192_SHA256, b"other", &signature).unwrap_err();
}

#[test]
fn discovery_names_the_issuer_of_the_tokens_and_where_its_keys_are() {
    let house = House::with(|config| config.public_url = "https://tokens.example.com".parse().unwrap());
    let discovery = house.request("GET", DISCOVERY).send().json();
    let expected = json!({
        "issuer": "https://tokens.example.com",
        "jwks_uri": "https://tokens.example.com/.well-known/jwks.json",
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    assert_eq!(discovery, expected);
    let id = house.create();
    let token = house.issue(&id, r#"{"scopes":["chat"]}"#).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(crate::harness::claims(&token)["iss"], discovery["issuer"]);
}

#[test]
fn a_reader_that_has_a_document_is_told_so() {
    let house = House::new();
    for path in [KEY_SET, DISCOVERY] {
        let tag = house.request("GET", path).send().header("etag").unwrap().to_owned();
        for tags in [tag.clone(), format!("W/{tag}"), format!("\"a\", {tag}"), "*".to_owned()] {
            let reply = house.request("GET", path).header("if-none-match", &tags).send();
            assert_eq!(
                (reply.status, reply.body.len(), reply.header("etag")),
                (304, 0, Some(tag.as_str())),
                "{tags}"
            );
        }
        let other = house.request("GET", path).header("if-none-match", "\"a\"").send();
        assert_eq!(other.status, 200);
    }
}

#[test]
fn documents_are_read_and_nothing_else() {
    let house = House::new();
    for path in [KEY_SET, DISCOVERY] {
        let reply = house.request("POST", path).send();
        assert_eq!(reply.code(), (405, "MethodNotAllowed".to_owned()));
        assert_eq!(reply.header("allow"), Some("GET"));
    }
    assert_eq!(house.request("GET", "/.well-known/").send().code(), (404, "NotFound".to_owned()));
}

#[test]
fn the_key_outlives_a_restart_and_nothing_private_is_published() {
    let house = House::new();
    let before = house.request("GET", KEY_SET).send();
    for member in ["\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\""] {
        assert!(!before.text().contains(member));
    }
    let House { server, folder } = house;
    drop(server);
    let server =
        callsign_server::Server::start(&callsign_server::config::Config::ephemeral(folder.path())).unwrap();
    let house = House { server, folder };
    assert_eq!(house.request("GET", KEY_SET).send().text(), before.text());
}
