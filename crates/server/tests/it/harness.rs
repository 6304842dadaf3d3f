//! A server of its own for each test, and the personas that speak to it.

use std::sync::Arc;

use callsign_protocol::access_key::AccessKey;
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

    /// The core behind the server.
    pub fn service(&self) -> &Arc<callsign_core::service::Service> {
        self.server.service()
    }
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
