//! Stopping: what was accepted is finished, and nothing that was acknowledged is gone afterwards.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use callsign_protocol::algorithm::Algorithm;
use callsign_server::Server;
use callsign_server::config::Config;

use crate::harness::{House, PREVIEW};
use crate::request::Reply;

#[test]
fn a_request_that_was_accepted_is_finished() {
    let house = House::new();
    let request = house.request("POST", "/identities?api-version=2026-09-23").body("{}").signed(&house.key());
    let bytes = request.bytes();
    let (early, late) = bytes.split_at(bytes.len() - 1);
    let mut stream = TcpStream::connect(house.address()).unwrap();
    stream.write_all(early).unwrap();
    // One whole exchange on another connection: by then the first has been accepted too.
    house.create();
    let House { server, folder } = house;
    let stopping = std::thread::spawn(move || drop(server));
    stream.write_all(late).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(Reply::parse(&answer).status, 201);
    stopping.join().unwrap();
    drop(folder);
}

fn signing_key_id(house: &House) -> String {
    let service = house.service();
    let keys = service.signing_keys.in_force();
    keys.active(Algorithm::Rs256, service.clock.now()).unwrap().key_id().to_owned()
}

#[test]
fn a_restart_keeps_identities_epochs_keys_and_tokens() {
    let house = House::new();
    let (id, key, key_id) = (house.create(), house.key(), signing_key_id(&house));
    house.revoke(&id);
    let House { server, folder } = house;
    drop(server);
    let server = Server::start(&Config::ephemeral(folder.path())).unwrap();
    let house = House { server, folder };
    assert_eq!((house.key(), signing_key_id(&house)), (key, key_id));
    let token = house.issue(&id, r#"{"scopes":["chat"]}"#).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(crate::harness::claims(&token)["rev"], "1.0.10");
    assert_eq!(house.send("GET", &format!("/identities/{id}?api-version={PREVIEW}"), "").status, 200);
}
