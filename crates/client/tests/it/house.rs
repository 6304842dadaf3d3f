//! A server of its own for a test, and clients of it.

use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use callsign_client::{CommunicationIdentityClient, CommunicationIdentityClientOptions, KeyCredential};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::connection_string::expose_connection_string;
use callsign_server::Server;
use callsign_server::admin::{self, Reply, Request};
use callsign_server::config::Config;
use tempfile::TempDir;

/// The version with custom ids and `get_user_detail`.
pub const PREVIEW: &str = "2025-03-02-preview";
/// The version with paths and shapes of its own.
pub const OLDEST: &str = "2020-07-20-preview2";

/// An id that looks right and belongs to nobody: the one with which the live service was recorded.
pub const FOREIGN: &str = "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000";

/// A running server in a temporary folder. It is stopped and removed with the test.
pub struct House {
    pub server: Server,
    pub folder: TempDir,
    config: Config,
}

impl House {
    /// Runs a test on a thread with a runtime, beside a server that has threads of its own.
    pub fn during(test: impl AsyncFnOnce(&Self)) {
        Self::during_with(|_| {}, test);
    }

    /// The same with a changed configuration.
    pub fn during_with(change: impl FnOnce(&mut Config), test: impl AsyncFnOnce(&Self)) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::ephemeral(folder.path());
        change(&mut config);
        let house = Self { server: Server::start(&config).unwrap(), folder, config };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test(&house));
    }

    /// `http://127.0.0.1:port`
    pub fn http(&self) -> &str {
        self.server.ready().http.as_ref().unwrap()
    }

    /// `https://localhost:port`
    pub fn https(&self) -> &str {
        self.server.ready().https.as_ref().unwrap()
    }

    /// What goes over https by the server's own authority, and nothing else.
    pub fn https_client(&self) -> reqwest::Client {
        let pem = std::fs::read(self.folder.path().join("tls/ca.pem")).unwrap();
        let certificate = reqwest::Certificate::from_pem(&pem).unwrap();
        reqwest::Client::builder().tls_certs_only([certificate]).build().unwrap()
    }

    /// Options with such a transport.
    pub fn client_options(&self) -> ClientOptions {
        let transport = Some(Transport::new(Arc::new(self.https_client())));
        ClientOptions { transport, ..ClientOptions::default() }
    }

    /// A credential of an application that the server knows as the development authority.
    pub fn service_principal(
        &self,
        tenant: &str,
        application: &str,
        secret: &str,
    ) -> Arc<dyn TokenCredential> {
        let mut cloud = CustomConfiguration::default();
        self.https().clone_into(&mut cloud.authority_host);
        let client_options = ClientOptions { cloud: Some(Arc::new(cloud.into())), ..self.client_options() };
        let options = ClientSecretCredentialOptions { client_options };
        let secret = secret.to_owned().into();
        ClientSecretCredential::new(tenant, application.to_owned(), secret, Some(options)).unwrap()
    }

    /// What `callsign env` would print.
    pub async fn environment(&self) -> Vec<(String, String)> {
        let answer = admin::ask(&self.config, Request::Environment { resource: None }).await.unwrap();
        let Reply::Environment { variables } = answer.reply else { panic!("{:?}", answer.reply) };
        variables.into_iter().map(|one| (one.name, one.value.expose().to_owned())).collect()
    }

    /// The primary key of the default resource.
    pub fn key(&self) -> AccessKey {
        let resource = self.server.service().resources.default_one().unwrap();
        let [primary, _] = &resource.keys;
        primary.key.clone()
    }

    pub fn credential(&self) -> KeyCredential {
        KeyCredential::from(&self.key())
    }

    /// What `callsign env` would print, with the plain listener.
    pub fn connection_string(&self) -> String {
        expose_connection_string(self.http(), &self.key()).to_string()
    }

    pub fn client(&self, api_version: &str) -> CommunicationIdentityClient {
        let options = CommunicationIdentityClientOptions {
            api_version: api_version.to_owned(),
            ..CommunicationIdentityClientOptions::default()
        };
        CommunicationIdentityClient::with_key_credential(self.http(), self.credential(), Some(options))
            .unwrap()
    }

    pub fn newest(&self) -> CommunicationIdentityClient {
        CommunicationIdentityClient::from_connection_string(&self.connection_string(), None).unwrap()
    }
}
