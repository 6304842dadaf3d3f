//! Where the server is and which key opens it: the two things that a verifier cannot do without.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use callsign_protocol::access_key::{AccessKey, AccessKeyError};
use callsign_protocol::connection_string::{ConnectionString, InvalidConnectionString};
use reqwest::Url;

/// Why a connection cannot be used. Nothing of a key is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidConnection {
    /// It is no connection string.
    #[error(transparent)]
    ConnectionString(#[from] InvalidConnectionString),
    /// The key is no base64.
    #[error(transparent)]
    AccessKey(#[from] AccessKeyError),
    /// The endpoint is no address of a server.
    #[error("the endpoint cannot be used: {reason}; its form is https://<host>[:<port>][/<resource>]")]
    Endpoint {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Plain http to another machine: everybody on the way could change what is said of revocations.
    #[error("plain http is for this machine only; write https:// for {host}")]
    PlainHttp {
        /// The host.
        host: String,
    },
}

/// Where the server is, and the access key of a resource: a parsed connection string, or the two of them.
///
/// ```
/// use callsign_verifier::Connection;
///
/// let connection: Connection = "endpoint=https://localhost:8443/;accesskey=c2VjcmV0".parse()?;
/// assert_eq!(format!("{connection:?}"), "Connection(https://localhost:8443)");
/// # Ok::<(), callsign_verifier::InvalidConnection>(())
/// ```
#[derive(Clone)]
pub struct Connection {
    pub(crate) endpoint: Endpoint,
    pub(crate) access_key: AccessKey,
}

impl Connection {
    /// A connection from an endpoint and the base64 text of a key. Plain `http` is taken for this machine only.
    ///
    /// # Errors
    /// [`InvalidConnection`].
    pub fn new(endpoint: &str, access_key: &str) -> Result<Self, InvalidConnection> {
        Ok(Self { endpoint: endpoint.parse()?, access_key: access_key.trim().parse()? })
    }
}

impl FromStr for Connection {
    type Err = InvalidConnection;

    /// Reads `endpoint=https://<host>/;accesskey=<key>`.
    fn from_str(text: &str) -> Result<Self, InvalidConnection> {
        let parts: ConnectionString = text.parse()?;
        Ok(Self { endpoint: parts.endpoint().parse()?, access_key: parts.access_key().clone() })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Connection({}{})", self.endpoint.origin, self.endpoint.prefix)
    }
}

/// An endpoint, taken apart into what requests need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// `https://host:port`
    pub(crate) origin: String,
    /// As the `Host` header has it: the scheme's own port is left out.
    pub(crate) authority: String,
    /// `/name`, or nothing.
    pub(crate) prefix: String,
}

impl FromStr for Endpoint {
    type Err = InvalidConnection;

    fn from_str(text: &str) -> Result<Self, InvalidConnection> {
        let invalid = |reason| InvalidConnection::Endpoint { reason };
        let url = Url::parse(text.trim()).map_err(|_| invalid("it is no absolute address"))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(invalid("its scheme is neither https nor http"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("it holds a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("it has a query or a fragment"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(invalid("it names no host"))?;
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if url.scheme() == "http" && !is_loopback(host) {
            return Err(InvalidConnection::PlainHttp { host: authority });
        }
        let origin = format!("{}://{authority}", url.scheme());
        Ok(Self { origin, authority, prefix: url.path().trim_end_matches('/').to_owned() })
    }
}

fn is_loopback(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_taken_apart() {
        for (text, origin, authority, prefix) in [
            ("https://Localhost:8443/", "https://localhost:8443", "localhost:8443", ""),
            ("https://h:443", "https://h", "h", ""),
            ("https://h/contoso//", "https://h", "h", "/contoso"),
            ("http://127.0.0.1:80/contoso", "http://127.0.0.1", "127.0.0.1", "/contoso"),
            ("http://[::1]:8080", "http://[::1]:8080", "[::1]:8080", ""),
            ("http://contoso.localhost:8080", "http://contoso.localhost:8080", "contoso.localhost:8080", ""),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            let parts = (endpoint.origin.as_str(), endpoint.authority.as_str(), endpoint.prefix.as_str());
            assert_eq!(parts, (origin, authority, prefix), "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_and_not_repeated() {
        for text in [
            "",
            "localhost",
            "ftp://h",
            "https://",
            "https://u:s3cr3t@h/",
            "https://h/?s3cr3t",
            "https://h#s3cr3t",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(matches!(error, InvalidConnection::Endpoint { .. }), "{text}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for text in ["http://10.0.0.1", "http://h:80", "http://localhost.example", "http://[::2]"] {
            assert!(matches!(text.parse::<Endpoint>(), Err(InvalidConnection::PlainHttp { .. })), "{text}");
        }
    }

    #[test]
    fn a_connection_does_not_show_its_key() {
        let connection = Connection::new("https://h/contoso", "c2VjcmV0").unwrap();
        assert_eq!(format!("{connection:?}"), "Connection(https://h/contoso)");
        let error = Connection::new("https://h", "c2VjcmV0!").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c2VjcmV0"));
    }
}
