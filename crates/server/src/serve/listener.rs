//! Listeners: which addresses are opened, with which certificate, and what clients call them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_core::service::Service;
use time::OffsetDateTime;
use tokio::sync::watch;

use super::worker::{Controls, Workers};
use crate::admin::{DataFolder, Endpoints};
use crate::compose::StartError;
use crate::config::Config;
use crate::tls::{ServerTls, TlsError, WantedNames};

/// What a listener is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Serves {
    /// Clients.
    Clients,
    /// Those who look after the server.
    Monitoring,
}

/// An open listener, as each thread gets it.
#[derive(Clone)]
pub(super) struct Listening {
    pub(super) serves: Serves,
    pub(super) socket: Arc<TcpListener>,
    pub(super) tls: Option<Arc<rustls::ServerConfig>>,
    /// The port, when a resource has it for itself.
    pub(super) own_port: Option<u16>,
    pub(super) closed: watch::Receiver<bool>,
}

/// All open listeners.
pub(super) struct Listeners {
    https: Option<(SocketAddr, Listening)>,
    http: Option<(SocketAddr, Listening)>,
    metrics: Option<(SocketAddr, Listening)>,
    own: Mutex<HashMap<u16, (Listening, watch::Sender<bool>)>>,
    // Never sent: the two configured listeners close with the server.
    _open: watch::Sender<bool>,
}

impl Listeners {
    pub(super) fn bind(
        config: &Config,
        service: &Service,
        tls: Option<&Arc<ServerTls>>,
    ) -> Result<Self, StartError> {
        let (open, closed) = watch::channel(false);
        let tls = tls.map(|tls| tls.server_config());
        let bound = |address: Option<SocketAddr>, tls: Option<_>, flag| match address {
            None => Ok(None),
            Some(address) => {
                let socket = listen(address, flag)?;
                let address = socket.local_addr().unwrap_or(address);
                Ok::<_, StartError>(Some((
                    address,
                    Listening {
                        serves: Serves::Clients,
                        socket: Arc::new(socket),
                        tls,
                        own_port: None,
                        closed: closed.clone(),
                    },
                )))
            }
        };
        let https = bound(config.listen.https, tls, "--https")?;
        let http = bound(config.listen.http, None, "--http")?;
        let listeners = Self { https, http, metrics: None, own: Mutex::default(), _open: open };
        for resource in service.resources.all().iter() {
            if let Some(port) = resource.stored.port {
                listeners.open_own(port)?;
            }
        }
        Ok(listeners)
    }

    fn own(&self) -> MutexGuard<'_, HashMap<u16, (Listening, watch::Sender<bool>)>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a resource's own port, beside the https listener or, where there is none, the http one.
    fn open_own(&self, port: u16) -> Result<Listening, StartError> {
        let beside = self.https.as_ref().or(self.http.as_ref());
        let (address, tls) = match beside {
            Some((address, listening)) => (SocketAddr::new(address.ip(), port), listening.tls.clone()),
            None => (SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port), None),
        };
        let (close, closed) = watch::channel(false);
        let socket = Arc::new(listen(address, "`callsign resource create --port`")?);
        let listening = Listening { serves: Serves::Clients, socket, tls, own_port: Some(port), closed };
        self.own().insert(port, (listening.clone(), close));
        Ok(listening)
    }

    /// Opens and closes own ports so that they are those of the resources that are there.
    pub(super) fn follow(&self, service: &Service, controls: &Controls) -> Result<(), StartError> {
        let resources = service.resources.all();
        let wanted: Vec<u16> = resources.iter().filter_map(|resource| resource.stored.port).collect();
        self.own().retain(|port, (_, close)| {
            let keep = wanted.contains(port);
            if !keep {
                let _ = close.send(true);
            }
            keep
        });
        for port in wanted {
            let open = self.own().contains_key(&port);
            if !open {
                controls.listen(&self.open_own(port)?);
            }
        }
        Ok(())
    }

    /// What clients dial.
    pub(super) fn endpoints(&self, config: &Config) -> Endpoints {
        let address = |bound: &Option<(SocketAddr, Listening)>| bound.as_ref().map(|(address, _)| *address);
        Endpoints::new(config, address(&self.https), address(&self.http))
    }

    /// Opens the listener for monitoring. A server that cannot be watched serves all the same: what to say is answered then.
    pub(super) fn bind_metrics(&mut self, config: &Config) -> Option<String> {
        let address = config.listen.metrics?;
        match listen(address, "--metrics") {
            Ok(socket) => {
                let address = socket.local_addr().unwrap_or(address);
                let closed = self._open.subscribe();
                let (serves, socket) = (Serves::Monitoring, Arc::new(socket));
                let listening = Listening { serves, socket, tls: None, own_port: None, closed };
                self.metrics = Some((address, listening));
                None
            }
            Err(error) => {
                let note = format!("metrics are not served: {error}");
                tracing::warn!(error.reason = %error, "metrics are not served");
                Some(note)
            }
        }
    }

    /// Where Prometheus asks.
    pub(super) fn metrics_url(&self) -> Option<String> {
        self.metrics.as_ref().map(|(address, _)| format!("http://{address}/metrics"))
    }

    /// Hands every open listener to the threads.
    pub(super) fn hand_to(&self, workers: &Workers) {
        let controls = workers.controls();
        for (_, listening) in self.https.iter().chain(&self.http).chain(&self.metrics) {
            controls.listen(listening);
        }
        for (listening, _) in self.own().values() {
            controls.listen(listening);
        }
    }
}

