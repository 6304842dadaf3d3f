//! The script's HTTP: what is answered to each path, and how often it was asked for.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::key_set::{Discovery, KeySet};
use callsign_protocol::revocation::{Entry, Statement};
use callsign_protocol::signature::{Authorization, RequestKey, SignedParts, content_sha256};
use futures_util::stream;
use http::StatusCode;
use serde_json::json;
use tokio::sync::mpsc;

use super::desk::{Key, RAW_KEY};
use super::truth::{Truth, signed};
use super::{DISCOVERY, INTROSPECT, KEY_SET, POLL, SNAPSHOT, STREAM, Wire};

/// What is done instead of the usual.
#[derive(Clone)]
pub enum Act {
    Status(u16),
    Redirect(String),
    Bytes(Vec<u8>),
    /// The head of a reply, and no more of it.
    Stall(&'static str),
    /// Nothing at all.
    Hang,
    /// A body without end.
    Endless,
}

/// One request, as far as tests ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub target: String,
    pub if_none_match: Option<String>,
    pub body: String,
}

pub struct Script {
    state: Mutex<Stage>,
    streams: mpsc::UnboundedSender<Wire>,
}

pub struct Stage {
    pub truth: Truth,
    pub signer: Arc<Key>,
    /// What the key set holds.
    pub published: Vec<Arc<Key>>,
    pub access_key: AccessKey,
    /// Whether tokens are good, as the server says when it is asked.
    pub introspection: serde_json::Value,
    acts: HashMap<&'static str, Act>,
    arrived: HashMap<String, Vec<Arrived>>,
}

impl Script {
    pub fn new(streams: mpsc::UnboundedSender<Wire>) -> Self {
        let signer = Arc::new(Key::new());
        let stage = Stage {
            truth: Truth::new(),
            published: vec![signer.clone()],
            signer,
            access_key: RAW_KEY.parse().unwrap(),
            introspection: json!({ "active": true }),
            acts: HashMap::new(),
            arrived: HashMap::new(),
        };
        Self { state: Mutex::new(stage), streams }
    }

    pub fn stage(&self) -> MutexGuard<'_, Stage> {
        self.state.lock().unwrap()
    }

    pub fn signer(&self) -> Arc<Key> {
        self.stage().signer.clone()
    }

    /// From now on, that path is answered so.
    pub fn act(&self, path: &'static str, act: Act) {
        self.stage().acts.insert(path, act);
    }

    pub fn as_usual(&self, path: &'static str) {
        self.stage().acts.remove(path);
    }

    pub fn arrived(&self, path: &str) -> Vec<Arrived> {
        self.stage().arrived.get(path).cloned().unwrap_or_default()
    }

    pub fn count(&self, path: &str) -> usize {
        self.arrived(path).len()
    }

    /// Publishes another key, which signs from now on.
    pub fn roll_over(&self) -> Arc<Key> {
        let key = Arc::new(Key::new());
        let mut stage = self.stage();
        stage.published.push(key.clone());
        stage.signer = key.clone();
        key
    }

    /// Revokes; the event that says so.
    pub fn revoke(&self, entry: Entry) -> String {
        let text = entry.to_string();
        let mut stage = self.stage();
        stage.truth.add(entry);
        format!("id: {}\ndata: {text}\n\n", stage.truth.position.cursor())
    }

    /// A statement of how things stand, a second after the last one.
    pub fn heartbeat(&self) -> String {
        self.heartbeat_with(|_| {})
    }

    /// One that need not be true.
    pub fn heartbeat_with(&self, change: impl FnOnce(&mut Statement)) -> String {
        let mut stage = self.stage();
        stage.truth.time += 1_000;
        let mut statement = stage.truth.statement();
        change(&mut statement);
        signed(&statement, &stage.signer)
    }

    fn admits(&self, request: &http::request::Parts, body: &[u8]) -> bool {
        let header =
            |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let hash = content_sha256(body);
        let parts = SignedParts {
            method: request.method.as_str(),
            target: request.uri.path_and_query().unwrap().as_str(),
            date: header("x-ms-date"),
            host: header("host"),
            content_sha256: &hash,
        };
        let key = RequestKey::new(&self.stage().access_key);
        Authorization::parse(header("authorization"))
            .is_ok_and(|given| key.verifies(&parts.string_to_sign(), &given.signature))
    }
}

