//! Serving: listeners, the threads that answer, and what goes on beside requests.

mod background;
mod connection;
mod development;
mod listener;
mod patience;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use callsign_core::directory::audit::Actor;
use callsign_core::entropy::SystemEntropy;
use callsign_core::service::Service;
use tokio::sync::{Semaphore, watch};

use crate::admin::{DataFolder, Development, Office, PortalLink};
use crate::app::App;
use crate::compose::{Opened, StartError, first_upkeep, open_service};
use crate::config::Config;
use crate::connector::Address;
use crate::entra::{Grants, TrustedAuthorities};
use crate::feed::Feeds;
use crate::http::site::Health;
use crate::portal::{Portal, Tickets};
use crate::quota::Quotas;
use crate::signing::Choice;
use crate::telemetry::{Metrics, ReadStoreFigures, Sinks, Sources, Telemetry};
use crate::throttle::Throttle;
use crate::trusted_tokens::TrustedTokens;
use crate::{dev_entra, entra, telemetry};
use background::{Database, House};
use listener::Listeners;
use worker::Workers;

/// How long a stop waits for requests that were accepted.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

const NO_OTLP_NOTE: &str = "otlp.endpoint is set, and this program was built without OTLP: nothing is sent";

const DEVELOPMENT_NOTE: &str =
    "the development authority is on: everybody who reaches this server can be anyone it knows";

/// What a started server can tell.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The https address, `https://localhost:8443`; `None` when it is off.
    pub https: Option<String>,
    /// The plain http address, `http://127.0.0.1:8080`; `None` when it is off.
    pub http: Option<String>,
    /// Where Prometheus asks, `http://127.0.0.1:9464/metrics`; `None` when it is off or could not be opened.
    pub metrics: Option<String>,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The default resource.
    pub resource: String,
    /// Sentences about the start that the operator should see.
    pub notes: Vec<String>,
}

/// A running server. Dropping it stops it.
pub struct Server {
    ready: Ready,
    service: Arc<Service>,
    office: Arc<Office>,
    telemetry: Arc<Telemetry>,
    workers: Option<Workers>,
    house: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    // Held to the end: it locks the data folder.
    _folder: DataFolder,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts serving on threads of its own.
    ///
    /// # Errors
    /// [`StartError`]: a sentence that says how to go on.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        telemetry::start_log(&config.log);
        let configured_key = config.key_encryption_key.as_ref().map(|key| key.as_str());
        let folder = DataFolder::open(&config.data_dir, configured_key, &SystemEntropy)?;
        let runtime = worker::runtime().map_err(StartError::Threads)?;
        let signing = Choice::make(config);
        let Opened { mut service, copies, store_figures } =
            runtime.block_on(open_service(config, &folder, signing.engines(config)))?;
        runtime.block_on(first_upkeep(&service))?;
        let dev_entra = development::authority(config, &service, &folder)?;
        let local = dev_entra.as_ref().map(|authority| {
            entra::Authority::here(authority.issuer(), authority.tenant(), authority.verifying_key())
        });
        let trusted = TrustedAuthorities::new(config, Arc::clone(&service.clock), local);
        let remote = trusted.remote();
        service.authorities = Arc::new(trusted);
        let service = Arc::new(service);
        let (tls, mut notes) = listener::certificate(config, &service, &folder)?;
        if dev_entra.is_some() {
            notes.push(DEVELOPMENT_NOTE.to_owned());
        }
        let mut listeners = Listeners::bind(config, &service, tls.as_ref())?;
        notes.extend(listeners.bind_metrics(config));
        if config.otlp.endpoint.is_some() && !cfg!(feature = "otlp") {
            notes.push(NO_OTLP_NOTE.to_owned());
        }
        let endpoints = listeners.endpoints(config);
        signing.tell();
        let (stop, stopped) = watch::channel(false);
        let office = Arc::new(Office {
            service: Arc::clone(&service),
            endpoints: endpoints.clone(),
            trust: tls.as_ref().and_then(|tls| tls.trust_paths().cloned()),
            refusals: Arc::default(),
            tickets: config.portal.enabled.then(|| Arc::new(Tickets::new(&service))),
            development: dev_entra.as_ref().map(|authority| Development::new(config, authority)),
            signing,
            data_dir: config.data_dir.clone(),
            key_place: folder.key_place(),
            copies,
        });
        let connections = Arc::new(Semaphore::new(config.limits.connections_max()));
        let watched = (store_figures, Arc::clone(&connections));
        let app = Arc::new(app(config, &office, (&stopped, watched), dev_entra)?);
        let workers = Workers::start(config, (&app, &connections), &stopped)?;
        listeners.hand_to(&workers);
        let metrics = listeners.metrics_url();
        let house = House {
            config: config.clone(),
            service: Arc::clone(&service),
            feeds: Arc::clone(&app.feeds),
            telemetry: Arc::clone(&app.telemetry),
            metrics: Arc::clone(&app.metrics),
            tls,
            listeners,
            workers: workers.controls(),
            database: Database::opened(&folder),
            issuers: remote,
        };
        let house = background::start(runtime, (house, Arc::clone(&office)), &folder, stopped)?;
        let resource =
            service.resources.default_one().map(|one| one.stored.name.to_string()).unwrap_or_default();
        let [https, http] = [endpoints.https(), endpoints.http()].map(|endpoint| endpoint.map(str::to_owned));
        let data_dir = config.data_dir.clone();
        let ready = Ready { https, http, metrics, data_dir, resource, notes };
        let telemetry = Arc::clone(&app.telemetry);
        let (workers, house) = (Some(workers), Some(house));
        Ok(Self { ready, service, office, telemetry, workers, house, stop, _folder: folder })
    }

    /// Where it listens, and what there is to say.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// A link that signs in to the portal once; `None` when the portal is off. It is a secret.
    #[must_use]
    pub fn portal_link(&self) -> Option<PortalLink> {
        self.office.portal_link(&Actor::Administrator(Some(rustix::process::geteuid().as_raw()))).ok()
    }

    /// The core, for those who embed the server.
    #[must_use]
    pub const fn service(&self) -> &Arc<Service> {
        &self.service
    }
}

