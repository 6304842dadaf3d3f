//! Connections: accepting, the TLS handshake, HTTP/1.1 and HTTP/2 with a limit on everything.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_rustls::TlsAcceptor;

use super::listener::{Listening, Serves};
use super::patience::{self, Patient};
use crate::app::App;
use crate::http::{Arrival, answer, answer_monitoring, router};

/// Longest time that a TLS handshake or a request's headers may take (`design/reliability.md` row 15).
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Read buffer of an HTTP/1.1 connection. It is larger than the limit on headers, so that going over the limit is answered
/// in JSON; only beyond the buffer does the HTTP library answer, with an empty 431.
const HEAD_BUFFER_BYTES: usize = 128 * 1024;
/// Requests in flight on one HTTP/2 connection (`design/reliability.md` row 16).
const STREAMS_MAX: u32 = 100;
/// Streams that a peer may reset before they are answered; beyond it the connection is closed (rapid reset).
const PENDING_RESETS_MAX: usize = 20;
/// What an HTTP/2 client sends first (RFC 9113 §3.4); until then the HTTP library waits without end.
const PREFACE_BYTES: usize = 24;
/// Pause after an accept that failed, as when no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What connections need of the server.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) app: Arc<App>,
    pub(super) connections: Arc<Semaphore>,
    /// Places for those who look after the server: they get in when clients have taken all others.
    pub(super) monitoring: Arc<Semaphore>,
    pub(super) stopped: watch::Receiver<bool>,
}

/// Held by each connection: its place under the limit, and a sign that it lives.
struct Held {
    _place: OwnedSemaphorePermit,
    _alive: mpsc::Sender<()>,
}

/// Accepts connections until the server or this listener stops.
pub(super) async fn accept(host: Host, listening: Listening, alive: mpsc::Sender<()>) {
    let Ok(listener) = listening.socket.try_clone().and_then(TcpListener::from_std) else {
        tracing::error!("a listener could not be taken over; its port is not served");
        return;
    };
    let (router, serves) = (router(&host.app), listening.serves);
    let places = match serves {
        Serves::Clients => Arc::clone(&host.connections),
        Serves::Monitoring => Arc::clone(&host.monitoring),
    };
    let mut stopped = host.stopped.clone();
    let mut closed = listening.closed.clone();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = closed.wait_for(|closed| *closed) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, source)) => {
                // Only what was accepted takes a place: a listener that waits takes none from the others.
                let place = tokio::select! {
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                    place = Arc::clone(&places).acquire_owned() => place,
                };
                let Ok(place) = place else { return };
                let arrival =
                    Arrival { source, own_port: listening.own_port, secure: listening.tls.is_some() };
                let held = Held { _place: place, _alive: alive.clone() };
                match serves {
                    Serves::Clients => tokio::spawn(serve(
                        host.clone(),
                        router.clone(),
                        (stream, listening.tls.clone()),
                        (arrival, held),
                    )),
                    Serves::Monitoring => tokio::spawn(monitor(host.clone(), stream, held)),
                };
            }
            Err(error) => {
                tracing::warn!(error.reason = %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(
    host: Host,
    router: axum::Router,
    (stream, tls): (TcpStream, Option<Arc<rustls::ServerConfig>>),
    (arrival, held): (Arrival, Held),
) {
    // A reply is one small write: waiting to fill a packet would only delay it.
    let _ = stream.set_nodelay(true);
    patience::limit_in_system(&stream);
    let served = match tls {
        None => http1(&host, router, arrival, stream).await,
        Some(config) => {
            let handshake = tokio::time::timeout(HEAD_TIMEOUT, TlsAcceptor::from(config).accept(stream));
            let mut stopped = host.stopped.clone();
            let handshake = tokio::select! {
                handshake = handshake => handshake,
                // Nothing has been asked yet, so a stop leaves nothing unanswered.
                _ = stopped.wait_for(|stopped| *stopped) => return,
            };
            match handshake {
                Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                    http2(&host, router, arrival, stream).await
                }
                Ok(Ok(stream)) => http1(&host, router, arrival, stream).await,
                Ok(Err(error)) => {
                    tracing::debug!(source.address = %arrival.source, error.reason = %error, "TLS handshake failed");
                    Ok(())
                }
                Err(_) => Ok(()),
            }
        }
    };
    if let Err(error) = served {
        tracing::debug!(source.address = %arrival.source, error.reason = %error, "connection ended");
    }
    drop(held);
}

/// Serves somebody who looks after the server.
async fn monitor(host: Host, stream: TcpStream, held: Held) {
    patience::limit_in_system(&stream);
    let app = &host.app;
    let connection = http1_builder().serve_connection(
        TokioIo::new(Patient::new(stream)),
        service_fn(|request| async move { Ok::<_, Infallible>(answer_monitoring(app, request).await) }),
    );
    if let Err(error) = until_stopped(connection, host.stopped.clone()).await {
        tracing::debug!(error.reason = %error, "connection for monitoring ended");
    }
    drop(held);
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BUFFER_BYTES);
    builder
}

async fn http1<S>(host: &Host, router: axum::Router, arrival: Arrival, stream: S) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1_builder().serve_connection(
        TokioIo::new(Patient::new(stream)),
        service_fn(|request| respond(&host.app, &router, arrival, request)),
    );
    until_stopped(connection, host.stopped.clone()).await
}

async fn http2<S>(host: &Host, router: axum::Router, arrival: Arrival, stream: S) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let app = Arc::clone(&host.app);
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIMEOUT)
        .keep_alive_timeout(HEAD_TIMEOUT)
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(PENDING_RESETS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BUFFER_BYTES).unwrap_or(u32::MAX))
        .serve_connection(
            TokioIo::new(Patient::new(stream).opening_within(PREFACE_BYTES, HEAD_TIMEOUT)),
            service_fn(move |request| {
                let (app, router) = (Arc::clone(&app), router.clone());
                async move { respond(&app, &router, arrival, request).await }
            }),
        );
    until_stopped(connection, host.stopped.clone()).await
}

/// Serves a connection to its end, or until the server stops: then what was accepted is finished and no more is taken.
async fn until_stopped<C>(connection: C, mut stopped: watch::Receiver<bool>) -> hyper::Result<()>
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        served = connection.as_mut() => return served,
        _ = stopped.wait_for(|stopped| *stopped) => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

fn respond(
    app: &Arc<App>,
    router: &axum::Router,
    arrival: Arrival,
    request: hyper::Request<Incoming>,
) -> impl Future<Output = Result<axum::response::Response, Infallible>> + Send + 'static {
    let (app, mut router) = (Arc::clone(app), router.clone());
    async move { Ok(answer(&app, &mut router, arrival, request).await) }
}
