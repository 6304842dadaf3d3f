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

impl Arrival {
    /// Whether nobody on its way could read it: it came over TLS, or from this machine.
    pub(crate) fn is_confidential(&self) -> bool {
        self.secure || self.source.ip().to_canonical().is_loopback()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_over_http_from_another_machine_could_be_read_on_its_way() {
        for (source, secure, confidential) in [
            ("192.0.2.1:9", true, true),
            ("192.0.2.1:9", false, false),
            ("10.0.0.1:9", false, false),
            ("127.0.0.1:9", false, true),
            ("127.8.0.1:9", false, true),
            ("[::1]:9", false, true),
            ("[::ffff:127.0.0.1]:9", false, true),
            ("[::ffff:192.0.2.1]:9", false, false),
            ("[2001:db8::1]:9", false, false),
        ] {
            let arrival = Arrival { source: source.parse().unwrap(), own_port: None, secure };
            assert_eq!(arrival.is_confidential(), confidential, "{source}");
        }
    }
}
