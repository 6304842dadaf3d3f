//! The service against a server with the development authority: its routes, its refusals, and that nothing is left over.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use callsign_protocol::connection_string::expose_connection_string;
use callsign_server::Server;
use callsign_server::config::Config;
use callsign_trusted::{Issuer, service};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const AUDIENCE: &str = "api://callsign";
const TEAMS: &str = "https://auth.msft.communication.azure.com";

/// A server, and the service before it on a port of its own.
struct House {
    directory: Server,
    _folder: TempDir,
    address: String,
    http: Client,
}

impl House {
    /// Runs a test beside a server, which has threads of its own.
    fn during(test: impl AsyncFnOnce(&mut Self)) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::ephemeral(folder.path());
        config.dev_entra.enabled = true;
        let directory = Server::start(&config).unwrap();
        let mut house = Self { directory, _folder: folder, address: String::new(), http: Client::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            house.serve_anew().await;
            test(&mut house).await;
        });
    }

    fn endpoint(&self) -> &str {
        self.directory.ready().http.as_deref().unwrap()
    }

    /// Another instance of the service, which has seen nobody.
    async fn serve_anew(&mut self) {
        let document = format!("{}/adfs/.well-known/openid-configuration", self.endpoint());
        let issuer = Issuer::discover(&document, AUDIENCE).await.unwrap();
        let resource = self.directory.service().resources.default_one().unwrap();
        let connection_string = expose_connection_string(self.endpoint(), &resource.keys[0].key);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = format!("http://{}", listener.local_addr().unwrap());
        let router = service(&connection_string, issuer).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    /// The token of a user of the development authority for those scopes.
    async fn token(&self, user: &str, scope: &str) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "password")
            .append_pair("client_id", "ca115160-0000-4000-8000-00000000de02")
            .append_pair("username", &format!("{user}@callsign.test"))
            .append_pair("password", "callsign")
            .append_pair("scope", scope)
            .finish();
        let request = self.http.post(format!("{}/adfs/oauth2/v2.0/token", self.endpoint()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = request.send().await.unwrap();
        let (status, body) = (reply.status(), reply.bytes().await.unwrap_or_default());
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn signed_in(&self, token: &str, method: Method, path: &str) -> (u16, Value) {
        let (status, body) = self.ask(method, path, &[("authorization", &format!("Bearer {token}"))]).await;
        (status.as_u16(), body)
    }
}

#[test]
fn a_user_gets_an_identity_and_tokens_and_is_deleted() {
    House::during(async |house| {
        let alice = house.token("alice", &format!("{AUDIENCE}/access_as_user")).await;
        for path in ["/api/user", "/api/token"] {
            assert_eq!(house.signed_in(&alice, Method::GET, path).await.0, 404);
        }
        let (status, created) = house.signed_in(&alice, Method::POST, "/api/user").await;
        assert_eq!(status, 201);
        assert_eq!(house.signed_in(&alice, Method::POST, "/api/user").await, (200, created.clone()));
        assert_eq!(house.signed_in(&alice, Method::GET, "/api/user").await, (200, created.clone()));
        let (status, issued) = house.signed_in(&alice, Method::GET, "/api/token").await;
        assert_eq!(status, 201);
        assert_eq!(issued["user"]["communicationUserId"], created["acsUserIdentity"]);
        assert!(issued["token"].as_str().unwrap().split('.').count() == 3 && issued["expiresOn"].is_string());
        let bob = house.token("bob", &format!("{AUDIENCE}/access_as_user")).await;
        let (_, other) = house.signed_in(&bob, Method::POST, "/api/user").await;
        assert_ne!(other, created);
        assert_eq!(house.signed_in(&alice, Method::DELETE, "/api/user").await.0, 204);
        assert_eq!(house.signed_in(&alice, Method::GET, "/api/token").await.0, 404);
    });
}

/// An instance that has seen nobody finds the same identity, so that there is one of each user, however often it starts.
#[test]
fn after_a_restart_the_user_is_the_same_and_nothing_is_left_over() {
    House::during(async |house| {
        let alice = house.token("alice", &format!("{AUDIENCE}/access_as_user")).await;
        let (_, before) = house.signed_in(&alice, Method::POST, "/api/user").await;
        house.serve_anew().await;
        let (_, after) = house.signed_in(&alice, Method::POST, "/api/user").await;
        assert_eq!(before, after);
        house.serve_anew().await;
        assert_eq!(house.signed_in(&alice, Method::DELETE, "/api/user").await.0, 204);
        let (status, anew) = house.signed_in(&alice, Method::POST, "/api/user").await;
        assert_eq!(status, 201);
        assert_ne!(anew, before);
    });
}

#[test]
fn whoever_is_not_signed_in_for_this_service_is_refused() {
    House::during(async |house| {
        let other = house.token("alice", "api://another/access_as_user").await;
        let service = house.token("alice", "https://communication.azure.com/.default").await;
        for token in [other.as_str(), service.as_str(), "x", ""] {
            let (status, body) = house.signed_in(token, Method::POST, "/api/user").await;
            assert_eq!((status, &body["code"]), (401, &json!(401)), "{token}");
        }
        assert_eq!(house.ask(Method::GET, "/api/user", &[]).await.0, 401);
        assert_eq!(house.ask(Method::PUT, "/api/user", &[]).await.0, 405);
        assert_eq!(house.ask(Method::GET, "/api", &[]).await.0, 404);
    });
}

#[test]
fn a_teams_users_token_is_exchanged_if_it_is_the_same_users() {
    House::during(async |house| {
        let scopes = format!("{TEAMS}/Teams.ManageCalls {TEAMS}/Teams.ManageChats");
        let alice = house.token("alice", &format!("{AUDIENCE}/access_as_user")).await;
        let authorization = format!("Bearer {alice}");
        for (user, expected) in [("alice", 201), ("bob", 401)] {
            let teams = house.token(user, &scopes).await;
            let headers =
                [("authorization", authorization.as_str()), ("teams-user-aad-token", teams.as_str())];
            let (status, body) = house.ask(Method::GET, "/api/token/teams", &headers).await;
            assert_eq!(status.as_u16(), expected, "{body}");
        }
        let headers = [("authorization", authorization.as_str())];
        assert_eq!(house.ask(Method::GET, "/api/token/teams", &headers).await.0, 400);
    });
}
