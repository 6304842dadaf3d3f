//! The address that clients know the server by.

use std::fmt;
use std::str::FromStr;

use super::fault::Complaint;
use super::parse;

const REMEDY: &str =
    "Write it like https://identity.example.com or https://localhost:8443: scheme, host and port only";

/// The address that clients know the server by, such as `https://localhost:8443`: scheme, host and port, in lower
/// case, without a slash at its end.
///
/// It is the `iss` claim of every token. Host names hold letters, digits, dots, hyphens and underscores only, so a
/// token never holds `~`, `?` or `>`, which clients that decode it with the standard base64 alphabet would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
    port: u16,
    https: bool,
}

impl PublicUrl {
    /// `https://localhost:8443`, the default.
    pub(super) fn localhost() -> Self {
        Self {
            text: "https://localhost:8443".to_owned(),
            host: "localhost".to_owned(),
            port: 8443,
            https: true,
        }
    }

    /// The whole address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host name or address, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, that of the scheme if none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl FromStr for PublicUrl {
    type Err = Complaint;

    fn from_str(text: &str) -> Result<Self, Complaint> {
        if text.contains('@') {
            // Not quoted: what stands before the sign may be a password.
            return Err(Complaint::new("a public address holds no user name or password", REMEDY));
        }
        let refused = |reason: &str| Complaint::new(format!("{} {reason}", parse::quoted(text)), REMEDY);
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(refused("has no scheme"));
        };
        let (scheme, standard_port) = match scheme.to_ascii_lowercase().as_str() {
            "https" => ("https", 443),
            "http" => ("http", 80),
            _ => return Err(refused("is neither https nor http")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '\\']) {
            return Err(refused("has a path, a query or a fragment"));
        }
        let (host, port) = split_port(authority).ok_or_else(|| refused("has a port that is no number"))?;
        let bracketed = host.starts_with('[');
        let Ok(host) = parse::host(host) else {
            return Err(refused("has a host that is neither a name nor an address"));
        };
        if host.contains(':') != bracketed {
            return Err(refused("has an IPv6 address without brackets"));
        }
        let host_text = if bracketed { format!("[{host}]") } else { host.clone() };
        let text = match port {
            Some(port) if port != standard_port => format!("{scheme}://{host_text}:{port}"),
            _ => format!("{scheme}://{host_text}"),
        };
        Ok(Self { text, host, port: port.unwrap_or(standard_port), https: scheme == "https" })
    }
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`; `None` if the port is no port.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let digits = port.bytes().all(|byte| byte.is_ascii_digit());
            let port = port.parse().ok().filter(|port| digits && *port > 0)?;
            Some((host, Some(port)))
        }
        _ => Some((authority, None)),
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::PublicUrl;

    #[test]
    fn scheme_host_and_port_are_kept_in_one_spelling() {
        for (given, kept, host, port) in [
            ("https://localhost:8443", "https://localhost:8443", "localhost", 8443),
            ("HTTPS://Id.Example.COM/", "https://id.example.com", "id.example.com", 443),
            ("https://id.example.com:443", "https://id.example.com", "id.example.com", 443),
            ("http://10.0.0.7:8080", "http://10.0.0.7:8080", "10.0.0.7", 8080),
            ("https://[::1]:8443", "https://[::1]:8443", "::1", 8443),
            ("http://[2001:DB8::1]", "http://[2001:db8::1]", "2001:db8::1", 80),
        ] {
            let url: PublicUrl = given.parse().unwrap();
            assert_eq!((url.as_str(), url.host(), url.port()), (kept, host, port), "{given}");
        }
        assert_eq!("https://localhost:8443".parse::<PublicUrl>().unwrap(), PublicUrl::localhost());
    }

    #[test]
    fn anything_else_is_refused() {
        for given in [
            "",
            "localhost",
            "localhost:8443",
            "ftp://localhost",
            "https://",
            "https:///",
            "https://localhost//",
            "https://localhost/identity",
            "https://localhost?x",
            "https://localhost#x",
            "https://localhost:",
            "https://localhost:0",
            "https://localhost:65536",
            "https://localhost:+1",
            "https://::1",
            "https://::1:8443",
            "https://[localhost]",
            "https://[10.0.0.7]",
            "https://lo~calhost",
            "https://lo>calhost",
            "https://lo calhost",
            "https://l\u{f6}calhost",
        ] {
            assert!(given.parse::<PublicUrl>().is_err(), "{given}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_not_repeated() {
        let complaint = "https://me:pass-word@localhost".parse::<PublicUrl>().unwrap_err();
        assert!(!format!("{complaint:?}").contains("pass-word"));
    }
}
