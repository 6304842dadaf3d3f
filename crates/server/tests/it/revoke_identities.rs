//! `POST /callsign/v1/identities/revoke`.

use callsign_protocol::date::Timestamp;
use serde_json::json;

use crate::harness::{FOREIGN, House, audited, claims, populate};

const PATH: &str = "/callsign/v1/identities/revoke";

#[test]
fn every_token_of_a_thousand_identities_dies_in_one_step() {
    let house = House::new();
    let old = populate(&house, 1_000, Timestamp::from_unix_seconds(1_600_000_000));
    let ids: Vec<String> = old.iter().map(ToString::to_string).collect();
    let tokens: Vec<_> = [0, 499, 999].into_iter().map(|place| house.token(&ids[place])).collect();
    let spared = house.token(&house.create());
    let reply = house.post(PATH, &json!({ "ids": ids }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let results: Vec<_> = ids.iter().map(|id| json!({ "id": id, "status": "revoked" })).collect();
    assert_eq!(reply.json(), json!({ "results": results }));
    for token in &tokens {
        assert_eq!(house.introspect(token), json!({"active": false}));
    }
    assert_eq!(house.introspect(&spared)["active"], true);
    assert_eq!(house.introspect(&house.token(&ids[0]))["active"], true, "issued after it");
    let records = audited(&house, "revoke_access_tokens");
    assert_eq!(records.len(), 1_000);
    assert!(records.iter().all(|record| record.changed));
}

#[test]
fn what_is_named_twice_is_revoked_once_and_what_is_gone_is_absent() {
    let house = House::new();
    let (here, gone) = (house.create(), house.create());
    house.delete(&gone);
    let reply = house.post(PATH, &json!({ "ids": [here, here, gone] })).json();
    let result = |id: &str, status: &str| json!({ "id": id, "status": status });
    let expected = [result(&here, "revoked"), result(&here, "revoked"), result(&gone, "absent")];
    assert_eq!(reply, json!({ "results": expected }));
    assert_eq!(claims(&house.token(&here))["rev"], "1.0.10");
    let records = audited(&house, "revoke_access_tokens");
    let found: Vec<_> = records.iter().map(|record| (record.subject.as_str(), record.changed)).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&(here.as_str(), true)) && found.contains(&(gone.as_str(), false)));
}

#[test]
fn one_foreign_id_keeps_the_tokens_of_all() {
    let house = House::new();
    let id = house.create();
    let token = house.token(&id);
    let (status, code, _, _) = house.post(PATH, &json!({ "ids": [id, FOREIGN] })).problem();
    assert_eq!((status, code.as_str()), (401, "IdentityNotOwned"));
    assert_eq!(house.introspect(&token)["active"], true);
    assert_eq!(audited(&house, "revoke_access_tokens").len(), 0);
}

#[test]
fn a_json_object_with_ids_is_taken_and_nothing_else() {
    let house = House::new();
    let id = house.create();
    let body = |text: &str| house.request("POST", PATH).header("content-type", "application/json").body(text);
    let good = json!({ "ids": [id] }).to_string();
    for (text, target) in [
        ("", None),
        ("[]", None),
        ("null", None),
        ("{\"ids\":[\"a\"]", None),
        ("\u{feff}{}", None),
        ("ids=a", None),
        (&format!("{good}x"), None),
        (&good.replace("]}", "],\"ids\":[]}"), Some("ids")),
        (&good.replace("]}", "],\"dryRun\":true}"), Some("dryRun")),
        (&good.replace("ids", "IDs"), Some("ids")),
    ] {
        let (status, code, found, _) = body(text).signed(&house.key()).send().problem();
        assert_eq!((status, code.as_str(), found.as_deref()), (400, "ValidationError", target), "{text}");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let request = body(&good).changed("content-type", content_type).signed(&house.key());
        let (status, code, _, detail) = request.send().problem();
        assert_eq!((status, code.as_str()), (415, "UnsupportedMediaType"), "{content_type}");
        assert!(detail.contains("application/json"), "{detail}");
    }
    assert_eq!(claims(&house.token(&id))["rev"], "0.0.10");
    let charset = body(&good).changed("content-type", "application/json; charset=utf-8");
    assert_eq!(charset.signed(&house.key()).send().status, 200);
}
