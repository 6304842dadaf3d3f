//! HTTP/2 over TLS, which ALPN chooses.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::signature::{Authorization, DateHeader, EMPTY_BODY_SHA256, RequestKey, SignedParts};
use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::harness::House;

const CREATE: &str = "/identities?api-version=2026-09-23";

/// A connection that trusts the server's own authority only.
pub async fn connect(house: &House) -> (SendRequest<Empty<Bytes>>, String) {
    connect_as(house, "localhost", &house.folder.path().join("tls/ca.pem")).await
}

async fn connect_as<B>(house: &House, name: &'static str, authority: &Path) -> (SendRequest<B>, String)
where
    B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let authority = CertificateDer::from_pem_file(authority).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let host = house.server.ready().https.as_ref().unwrap().strip_prefix("https://").unwrap().to_owned();
    let stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).await.unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from(name).unwrap(), stream)
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    (sender, host)
}

fn signed(house: &House, host: &str) -> hyper::Request<Empty<Bytes>> {
    let date = SystemClock.now().to_imf_fixdate();
    let parts =
        SignedParts { method: "POST", target: CREATE, date: &date, host, content_sha256: EMPTY_BODY_SHA256 };
    let signature = RequestKey::new(&house.key()).sign(&parts.string_to_sign());
    hyper::Request::post(format!("https://{host}{CREATE}"))
        .header("x-ms-date", &date)
        .header("x-ms-content-sha256", EMPTY_BODY_SHA256)
        .header(
            "authorization",
            Authorization { date_header: DateHeader::XMsDate, signature }.to_header_value(),
        )
        .body(Empty::new())
        .unwrap()
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn the_authority_of_http2_is_the_host_that_is_signed() {
    let house = House::new();
    block_on(async {
        let (mut sender, host) = connect(&house).await;
        let reply = sender.send_request(signed(&house, &host)).await.unwrap();
        assert_eq!(reply.status(), 201);
        // Never on loopback: it would break a developer's other sites.
        assert_eq!(reply.headers().get("strict-transport-security"), None);
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(br#"{"identity":{"id":"8:acs:"#));
        let mut moved = signed(&house, &host);
        *moved.uri_mut() = format!("https://127.0.0.1{CREATE}").parse().unwrap();
        assert_eq!(sender.send_request(moved).await.unwrap().status(), 401);
    });
}

#[test]
fn a_large_header_block_is_refused_and_the_connection_goes_on() {
    let house = House::new();
    block_on(async {
        let (mut sender, host) = connect(&house).await;
        let mut large = signed(&house, &host);
        large.headers_mut().insert("x-more", "x".repeat(15 * 1024).parse().unwrap());
        large.headers_mut().insert("x-even-more", "x".repeat(2 * 1024).parse().unwrap());
        let refused = sender.send_request(large).await.unwrap();
        assert_eq!(refused.status(), 431);
        let body = refused.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(br#"{"error":{"code":"RequestHeaderFieldsTooLarge""#));
        assert_eq!(sender.send_request(signed(&house, &host)).await.unwrap().status(), 201);
    });
}

/// curl 7.88 drops an answer that comes, with the end of the stream, before it has sent its body.
#[test]
fn a_refusal_waits_for_the_body_that_it_does_not_read() {
    // One more than fits into the window of a stream: who reads nothing is not sent the last.
    const FRAMES: usize = 65;
    let house = House::new();
    block_on(async {
        let (mut sender, host) =
            connect_as(&house, "localhost", &house.folder.path().join("tls/ca.pem")).await;
        for path in [CREATE, "/nowhere"] {
            let sent = Arc::new(AtomicUsize::new(0));
            let sending = Arc::clone(&sent);
            let frames = futures_util::stream::iter(0..FRAMES).map(move |_| {
                sending.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b' '; 16 * 1024])))
            });
            let request = hyper::Request::post(format!("https://{host}{path}"));
            let request = request.body(StreamBody::new(frames)).unwrap();
            let refused = sender.send_request(request).await.unwrap();
            assert!(matches!(refused.status().as_u16(), 401 | 404));
            assert_eq!(sent.load(Ordering::Relaxed), FRAMES, "{path}");
        }
    });
}

#[test]
fn a_hundred_requests_share_a_connection() {
    let house = House::new();
    block_on(async {
        let (sender, host) = connect(&house).await;
        let requests = (0..100).map(|_| {
            let mut sender = sender.clone();
            let request = signed(&house, &host);
            async move { sender.send_request(request).await.unwrap().status().as_u16() }
        });
        assert_eq!(futures_util::future::join_all(requests).await, vec![201; 100]);
    });
}

#[test]
fn with_a_given_certificate_names_that_are_not_loopback_are_bound_to_https() {
    let given = tempfile::tempdir().unwrap();
    let (certificate, key) = (given.path().join("given.pem"), given.path().join("given.key"));
    let made = rcgen::generate_simple_self_signed(["tokens.example.com".to_owned(), "localhost".to_owned()])
        .unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let house = House::with(|config| {
        config.hosts = vec!["tokens.example.com".to_owned()];
        config.tls.certificate = Some(certificate.clone());
        config.tls.private_key = Some(key.clone());
    });
    let strict_transport = |name, host: &'static str| {
        let certificate = certificate.clone();
        let house = &house;
        block_on(async move {
            let (mut sender, _) = connect_as(house, name, &certificate).await;
            let reply = sender.send_request(signed(house, host)).await.unwrap();
            assert_eq!(reply.status(), 201);
            reply.headers().get("strict-transport-security").map(|value| value.to_str().unwrap().to_owned())
        })
    };
    // The value that was recorded since March 2024 (live-behaviour.md §2).
    let recorded = "max-age=31536000;includeSubDomains";
    assert_eq!(strict_transport("tokens.example.com", "tokens.example.com").as_deref(), Some(recorded));
    assert_eq!(strict_transport("localhost", "localhost"), None);
}

#[test]
fn a_new_resource_is_in_the_certificate_before_its_creation_is_answered() {
    let house = House::new();
    block_on(async {
        let create = callsign_server::admin::Request::ResourceCreate {
            name: "contoso".to_owned(),
            data_location: "europe".to_owned(),
            port: None,
            hosts: Vec::new(),
            signing_algorithm: Default::default(),
        };
        let config = callsign_server::config::Config::ephemeral(house.folder.path());
        callsign_server::admin::ask(&config, create).await.unwrap();
        let authority = house.folder.path().join("tls/ca.pem");
        let (mut sender, _) = connect_as(&house, "contoso.localhost", &authority).await;
        let reply = sender.send_request(signed(&house, "contoso.localhost")).await.unwrap();
        // The default resource's key does not sign for it; that there is an answer is what counts here.
        assert_eq!(reply.status(), 401);
    });
}
