//! `PUT` of one assignment.

use serde_json::json;

use crate::assignments::{OBJECT, TENANT, entra, extension, of_user, put};
use crate::harness::{House, audited};

#[test]
fn the_first_one_is_created_and_the_next_takes_its_place() {
    let house = House::new();
    for target in [entra(OBJECT), extension(TENANT, OBJECT)] {
        let first = put(&house, &target, &of_user());
        assert_eq!(first.status, 201);
        let again = put(&house, &target, &of_user());
        assert_eq!((again.status, again.text()), (200, first.text()));
        assert_eq!(again.text(), house.send("GET", &target, "").text());
    }
    let records = audited(&house, "change_assignment");
    let told: Vec<_> = records.iter().map(|record| (record.subject.as_str(), record.changed)).collect();
    let (entra, extension) = (format!("entra/{OBJECT}"), format!("teamsExtension/{TENANT}/{OBJECT}"));
    assert_eq!(told, [(entra.as_str(), true), (&entra, false), (&extension, true), (&extension, false)]);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let house = House::new();
    for (target, body, member) in [
        (entra(OBJECT), json!({}), "PrincipalType"),
        (entra(OBJECT), json!({ "principalType": "user", "clientIds": [] }), "TenantId"),
        (entra(OBJECT), json!({ "principalType": "user", "tenantId": TENANT }), "ClientIds"),
        (entra(OBJECT), json!({ "principalType": "user", "tenantId": "x", "clientIds": [] }), "tenantId"),
        (
            entra(OBJECT),
            json!({ "principalType": "resourceAccount", "tenantId": TENANT, "clientIds": [] }),
            "principalType",
        ),
        (
            entra(OBJECT),
            json!({ "principalType": "tenant", "tenantId": TENANT, "clientIds": [] }),
            "tenantId",
        ),
        (
            entra(OBJECT),
            json!({ "principalType": "user", "tenantId": TENANT, "clientIds": [7] }),
            "clientIds",
        ),
        (extension(TENANT, OBJECT), json!({}), "PrincipalType"),
        (extension(TENANT, OBJECT), json!({ "principalType": "group" }), "principalType"),
        (extension(TENANT, OBJECT), json!({ "principalType": 7 }), "principalType"),
    ] {
        let (status, code, at, _) = put(&house, &target, &body).error();
        assert_eq!((status, code.as_str(), at.as_deref()), (400, "ValidationError", Some(member)), "{body}");
    }
    for body in ["", "{", "[]", "null"] {
        assert_eq!(house.send("PUT", &entra(OBJECT), body).status, 400);
    }
    assert_eq!(house.send("GET", &entra(OBJECT), "").status, 404);
}
