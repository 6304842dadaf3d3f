//! Composition: the one place where configuration becomes parts and parts become a service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use callsign_core::clock::{Clock, SystemClock};
use callsign_core::directory::last_issued::LastIssued;
use callsign_core::directory::resource::{self, NewResource, Resources};
use callsign_core::entropy::SystemEntropy;
use callsign_core::error::LoadError;
use callsign_core::service::Service;
use callsign_core::store::Store;
use callsign_core::token::local_signer::LocalSigner;
use callsign_core::token::signer::Signer;
use callsign_core::token::signing_key;
use callsign_core::token::signing_queue::SigningQueue;
use callsign_core::wrapping::WrappingError;
use callsign_protocol::resource::ResourceName;
use callsign_store::sqlite::SqliteStore;

use crate::admin::{DataFolder, FolderError, SocketError};
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
    Database(#[from] callsign_store::sqlite::OpenError),
    /// What the database holds cannot be read with the key-encryption key that is there.
    #[error(
        "{0}: the key-encryption key of {folder} is not the one that wrapped what its database holds. Put the right one back, or \
         start over in an empty folder with --data-dir (access keys and the signing key are new then)",
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
    /// The machine gives no thread or no runtime.
    #[error("the system gives no more threads: {0}; raise the limit of processes")]
    Threads(std::io::Error),
}

/// Opens the database of a data folder and puts the service together. The first start makes a resource and a signing key.
///
/// # Errors
/// [`StartError`].
pub async fn open_service(config: &Config, folder: &DataFolder) -> Result<Service, StartError> {
    let issuer = config.public_url.as_str();
    let issuer = issuer.parse().map_err(|error| StartError::PublicUrl(issuer.to_owned(), error))?;
    let readers = config.threads.io_count();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.database(), readers, Box::new(end_process))?);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let fault = |error: LoadError| match error {
        LoadError::Wrapping(error) => StartError::Keys(error, folder.path().to_owned()),
        LoadError::Store(_) | LoadError::Failed(_) => StartError::Store(error.to_string()),
    };
    let under = folder.key_encryption_key().map_err(|error| fault(error.into()))?;
    if store.resources().await.map_err(|error| fault(error.into()))?.is_empty() {
        let first = (first_resource(config)?, clock.now());
        let made = resource::create(store.as_ref(), &under, entropy.as_ref(), first).await;
        made.map_err(|error| fault(error.into()))?;
    }
    let resources = Resources::load(store.as_ref(), &under).await.map_err(fault)?;
    let signing_key = signing_key::active(store.as_ref(), &under, clock.now()).await.map_err(fault)?;
    let engines =
        (0..config.threads.signing_count()).map(|_| Box::new(LocalSigner) as Box<dyn Signer>).collect();
    let signing = SigningQueue::start(engines, lower_priority).map_err(StartError::Threads)?;
    let last_issued = LastIssued::default();
    Ok(Service {
        store,
        clock,
        entropy,
        key_encryption_key: under,
        signing_key,
        signing,
        issuer,
        resources,
        last_issued,
    })
}

fn first_resource(config: &Config) -> Result<NewResource, StartError> {
    let first = &config.first_resource;
    let name: ResourceName =
        first.name.parse().map_err(|error| StartError::ResourceName(first.name.clone(), error))?;
    Ok(NewResource { name, data_location: first.data_location, port: None, hosts: Vec::new() })
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
