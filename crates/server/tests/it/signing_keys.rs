//! The keys that sign tokens, as clients meet them: in the key set, in headers, in answers about tokens.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::algorithm::Algorithm;
use callsign_server::admin::{Reply, Request};
use serde_json::{Value, json};

use crate::administration::ask;
use crate::harness::{House, audited, wait_for};

const KEY_SET: &str = "/.well-known/jwks.json";
const DISCOVERY: &str = "/.well-known/openid-configuration";

fn key_set(house: &House) -> Vec<Value> {
    house.request("GET", KEY_SET).send().json()["keys"].as_array().unwrap().clone()
}

fn kids(house: &House) -> Vec<String> {
    key_set(house).iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn header(token: &str) -> Value {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

fn kid(token: &str) -> String {
    header(token)["kid"].as_str().unwrap().to_owned()
}

fn sign_by(house: &House, algorithm: Algorithm) {
    let request = Request::ResourceSetSigningAlgorithm { name: "default".to_owned(), algorithm };
    ask(house.folder.path(), request).unwrap();
}

fn active(house: &House, token: &str) -> bool {
    house.introspect(token)["active"] == true
}

/// Checks the signature of an ES256 token by the key set alone.
fn verifies_by_key_set(house: &House, token: &str) -> bool {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let set = key_set(house);
    let key = set.iter().find(|key| key["kid"] == header(token)["kid"]).unwrap();
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("EC"), &json!("P-256"), &json!("ES256")));
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let point = [&[4], part("x").as_slice(), &part("y")].concat();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &signature).is_ok()
}

#[test]
fn a_fresh_server_publishes_the_key_that_signs_and_the_next_one() {
    let house = House::new();
    let token = house.token(&house.create());
    let kids = kids(&house);
    assert_eq!((kids.len(), &kids[0]), (2, &kid(&token)));
    assert_eq!(house.introspect(&token)["active"], true);
    let House { server, folder } = house;
    drop(server);
    let house = House::on(folder);
    assert_eq!(self::kids(&house), kids);
    assert!(active(&house, &token));
}

#[test]
fn a_resource_signs_by_either_algorithm_and_tokens_of_both_stay_good() {
    let house = House::new();
    let id = house.create();
    let mut tokens = vec![house.token(&id)];
    assert_eq!(header(&tokens[0])["alg"], "RS256");
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Es256] {
        sign_by(&house, algorithm);
        let token = house.token(&id);
        assert_eq!(header(&token)["alg"], algorithm.as_str());
        tokens.push(token);
        assert!(tokens.iter().all(|token| active(&house, token)));
    }
    assert!(verifies_by_key_set(&house, &tokens[1]) && verifies_by_key_set(&house, &tokens[3]));
    assert_eq!(kid(&tokens[1]), kid(&tokens[3]));
    let discovery = house.request("GET", DISCOVERY).send().json();
    assert_eq!(discovery["id_token_signing_alg_values_supported"], json!(["RS256", "ES256"]));
    let (signed, signature) = tokens[1].rsplit_once('.').unwrap();
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[40] ^= 1;
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(flipped));
    assert!(!active(&house, &forged) && !verifies_by_key_set(&house, &forged));
    let deeds = audited(&house, "set_signing_algorithm");
    assert_eq!(deeds.len(), 3);
    assert!(deeds.iter().all(|deed| deed.changed && deed.actor.starts_with("administrator:")));
}

#[test]
fn a_rotation_is_announced_in_the_key_set_before_it_happens() {
    let house = House::new();
    let (token, before) = (house.token(&house.create()), kids(&house));
    let tag = house.request("GET", KEY_SET).send().header("etag").unwrap().to_owned();
    let rotate = Request::SigningKeyRotate { algorithm: Algorithm::Rs256 };
    let Reply::SigningKeyRotated(rotated) = ask(house.folder.path(), rotate).unwrap().reply else {
        panic!("not rotated")
    };
    assert_eq!((&rotated.before, &rotated.key_id, rotated.signs), (&before[0], &before[1], false));
    let after = kids(&house);
    assert_eq!((after.len(), &after[..2]), (3, &before[..]));
    let read = house.request("GET", KEY_SET).header("if-none-match", &tag).send();
    assert_eq!(read.status, 200);
    // Published for a few minutes only, the next key does not sign yet.
    assert_eq!(kid(&house.token(&house.create())), before[0]);
    assert!(active(&house, &token));
}

#[test]
fn what_a_compromised_key_signed_is_dead_with_the_answer() {
    let house = House::new();
    let id = house.create();
    let (dead, resource) = (house.token(&id), house.service().resources.default_one().unwrap().stored.id);
    let compromised = kid(&dead);
    let revoke = Request::SigningKeyRevoke { key_id: compromised.clone() };
    let Reply::SigningKeyRevoked { active: now, .. } = ask(house.folder.path(), revoke).unwrap().reply else {
        panic!("not revoked")
    };
    assert!(!active(&house, &dead));
    let token = house.token(&id);
    assert_eq!(kid(&token), now);
    assert!(active(&house, &token) && !kids(&house).contains(&compromised));
    let (_, view) = wait_for(house.service().store.revocation_view(resource)).unwrap().unwrap();
    assert!(view.revoked_keys.contains(&compromised) && !view.revoked_keys.contains(&now));
    let deeds = audited(&house, "revoke_signing_key");
    assert_eq!((deeds.len(), &deeds[0].subject), (1, &compromised));
    // It stays dead over a restart.
    let house = House::on(house.stopped());
    assert!(!active(&house, &dead) && active(&house, &token));
}

#[test]
fn tokens_of_the_last_day_are_counted_before_they_are_revoked() {
    let house = House::new();
    house.resource_named("contoso", &[]);
    for count in 0..3_u64 {
        for request in [Request::LiveTokensOfAll {}, Request::LiveTokens { resource: None }] {
            let answer = ask(house.folder.path(), request).unwrap().reply;
            assert_eq!(answer, Reply::LiveTokens { identities: count });
        }
        let id = house.create();
        house.token(&id);
        house.token(&id);
    }
}
