//! A service over the model, and readers that check what they are told.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use callsign_core::caller::{Caller, Proof};
use callsign_core::clock::ManualClock;
use callsign_core::directory::audit::{Action, Actor, Deed};
use callsign_core::directory::feeds::Feeds as News;
use callsign_core::directory::last_issued::LastIssued;
use callsign_core::directory::resource::{NewResource, Resource, Resources, create};
use callsign_core::entropy::SystemEntropy;
use callsign_core::service::Service;
use callsign_core::store::memory::MemoryStore;
use callsign_core::store::{Identity, SigningKeyChange, Store};
use callsign_core::token::key_ring::KeyRing;
use callsign_core::token::local_signer::LocalSigner;
use callsign_core::token::rotation::Policy;
use callsign_core::token::signer::{Signer, SigningFailed, Wanted};
use callsign_core::token::signing_key::SigningKey;
use callsign_core::token::signing_queue::SigningQueue;
use callsign_core::wrapping::{KeyEncryptionKey, fresh_key_text};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::DataLocation;
use callsign_protocol::revocation::{Cursor, Entry, Position, Statement};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::watch;
use uuid::Uuid;

use crate::feed::{Feeds, NotRead};

/// How far time moves at once when it is driven.
const STEP: Duration = Duration::from_millis(50);

/// Counts what it signs.
struct Counting(Arc<AtomicUsize>);

impl Signer for Counting {
    fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
        self.0.fetch_add(batch.len(), Ordering::SeqCst);
        LocalSigner.sign(batch)
    }
}

pub(super) struct House {
    pub(super) service: Arc<Service>,
    pub(super) feeds: Arc<Feeds>,
    pub(super) stop: watch::Sender<bool>,
    signed: Arc<AtomicUsize>,
}

impl House {
    /// One resource, whose tokens are signed by that algorithm.
    pub(super) async fn signing_by(algorithm: Algorithm) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let (entropy, now) = (SystemEntropy, Timestamp::from_unix_seconds(1_800_000_000));
        let under = KeyEncryptionKey::from_text(&fresh_key_text(&entropy).unwrap()).unwrap();
        let deed = Deed::new(now, Actor::Server, Action::CreateResource);
        let new = NewResource {
            name: "default".parse().unwrap(),
            data_location: DataLocation::Europe,
            port: None,
            hosts: Vec::new(),
            signing_algorithm: algorithm,
        };
        assert!(create(store.as_ref(), &under, &entropy, (new, &deed)).await.unwrap());
        let key = SigningKey::generate(algorithm).unwrap().wrap(&under, (now, now)).unwrap();
        let change = SigningKeyChange { add: vec![key], ..SigningKeyChange::default() };
        assert!(store.change_signing_keys(&change, &deed).await.unwrap());
        let policy = Policy { rotate_every_days: 90 };
        let signed = Arc::new(AtomicUsize::new(0));
        let service = Arc::new(Service {
            resources: Resources::load(store.as_ref(), &under).await.unwrap(),
            signing_keys: KeyRing::load(store.as_ref(), &under, policy).await.unwrap(),
            signing: SigningQueue::start(vec![Box::new(Counting(Arc::clone(&signed)))], || {}).unwrap(),
            key_changes: tokio::sync::Mutex::default(),
            key_encryption_key: ArcSwap::from_pointee(under),
            authorities: Arc::new(callsign_core::authorities::Nobody),
            issuer: "https://localhost:8443".parse().unwrap(),
            clock: Arc::new(ManualClock::at(now)),
            entropy: Arc::new(entropy),
            last_issued: LastIssued::default(),
            feeds: News::default(),
            store,
        });
        let (stop, stopped) = watch::channel(false);
        Self { feeds: Arc::new(Feeds::new(&service, stopped)), service, stop, signed }
    }

    pub(super) async fn new() -> Self {
        Self::signing_by(Algorithm::Rs256).await
    }

    /// Moves time by itself, each step after what was to be signed before it is signed. Without it paused time leaps to
    /// the next timer while the signing thread is at work.
    pub(super) fn drive_time(&self) {
        let service = Arc::clone(&self.service);
        let (resource, key) =
            (self.resource().stored.id, Arc::new(SigningKey::generate(Algorithm::Es256).unwrap()));
        tokio::spawn(async move {
            loop {
                let mut signed = pin!(service.signing.sign(resource, &key, "one after the other"));
                while futures_util::poll!(&mut signed).is_pending() {
                    tokio::task::yield_now().await;
                }
                tokio::time::advance(STEP).await;
            }
        });
    }

    pub(super) fn resource(&self) -> Arc<Resource> {
        self.service.resources.default_one().unwrap()
    }

    /// Whoever signs with the primary key now.
    pub(super) fn caller(&self) -> Caller {
        let resource = self.resource();
        Caller {
            resource: resource.stored.id,
            data_location: resource.stored.data_location,
            signing_algorithm: resource.stored.signing_algorithm,
            proof: Proof::Key { slot: KeySlot::Primary, generation: resource.keys[0].generation },
        }
    }

    pub(super) fn deed(&self) -> Deed {
        self.caller().deed(&self.service, Action::RevokeAccessTokens)
    }

    /// How many statements were signed so far.
    pub(super) fn signed_count(&self) -> usize {
        self.signed.load(Ordering::SeqCst)
    }

    pub(super) async fn identity(&self) -> IdentityId {
        let id = IdentityId::from_parts(self.resource().stored.id, Uuid::from_u128(fresh()));
        let created_at = self.service.clock.now();
        let identity = Identity { id, created_at, epoch: 0, last_issued_at: None, custom_id: None };
        self.service.store.create_identity(&identity, &self.deed()).await.unwrap();
        id
    }

    /// So many entries more, in one step each, and news of them.
    pub(super) async fn revoke(&self, id: IdentityId, times: usize) {
        for _ in 0..times {
            self.service.store.raise_identity_epochs(&[id], &self.deed()).await.unwrap();
            self.service.feeds.changed();
        }
    }

    pub(super) async fn position(&self) -> Position {
        self.service.store.feed_position(self.resource().stored.id).await.unwrap().unwrap()
    }

    pub(super) async fn entries_after(&self, after: Cursor) -> Vec<Entry> {
        let all = self.service.store.revocations_after(self.resource().stored.id, after, usize::MAX).await;
        all.unwrap().unwrap()
    }

    pub(super) fn verified(&self, statement: &str) -> Statement {
        let keys = self.service.signing_keys.in_force();
        let statement = Statement::verify(statement, |key_id| keys.verifying(key_id)).unwrap();
        assert_eq!(statement.resource, self.resource().stored.id);
        assert_eq!(statement.issuer, self.service.issuer.as_str());
        statement
    }

    /// Waits for so many heartbeats after the first.
    pub(super) async fn seconds(&self, count: usize) {
        let mut events = self.stream(None).await.unwrap();
        for _ in 0..=count {
            events.until(self, 0).await;
        }
    }

    pub(super) async fn stream(&self, after: Option<Cursor>) -> Result<Events, NotRead> {
        Ok(Events(Box::pin(self.feeds.stream(&self.caller(), after).await?)))
    }
}

