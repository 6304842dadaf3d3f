//! `GET /identities/{id}`.

use crate::harness::{FOREIGN, House, NEWEST, PREVIEW};

#[test]
fn an_identity_is_shown_flat_and_without_members_that_have_no_value() {
    let house = House::new();
    let id = house.create();
    let reply = house.get(&id);
    assert_eq!((reply.status, reply.text()), (200, format!(r#"{{"id":"{id}"}}"#)));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
}

#[test]
fn the_time_of_the_last_token_is_seen_at_once_and_survives_a_restart() {
    let house = House::new();
    let body = r#"{"customId":"alice","createTokenWithScopes":["voip"],"expiresInMinutes":120}"#;
    let created = house.send("POST", &format!("/identities?api-version={PREVIEW}"), body).json();
    let id = created["identity"]["id"].as_str().unwrap();
    let shown = house.get(id);
    assert_eq!(shown.json(), created["identity"]);
    assert!(shown.text().starts_with(r#"{"customId":"alice","lastTokenIssuedAt":""#), "{}", shown.text());
    let House { server, folder } = house;
    drop(server);
    let config = callsign_server::config::Config::ephemeral(folder.path());
    let house = House { server: callsign_server::Server::start(&config).unwrap(), folder };
    assert_eq!(house.get(id).text(), shown.text());
}

#[test]
fn only_the_version_that_has_it_serves_it() {
    let house = House::new();
    let id = house.create();
    let reply = house.send("GET", &format!("/identities/{id}?api-version={NEWEST}"), "");
    assert_eq!(reply.code(), (400, "UnsupportedApiVersion".to_owned()));
    assert_eq!(reply.header("api-supported-versions"), Some(PREVIEW));
}

#[test]
fn an_unknown_a_foreign_and_a_malformed_id_are_told_apart() {
    let house = House::new();
    let id = house.create();
    house.delete(&id);
    assert_eq!(house.get(&id).code(), (404, "IdentityNotFound".to_owned()));
    assert_eq!(house.get(FOREIGN).code(), (401, "IdentityNotOwned".to_owned()));
    assert_eq!(house.get("sanitized").code(), (400, "ValidationError".to_owned()));
}
