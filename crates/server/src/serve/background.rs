//! What goes on beside requests: flushing notes, following certificates, looking after signing keys, and administration.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use callsign_core::service::Service;
use futures_util::FutureExt as _;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::listener::{self, Listeners};
use super::worker::Controls;
use crate::admin::{AdminSocket, DataFolder, Office};
use crate::compose::{StartError, end_process};
use crate::config::Config;
use crate::entra::{self, Authority};
use crate::feed::Feeds;
use crate::telemetry::{Metrics, Telemetry};
use crate::tls::{Change, ServerTls, TlsError};

/// How often notes of issued tokens are written (`design/store.md` §1).
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// How often feeds of revocations are rid of what no living token needs.
const FEED_INTERVAL: Duration = Duration::from_secs(60);
/// How often certificate files are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(2);
/// How often signing keys are looked after.
const SIGNING_KEYS_INTERVAL: Duration = Duration::from_secs(60);
/// How often a sample is taken of what was counted.
const HISTORY_INTERVAL: Duration = Duration::from_secs(60);

/// What follows a change of the directory: the certificate's names and the resources' own ports.
pub(super) struct House {
    pub(super) config: Config,
    pub(super) service: Arc<Service>,
    pub(super) feeds: Arc<Feeds>,
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) tls: Option<Arc<ServerTls>>,
    pub(super) listeners: Listeners,
    pub(super) workers: Controls,
    pub(super) database: Database,
    /// Those whose keys have to be asked for.
    pub(super) issuers: Vec<Arc<Authority>>,
}

/// The file that the store writes into, by what the system knows it by. When its path leads elsewhere, writes go into a file
/// that nobody will find again.
pub(super) struct Database {
    path: PathBuf,
    file: Option<(u64, u64)>,
}

impl Database {
    pub(super) fn opened(folder: &DataFolder) -> Self {
        let path = folder.database();
        Self { file: device_and_inode(&path), path }
    }

    fn check(&self) {
        if self.file.is_some() && device_and_inode(&self.path) != self.file {
            end_process(&format!(
                "{} was removed or replaced while the server ran on it",
                self.path.display()
            ));
        }
    }
}

fn device_and_inode(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

impl House {
    /// Brings certificate and ports up to the directory; what could not be done is said in sentences.
    async fn follow(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match listener::wanted_names(&self.config, &self.service) {
            Ok(names) => notes.extend(self.certificate(move |tls, now| tls.rename(&names, now)).await),
            Err(error) => notes.push(error.to_string()),
        }
        notes
            .extend(self.listeners.follow(&self.service, &self.workers).err().map(|error| error.to_string()));
        notes
    }

    /// Changes the certificate on a thread that may wait for the disk.
    async fn certificate<F>(&self, change: F) -> Option<String>
    where
        F: FnOnce(&ServerTls, time::OffsetDateTime) -> Result<Change, TlsError> + Send + 'static,
    {
        let tls = Arc::clone(self.tls.as_ref()?);
        let now = listener::now(&self.service);
        match tokio::task::spawn_blocking(move || change(&tls, now)).await {
            Ok(Ok(change)) => change.warning,
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    async fn refresh_certificate(&self) {
        if let Some(warning) = self.certificate(ServerTls::refresh).await {
            tracing::warn!(certificate.warning = warning);
        }
    }

    async fn keep_signing_keys(&self) {
        if let Err(error) = self.service.keep_signing_keys().await {
            tracing::warn!(error.reason = %error, "signing keys were not looked after; those that are loaded go on");
        }
    }

    fn sample(&self) {
        let (now, signing) = (self.service.clock.now(), self.service.signing.figures());
        self.telemetry.history.take(now, self.telemetry.tally.totals(), signing);
        self.telemetry.sinks.tell_losses();
    }

    async fn flush(&self) {
        if let Err(error) = self.service.last_issued.flush(self.service.store.as_ref()).await {
            tracing::warn!(error.reason = %error, "the times of last issued tokens are not written yet; they are kept");
        }
    }
}

/// Starts the background thread. It ends with the server, after a last flush.
pub(super) fn start(
    runtime: Runtime,
    (house, office): (House, Arc<Office>),
    folder: &DataFolder,
    stopped: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, StartError> {
    let socket = {
        let _entered = runtime.enter();
        AdminSocket::bind(&folder.admin_socket())?
    };
    let thread = std::thread::Builder::new().name("background".to_owned());
    let run = move || runtime.block_on(attend(Arc::new(house), office, socket, stopped));
    thread.spawn(run).map_err(StartError::Threads)
}

async fn attend(
    house: Arc<House>,
    office: Arc<Office>,
    socket: AdminSocket,
    mut stopped: watch::Receiver<bool>,
) {
    let following = Arc::clone(&house);
    let on_change = move || {
        let house = Arc::clone(&following);
        async move { house.follow().await }.boxed()
    };
    let mut shutdown = stopped.clone();
    let administration = tokio::spawn(socket.serve(office, on_change, async move {
        let _ = shutdown.wait_for(|stopped| *stopped).await;
    }));
    entra::keep(house.issuers.clone());
    let mut flush = interval(FLUSH_INTERVAL);
    let mut certificate = interval(CERTIFICATE_INTERVAL);
    let mut signing_keys = interval(SIGNING_KEYS_INTERVAL);
    let mut feeds = interval(FEED_INTERVAL);
    let mut history = interval(HISTORY_INTERVAL);
    let mut readings = interval(Duration::from_secs(house.config.otlp.metrics_seconds.into()));
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            _ = flush.tick() => {
                house.database.check();
                house.flush().await;
            }
            _ = certificate.tick() => house.refresh_certificate().await,
            _ = signing_keys.tick() => house.keep_signing_keys().await,
            _ = history.tick() => house.sample(),
            _ = readings.tick() => house.telemetry.sinks.offer_reading(&house.metrics),
            // Forgetting much takes long, and neither notes nor a stop should wait for it.
            _ = feeds.tick() => drop(tokio::spawn(Arc::clone(&house.feeds).keep_house())),
        }
    }
    let _ = administration.await;
    house.flush().await;
}

fn interval(every: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
