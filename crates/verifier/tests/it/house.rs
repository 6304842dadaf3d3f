//! A real server of its own for a test, behind a door that keeps its address when the server is started anew.

mod door;

use std::sync::Arc;
use std::time::Duration;

use callsign_client::{CommunicationIdentityClient, CommunicationUserIdentifier, TokenScope};
use callsign_protocol::access_key::{AccessKey, KeySlot};
use callsign_server::Server;
use callsign_server::admin::{self, Reply, Request};
use callsign_server::config::Config;
use callsign_verifier::{Builder, Connection, Refused, Verifier};
use tempfile::TempDir;

pub use door::{Door, Lets};

/// Longer than any revocation takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct House {
    server: Option<Server>,
    pub folder: TempDir,
    pub door: Arc<Door>,
}

impl House {
    /// Runs a test on a thread with a runtime, beside a server that has threads of its own.
    pub fn during(test: impl AsyncFnOnce(&mut Self)) {
        Self::during_as(|_| {}, test);
    }

    /// The same beside a server that is configured so.
    pub fn during_as(configured: impl FnOnce(&mut Config), test: impl AsyncFnOnce(&mut Self)) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::ephemeral(folder.path());
        configured(&mut config);
        let server = Server::start(&config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let door = Door::before(http(&server)).await;
            test(&mut Self { server: Some(server), folder, door }).await;
        });
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub fn https(&self) -> &str {
        self.server().ready().https.as_ref().unwrap()
    }

    /// Stops the server.
    pub async fn stop(&mut self) {
        let server = self.server.take();
        tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
    }

    /// Starts it anew, behind the same door.
    pub async fn start(&mut self) {
        let config = Config::ephemeral(self.folder.path());
        let server = tokio::task::spawn_blocking(move || Server::start(&config).unwrap()).await.unwrap();
        self.door.lead_to(http(&server));
        self.server = Some(server);
    }

    /// An access key of the default resource.
    pub fn key(&self, slot: KeySlot) -> AccessKey {
        let resource = self.server().service().resources.default_one().unwrap();
        let [primary, secondary] = &resource.keys;
        let key = if slot == KeySlot::Primary { primary } else { secondary };
        key.key.clone()
    }

    /// Orders as an administrator.
    pub async fn order(&self, request: Request) -> Reply {
        admin::ask(&Config::ephemeral(self.folder.path()), request).await.unwrap().reply
    }

    pub fn connection(&self, slot: KeySlot) -> Connection {
        Connection::new(&self.door.origin(), &self.key(slot).expose_base64()).unwrap()
    }

    pub fn builder(&self) -> Builder {
        Verifier::builder(self.connection(KeySlot::Primary))
    }

    pub async fn ready(&self) -> Verifier {
        let verifier = self.builder().connect().unwrap();
        soon(verifier.ready()).await;
        verifier
    }

    /// Somebody who issues tokens and revokes them, with that key.
    pub fn desk(&self, slot: KeySlot) -> Desk {
        let key = self.key(slot);
        Desk::new(&format!("endpoint={}/;accesskey={}", http(self.server()), key.expose_base64().as_str()))
    }
}

fn http(server: &Server) -> String {
    server.ready().http.clone().unwrap()
}

/// The SDK, as a back end has it.
pub struct Desk(CommunicationIdentityClient);

impl Desk {
    pub fn new(connection_string: &str) -> Self {
        Self(CommunicationIdentityClient::from_connection_string(connection_string, None).unwrap())
    }

    pub async fn user(&self) -> (CommunicationUserIdentifier, String) {
        let made =
            self.0.create_user_and_token(&[TokenScope::Chat], None).await.unwrap().into_model().unwrap();
        (made.user, made.access_token.token.secret().to_owned())
    }

    pub async fn token(&self, user: &CommunicationUserIdentifier) -> String {
        let issued = self.0.get_token(user, &[TokenScope::Chat], None).await.unwrap().into_model().unwrap();
        issued.token.secret().to_owned()
    }

    pub async fn revoke(&self, user: &CommunicationUserIdentifier) {
        self.0.revoke_tokens(user, None).await.unwrap();
    }

    pub async fn delete(&self, user: &CommunicationUserIdentifier) {
        self.0.delete_user(user, None).await.unwrap();
    }
}

/// Waits until a token that was good is refused, and says why.
pub async fn refusal(verifier: &Verifier, token: &str) -> Refused {
    soon(verifier.wait_until(|_| verifier.verify_offline(token).is_err())).await;
    verifier.verify_offline(token).unwrap_err()
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it took too long")
}
