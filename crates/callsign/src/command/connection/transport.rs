//! What requests go through: a connection pool that trusts this machine's authorities and, if told so, one more.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use azure_core::http::{Transport, Url};
use reqwest::{Certificate, Client, redirect};

/// How long a connection may take; a person waits for it.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// A transport for requests to the endpoint.
pub(super) fn new(endpoint: &str, authority: Option<&Path>) -> anyhow::Result<Transport> {
    let mut builder = Client::builder()
        .connect_timeout(CONNECT_WITHIN)
        .read_timeout(ANSWER_WITHIN)
        // A signature holds for one address only.
        .redirect(redirect::Policy::none());
    if is_loopback(endpoint) {
        // A proxy has another loopback than this machine.
        builder = builder.no_proxy();
    }
    if endpoint.starts_with("http://") {
        // No certificate is looked at, so that none has to be there.
        builder = builder.tls_certs_only([]);
    } else if let Some(file) = authority {
        let pem = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let certificates = Certificate::from_pem_bundle(&pem)
            .with_context(|| format!("{} holds no certificates in PEM", file.display()))?;
        builder = builder.tls_certs_merge(certificates);
    }
    let client = builder
        .build()
        .context("TLS cannot be used; are the certificates of authorities installed (ca-certificates), or does SSL_CERT_FILE name a file of them?")?;
    Ok(Transport::new(Arc::new(client)))
}

/// Whether the endpoint is on this machine.
pub(crate) fn is_loopback(endpoint: &str) -> bool {
    let Ok(url) = endpoint.parse::<Url>() else {
        return false;
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
