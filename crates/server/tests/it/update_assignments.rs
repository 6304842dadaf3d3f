//! `PATCH /access/entra/assignments`.

use serde_json::{Value, json};

use crate::assignments::{OBJECT, TENANT, entra, of_user, put};
use crate::harness::{House, PREVIEW, audited};
use crate::request::Reply;

const OTHER: &str = "d7233e76-d261-46c6-94b3-39073103ae81";

fn update(house: &House, body: &Value) -> Reply {
    let request = house.request("PATCH", &format!("/access/entra/assignments?api-version={PREVIEW}"));
    let request = request.header("content-type", "application/merge-patch+json").body(&body.to_string());
    request.signed(&house.key()).send()
}

#[test]
fn assignments_are_put_and_removed_in_one_step() {
    let house = House::new();
    put(&house, &entra(OTHER), &of_user());
    let reply = update(&house, &json!({ OBJECT: of_user(), OTHER: null }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let expected = json!({ "value": [{
        "objectId": OBJECT, "tenantId": TENANT, "principalType": "user", "clientIds": ["a", "b"],
    }] });
    assert_eq!(reply.json(), expected);
    assert_eq!(house.send("GET", &entra(OBJECT), "").status, 200);
    assert_eq!(house.send("GET", &entra(OTHER), "").status, 404);
    assert_eq!(audited(&house, "change_assignment").len(), 3);
}

#[test]
fn when_one_is_wrong_none_is_done() {
    let house = House::new();
    put(&house, &entra(OTHER), &of_user());
    for (body, member) in [
        (json!({ OBJECT: of_user(), OTHER: null, "x": null }), Some("objectId")),
        (json!({ OTHER: null, OBJECT: { "principalType": "user" } }), Some("ClientIds")),
        (json!({ OTHER: null, OBJECT: 7 }), None),
        (json!([]), None),
    ] {
        let (status, code, target, _) = update(&house, &body).error();
        assert_eq!((status, code.as_str(), target.as_deref()), (400, "ValidationError", member), "{body}");
    }
    assert_eq!(house.send("GET", &entra(OTHER), "").status, 200);
    assert_eq!(house.send("GET", &entra(OBJECT), "").status, 404);
}

#[test]
fn a_thousand_are_changed_at_once_and_no_more() {
    let house = House::new();
    let many = |count: u128| -> Value {
        let one = json!({
            "tenantId": TENANT, "principalType": "user",
            "clientIds": [OBJECT, OTHER, TENANT, "07474a86-625a-452f-977b-db4e13f21260"],
        });
        let entries = (0..count).map(|number| (uuid::Uuid::from_u128(number).to_string(), one.clone()));
        Value::Object(entries.collect())
    };
    let reply = update(&house, &many(1_000));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["value"].as_array().unwrap().len(), 1_000);
    assert_eq!(update(&house, &many(1_001)).error().0, 400);
    assert_eq!(update(&house, &json!({ "padding": "x".repeat(512 * 1024) })).error().0, 413);
}
