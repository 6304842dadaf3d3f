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

/// The host that the request names: that of its target (`:authority`, or the absolute form), else `Host`. Where both name
/// the same one it is `Host` as received, which is what clients sign. `None` when it names none or several.
pub(crate) fn host(parts: &Parts) -> Option<&str> {
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    if !parts.headers.contains_key(http::header::HOST) {
        return authority;
    }
    let header = single_header(&parts.headers, &http::header::HOST)?;
    let name = crate::authenticate::host_name;
    // RFC 9112 §3.2.2 and RFC 9113 §8.3.1: a proxy in between went by the target.
    let other = authority.filter(|authority| !name(authority).eq_ignore_ascii_case(name(header)));
    Some(other.unwrap_or(header))
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
