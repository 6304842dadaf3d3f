//! What the connector is imported from.

use serde_json::{Value, json};

use super::https::{definition, host, house, house_with, request, send};

const DEFINITION: &str = "/connector/apiDefinition.swagger.json";

#[test]
fn the_documents_are_there_for_everybody_under_a_tag() {
    let house = house();
    for (path, media_type) in [
        (DEFINITION, "application/json"),
        ("/connector/apiProperties.json", "application/json"),
        ("/connector/icon.png", "image/png"),
    ] {
        let reply = house.request("GET", path).send();
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(media_type)), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-cache"));
        let tag = reply.header("etag").unwrap();
        assert_eq!(house.request("GET", path).header("if-none-match", tag).send().status, 304);
        let refused = house.request("POST", path).send();
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET")));
    }
}

#[test]
fn the_definition_names_the_host_by_which_it_was_asked_for_if_that_leads_here() {
    let house = house_with(|config| {
        config.public_url = "https://localhost:9999".parse().unwrap();
        config.hosts = vec!["tokens.example.com".to_owned()];
    });
    house.resource_named("blue", &[]);
    let asked = |host: &str, path: &str| {
        let document = send(&house, &request(&house, "GET", path).host(host)).json();
        let text = |name: &str| document[name].as_str().unwrap().to_owned();
        (text("host"), text("basePath"))
    };
    let named = |host: &str, base_path: &str| (host.to_owned(), base_path.to_owned());
    assert_eq!(asked(&host(&house), DEFINITION), named(&host(&house), "/connector"));
    assert_eq!(asked("tokens.example.com", DEFINITION), named("tokens.example.com", "/connector"));
    assert_eq!(asked("blue.localhost:8443", DEFINITION), named("blue.localhost:8443", "/connector"));
    let below = format!("/blue{DEFINITION}");
    assert_eq!(asked(&host(&house), &below), named(&host(&house), "/blue/connector"));
    // A host that leads nowhere, and one that is none, are not repeated.
    for host in ["evil.example", "default.x\"y", "default.x y"] {
        assert_eq!(asked(host, DEFINITION), named("localhost:9999", "/connector"), "{host}");
    }
    // Over plain http there is no telling by which host https is.
    assert_eq!(house.request("GET", DEFINITION).send().json()["host"], "localhost:9999");
}

#[test]
fn the_actions_are_those_of_the_certified_connector() {
    let document = definition();
    let mut actions = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let text = |name: &str| operation[name].as_str().unwrap().to_owned();
            actions.push((text("operationId"), text("summary"), format!("{} {path}", method.to_uppercase())));
        }
    }
    actions.sort();
    let expected = [
        ("CreateCommunicationIdentity", "Create a user", "POST /identities"),
        ("DeleteCommunicationIdentity", "Delete a user", "DELETE /identities/{identityId}"),
        (
            "IssueIdentityAccessToken",
            "Issue a user access token",
            "POST /identities/{identityId}/:issueAccessToken",
        ),
        (
            "RevokeIdentityAccessTokens",
            "Revoke user access tokens",
            "POST /identities/{identityId}/:revokeAccessTokens",
        ),
    ];
    let expected = expected.map(|(id, summary, route)| (id.to_owned(), summary.to_owned(), route.to_owned()));
    assert_eq!(actions, expected);
    assert_eq!(document["parameters"]["identityId"]["x-ms-url-encoding"], "single");
    assert_eq!(document["parameters"]["apiVersion"]["x-ms-visibility"], "internal");
    assert_eq!((&document["schemes"], &document["swagger"]), (&json!(["https"]), &json!("2.0")));
}

/// What a designer sees has a name and a sentence.
#[test]
fn every_field_that_is_shown_has_a_title_and_a_description() {
    fn fields<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
        if let Some(properties) = value["properties"].as_object() {
            found.extend(properties.iter().map(|(name, field)| (name.as_str(), field)));
        }
        match value {
            Value::Object(members) => members.values().for_each(|member| fields(member, found)),
            Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
            _ => {}
        }
    }
    let document = definition();
    let mut found = Vec::new();
    fields(&document, &mut found);
    assert!(found.len() >= 12, "{}", found.len());
    for (name, field) in found {
        let is_leaf = field["type"] != "object" && field.get("$ref").is_none();
        assert!(!is_leaf || field["x-ms-summary"].is_string(), "{name}");
        assert!(!is_leaf || field["description"].as_str().unwrap().ends_with('.'), "{name}");
    }
}

#[test]
fn the_connection_parameter_is_handed_on_as_the_header_that_is_read() {
    let document = definition();
    let scheme = &document["securityDefinitions"]["api_key"];
    assert_eq!((&scheme["in"], &scheme["name"]), (&json!("header"), &json!("Connection-String")));
    let address = "https://id.example.com".parse().unwrap();
    let properties = callsign_server::connector::Document::Properties.bytes(&address);
    let properties: Value = serde_json::from_slice(&properties).unwrap();
    let parameter = &properties["properties"]["connectionParameters"]["api_key"];
    assert_eq!(parameter["type"], "securestring");
    assert_eq!(parameter["uiDefinition"]["displayName"], "Connection String");
}

#[test]
fn the_icon_is_a_small_square_picture() {
    let icon = house().request("GET", "/connector/icon.png").send().body;
    assert!(icon.len() < 4096 && icon.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!((&icon[16..20], &icon[20..24]), (&160_u32.to_be_bytes()[..], &160_u32.to_be_bytes()[..]));
}