fn listen(address: SocketAddr, flag: &'static str) -> Result<TcpListener, StartError> {
    let fault = |error: std::io::Error| {
        let reason = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program uses it".to_owned(),
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege".to_owned(),
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            _ => error.to_string(),
        };
        StartError::Listen { address, reason, flag }
    };
    let socket = TcpListener::bind(address).map_err(fault)?;
    socket.set_nonblocking(true).map_err(fault)?;
    Ok(socket)
}

/// The certificate for the https listener, if there is one, and what there is to say of it.
pub(super) fn certificate(
    config: &Config,
    service: &Service,
    folder: &DataFolder,
) -> Result<(Option<Arc<ServerTls>>, Vec<String>), StartError> {
    if config.listen.https.is_none() {
        return Ok((None, Vec::new()));
    }
    let now = now(service);
    let tls = match (&config.tls.certificate, &config.tls.private_key) {
        (Some(certificate), Some(key)) => ServerTls::given(certificate, key, now)?,
        _ => ServerTls::own(&folder.tls_folder(), &wanted_names(config, service)?, now)?,
    };
    let notes = tls.warnings().to_vec();
    Ok((Some(Arc::new(tls)), notes))
}

/// The names that the server's own certificate is for.
pub(super) fn wanted_names(config: &Config, service: &Service) -> Result<WantedNames, TlsError> {
    let resources = service.resources.all();
    let hosts = resources.iter().flat_map(|resource| resource.stored.hosts.iter().map(String::as_str));
    let listening = config
        .listen
        .https
        .filter(|address| !address.ip().is_unspecified())
        .map(|address| address.ip().to_string());
    let configured = config.tls.names.iter().chain(&config.hosts).map(String::as_str).chain(hosts);
    let configured: Vec<&str> =
        configured.chain([config.public_url.host()]).chain(listening.as_deref()).collect();
    WantedNames::new(resources.iter().map(|resource| resource.stored.name.as_str()), configured)
}

/// The instant that certificates are judged by.
pub(super) fn now(service: &Service) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(service.clock.now().unix_seconds())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Host names that lead to the default resource: those configured, and that of the public URL.
pub(super) fn default_hosts(config: &Config) -> Vec<String> {
    let listening =
        [config.listen.https, config.listen.http].into_iter().flatten().map(|address| address.ip());
    let addresses = listening.filter(|address| !address.is_unspecified()).map(|address| address.to_string());
    config.hosts.iter().cloned().chain([config.public_url.host().to_owned()]).chain(addresses).collect()
}
