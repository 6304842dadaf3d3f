//! A server of its own for each test, and the personas that speak to it.

use std::sync::Arc;

use callsign_core::directory::audit::{Action, Actor, AuditFilter, Chain, Deed, Record};
use callsign_core::directory::resource::{NewResource, Resource, create};
use callsign_core::store::Identity;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::DataLocation;
use callsign_server::Server;
use callsign_server::config::Config;
use serde_json::Value;
use tempfile::TempDir;

use crate::request::{Reply, Request};

/// The newest stable version, which most tests speak.
pub const NEWEST: &str = "2026-09-23";
/// The version with custom ids and `GET`.
pub const PREVIEW: &str = "2025-03-02-preview";
/// The oldest version, with shapes of its own.
pub const OLDEST: &str = "2020-07-20-preview2";

/// A running server in a temporary folder. It is stopped and removed with the test.
pub struct House {
    pub server: Server,
    pub folder: TempDir,
}

impl House {
    /// A server with nothing configured but free ports.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server whose configuration is changed first.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::ephemeral(folder.path());
        change(&mut config);
        let server = Server::start(&config).unwrap();
        Self { server, folder }
    }

    /// `127.0.0.1:port` of the plain http listener.
    pub fn address(&self) -> String {
        self.server.ready().http.as_ref().unwrap().strip_prefix("http://").unwrap().to_owned()
    }

    /// `127.0.0.1:port` of the listener for monitoring.
    pub fn monitoring(&self) -> String {
        let url = self.server.ready().metrics.as_ref().unwrap();
        url.strip_prefix("http://").unwrap().strip_suffix("/metrics").unwrap().to_owned()
    }

    /// What Prometheus reads.
    pub fn metrics(&self) -> String {
        let reply = Request::new(&self.monitoring(), "GET", "/metrics").send();
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text()
    }

    /// The guid of the default resource.
    pub fn resource_id(&self) -> String {
        self.server.service().resources.default_one().unwrap().stored.id.to_string()
    }

    /// The primary key of the default resource.
    pub fn key(&self) -> AccessKey {
        let resource = self.server.service().resources.default_one().unwrap();
        let [primary, _] = &resource.keys;
        primary.key.clone()
    }

    /// A request, not signed yet.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(&self.address(), method, target)
    }

    /// Sends a request signed with the primary key.
    pub fn send(&self, method: &str, target: &str, body: &str) -> Reply {
        self.request(method, target).body(body).signed(&self.key()).send()
    }

    /// Creates an identity in the newest version and answers its id.
    pub fn create(&self) -> String {
        let reply = self.send("POST", &format!("/identities?api-version={NEWEST}"), "");
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["identity"]["id"].as_str().unwrap().to_owned()
    }

    /// Issues a token in the newest version.
    pub fn issue(&self, id: &str, body: &str) -> Reply {
        self.send("POST", &format!("/identities/{id}/:issueAccessToken?api-version={NEWEST}"), body)
    }

    /// Revokes in the newest version.
    pub fn revoke(&self, id: &str) -> Reply {
        self.send("POST", &format!("/identities/{id}/:revokeAccessTokens?api-version={NEWEST}"), "")
    }

    /// Deletes in the newest version.
    pub fn delete(&self, id: &str) -> Reply {
        self.send("DELETE", &format!("/identities/{id}?api-version={NEWEST}"), "")
    }

    /// Gets in the version that has it.
    pub fn get(&self, id: &str) -> Reply {
        self.send("GET", &format!("/identities/{id}?api-version={PREVIEW}"), "")
    }

    /// A token for the identity, for chat.
    pub fn token(&self, id: &str) -> String {
        self.issue(id, r#"{"scopes":["chat"]}"#).json()["token"].as_str().unwrap().to_owned()
    }

    /// A request with a JSON body, not signed yet.
    pub fn json_request(&self, target: &str, body: &Value) -> Request {
        self.request("POST", target).header("content-type", "application/json").body(&body.to_string())
    }

    /// Sends a JSON body, signed with the primary key.
    pub fn post(&self, target: &str, body: &Value) -> Reply {
        self.json_request(target, body).signed(&self.key()).send()
    }

    /// A form with a token, not signed yet.
    pub fn introspection(&self, token: &str) -> Request {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let request = self.request("POST", "/callsign/v1/introspect").header(form.0, form.1);
        request.body(&format!("token={token}"))
    }

    /// What the default resource is told of a token.
    pub fn introspect(&self, token: &str) -> Value {
        let reply = self.introspection(token).signed(&self.key()).send();
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// Makes another resource.
    pub fn resource_named(&self, name: &str, hosts: &[&str]) -> Arc<Resource> {
        let service = self.service();
        let new = NewResource {
            name: name.parse().unwrap(),
            data_location: DataLocation::Europe,
            port: None,
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            signing_algorithm: Algorithm::default(),
        };
        wait_for(async {
            let deed = Deed::new(service.clock.now(), Actor::Server, Action::CreateResource);
            let (store, under) = (service.store.as_ref(), service.key_encryption_key.load_full());
            assert!(create(store, &under, service.entropy.as_ref(), (new, &deed)).await.unwrap());
            service.reload_resources().await.unwrap();
        });
        service.resources.by_name(name).unwrap()
    }

    /// The core behind the server.
    pub fn service(&self) -> &Arc<callsign_core::service::Service> {
        self.server.service()
    }
}

/// Runs something of the core to its end.
pub fn wait_for<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// So many identities of the default resource that were created then.
pub fn populate(house: &House, count: usize, created_at: Timestamp) -> Vec<IdentityId> {
    let service = house.service();
    let resource = service.resources.default_one().unwrap().stored.id;
    let id = || {
        let random = callsign_core::entropy::bytes(service.entropy.as_ref()).unwrap();
        IdentityId::mint(resource, created_at, u64::from_be_bytes(random))
    };
    let ids: Vec<_> = (0..count).map(|_| id()).collect();
    let deed = Deed::new(service.clock.now(), Actor::Server, Action::CreateIdentity);
    let create = |id| {
        let identity = Identity { id, created_at, epoch: 0, last_issued_at: None, custom_id: None };
        let deed = &deed;
        async move { service.store.create_identity(&identity, deed).await.unwrap().unwrap() }
    };
    wait_for(futures_util::future::join_all(ids.iter().copied().map(create)));
    ids
}

/// The records of an action. The whole chain is checked.
pub fn audited(house: &House, action: &str) -> Vec<Record> {
    let store = &house.service().store;
    let records = wait_for(store.audit_records(&AuditFilter::default(), 0, usize::MAX)).unwrap();
    let mut chain = Chain::default();
    records.iter().for_each(|record| chain.follow(record).unwrap());
    chain.end(&wait_for(store.audit_head()).unwrap()).unwrap();
    records.into_iter().filter(|record| record.action == action).collect()
}

/// The claims of a token, not verified.
pub fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap())
        .unwrap()
}

/// An id that looks right and belongs to nobody here: the one with which the live service was recorded.
pub const FOREIGN: &str = "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000";
