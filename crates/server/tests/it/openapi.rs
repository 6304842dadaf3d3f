//! `GET /callsign/v1/openapi.json`: the description of Callsign's own surface, and the check that every answer which any
//! test gets from that surface is as described.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::House;
use crate::request::Reply;

const PATH: &str = "/callsign/v1/openapi.json";
const ROOT: &str = "/callsign/v1";

/// Checks a reply of the own surface: its status is described, and its body is of the described form.
pub fn check(method: &str, target: &str, reply: &Reply) {
    let path = target.split('?').next().unwrap();
    let Some(start) = path.find(ROOT) else { return };
    let document = callsign_server::openapi();
    let operation = &document["paths"][&path[start..]][method.to_lowercase()];
    if operation.is_null() {
        return;
    }
    let what = format!("{method} {target}: {}", reply.status);
    let response = &operation["responses"][reply.status.to_string()];
    assert!(response.is_object(), "{what} is not described: {}", reply.text());
    let response = match response["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => response,
    };
    let Some(content) = response["content"].as_object() else {
        assert!(reply.body.is_empty(), "{what} has a body");
        return;
    };
    let media_type = reply.header("content-type").unwrap_or_default();
    let schema = &content.get(media_type).unwrap_or_else(|| panic!("{what} is {media_type}"))["schema"];
    if media_type.ends_with("json") {
        let violations = violations(&document, schema, &reply.json());
        assert!(violations.is_empty(), "{what}: {violations:?}: {}", reply.text());
    }
}

fn violations(document: &Value, schema: &Value, body: &Value) -> Vec<String> {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    let validator = jsonschema::validator_for(&whole).unwrap();
    validator.iter_errors(body).map(|error| error.to_string()).collect()
}

fn operations(document: &Value) -> BTreeMap<(String, String), Value> {
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.insert((path.clone(), method.to_uppercase()), operation.clone());
        }
    }
    operations
}

#[test]
fn the_description_is_served_to_everybody_under_a_tag() {
    let house = House::new();
    let reply = house.request("GET", PATH).send();
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    assert_eq!(reply.json(), callsign_server::openapi());
    assert_eq!(reply.header("cache-control"), Some("max-age=300"));
    let tag = reply.header("etag").unwrap();
    let known = house.request("GET", PATH).header("if-none-match", tag).send();
    assert_eq!((known.status, known.body.len()), (304, 0));
}

#[test]
fn what_is_described_is_served_and_nothing_else_on_its_paths() {
    let house = House::new();
    let document = callsign_server::openapi();
    let operations = operations(&document);
    assert_eq!(operations.len(), 10);
    for path in document["paths"].as_object().unwrap().keys() {
        let described: Vec<_> = operations.keys().filter(|(other, _)| other == path).collect();
        let reply = house.request("BREW", path).send();
        assert_eq!(reply.status, 405, "{path}");
        let allow: Vec<_> = reply.header("allow").unwrap().split(", ").collect();
        let described: Vec<_> = described.iter().map(|(_, method)| method.as_str()).collect();
        assert_eq!(allow, described, "{path}");
    }
    for ((path, method), operation) in &operations {
        let is_public = operation["security"].as_array().unwrap().is_empty();
        assert_eq!(is_public, path == PATH, "{path}");
        let status = house.request(method, path).send().status;
        assert_eq!(status, if is_public { 200 } else { 401 }, "{method} {path}");
    }
}

#[test]
fn every_operation_says_what_it_takes_and_answers() {
    let document = callsign_server::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    for ((path, method), operation) in operations(&document) {
        assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{path}");
        assert!(operation["operationId"].as_str().unwrap().chars().all(char::is_alphanumeric));
        assert_eq!(operation["requestBody"].is_object(), method == "POST", "{path}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses["200"]["content"].is_object(), "{path}");
        let statuses = responses.keys().filter(|status| status.as_str() >= "400");
        assert!(statuses.count() >= 2, "{path}");
    }
    // Every reference leads somewhere, and every schema is one.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::meta::is_valid(schema), "{name}");
    }
}

#[test]
fn the_check_of_replies_finds_what_is_not_as_described() {
    let document = callsign_server::openapi();
    let schema = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let finds = |name: &str, body: Value| !violations(&document, &schema(name), &body).is_empty();
    assert!(!finds("Introspection", json!({"active": false})));
    assert!(finds("Introspection", json!({"active": true})));
    assert!(finds("Introspection", json!({"active": false, "sub": "x"})));
    assert!(finds("IdentityList", json!({"identities": [{"id": "x"}]})));
    assert!(finds("DeletedIdentities", json!({"results": [{"id": "x", "status": "revoked"}]})));
    assert!(finds("Problem", json!({"type": "urn:x", "title": "", "status": 400, "detail": ""})));
}

#[test]
fn requests_that_are_described_are_taken_and_others_are_refused() {
    let house = House::new();
    let document = callsign_server::openapi();
    let id = house.create();
    for ((path, method), operation) in operations(&document) {
        let Some(schema) = operation["requestBody"]["content"]["application/json"].get("schema") else {
            continue;
        };
        assert_eq!(method, "POST");
        for body in [
            json!({ "ids": [id] }),
            json!({ "ids": [] }),
            json!({ "ids": [1] }),
            json!({ "ids": [id], "x": 1 }),
            json!({ "unusedSince": "2000-01-01T00:00:00Z", "dryRun": true }),
            json!({ "unusedSince": "2000-01-01T00:00:00Z" }),
            json!({ "unusedSince": 1, "dryRun": true }),
            json!({ "unusedSince": "2000-01-01T00:00:00Z", "dryRun": true, "continuation": 1 }),
            json!({}),
            json!([]),
        ] {
            let described = violations(&document, schema, &body).is_empty();
            let reply = house.post(&path, &body);
            assert_eq!(reply.status == 200, described, "{path} {body}: {}", reply.text());
        }
    }
}

#[test]
fn every_described_parameter_is_known_and_its_bad_values_are_named() {
    let house = House::new();
    for ((path, method), operation) in operations(&callsign_server::openapi()) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let named = |parameter: &Value| parameter["name"].as_str().unwrap().to_owned();
        let required: Vec<_> =
            parameters.iter().filter(|parameter| parameter["required"] == true).map(named).collect();
        for name in parameters.iter().filter(|parameter| parameter["in"] == "query").map(named) {
            // The one parameter that is required anywhere is a place in a feed.
            let others = required.iter().filter(|other| **other != name).map(|other| format!("&{other}=0-0"));
            let query = format!("{name}=%00{}", others.collect::<String>());
            let bad = house.send(&method, &format!("{path}?{query}"), "");
            assert_eq!(bad.problem().2, Some(name), "{path}?{query}");
        }
        for name in required {
            assert_eq!(house.send(&method, &path, "").problem().2, Some(name), "{path}");
        }
    }
}
