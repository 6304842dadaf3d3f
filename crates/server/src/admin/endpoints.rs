//! Where clients find each resource: what stands in connection strings.

use std::net::SocketAddr;

use crate::authenticate::is_loopback;
use crate::config::{Config, PublicUrl};

/// The addresses of a server, as clients dial them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    https: Option<PublicUrl>,
    http: Option<PublicUrl>,
    listening: Vec<u16>,
}

impl Endpoints {
    /// The addresses of a server with these listeners. A public address that is not this machine's own counts more than
    /// the listener of its scheme: clients come in through it.
    #[must_use]
    pub fn new(config: &Config, https: Option<SocketAddr>, http: Option<SocketAddr>) -> Self {
        let mut endpoints = Self {
            https: https.and_then(|address| dialled("https", "localhost", address)),
            // Not localhost: Node and browsers may take the IPv6 address of it.
            http: http.and_then(|address| dialled("http", "127.0.0.1", address)),
            listening: [https, http].into_iter().flatten().map(|address| address.port()).collect(),
        };
        let public = &config.public_url;
        if !is_loopback(public.host()) {
            let place = if public.is_https() { &mut endpoints.https } else { &mut endpoints.http };
            *place = Some(public.clone());
        }
        endpoints
    }

    /// The addresses of a stopped server, as far as they are known before it takes its ports.
    #[must_use]
    pub fn configured(config: &Config) -> Self {
        let known = |address: &SocketAddr| address.port() != 0;
        Self::new(config, config.listen.https.filter(known), config.listen.http.filter(known))
    }

    /// The https address, without a slash at its end.
    #[must_use]
    pub fn https(&self) -> Option<&str> {
        self.https.as_ref().map(PublicUrl::as_str)
    }

    /// The plain http address, without a slash at its end.
    #[must_use]
    pub fn http(&self) -> Option<&str> {
        self.http.as_ref().map(PublicUrl::as_str)
    }

    /// What a browser opens. Without an address of its own in the world, a server whose certificate browsers do not know is better visited by
    /// plain http, which does not leave this machine then.
    pub(super) fn browsed(&self, has_own_certificate: bool) -> Option<&str> {
        let is_here = |url: &&PublicUrl| is_loopback(url.host());
        let https = self.https.as_ref().filter(|https| !(has_own_certificate && is_here(https)));
        let plain = self.http.as_ref().filter(is_here);
        https.or(plain).or(self.https.as_ref()).or(self.http.as_ref()).map(PublicUrl::as_str)
    }

    /// Whether the server itself listens on the port.
    pub(super) fn listens_on(&self, port: u16) -> bool {
        self.listening.contains(&port)
    }

    /// What a client of the resource dials, without a slash at its end: its own port; else, for the default resource, the
    /// server's address; else its name below the server's host, or, where an IP address leaves no place for a name,
    /// its name as the path (which the JavaScript client refuses: `clients.md` A.4).
    pub(super) fn of(&self, name: &str, port: Option<u16>, is_default: bool) -> Option<String> {
        let server = self.https.as_ref().or(self.http.as_ref())?;
        let scheme = if server.is_https() { "https" } else { "http" };
        let address = server.host().parse::<std::net::IpAddr>().ok();
        let host = match address {
            Some(std::net::IpAddr::V6(address)) => format!("[{address}]"),
            _ => server.host().to_owned(),
        };
        let text = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None if is_default => server.to_string(),
            None if address.is_some() => return Some(format!("{server}/{name}")),
            None => format!("{scheme}://{name}.{host}:{}", server.port()),
        };
        // Read once more, so that the port of the scheme is left out: clients sign the host without it.
        Some(text.parse::<PublicUrl>().map_or(text, |url| url.to_string()))
    }
}

/// How a listener is dialled: by `loopback`, which the certificate names, unless it listens on one address only.
fn dialled(scheme: &str, loopback: &str, address: SocketAddr) -> Option<PublicUrl> {
    let ip = address.ip().to_canonical();
    let host = match ip {
        _ if ip.is_unspecified() => loopback.to_owned(),
        std::net::IpAddr::V4(v4) if v4.is_loopback() => loopback.to_owned(),
        std::net::IpAddr::V4(v4) => v4.to_string(),
        std::net::IpAddr::V6(v6) => format!("[{v6}]"),
    };
    format!("{scheme}://{host}:{}", address.port()).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn endpoints(public_url: &str, https: Option<&str>, http: Option<&str>) -> Endpoints {
        let mut config = Config::ephemeral(Path::new("/nowhere"));
        config.public_url = public_url.parse().unwrap();
        Endpoints::new(
            &config,
            https.map(|text| text.parse().unwrap()),
            http.map(|text| text.parse().unwrap()),
        )
    }

    #[test]
    fn a_resource_is_dialled_by_its_port_or_its_name_and_the_default_one_by_the_server() {
        let own = endpoints("https://localhost:8443", Some("127.0.0.1:4431"), Some("127.0.0.1:8081"));
        assert_eq!(own.https(), Some("https://localhost:4431"));
        assert_eq!(own.http(), Some("http://127.0.0.1:8081"));
        for (port, is_default, expected) in [
            (None, true, "https://localhost:4431"),
            (None, false, "https://blue.localhost:4431"),
            (Some(9001), false, "https://localhost:9001"),
            (Some(9001), true, "https://localhost:9001"),
            (Some(443), true, "https://localhost"),
        ] {
            assert_eq!(own.of("blue", port, is_default).as_deref(), Some(expected));
        }
        assert!(own.listens_on(4431) && own.listens_on(8081) && !own.listens_on(9001));
    }

    #[test]
    fn a_public_address_counts_more_than_the_listener_of_its_scheme() {
        let public = endpoints("https://id.example.com", Some("0.0.0.0:8443"), Some("127.0.0.1:8080"));
        assert_eq!(public.of("a", None, true).as_deref(), Some("https://id.example.com"));
        assert_eq!(public.of("blue", None, false).as_deref(), Some("https://blue.id.example.com"));
        assert_eq!(public.http(), Some("http://127.0.0.1:8080"));
        let proxied = endpoints("https://id.example.com", None, Some("127.0.0.1:8080"));
        assert_eq!(proxied.https(), Some("https://id.example.com"));
    }

    #[test]
    fn a_listener_on_one_address_is_dialled_there_and_names_go_into_the_path() {
        let single = endpoints("https://localhost:8443", Some("192.0.2.7:8443"), None);
        assert_eq!(single.of("a", None, true).as_deref(), Some("https://192.0.2.7:8443"));
        assert_eq!(single.of("blue", None, false).as_deref(), Some("https://192.0.2.7:8443/blue"));
        let v6 = endpoints("https://localhost:8443", Some("[::1]:8443"), None);
        assert_eq!(v6.of("a", Some(9001), false).as_deref(), Some("https://[::1]:9001"));
        assert_eq!(
            endpoints("https://localhost:8443", Some("[::]:1"), None).https(),
            Some("https://localhost:1")
        );
    }

    #[test]
    fn without_https_the_plain_address_is_all_there_is() {
        let plain = endpoints("https://localhost:8443", None, Some("127.0.0.1:8080"));
        assert_eq!(plain.of("a", None, true).as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(
            Endpoints::configured(&Config::ephemeral(Path::new("/nowhere"))).of("a", None, true),
            None
        );
    }
}
