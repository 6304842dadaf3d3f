//! Whether the server lives, and whether it is ready: for load balancers, containers and those who start it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_core::service::Service;
use callsign_protocol::algorithm::Algorithm;
use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::sync::{Semaphore, watch};

use super::Answer;

/// The process answers.
pub(crate) const LIVE_PATH: &str = "/health/live";
/// Requests would be served.
pub(crate) const READY_PATH: &str = "/health/ready";

/// Longest time that the store may take to answer a small read.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

const JSON: &str = "application/json";
const READY: &str = "ready";

/// What readiness is judged by.
pub(crate) struct Health {
    service: Arc<Service>,
    stopped: watch::Receiver<bool>,
    /// One read at a time: a store that hangs holds up one thread and not one for each who asks.
    turn: Arc<Semaphore>,
}

/// What each part of the server says, `ready` or why not.
struct Parts {
    server: &'static str,
    signing: &'static str,
    store: &'static str,
}

impl Health {
    pub(crate) fn new(service: &Arc<Service>, stopped: watch::Receiver<bool>) -> Self {
        Self { service: Arc::clone(service), stopped, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Whether the path is one of its own.
    pub(crate) fn serves(path: &str) -> bool {
        matches!(path, LIVE_PATH | READY_PATH)
    }

    /// Answers one of its paths.
    pub(crate) async fn answer(&self, method: &Method, path: &str) -> Answer {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return not_allowed();
        }
        if path == LIVE_PATH {
            return json(StatusCode::OK, r#"{"status":"live"}"#.to_owned());
        }
        let Parts { server, signing, store } = self.parts().await;
        let is_ready = [server, signing, store].iter().all(|part| *part == READY);
        let (status, word) = match is_ready {
            true => (StatusCode::OK, READY),
            false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
        };
        let body =
            format!(r#"{{"status":"{word}","server":"{server}","signing":"{signing}","store":"{store}"}}"#);
        json(status, body)
    }

    async fn parts(&self) -> Parts {
        let key = self.service.signing_keys.active(Algorithm::default(), self.service.clock.now());
        Parts {
            server: if *self.stopped.borrow() { "stopping" } else { READY },
            signing: if key.is_ok() { READY } else { "no key signs now" },
            store: self.store().await,
        }
    }

    /// Reads on a thread that may wait: stores read on the thread that calls them.
    async fn store(&self) -> &'static str {
        let read = async {
            let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
            let service = Arc::clone(&self.service);
            let runtime = tokio::runtime::Handle::current();
            let reading = move || {
                let _turn = turn;
                runtime.block_on(service.store.audit_head()).is_ok()
            };
            tokio::task::spawn_blocking(reading).await.ok()
        };
        match tokio::time::timeout(READ_TIMEOUT, read).await {
            Ok(Some(true)) => READY,
            Ok(_) => "it cannot be read",
            Err(_) => "it does not answer in time",
        }
    }
}

/// 405 for whatever only reads.
pub(super) fn not_allowed() -> Answer {
    let headers = HeaderMap::from_iter([(ALLOW, HeaderValue::from_static("GET, HEAD"))]);
    Answer {
        headers,
        ..json(StatusCode::METHOD_NOT_ALLOWED, r#"{"status":"only GET is answered"}"#.to_owned())
    }
}

pub(super) fn json(status: StatusCode, body: String) -> Answer {
    Answer { status, media_type: JSON, headers: HeaderMap::new(), body: Bytes::from(body) }
}

#[cfg(test)]
mod tests {
    use arc_swap::ArcSwap;
    use callsign_core::clock::SystemClock;
    use callsign_core::directory::feeds::Feeds;
    use callsign_core::directory::last_issued::LastIssued;
    use callsign_core::directory::resource::Resources;
    use callsign_core::entropy::SeededEntropy;
    use callsign_core::store::memory::MemoryStore;
    use callsign_core::token::key_ring::KeyRing;
    use callsign_core::token::rotation::Policy;
    use callsign_core::token::signing_queue::SigningQueue;
    use callsign_core::wrapping::{KeyEncryptionKey, fresh_key_text};

    use super::*;

    /// A service without anything.
    async fn service() -> Arc<Service> {
        let (entropy, store) = (Arc::new(SeededEntropy::new(1)), Arc::new(MemoryStore::default()));
        let under = KeyEncryptionKey::from_text(&fresh_key_text(entropy.as_ref()).unwrap()).unwrap();
        let policy = Policy { rotate_every_days: 90 };
        Arc::new(Service {
            clock: Arc::new(SystemClock),
            entropy,
            resources: Resources::load(store.as_ref(), &under).await.unwrap(),
            signing_keys: KeyRing::load(store.as_ref(), &under, policy).await.unwrap(),
            key_encryption_key: ArcSwap::from_pointee(under),
            key_changes: tokio::sync::Mutex::default(),
            signing: SigningQueue::start(Vec::new(), || {}).unwrap(),
            authorities: Arc::new(callsign_core::authorities::Nobody),
            issuer: "https://localhost:8443".parse().unwrap(),
            last_issued: LastIssued::default(),
            feeds: Feeds::default(),
            store,
        })
    }

    async fn asked(health: &Health) -> (u16, serde_json::Value) {
        let answer = health.answer(&Method::GET, READY_PATH).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
    }

    #[tokio::test]
    async fn a_server_without_a_key_that_signs_is_not_ready_until_it_has_one() {
        let service = service().await;
        let (_stop, stopped) = watch::channel(false);
        let health = Health::new(&service, stopped);
        let (status, parts) = asked(&health).await;
        assert_eq!((status, &parts["signing"]), (503, &"no key signs now".into()));
        assert_eq!((&parts["status"], &parts["store"]), (&"not ready".into(), &"ready".into()));
        service.keep_signing_keys().await.unwrap();
        assert_eq!(asked(&health).await.0, 200);
    }

    #[tokio::test]
    async fn a_server_that_stops_is_not_ready_and_lives() {
        let service = service().await;
        let (stop, stopped) = watch::channel(false);
        let health = Health::new(&service, stopped);
        stop.send_replace(true);
        let (status, parts) = asked(&health).await;
        assert_eq!((status, &parts["server"]), (503, &"stopping".into()));
        assert_eq!(health.answer(&Method::GET, LIVE_PATH).await.status.as_u16(), 200);
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_said_to_and_asked_once() {
        let service = service().await;
        let (_stop, stopped) = watch::channel(false);
        let health = Health::new(&service, stopped);
        // The read that hangs has the turn.
        let turn = Arc::clone(&health.turn).acquire_owned().await.unwrap();
        for _ in 0..3 {
            let (status, parts) = asked(&health).await;
            assert_eq!((status, &parts["store"]), (503, &"it does not answer in time".into()));
        }
        drop(turn);
        assert_eq!(asked(&health).await.1["store"], "ready");
    }
}