fn fresh() -> u128 {
    let bytes: [u8; 16] = callsign_core::entropy::bytes(&SystemEntropy).unwrap();
    u128::from_be_bytes(bytes)
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    Entry(Cursor, Entry),
    Heartbeat(String),
    Reset,
}

/// A stream, as a client reads it.
pub(super) struct Events(Pin<Box<dyn Stream<Item = Bytes> + Send>>);

impl Events {
    /// A stream of somebody else's.
    pub(super) async fn of(house: &House, caller: &Caller) -> Self {
        Self(Box::pin(house.feeds.stream(caller, None).await.unwrap()))
    }

    /// The next events, which come together; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Vec<Event>> {
        let bytes = self.0.next().await?;
        let text = std::str::from_utf8(&bytes).unwrap();
        let events = text.strip_suffix("\n\n").expect("whole events").split("\n\n");
        Some(events.map(read_event).collect())
    }

    /// Everything up to the first heartbeat of a place, or further: the entries, and what the heartbeat says.
    pub(super) async fn until(&mut self, house: &House, count: u64) -> (Vec<(Cursor, Entry)>, Statement) {
        let mut entries = Vec::new();
        loop {
            for event in self.next().await.expect("the stream goes on") {
                match event {
                    Event::Entry(cursor, entry) => entries.push((cursor, entry)),
                    Event::Heartbeat(statement) => {
                        let statement = house.verified(&statement);
                        if statement.position.count >= count {
                            return (entries, statement);
                        }
                    }
                    Event::Reset => panic!("a reset after {entries:?}"),
                }
            }
        }
    }
}

fn read_event(text: &str) -> Event {
    let (first, data) = text.split_once("\ndata: ").unwrap();
    match first.split_once(": ").unwrap() {
        ("id", id) => Event::Entry(id.parse().unwrap(), data.parse().unwrap()),
        ("event", "heartbeat") => Event::Heartbeat(data.to_owned()),
        ("event", "reset") => Event::Reset,
        other => panic!("{other:?}"),
    }
}