/// Requests that were accepted are finished; then notes are flushed and the store is closed.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(workers) = self.workers.take() {
            workers.join();
        }
        if let Some(house) = self.house.take() {
            // A thread that panicked has nothing left to flush.
            let _ = house.join();
        }
        self.telemetry.sinks.close();
    }
}

fn app(
    config: &Config,
    office: &Arc<Office>,
    (stopped, (store, connections)): (&watch::Receiver<bool>, (ReadStoreFigures, Arc<Semaphore>)),
    dev_entra: Option<Arc<dev_entra::Authority>>,
) -> Result<App, StartError> {
    let service = &office.service;
    let sinks = Sinks::start(config).map_err(StartError::Threads)?;
    let telemetry = Arc::new(Telemetry::new(&config.request_log, sinks, service.clock.now()));
    let feeds = Arc::new(Feeds::new(service, stopped.clone()));
    let metrics = Metrics::new(Sources {
        telemetry: Arc::clone(&telemetry),
        service: Arc::clone(service),
        store,
        signing: office.signing.clone(),
        feeds: Arc::clone(&feeds),
        connections: (connections, config.limits.connections_max()),
        started_at: service.clock.now().unix_seconds(),
    })?;
    Ok(App {
        service: Arc::clone(service),
        quotas: Quotas::new(config.limits.profile),
        throttle: Throttle::new(config.authentication.failures_per_minute),
        refusals: Arc::clone(&office.refusals),
        telemetry: Arc::clone(&telemetry),
        metrics: Arc::new(metrics),
        health: Health::new(service, stopped.clone()),
        feeds,
        open_api: crate::http::openapi().to_string().into(),
        date_window_minutes: config.authentication.date_window_minutes,
        hosts: listener::default_hosts(config),
        grants: Grants::new(config),
        keys_disabled: config.authentication.disable_local_auth.clone(),
        cors_origins: config.cors_origins.clone(),
        dev_entra,
        portal: Portal::new(config, office, telemetry).map(Arc::new),
        connector: Address::of(&config.public_url).filter(|_| config.connector.enabled),
        trusted_tokens: TrustedTokens::new(config, service, listener::default_hosts(config)).map(Arc::new),
        strict_transport: config.tls.certificate.is_some(),
    })
}

/// Serves until the process is asked to stop (SIGINT, SIGTERM), then finishes what it accepted. `on_ready` is called once
/// the listeners are open.
///
/// # Errors
/// [`StartError`]: a sentence that says how to go on.
pub fn run(config: &Config, on_ready: impl FnOnce(&Server)) -> Result<(), StartError> {
    no_core_dumps();
    all_file_descriptors();
    let runtime = worker::runtime().map_err(StartError::Threads)?;
    runtime.block_on(async {
        // The handlers stand before the banner does: who reads it may stop the server at once.
        let mut terminated = signal(tokio::signal::unix::SignalKind::terminate())?;
        let mut interrupted = signal(tokio::signal::unix::SignalKind::interrupt())?;
        let server = std::thread::scope(|scope| {
            let started = scope.spawn(|| Server::start(config)).join();
            started.unwrap_or_else(|_| Err(StartError::Threads(std::io::Error::other("the start broke off"))))
        })?;
        on_ready(&server);
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        // Dropping joins threads, which may take as long as the last request.
        drop(server);
        Ok(())
    })
}

/// A dump of this process would hold every key (`design/tokens.md` §5).
fn no_core_dumps() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let limited = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    // A system that pipes dumps into a program does not look at the limit, but at this (core(5)).
    let refused = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    if let Err(error) = limited.and(refused) {
        tracing::warn!(error.reason = %error, "core dumps could not be turned off");
    }
}

/// Each connection takes a descriptor, and systems give 1024 to whoever asks for no more.
fn all_file_descriptors() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Where the system refuses, connections beyond the limit wait to be accepted.
    let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, all);
}

fn signal(kind: tokio::signal::unix::SignalKind) -> Result<tokio::signal::unix::Signal, StartError> {
    tokio::signal::unix::signal(kind).map_err(StartError::Threads)
}
