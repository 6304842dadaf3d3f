//! Composition: the one place where configuration becomes parts and parts become a service.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use callsign_core::authorities::Nobody;
use callsign_core::clock::{Clock, SystemClock};
use callsign_core::directory::audit::{Action, Actor, Deed};
use callsign_core::directory::feeds::Feeds;
use callsign_core::directory::last_issued::LastIssued;
use callsign_core::directory::resource::{self, NewResource, Resources};
use callsign_core::entropy::SystemEntropy;
use callsign_core::error::LoadError;
use callsign_core::service::Service;
use callsign_core::store::Store;
use callsign_core::token::key_ring::KeyRing;
use callsign_core::token::rotation::Policy;
use callsign_core::token::signer::Signer;
use callsign_core::token::signing_queue::SigningQueue;
use callsign_core::wrapping::rewrap::check_opens;
use callsign_core::wrapping::{KeyEncryptionKey, WrappingError};
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::resource::ResourceName;
use callsign_store::StoreFigures;
use callsign_store::sqlite::{OpenError, SqliteStore};
use tokio::sync::Mutex;

use crate::admin::{Copies, DataFolder, FolderError, SocketError};
use crate::config::Config;
use crate::tls::TlsError;

/// How much lower signing threads rank than those that read and answer (`design/performance.md` §1).
const SIGNING_NICENESS: i32 = 10;

/// Why the server did not start. Each is a sentence that says how to go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// What the database holds cannot be read with the key-encryption key that is there.
    #[error(
        "{0}: the key-encryption key of {folder} is not the one that wrapped what its database holds. Put the right one back \
         (after callsign key rekey that is the new one), or start over in an empty folder with --data-dir (access keys and \
         signing keys are new then)",
        folder = .1.display()
    )]
    Keys(#[source] WrappingError, PathBuf),
    /// The store failed.
    #[error(
        "the database cannot be used: {0}; restore it from a backup, or start over in an empty folder with --data-dir"
    )]
    Store(String),
    /// A configured value is no resource name.
    #[error("resource.name '{0}': {1}")]
    ResourceName(String, #[source] callsign_protocol::resource::InvalidName),
    /// The public URL cannot stand in a token.
    #[error("public_url '{0}': {1}")]
    PublicUrl(String, #[source] callsign_protocol::claims::InvalidIssuer),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The admin socket cannot be used.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// An address cannot be listened on.
    #[error(
        "{address} cannot be listened on: {reason}; stop the program that uses it, or choose another address with {flag}"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: String,
        /// The flag that chooses another one.
        flag: &'static str,
    },
    /// Two metrics have one name.
    #[error("metrics cannot be registered: {0}; this is a fault of the program")]
    Metrics(#[from] prometheus::Error),
    /// The machine gives no thread or no runtime.
    #[error("the system gives no more threads: {0}; raise the limit of processes")]
    Threads(std::io::Error),
}

/// What an opened data folder comes to.
pub struct Opened {
    /// The core on it.
    pub service: Service,
    /// Makes copies of its database.
    pub copies: Arc<dyn Copies>,
    /// Reads what the engine counted.
    pub store_figures: Arc<dyn Fn() -> StoreFigures + Send + Sync>,
}

/// Opens the database of a data folder and puts the service together. The first start makes a resource. Who vouches for tokens of
/// others is for servers to say; a command asks nobody.
///
/// Signing keys are looked after by servers, under the policy that they are configured with, and where a command needs one.
///
/// # Errors
/// [`StartError`].
pub async fn open_service(
    config: &Config,
    folder: &DataFolder,
    engines: Vec<Box<dyn Signer>>,
) -> Result<Opened, StartError> {
    let issuer = config.public_url.as_str();
    let issuer = issuer.parse().map_err(|error| StartError::PublicUrl(issuer.to_owned(), error))?;
    // One reader for each thread that answers, and one for the snapshots of revocation feeds, which take their time.
    let readers = config.threads.io_count() + 1;
    let engine = Arc::new(SqliteStore::open(&folder.database(), readers, Box::new(end_process))?);
    let (store, copies) = (Arc::clone(&engine) as Arc<dyn Store>, Arc::clone(&engine) as Arc<dyn Copies>);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let fault = |error: LoadError| fault(error, folder);
    let under = key_encryption_key(store.as_ref(), folder).await?;
    if store.resources().await.map_err(|error| fault(error.into()))?.is_empty() {
        let deed = Deed::new(clock.now(), Actor::Server, Action::CreateResource);
        let first = (first_resource(config)?, &deed);
        let made = resource::create(store.as_ref(), &under, entropy.as_ref(), first).await;
        made.map_err(|error| fault(error.into()))?;
    }
    let resources = Resources::load(store.as_ref(), &under).await.map_err(fault)?;
    let signing_keys = KeyRing::load(store.as_ref(), &under, policy(config)).await.map_err(fault)?;
    let signing = SigningQueue::start(engines, lower_priority).map_err(StartError::Threads)?;
    let service = Service {
        store,
        clock,
        entropy,
        key_encryption_key: ArcSwap::from_pointee(under),
        signing_keys,
        key_changes: Mutex::default(),
        signing,
        issuer,
        authorities: Arc::new(Nobody),
        resources,
        last_issued: LastIssued::default(),
        feeds: Feeds::default(),
    };
    Ok(Opened { service, copies, store_figures: Arc::new(move || engine.figures()) })
}

/// The first round of upkeep of a server. A disk that is full is no reason not to serve while there is a key that signs.
pub(crate) async fn first_upkeep(service: &Service) -> Result<(), StartError> {
    let Err(error) = service.keep_signing_keys().await else { return Ok(()) };
    match service.signing_keys.active(Algorithm::default(), service.clock.now()) {
        Ok(_) => {
            tracing::warn!(error.reason = %error, "signing keys were not looked after; those that are there go on");
            Ok(())
        }
        Err(_) => Err(StartError::Store(error.to_string())),
    }
}

/// Opens a database that is not served: when it fails, every later step of it does, and the process goes on.
pub(crate) fn open_unserved_store(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, 1, Box::new(|_| {}))
}

