//! A server with the connector, and requests to it over TLS. Every reply is compared with the definition.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::connection_string::expose_connection_string;
use callsign_server::config::Config;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};

use crate::harness::{House, PREVIEW};
use crate::request::{Reply, Request};

/// Power Platform encodes what stands in a path once (`x-ms-url-encoding`).
pub fn encoded(id: &str) -> String {
    id.replace(':', "%3A")
}

pub fn house() -> House {
    house_with(|_| {})
}

pub fn house_with(change: impl FnOnce(&mut Config)) -> House {
    House::with(|config| {
        config.connector.enabled = true;
        change(config);
    })
}

/// `localhost:port` of the https listener.
pub fn host(house: &House) -> String {
    house.server.ready().https.as_ref().unwrap().strip_prefix("https://").unwrap().to_owned()
}

pub fn connection_string(house: &House, key: &AccessKey) -> String {
    expose_connection_string(&format!("https://{}", host(house)), key).to_string()
}

/// A request to the https listener that shows nothing yet.
pub fn request(house: &House, method: &str, target: &str) -> Request {
    Request::new(&host(house), method, target).header("content-type", "application/json")
}

/// What an action of the connector sends with the primary key.
pub fn action(house: &House, method: &str, path: &str, body: &str) -> Request {
    let target = format!("/connector{path}?api-version={PREVIEW}");
    let string = connection_string(house, &house.key());
    request(house, method, &target).body(body).header("connection-string", &string)
}

/// Sends it, and compares the reply with the definition.
pub fn send(house: &House, request: &Request) -> Reply {
    let reply = send_unchecked(house, request);
    check(&request.method, &request.target, &reply);
    reply
}

/// Sends it, with no trust in anybody but the server's own authority.
pub fn send_unchecked(house: &House, request: &Request) -> Reply {
    let authority = CertificateDer::from_pem_file(house.folder.path().join("tls/ca.pem")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(host(house).replace("localhost", "127.0.0.1")).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, stream);
    stream.write_all(&request.bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Reply::parse(&answer)
}

/// The definition as it is exported.
pub fn definition() -> Value {
    let address = "https://id.example.com".parse().unwrap();
    let document = callsign_server::connector::Document::Definition.bytes(&address);
    serde_json::from_slice(&document).unwrap()
}

/// The operation that a target is of.
fn operation<'a>(definition: &'a Value, method: &str, target: &str) -> Option<&'a Value> {
    let path = target.split('?').next().unwrap().strip_prefix("/connector/identities")?;
    let verb = path.rsplit('/').next().filter(|verb| verb.starts_with(':'));
    let path = match (path, verb) {
        ("", _) => "/identities".to_owned(),
        (_, Some(verb)) => format!("/identities/{{identityId}}/{verb}"),
        (_, None) => "/identities/{identityId}".to_owned(),
    };
    definition["paths"][path].get(method.to_lowercase())
}

/// Checks that a reply to an action is one that is described.
fn check(method: &str, target: &str, reply: &Reply) {
    let definition = definition();
    let Some(operation) = operation(&definition, method, target) else { return };
    let what = format!("{method} {target}: {} {}", reply.status, reply.text());
    let response = &operation["responses"][reply.status.to_string()];
    assert!(response.is_object(), "{what} is not described");
    for header in response["headers"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        assert!(reply.header(&header.to_lowercase()).is_some(), "{what} has no {header}");
    }
    if response["schema"].is_null() {
        assert!(reply.body.is_empty(), "{what} has a body");
        return;
    }
    let violations = violations(&definition, &response["schema"], &reply.json());
    assert!(violations.is_empty(), "{what}: {violations:?}");
}

/// What of the body is not as described. What the schema does not name is not there either.
pub fn violations(definition: &Value, schema: &Value, body: &Value) -> Vec<String> {
    let whole = json!({ "allOf": [closed(schema)], "definitions": closed(&definition["definitions"]) });
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&whole).unwrap();
    validator.iter_errors(body).map(|error| error.to_string()).collect()
}

fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut closed: serde_json::Map<_, _> =
                members.iter().map(|(name, value)| (name.clone(), self::closed(value))).collect();
            if members.get("properties").is_some_and(Value::is_object) {
                closed.insert("additionalProperties".to_owned(), json!(false));
            }
            closed.into()
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}
