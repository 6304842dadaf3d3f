//! `GET` of one assignment.

use serde_json::json;

use crate::assignments::{OBJECT, TENANT, entra, extension, of_user, put};
use crate::harness::House;

#[test]
fn an_assignment_is_shown_as_it_was_put() {
    let house = House::new();
    for target in [entra(OBJECT), extension(TENANT, OBJECT)] {
        assert_eq!(house.send("GET", &target, "").code(), (404, "AssignmentNotFound".to_owned()));
        put(&house, &target, &of_user());
        let shown = house.send("GET", &target, "");
        assert_eq!(shown.status, 200);
        let expected = format!(
            r#"{{"objectId":"{OBJECT}","tenantId":"{TENANT}","principalType":"user","clientIds":["a","b"]}}"#
        );
        assert_eq!(shown.text(), expected);
    }
    put(&house, &extension(TENANT, OBJECT), &json!({ "principalType": "teamsResourceAccount" }));
    let shown = house.send("GET", &extension(TENANT, OBJECT), "").json();
    assert_eq!(shown, json!({ "objectId": OBJECT, "tenantId": TENANT, "principalType": "resourceAccount" }));
}

#[test]
fn another_resource_sees_nothing_of_it() {
    let house = House::new();
    put(&house, &entra(OBJECT), &of_user());
    let other = house.resource_named("contoso", &[]);
    let reply = house.request("GET", &format!("/contoso{}", entra(OBJECT))).signed(&other.keys[0].key).send();
    assert_eq!(reply.status, 404);
}
