//! A server of a script: it does what a Callsign server does, until a test tells it to do something else.

mod desk;
mod http;
mod truth;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use callsign_protocol::revocation::Entry;
use callsign_verifier::clock::Clock;
use callsign_verifier::{Builder, Connection, Timestamp, Uuid, Verifier};
use tokio::sync::mpsc;

pub use desk::{Key, Mint, RAW_KEY, encoded};
pub use http::{Act, Script};
pub use truth::{ISSUER, RESOURCE, Truth, signed};

pub const DISCOVERY: &str = "/.well-known/openid-configuration";
pub const KEY_SET: &str = "/.well-known/jwks.json";
pub const SNAPSHOT: &str = "/callsign/v1/revocations/snapshot";
pub const STREAM: &str = "/callsign/v1/revocations/stream";
pub const POLL: &str = "/callsign/v1/revocations";
pub const INTROSPECT: &str = "/callsign/v1/introspect";

/// 2026-01-01T00:00:00Z, where every test begins.
pub const BEGIN: i64 = 1_767_225_600;

/// A clock that stands until it is set.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn set(&self, unix_seconds: i64) {
        self.0.store(unix_seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.load(Ordering::SeqCst))
    }
}

pub struct Server {
    pub script: Arc<Script>,
    pub clock: Arc<HandClock>,
    streams: tokio::sync::Mutex<mpsc::UnboundedReceiver<Wire>>,
    port: u16,
}

impl Server {
    pub async fn start() -> Self {
        let (opened, streams) = mpsc::unbounded_channel();
        let script = Arc::new(Script::new(opened));
        let port = http::serve(script.clone()).await;
        let clock = Arc::new(HandClock(AtomicI64::new(BEGIN)));
        Self { script, clock, streams: streams.into(), port }
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn connection(&self) -> Connection {
        Connection::new(&self.origin(), RAW_KEY).unwrap()
    }

    pub fn builder(&self) -> Builder {
        Verifier::builder(self.connection()).clock(self.clock.clone())
    }

    /// A good token of a new identity of ours.
    pub fn token(&self) -> String {
        self.mint().compact(&self.script.signer())
    }

    pub fn mint(&self) -> Mint {
        Mint::new(self.clock.now())
    }

    /// The next stream that a verifier opens.
    pub async fn stream(&self) -> Wire {
        soon(async { self.streams.lock().await.recv().await.unwrap() }).await
    }

    /// A ready verifier and the stream that it reads.
    pub async fn ready(&self) -> (Verifier, Wire) {
        self.ready_with(self.builder()).await
    }

    pub async fn ready_with(&self, builder: Builder) -> (Verifier, Wire) {
        let verifier = builder.connect().unwrap();
        let wire = self.stream().await;
        wire.heartbeat();
        soon(verifier.ready()).await;
        (verifier, wire)
    }
}

/// The server's end of a stream. Dropped, it ends the stream.
pub struct Wire {
    pub script: Arc<Script>,
    pub last_event_id: Option<String>,
    pieces: mpsc::UnboundedSender<String>,
}

impl Wire {
    /// Sends what need not be true.
    pub fn raw(&self, text: impl Into<String>) {
        // The verifier may have hung up.
        let _ = self.pieces.send(text.into());
    }

    /// Revokes, and says so.
    pub fn entry(&self, entry: Entry) {
        let text = self.script.revoke(entry);
        self.raw(text);
    }

    /// Says how things stand, a second later than the last time.
    pub fn heartbeat(&self) {
        self.raw(format!("event: heartbeat\ndata: {}\n\n", self.script.heartbeat()));
    }
}

/// What should take milliseconds may take twenty seconds, and no longer.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it took too long")
}

/// Lets time pass at once.
pub async fn pass(span: Duration) {
    tokio::time::pause();
    tokio::time::advance(span).await;
    tokio::time::resume();
}

/// The identity of a token that is minted with it.
pub const fn local(number: u128) -> Uuid {
    Uuid::from_u128(number)
}
