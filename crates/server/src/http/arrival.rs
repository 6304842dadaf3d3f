//! What is known of a request before anybody has looked at its meaning.

use std::net::SocketAddr;

use http::request::Parts;
use http::{HeaderMap, HeaderName};

/// The connection a request came on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Where it came from.
    pub(crate) source: SocketAddr,
    /// The port it came to, when a resource has that port for itself.
    pub(crate) own_port: Option<u16>,
    /// Whether it came over TLS.
    pub(crate) secure: bool,
}

/// The host that the request names: `Host` as received, or `:authority` on HTTP/2. `None` when it names none or several.
pub(crate) fn host(parts: &Parts) -> Option<&str> {
    if parts.headers.contains_key(http::header::HOST) {
        return single_header(&parts.headers, &http::header::HOST);
    }
    parts.uri.authority().map(http::uri::Authority::as_str)
}

/// A header's value, when it is there exactly once and is text.
pub(crate) fn single_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}
