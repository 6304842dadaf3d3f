//! An OpenID provider on this machine that a test makes say what it likes, and a server that trusts it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::clock::{Clock as _, SystemClock};
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::key_set::KeySet;
use callsign_server::config::Config;
use serde_json::{Value, json};

use crate::harness::House;
use crate::request::{Reply, Request};

pub const TENANT: &str = "c70d068c-2f32-484d-9455-73070cd5aadd";
pub const APPLICATION: &str = "07474a86-625a-452f-977b-db4e13f21260";
pub const SERVICE_PRINCIPAL: &str = "11111111-625a-452f-977b-db4e13f21260";
pub const USER: &str = "b27b64b9-39d2-44a3-869d-67700b74e805";

/// What the provider answers to who asks for a document.
pub enum Says {
    /// What it is, and its keys.
    Truth,
    /// These bytes, whatever is asked for.
    Bytes(Vec<u8>),
    /// This discovery document, and its keys.
    Discovery(Value),
    /// Nothing, until the provider is dropped.
    Nothing,
}

struct State {
    says: Says,
    keys: Vec<Arc<SigningKey>>,
    readings: usize,
    /// What it answers to a code.
    gives: String,
    ended: bool,
}

/// A provider.
pub struct Provider {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Provider {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let keys = vec![fresh_key()];
        let state = State { says: Says::Truth, keys, readings: 0, gives: String::new(), ended: false };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if serving.0.lock().unwrap().ended {
                    return;
                }
                let serving = Arc::clone(&serving);
                std::thread::spawn(move || answer(stream, address, &serving));
            }
        });
        Self { address, state }
    }

    /// `http://127.0.0.1:port`
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn says(&self, says: Says) {
        self.state.0.lock().unwrap().says = says;
    }

    /// What it answers to a code from now on.
    pub fn gives(&self, answer: &Value) {
        self.state.0.lock().unwrap().gives = answer.to_string();
    }

    /// An id token with some claims changed.
    pub fn id_token(&self, client_id: &str, nonce: &str, changes: &Value) -> String {
        let claims = json!({ "aud": client_id, "nonce": nonce, "oid": USER, "sub": "pairwise" });
        self.token(claims, changes)
    }

    /// How often its discovery document was asked for.
    pub fn readings(&self) -> usize {
        self.state.0.lock().unwrap().readings
    }

    /// Signs by another key from now on, and publishes that one alone.
    pub fn roll_over(&self) {
        self.state.0.lock().unwrap().keys = vec![fresh_key()];
    }

    /// A server that trusts it for the tenant, and lets its application do what the role says.
    pub fn house(&self, role: &str) -> House {
        self.house_with(role, |_| {})
    }

    pub fn house_with(&self, role: &str, change: impl FnOnce(&mut Config)) -> House {
        let issuer = self.issuer();
        House::with(|config| {
            config.log.level = "error".to_owned();
            config.entra.issuers = vec![format!("{issuer} tenant={TENANT}").parse().unwrap()];
            let role = format!("{role} on * for application {APPLICATION}");
            config.entra.roles = vec![role.parse().unwrap()];
            change(config);
        })
    }

    /// A token of the application that speaks for itself, with some claims changed; `null` takes one out.
    pub fn service_token(&self, changes: &Value) -> String {
        let claims = json!({
            "aud": "https://communication.azure.com/",
            "appid": APPLICATION,
            "oid": SERVICE_PRINCIPAL,
            "sub": SERVICE_PRINCIPAL,
            "idtyp": "app",
        });
        self.token(claims, changes)
    }

    /// A token of the user for that audience and with these permissions, with some claims changed.
    pub fn user_token(&self, audience: &str, permissions: &str, changes: &Value) -> String {
        let claims = json!({
            "aud": audience,
            "appid": APPLICATION,
            "oid": USER,
            "sub": "a-name-for-this-application",
            "scp": permissions,
            "uti": "uniqueTokenIdentifier0",
        });
        self.token(claims, changes)
    }

    /// A token of a Teams user.
    pub fn teams_token(&self, changes: &Value) -> String {
        let permissions = "Teams.ManageCalls Teams.ManageChats";
        self.user_token("https://auth.msft.communication.azure.com", permissions, changes)
    }

    /// A token of an Entra user.
    pub fn clients_token(&self, permissions: &str, changes: &Value) -> String {
        self.user_token("https://communication.azure.com/clients", permissions, changes)
    }

    /// A token of a user of the Teams extension.
    pub fn extension_token(&self, changes: &Value) -> String {
        self.user_token("https://auth.msft.communication.azure.com/", "TeamsExtension.ManageCalls", changes)
    }

    fn token(&self, mut claims: Value, changes: &Value) -> String {
        let now = SystemClock.now().unix_seconds();
        let common = json!({
            "iss": self.issuer(), "tid": TENANT, "iat": now - 300, "nbf": now - 300, "exp": now + 3600, "ver": "1.0",
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(common.as_object().unwrap().clone());
        members.extend(changes.as_object().cloned().unwrap_or_default());
        members.retain(|_, value| !value.is_null());
        let key = Arc::clone(&self.state.0.lock().unwrap().keys[0]);
        signed(&key, &json!({ "typ": "JWT", "alg": "RS256", "kid": key.key_id() }), &claims)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.state.0.lock().unwrap().ended = true;
        self.state.1.notify_all();
        let _ = TcpStream::connect(self.address);
    }
}

fn fresh_key() -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(Algorithm::Rs256).unwrap())
}

/// A JWS of whatever header and claims.
pub fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encoded(header), encoded(claims));
    let signature = key.sign(&digest(&SHA256, input.as_bytes())).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn answer(mut stream: TcpStream, address: SocketAddr, state: &(Mutex<State>, Condvar)) {
    let mut head = [0; 4096];
    let length = stream.read(&mut head).unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let is_discovery = head.starts_with("GET /.well-known/openid-configuration ");
    let mut held = state.0.lock().unwrap();
    held.readings += usize::from(is_discovery);
    let truth = json!({
        "issuer": format!("http://{address}"),
        "jwks_uri": format!("http://{address}/keys"),
        "authorization_endpoint": format!("http://{address}/authorize"),
        "token_endpoint": format!("http://{address}/token"),
    });
    let keys = KeySet { keys: held.keys.iter().map(|key| key.published().clone()).collect() };
    let document = match (&held.says, is_discovery) {
        (Says::Truth | Says::Discovery(_), _) if head.starts_with("POST /token ") => held.gives.clone(),
        (Says::Bytes(bytes), _) => {
            let bytes = bytes.clone();
            drop(held);
            let _ = stream.write_all(&bytes);
            return;
        }
        (Says::Nothing, _) => {
            drop(state.1.wait_while(held, |state| !state.ended).unwrap());
            return;
        }
        (Says::Discovery(document), true) => document.to_string(),
        (Says::Truth, true) => truth.to_string(),
        (Says::Truth | Says::Discovery(_), false) => serde_json::to_string(&keys).unwrap(),
    };
    drop(held);
    let length = document.len();
    let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{document}");
    let _ = stream.write_all(reply.as_bytes());
}

impl House {
    /// Sends a request whose caller shows a token.
    pub fn send_bearing(&self, token: &str, method: &str, target: &str, body: &str) -> Reply {
        self.bearing(token, method, target, body).send()
    }

    /// A request whose caller shows a token.
    pub fn bearing(&self, token: &str, method: &str, target: &str, body: &str) -> Request {
        self.request(method, target).body(body).header("authorization", &format!("Bearer {token}"))
    }
}