/// Serves on a free port until the runtime ends.
pub async fn serve(script: Arc<Script>) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new().fallback(answer).with_state(script);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    port
}

async fn answer(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (path, target) = (parts.uri.path().to_owned(), parts.uri.to_string());
    let arrived = Arrived {
        target,
        if_none_match: header("if-none-match"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let act = {
        let mut stage = script.stage();
        stage.arrived.entry(path.clone()).or_default().push(arrived.clone());
        stage.acts.get(path.as_str()).cloned()
    };
    if let Some(act) = act {
        return perform(act).await;
    }
    if path.starts_with("/callsign/") && !script.admits(&parts, &body) {
        return reply(401, "application/problem+json", "{}");
    }
    match path.as_str() {
        STREAM => open_stream(&script, header("last-event-id")),
        path => usual(&script, path, &arrived),
    }
}

fn usual(script: &Script, path: &str, arrived: &Arrived) -> Response {
    let stage = script.stage();
    match path {
        DISCOVERY => json_reply(&json!(Discovery::of(&stage.truth.issuer, &[]))),
        KEY_SET => {
            let tag = format!("\"{}\"", stage.published.len());
            if arrived.if_none_match.as_ref() == Some(&tag) {
                return reply(304, "application/json", "");
            }
            let keys = stage.published.iter().map(|key| key.public.clone()).collect();
            let mut reply = json_reply(&json!(KeySet { keys }));
            reply.headers_mut().insert("etag", tag.parse().unwrap());
            reply.headers_mut().insert("cache-control", "max-age=300".parse().unwrap());
            reply
        }
        SNAPSHOT => {
            let snapshot = stage.truth.snapshot(&stage.signer);
            reply(200, "application/vnd.callsign.revocations", snapshot)
        }
        POLL => {
            let (_, query) = arrived.target.split_once("after=").unwrap();
            let (after, _) = query.split_once('&').unwrap();
            let (incarnation, count) = after.split_once('-').unwrap();
            if incarnation != stage.truth.position.incarnation.to_string() {
                return reply(410, "application/problem+json", "{}");
            }
            let entries: Vec<String> =
                stage.truth.entries_after(count.parse().unwrap()).iter().map(Entry::to_string).collect();
            let position = stage.truth.position.cursor().to_string();
            drop(stage);
            let statement = script.heartbeat();
            json_reply(&json!({ "entries": entries, "position": position, "statement": statement }))
        }
        INTROSPECT => json_reply(&stage.introspection),
        _ => reply(404, "text/plain", ""),
    }
}

fn open_stream(script: &Arc<Script>, last_event_id: Option<String>) -> Response {
    let (pieces, received) = mpsc::unbounded_channel::<String>();
    let wire = Wire { script: script.clone(), last_event_id, pieces };
    let _ = script.streams.send(wire);
    let pieces = stream::unfold(received, |mut received| async move {
        let piece = received.recv().await?;
        Some((Ok::<_, Infallible>(piece), received))
    });
    reply(200, "text/event-stream", Body::from_stream(pieces))
}

async fn perform(act: Act) -> Response {
    match act {
        Act::Status(status) => reply(status, "application/problem+json", "{}"),
        Act::Redirect(to) => {
            let mut reply = reply(307, "text/plain", "");
            reply.headers_mut().insert("location", to.parse().unwrap());
            reply
        }
        Act::Bytes(bytes) => reply(200, "application/octet-stream", bytes),
        Act::Stall(kind) => {
            reply(200, kind, Body::from_stream(stream::pending::<Result<String, Infallible>>()))
        }
        Act::Hang => std::future::pending().await,
        Act::Endless => {
            let piece = "x".repeat(64 * 1024);
            let pieces = stream::repeat_with(move || Ok::<_, Infallible>(piece.clone()));
            reply(200, "application/json", Body::from_stream(pieces))
        }
    }
}

fn json_reply(value: &serde_json::Value) -> Response {
    reply(200, "application/json", value.to_string())
}

fn reply(status: u16, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = StatusCode::from_u16(status).unwrap();
    reply.headers_mut().insert("content-type", kind.parse().unwrap());
    reply
}
