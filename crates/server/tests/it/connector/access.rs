//! Whom a key in a header lets in, and where it means nothing.

use std::io::Write;
use std::sync::{Arc, Mutex};

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::DateHeader;

use super::https::{action, connection_string, host, house, house_with, request, send, send_unchecked};
use crate::harness::{House, PREVIEW, audited};
use crate::request::{Reply, Request};

const CREATE: &str = "/connector/identities?api-version=2025-03-02-preview";

fn denied(reply: &Reply) {
    let (status, code, target, message) = reply.error();
    assert_eq!((status, code.as_str(), target), (401, "Denied", None));
    assert_eq!(message, "Denied by the resource provider.");
}

fn create(house: &House) -> Request {
    action(house, "POST", "/identities", "")
}

#[test]
fn a_key_is_taken_over_tls_alone() {
    let house = house();
    assert_eq!(send(&house, &create(&house)).status, 201);
    let string = connection_string(&house, &house.key());
    denied(&house.request("POST", CREATE).header("connection-string", &string).send());
    denied(&house.request("POST", CREATE).header("api-key", &house.key().expose_base64()).send());
}

#[test]
fn without_the_setting_there_is_no_connector() {
    let house = House::new();
    let reply = send_unchecked(&house, &create(&house));
    assert_eq!(reply.code(), (404, "NotFound".to_owned()));
    for document in ["apiDefinition.swagger.json", "apiProperties.json", "icon.png"] {
        assert_eq!(house.request("GET", &format!("/connector/{document}")).send().status, 404);
    }
}

#[test]
fn a_key_that_is_none_of_the_resources_is_refused() {
    let house = house();
    let neighbour = house.resource_named("blue", &[]);
    let [theirs, _] = &neighbour.keys;
    let wrong = AccessKey::from_bytes(vec![1; 64]).unwrap();
    for key in [&wrong, &theirs.key] {
        let base64 = key.expose_base64();
        denied(&send(&house, &create(&house).changed("connection-string", &connection_string(&house, key))));
        denied(&send(&house, &request(&house, "POST", CREATE).header("api-key", &base64)));
    }
    // Where it is the resource's, in the path or by the host, it opens that one.
    let string = connection_string(&house, &theirs.key);
    let below = request(&house, "POST", &format!("/blue{CREATE}")).header("connection-string", &string);
    assert_eq!(send(&house, &below).status, 201);
    let by_host = request(&house, "POST", CREATE).header("connection-string", &string);
    assert_eq!(send(&house, &by_host.host("blue.localhost")).status, 201);
    denied(&send(&house, &create(&house).host("blue.localhost")));
    assert_eq!(send(&house, &create(&house).host("nobody.example.com")).code().0, 401);
    assert_eq!(audited(&house, "create_identity").len(), 2);
}

#[test]
fn what_is_no_key_is_refused() {
    let house = house();
    let key = house.key().expose_base64();
    for string in [
        "",
        "x",
        key.as_str(),
        "endpoint=https://a/",
        &format!("accesskey={}", *key),
        "endpoint=https://a/;accesskey=%",
    ] {
        denied(&send(&house, &create(&house).changed("connection-string", string)));
    }
    for text in ["", "x", &format!("accesskey={}", *key), &key[..80]] {
        denied(&send(&house, &request(&house, "POST", CREATE).header("api-key", text)));
    }
}

#[test]
fn two_proofs_are_refused_even_when_both_are_good() {
    let house = house();
    let key = house.key();
    let good = create(&house);
    let string = connection_string(&house, &key);
    let mut twice = good.clone();
    twice.headers.push(("connection-string".to_owned(), string));
    let two = [
        twice,
        good.clone().header("api-key", &key.expose_base64()),
        good.clone().signed(&key),
        good.header("authorization", "Bearer e30.e30.e30"),
    ];
    for request in &two {
        denied(&send(&house, request));
    }
    // Each by itself is good: a signature on these paths, too.
    assert_eq!(send(&house, &request(&house, "POST", CREATE).signed(&key)).status, 201);
    denied(&send(&house, &request(&house, "POST", CREATE)));
}

#[test]
fn elsewhere_such_a_header_means_nothing() {
    let house = house();
    let string = connection_string(&house, &house.key());
    let showing =
        |method: &str, target: &str| request(&house, method, target).header("connection-string", &string);
    denied(&send(&house, &showing("POST", &format!("/identities?api-version={PREVIEW}"))));
    assert_eq!(send(&house, &showing("GET", "/callsign/v1/identities")).status, 401);
    for path in [
        "/connector/callsign/v1/identities",
        "/connector/access/entra/assignments",
        "/connector/connector/identities",
        "/connector/./identities",
        "/connector",
    ] {
        let reply = send(&house, &showing("GET", &format!("{path}?api-version={PREVIEW}")));
        assert_eq!(reply.status, 404, "{path}");
    }
    // A signed request that carries one by chance is judged by its signature.
    let signed = showing("POST", &format!("/identities?api-version={PREVIEW}")).signed(&house.key());
    assert_eq!(send(&house, &signed).status, 201);
}

#[test]
fn where_keys_are_turned_off_a_shown_one_opens_nothing() {
    let house = house_with(|config| config.authentication.disable_local_auth = vec!["default".to_owned()]);
    denied(&send(&house, &create(&house)));
}

#[test]
fn an_old_date_is_no_matter_since_nothing_is_signed() {
    let house = house();
    let stale = SystemClock.now().plus_minutes(-30).to_imf_fixdate();
    assert_eq!(send(&house, &create(&house).header("date", &stale)).status, 201);
    let host = host(&house);
    let signed =
        request(&house, "POST", CREATE).signed_as(&house.key(), (DateHeader::Date, &stale), (CREATE, &host));
    assert_eq!(send(&house, &signed).status, 401);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that the server and its libraries say at the finest level.
#[test]
fn no_planted_secret_appears_in_the_log() {
    let lines = Lines::default();
    let writer = lines.clone();
    let lines_of = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    lines_of.with_writer(move || writer.clone()).try_init().unwrap();
    let house = house();
    let planted = AccessKey::from_bytes(b"a planted key that is wrong".to_vec()).unwrap();
    let mut secrets = vec![house.key().expose_base64().to_string(), planted.expose_base64().to_string()];
    assert_eq!(send(&house, &create(&house)).status, 201);
    for key in [&house.key(), &planted] {
        let (string, base64) = (connection_string(&house, key), key.expose_base64());
        let _ = send(&house, &create(&house).changed("connection-string", &string));
        let _ = send(&house, &create(&house).changed("connection-string", &string.replace(';', "!")));
        let _ = send(&house, &request(&house, "POST", CREATE).header("api-key", &base64));
        let _ = send(&house, &request(&house, "POST", CREATE).header("api-key", &format!("{}!", *base64)));
        let _ = house.request("POST", CREATE).header("connection-string", &string).send();
        let _ = send(&house, &create(&house).header("api-key", &base64).signed(key));
        secrets.push(string);
    }
    drop(house);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("CreateIdentity") && text.contains("neither access key"), "{text}");
    for secret in secrets {
        assert!(!text.contains(&secret), "a secret was logged");
    }
}
