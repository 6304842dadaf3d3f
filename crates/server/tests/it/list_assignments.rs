//! `GET /access/entra/assignments`.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::assignments::{OBJECT, TENANT, entra, extension, of_user, put};
use crate::harness::{House, PREVIEW};

fn target() -> String {
    format!("/access/entra/assignments?api-version={PREVIEW}")
}

#[test]
fn an_empty_list_is_a_list() {
    let house = House::new();
    put(&house, &extension(TENANT, OBJECT), &of_user());
    assert_eq!(house.send("GET", &target(), "").json(), json!({ "value": [] }));
}

#[test]
fn many_assignments_come_page_by_page_each_once() {
    let house = House::new();
    let objects: Vec<_> = (1..=230_u128).map(|number| Uuid::from_u128(number << 64).to_string()).collect();
    for batch in objects.chunks(60) {
        let body: serde_json::Map<String, Value> =
            batch.iter().map(|object| (object.clone(), of_user())).collect();
        let patch = house.request("PATCH", &target()).body(&Value::Object(body).to_string());
        assert_eq!(patch.signed(&house.key()).send().status, 200);
    }
    let (mut next, mut found, mut pages) = (target(), Vec::new(), 0);
    loop {
        let page = house.send("GET", &next, "").json();
        let listed = page["value"].as_array().unwrap();
        found.extend(listed.iter().map(|one| one["objectId"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(link) = page.get("nextLink") else { break };
        let origin = format!("http://{}", house.address());
        next = link.as_str().unwrap().strip_prefix(&origin).unwrap().to_owned();
    }
    assert_eq!((found, pages), (objects, 3));
}

#[test]
fn a_continuation_that_is_none_is_refused() {
    let house = House::new();
    put(&house, &entra(OBJECT), &of_user());
    let reply = house.send("GET", &format!("{}&continuationToken=x", target()), "");
    assert_eq!(reply.code(), (400, "ValidationError".to_owned()));
}
