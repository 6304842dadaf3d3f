//! What all assignments have in common: ids in paths, members in bodies.

use serde_json::{Value, json};

use crate::harness::{House, NEWEST, PREVIEW};
use crate::request::Reply;

pub const TENANT: &str = "3f14cf17-84d5-42c2-8689-a6365c474b4e";
pub const OBJECT: &str = "350adb03-7be9-4846-b078-35adb0d0e119";

/// The path of an assignment of Entra users.
pub fn entra(object: &str) -> String {
    format!("/access/entra/assignments/{object}?api-version={PREVIEW}")
}

/// The path of an assignment of the Teams extension.
pub fn extension(tenant: &str, object: &str) -> String {
    format!("/access/teamsExtension/tenants/{tenant}/assignments/{object}?api-version={NEWEST}")
}

pub fn put(house: &House, target: &str, body: &Value) -> Reply {
    house.send("PUT", target, &body.to_string())
}

/// A body that is good for both kinds.
pub fn of_user() -> Value {
    json!({ "tenantId": TENANT, "principalType": "user", "clientIds": ["a", "b"] })
}

#[test]
fn ids_in_the_path_are_guids() {
    let house = House::new();
    for (target, member) in [
        (entra("x"), "objectId"),
        (entra(&OBJECT.replace('-', "")), "objectId"),
        (extension("x", OBJECT), "tenantId"),
        (extension(TENANT, "x"), "objectId"),
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let (status, code, target, message) = house.send(method, &target, &of_user().to_string()).error();
            assert_eq!((status, code.as_str(), target.as_deref()), (400, "ValidationError", Some(member)));
            assert!(message.ends_with("has invalid format."), "{message}");
        }
    }
}

#[test]
fn a_role_is_needed_for_each() {
    let provider = crate::provider::Provider::new();
    let token = provider.service_token(&Value::Null);
    for (role, expected) in
        [("reader", [401, 404, 401]), ("issuer", [401, 404, 401]), ("contributor", [201, 200, 204])]
    {
        let house = provider.house(role);
        let send =
            |method: &str| house.send_bearing(&token, method, &entra(OBJECT), &of_user().to_string()).status;
        assert_eq!([send("PUT"), send("GET"), send("DELETE")], expected, "{role}");
    }
}
