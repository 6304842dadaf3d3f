//! `POST /callsign/v1/identities/delete`.

use callsign_protocol::date::Timestamp;
use serde_json::{Value, json};

use crate::harness::{FOREIGN, House, audited, populate, wait_for};

const PATH: &str = "/callsign/v1/identities/delete";

fn statuses(reply: &Value) -> Vec<(&str, &str)> {
    let results = reply["results"].as_array().unwrap().iter();
    results.map(|result| (result["id"].as_str().unwrap(), result["status"].as_str().unwrap())).collect()
}

#[test]
fn a_thousand_are_deleted_in_one_step_with_every_token_they_had() {
    let house = House::new();
    let old = populate(&house, 1_000, Timestamp::from_unix_seconds(1_600_000_000));
    let ids: Vec<String> = old.iter().rev().map(ToString::to_string).collect();
    let token = house.token(&ids[500]);
    let reply = house.post(PATH, &json!({ "ids": ids }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = reply.json();
    let expected: Vec<_> = ids.iter().map(|id| (id.as_str(), "deleted")).collect();
    assert_eq!(statuses(&reply), expected, "in the order of the request");
    assert_eq!(house.introspect(&token), json!({"active": false}));
    assert_eq!(house.send("GET", "/callsign/v1/identities", "").text(), r#"{"identities":[]}"#);
    let records = audited(&house, "delete_identity");
    assert_eq!(records.len(), 1_000);
    assert!(records.iter().all(|record| record.changed && record.actor == "key:1:0"));
    let subjects: std::collections::BTreeSet<_> = records.iter().map(|record| &record.subject).collect();
    assert_eq!(subjects.len(), 1_000);
}

#[test]
fn what_is_not_there_is_absent_and_what_is_named_twice_is_done_once() {
    let house = House::new();
    let (here, gone) = (house.create(), house.create());
    house.delete(&gone);
    let before = audited(&house, "delete_identity").len();
    let reply = house.post(PATH, &json!({ "ids": [here, gone, here] })).json();
    assert_eq!(
        statuses(&reply),
        [(here.as_str(), "deleted"), (gone.as_str(), "absent"), (here.as_str(), "deleted")]
    );
    let records = audited(&house, "delete_identity");
    let of = |id: &str| records.iter().skip(before).filter(|record| record.subject == id).count();
    assert_eq!((of(&here), of(&gone)), (1, 1));
    let again = house.post(PATH, &json!({ "ids": [here] })).json();
    assert_eq!(statuses(&again), [(here.as_str(), "absent")]);
}

#[test]
fn one_foreign_or_malformed_id_keeps_all_of_them() {
    let house = House::new();
    let id = house.create();
    let foreign = house.post(PATH, &json!({ "ids": [id, FOREIGN] }));
    let (status, code, _, _) = foreign.problem();
    assert_eq!((status, code.as_str()), (401, "IdentityNotOwned"));
    for malformed in [json!("8:acs:x"), json!(7), json!(null), json!([id]), json!(format!(" {id}"))] {
        let (status, _, target, detail) = house.post(PATH, &json!({ "ids": [id, malformed] })).problem();
        assert_eq!((status, target.as_deref()), (400, Some("ids")), "{detail}");
        assert!(detail.contains("place 1"), "{detail}");
    }
    assert_eq!(house.get(&id).status, 200);
    assert_eq!(audited(&house, "delete_identity").len(), 0);
}

#[test]
fn one_to_a_thousand_ids_are_taken_and_no_more() {
    let house = House::new();
    let id = house.create();
    let many = |count: usize| json!({ "ids": vec![id.clone(); count] });
    for body in [
        json!({"ids": []}),
        many(1_001),
        json!({"ids": id}),
        json!({"ids": {}}),
        json!({"ids": null}),
        json!({}),
    ] {
        let (status, code, target, _) = house.post(PATH, &body).problem();
        assert_eq!((status, code.as_str(), target.as_deref()), (400, "ValidationError", Some("ids")));
    }
    assert_eq!(house.get(&id).status, 200);
    // 1,000 ids of 81 characters need more than the 64 KiB of other requests.
    assert!(many(1_000).to_string().len() > 80_000);
    assert_eq!(house.post(PATH, &many(1_000)).status, 200);
    let (status, code, _, detail) = house.post(PATH, &many(1_700)).problem();
    assert_eq!((status, code.as_str()), (413, "RequestEntityTooLarge"));
    assert!(detail.contains("128 KiB"), "{detail}");
}

#[test]
fn a_deleted_custom_id_is_free_at_once() {
    let house = House::new();
    let create = || {
        let target = format!("/identities?api-version={}", crate::harness::PREVIEW);
        let reply = house.send("POST", &target, r#"{"customId":"alice"}"#).json();
        reply["identity"]["id"].as_str().unwrap().to_owned()
    };
    let first = create();
    assert_eq!(create(), first);
    house.post(PATH, &json!({ "ids": [first] }));
    assert_ne!(create(), first);
    assert_eq!(wait_for(house.service().store.standing(first.parse().unwrap())).unwrap(), None);
}
