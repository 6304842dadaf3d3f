//! The office over the model of a store: what it does, and what it refuses in which words.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use callsign_core::clock::SystemClock;
use callsign_core::directory::feeds::Feeds;
use callsign_core::directory::last_issued::LastIssued;
use callsign_core::directory::resource::{NewResource, Resources};
use callsign_core::entropy::SeededEntropy;
use callsign_core::service::Service;
use callsign_core::store::StoreError;
use callsign_core::store::memory::MemoryStore;
use callsign_core::token::key_ring::KeyRing;
use callsign_core::token::rotation::Policy;
use callsign_core::token::signing_queue::SigningQueue;
use callsign_core::wrapping::{KeyEncryptionKey, fresh_key_text};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::resource::DataLocation;
use tokio::sync::Mutex;

use super::*;
use crate::admin::{RefusedParts, ResourceEntry, ResourceKeys, SigningKeyEntry};
use crate::config::Config;

/// A store of the model makes no copies.
struct NoCopies;

impl Copies for NoCopies {
    fn copy_to(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "the model makes no copies".to_owned() })
    }
}

/// A service with the resource `default`.
async fn service() -> Service {
    let entropy = Arc::new(SeededEntropy::new(1));
    let store = Arc::new(MemoryStore::default());
    let under = KeyEncryptionKey::from_text(&fresh_key_text(entropy.as_ref()).unwrap()).unwrap();
    let policy = Policy { rotate_every_days: 90 };
    let service = Service {
        clock: Arc::new(SystemClock),
        entropy,
        resources: Resources::load(store.as_ref(), &under).await.unwrap(),
        signing_keys: KeyRing::load(store.as_ref(), &under, policy).await.unwrap(),
        key_encryption_key: ArcSwap::from_pointee(under),
        key_changes: Mutex::default(),
        signing: SigningQueue::start(Vec::new(), || {}).unwrap(),
        authorities: Arc::new(callsign_core::authorities::Nobody),
        issuer: "https://localhost:8443".parse().unwrap(),
        last_issued: LastIssued::default(),
        feeds: Feeds::default(),
        store,
    };
    let first = NewResource {
        name: "default".parse().unwrap(),
        data_location: DataLocation::UnitedStates,
        port: None,
        hosts: Vec::new(),
        signing_algorithm: Algorithm::Rs256,
    };
    assert!(service.create_resource(first, Actor::Server).await.unwrap());
    service
}

/// An office with the resource `default` and a server on ports 4431 and 8081.
pub(crate) async fn office() -> Office {
    let config = Config::ephemeral(Path::new("/nowhere"));
    let at = |port| Some((Ipv4Addr::LOCALHOST, port).into());
    Office {
        service: Arc::new(service().await),
        endpoints: Endpoints::new(&config, at(4431), at(8081)),
        trust: Some(TrustPaths {
            authority: PathBuf::from("/nowhere/authority.pem"),
            bundle: PathBuf::from("/nowhere/bundle.pem"),
        }),
        development: None,
        refusals: Arc::default(),
        tickets: None,
        signing: Choice::Ordinary { reason: "no library".to_owned(), is_fault: false },
        data_dir: PathBuf::from("/nowhere"),
        key_place: KeyPlace::Folder,
        copies: Arc::new(NoCopies),
    }
}

async fn ask(office: &Office, request: Request) -> Result<Answer, Refused> {
    office.carry_out(request, Actor::Administrator(None)).await
}

fn creation(name: &str, port: Option<u16>, hosts: &[&str]) -> Request {
    Request::ResourceCreate {
        name: name.to_owned(),
        data_location: "europe".to_owned(),
        port,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        signing_algorithm: Algorithm::Rs256,
    }
}

async fn refusal(office: &Office, request: Request) -> String {
    ask(office, request).await.unwrap_err().to_string()
}

async fn listed(office: &Office) -> Vec<ResourceEntry> {
    match ask(office, Request::ResourceList {}).await.unwrap().reply {
        Reply::Resources { resources } => resources,
        other => panic!("{other:?}"),
    }
}