/// How signing keys are rotated.
pub(crate) const fn policy(config: &Config) -> Policy {
    Policy { rotate_every_days: config.signing.rotate_every_days }
}

/// The key that opens what the database holds. When a change of it broke off, there are two, and the database tells which one
/// it is: everything was wrapped anew in one transaction.
async fn key_encryption_key(store: &dyn Store, folder: &DataFolder) -> Result<KeyEncryptionKey, StartError> {
    let kept = folder.key_encryption_key().map_err(|error| fault(error.into(), folder))?;
    if !folder.has_next_key() {
        // What does not open under it is found where keys are loaded.
        return Ok(kept);
    }
    let wrong = match check_opens(store, &kept).await {
        Ok(()) => {
            folder.drop_next_key()?;
            tracing::warn!(
                "a change of the key-encryption key had broken off before it went through; the old one stays"
            );
            return Ok(kept);
        }
        Err(wrong @ LoadError::Wrapping(_)) => wrong,
        Err(error) => return Err(fault(error, folder)),
    };
    let next = match folder.next_key() {
        Ok(Some(next)) => next,
        // What is no key is nothing that anything was wrapped under.
        Ok(None) | Err(FolderError::KeyDamaged(_)) => return Err(fault(wrong, folder)),
        Err(error) => return Err(error.into()),
    };
    check_opens(store, &next).await.map_err(|error| fault(error, folder))?;
    folder.take_next_key()?;
    tracing::warn!(
        "a change of the key-encryption key had broken off after it went through; the new one is in place now"
    );
    Ok(next)
}

fn fault(error: LoadError, folder: &DataFolder) -> StartError {
    match error {
        LoadError::Wrapping(error) => StartError::Keys(error, folder.path().to_owned()),
        LoadError::Store(_) | LoadError::Failed(_) => StartError::Store(error.to_string()),
    }
}

fn first_resource(config: &Config) -> Result<NewResource, StartError> {
    let first = &config.first_resource;
    let name: ResourceName =
        first.name.parse().map_err(|error| StartError::ResourceName(first.name.clone(), error))?;
    Ok(NewResource {
        name,
        data_location: first.data_location,
        port: None,
        hosts: Vec::new(),
        signing_algorithm: Algorithm::default(),
    })
}

/// A failed fsync must not be retried and nothing more may be acknowledged (`design/store.md` §2).
#[expect(clippy::disallowed_methods, reason = "the one place that may end the process")]
pub(crate) fn end_process(reason: &str) {
    tracing::error!(
        error.reason = reason,
        "the database failed; the process ends so that nothing false is acknowledged"
    );
    std::process::exit(1)
}

fn lower_priority() {
    // Where the system refuses, signing competes with I/O on equal terms: slower under load, and still right.
    let _ = rustix::process::nice(SIGNING_NICENESS);
}