async fn keys(office: &Office, resource: Option<&str>) -> ResourceKeys {
    let request = Request::KeyList { resource: resource.map(str::to_owned) };
    match ask(office, request).await.unwrap().reply {
        Reply::Keys(keys) => keys,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_created_resource_is_shown_listed_and_has_two_keys_of_its_own() {
    let office = office().await;
    let Reply::Resource(made) =
        ask(&office, creation("blue", None, &["Id.Example.com"])).await.unwrap().reply
    else {
        panic!("no resource")
    };
    assert_eq!((made.name.as_str(), made.data_location.as_str(), made.is_default), ("blue", "europe", false));
    assert_eq!(made.endpoint.as_deref(), Some("https://blue.localhost:4431"));
    assert_eq!(made.hosts, ["id.example.com"]);
    let shown = ask(&office, Request::ResourceShow { name: "blue".to_owned() }).await.unwrap();
    assert_eq!(shown.reply, Reply::Resource(made.clone()));
    assert_eq!(
        listed(&office).await.into_iter().map(|entry| entry.name).collect::<Vec<_>>(),
        ["default", "blue"]
    );
    let (mine, others) = (keys(&office, Some("blue")).await, keys(&office, None).await);
    assert_eq!(others.resource, "default");
    assert_eq!(mine.keys.iter().map(|key| key.slot).collect::<Vec<_>>(), KeySlot::BOTH);
    let all: std::collections::BTreeSet<&str> =
        mine.keys.iter().chain(&others.keys).map(|key| key.key.expose()).collect();
    assert_eq!(all.len(), 4);
    let expected = format!("endpoint=https://blue.localhost:4431/;accesskey={}", mine.keys[0].key.expose());
    assert_eq!(mine.keys[0].connection_string.as_ref().unwrap().expose(), expected);
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_in_a_sentence() {
    let office = office().await;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken_port = taken.local_addr().unwrap().port();
    ask(&office, creation("blue", None, &["id.example.com"])).await.unwrap();
    for (request, words) in [
        (creation("Blue", None, &[]), "lower-case letters"),
        (creation("identities", None, &[]), "choose another"),
        (creation("blue", None, &[]), "there is a resource blue already"),
        (creation("red", Some(0), &[]), "1 to 65535"),
        (creation("red", Some(4431), &[]), "the server itself listens on port 4431"),
        (creation("red", Some(taken_port), &[]), "Choose another port"),
        (creation("red", None, &["https://id.example.com"]), "without scheme"),
        (creation("red", None, &["*.example.com"]), "each host by itself"),
        (creation("red", None, &["ID.example.com"]), "leads to the resource blue"),
    ] {
        let sentence = refusal(&office, request).await;
        assert!(sentence.contains(words), "{sentence}");
    }
    let mars = Request::ResourceCreate {
        name: "red".to_owned(),
        data_location: "mars".to_owned(),
        port: None,
        hosts: Vec::new(),
        signing_algorithm: Algorithm::Rs256,
    };
    assert!(refusal(&office, mars).await.contains("one of unitedstates, europe"));
    assert_eq!(listed(&office).await.len(), 2);
}

#[tokio::test]
async fn a_port_belongs_to_one_resource() {
    let office = office().await;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    ask(&office, creation("blue", Some(port), &[])).await.unwrap();
    let sentence = refusal(&office, creation("red", Some(port), &[])).await;
    assert!(sentence.contains("belongs to the resource blue"), "{sentence}");
    assert_eq!(
        listed(&office).await[1].endpoint.as_deref(),
        Some(format!("https://localhost:{port}").as_str())
    );
}

#[tokio::test]
async fn the_last_resource_stays_and_the_oldest_one_left_becomes_the_default() {
    let office = office().await;
    let delete = |name: &str| Request::ResourceDelete { name: name.to_owned() };
    assert!(refusal(&office, delete("default")).await.contains("last resource"));
    ask(&office, creation("blue", None, &[])).await.unwrap();
    let answer = ask(&office, delete("default")).await.unwrap();
    assert_eq!(answer.reply, Reply::ResourceDeleted { name: "default".to_owned() });
    assert!(answer.notes[0].contains("blue is the default resource now"), "{:?}", answer.notes);
    assert!(listed(&office).await[0].is_default);
    assert!(refusal(&office, delete("default")).await.contains(r#"no resource "default"; there is blue"#));
}

#[tokio::test]
async fn a_resource_is_not_removed_while_others_change_or_load_keys() {
    let office = office().await;
    ask(&office, creation("blue", None, &[])).await.unwrap();
    let delete = || ask(&office, Request::ResourceDelete { name: "blue".to_owned() });
    let turn = office.service.key_changes.lock().await;
    assert!(futures_util::FutureExt::now_or_never(delete()).is_none());
    assert_eq!(listed(&office).await.len(), 2);
    drop(turn);
    delete().await.unwrap();
    assert_eq!(listed(&office).await.len(), 1);
}

#[tokio::test]
async fn a_regenerated_key_is_another_one_and_the_other_stays() {
    let office = office().await;
    let before = keys(&office, None).await;
    let answer =
        ask(&office, Request::KeyRegenerate { resource: None, slot: KeySlot::Secondary }).await.unwrap();
    let expected =
        Reply::KeyRegenerated { resource: "default".to_owned(), slot: KeySlot::Secondary, generation: 1 };
    assert_eq!(answer.reply, expected);
    let after = keys(&office, None).await;
    assert_eq!(after.keys[0], before.keys[0]);
    assert_ne!(after.keys[1].key, before.keys[1].key);
    assert_eq!(after.keys[1].generation, 1);
    let unknown = Request::KeyRegenerate { resource: Some("red".to_owned()), slot: KeySlot::Primary };
    assert!(refusal(&office, unknown).await.contains("there is default"));
}

#[tokio::test]
async fn the_environment_finds_signs_and_trusts() {
    let mut office = office().await;
    let variables = |answer: Answer| match answer.reply {
        Reply::Environment { variables } => variables,
        other => panic!("{other:?}"),
    };
    let environment = || Request::Environment { resource: None };
    let answer = ask(&office, environment()).await.unwrap();
    assert!(answer.notes[0].contains("callsign serve"), "{:?}", answer.notes);
    let all = variables(answer);
    let names: Vec<&str> = all.iter().map(|variable| variable.name.as_str()).collect();
    let expected = [
        "COMMUNICATION_SERVICES_CONNECTION_STRING",
        "AZURE_COMMUNICATION_CONNECTION_STRING",
        "COMMUNICATION_SERVICES_ENDPOINT",
        "COMMUNICATION_SERVICES_ACCESSKEY",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
    ];
    assert_eq!(names, expected);
    let key = keys(&office, None).await.keys.remove(0);
    assert_eq!(all[0].value, key.connection_string.unwrap());
    assert_eq!(all[0].value, all[1].value);
    assert_eq!(all[2].value.expose(), "https://localhost:4431");
    assert_eq!(all[3].value, key.key);
    assert_eq!(all[4].value.expose(), "/nowhere/bundle.pem");
    assert_eq!(all[6].value.expose(), "/nowhere/authority.pem");

    office.trust = None;
    assert_eq!(variables(ask(&office, environment()).await.unwrap()).len(), 4);
    let config = Config::ephemeral(Path::new("/nowhere"));
    office.endpoints = Endpoints::new(&config, None, Some((Ipv4Addr::LOCALHOST, 8081).into()));
    let plain = ask(&office, environment()).await.unwrap();
    assert!(plain.notes[0].contains("https is off"), "{:?}", plain.notes);
    office.endpoints = Endpoints::default();
    assert!(refusal(&office, environment()).await.contains("only known while it runs"));
    assert!(keys(&office, None).await.keys[0].connection_string.is_none());
}

#[tokio::test]
async fn refused_requests_and_the_standing_are_told() {
    let office = office().await;
    let parts =
        RefusedParts { method: "POST", target: "/identities", reason: "no", ..RefusedParts::default() };
    office.refusals.note(Timestamp::from_unix_seconds(1), &parts);
    let Reply::RefusedRequests { requests } = ask(&office, Request::RefusedRequests {}).await.unwrap().reply
    else {
        panic!("no requests")
    };
    assert_eq!(requests[0].target, "/identities");
    let Reply::Status(standing) = ask(&office, Request::Status {}).await.unwrap().reply else {
        panic!("no standing")
    };
    assert_eq!(standing.https.as_deref(), Some("https://localhost:4431"));
    assert_eq!((standing.http.as_deref(), standing.resources), (Some("http://127.0.0.1:8081"), 1));
    assert_eq!(standing.signing.engine, "aws-lc");
    assert_eq!(standing.signing.why_one_by_one.as_deref(), Some("no library"));
}

#[tokio::test]
async fn signing_keys_are_listed_rotated_and_revoked() {
    let office = office().await;
    let listed = || async {
        match ask(&office, Request::SigningKeyList {}).await.unwrap().reply {
            Reply::SigningKeys { keys } => keys,
            other => panic!("{other:?}"),
        }
    };
    let states = |keys: &[SigningKeyEntry]| keys.iter().map(|key| key.state.clone()).collect::<Vec<_>>();
    let first = listed().await;
    assert_eq!(states(&first), ["active", "next"]);
    assert_eq!(first[0].until, first[1].until);

    let rotate = |algorithm| Request::SigningKeyRotate { algorithm };
    let Reply::SigningKeyRotated(rotated) = ask(&office, rotate(Algorithm::Rs256)).await.unwrap().reply
    else {
        panic!("not rotated")
    };
    assert_eq!((&rotated.before, &rotated.key_id), (&first[0].key_id, &first[1].key_id));
    assert!(!rotated.signs);
    let refused = refusal(&office, rotate(Algorithm::Es256)).await;
    assert!(refused.contains("callsign resource set-signing-algorithm NAME ES256"), "{refused}");

    let revoke = |key_id: &str| Request::SigningKeyRevoke { key_id: key_id.to_owned() };
    assert!(refusal(&office, revoke("no-key")).await.contains(&rotated.before));
    let revoked = ask(&office, revoke(&rotated.before)).await.unwrap().reply;
    let expected =
        Reply::SigningKeyRevoked { key_id: rotated.before.clone(), active: rotated.key_id.clone() };
    assert_eq!(revoked, expected);
    assert!(refusal(&office, revoke(&rotated.before)).await.contains("revoked already"));
    let last = listed().await;
    assert_eq!(states(&last), ["active", "next", "revoked"]);
    assert_eq!((last[2].algorithm, &last[2].key_id), (None, &rotated.before));
}

#[tokio::test]
async fn a_resource_signs_by_the_algorithm_that_it_is_given() {
    let office = office().await;
    let name = "default".to_owned();
    let set = Request::ResourceSetSigningAlgorithm { name, algorithm: Algorithm::Es256 };
    let Reply::Resource(shown) = ask(&office, set).await.unwrap().reply else { panic!("no resource") };
    assert_eq!(shown.signing_algorithm, Algorithm::Es256);
    let Reply::SigningKeys { keys } = ask(&office, Request::SigningKeyList {}).await.unwrap().reply else {
        panic!("no keys")
    };
    let algorithms: Vec<_> = keys.iter().filter_map(|key| key.algorithm).collect();
    assert_eq!(algorithms, [Algorithm::Rs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::Es256]);
    let red = Request::ResourceSetSigningAlgorithm { name: "red".to_owned(), algorithm: Algorithm::Es256 };
    assert!(refusal(&office, red).await.contains("there is default"));
}
