//! Where the connector calls: a host, and the name of a resource if one leads the path.

use std::str::FromStr;

use callsign_protocol::resource::ResourceName;

use super::ROOT;
use crate::config::PublicUrl;

/// An https address that the connector calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// With its port, if that is not 443.
    host: String,
    resource: Option<ResourceName>,
}

/// Why a text is no address of a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the connector calls an https address; write it like https://id.example.com or https://id.example.com/blue, where blue is a resource"
)]
pub struct InvalidAddress;

impl Address {
    /// The address of a server; `None` when it is not https, which is all that Power Platform calls.
    #[must_use]
    pub fn of(url: &PublicUrl) -> Option<Self> {
        let host = url.as_str().strip_prefix("https://")?;
        Some(Self { host: host.to_owned(), resource: None })
    }

    /// The same, where the name of the resource leads the path.
    pub(crate) fn below(self, resource: Option<&str>) -> Self {
        Self { resource: resource.and_then(|name| name.parse().ok()), ..self }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn base_path(&self) -> String {
        match &self.resource {
            Some(name) => format!("/{}{ROOT}", name.as_str()),
            None => ROOT.to_owned(),
        }
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let (_, rest) = text.split_once("://").ok_or(InvalidAddress)?;
        let (server, resource) = match rest.split_once('/') {
            Some((_, name)) => {
                let server = text.strip_suffix(name).ok_or(InvalidAddress)?;
                (server, Some(name.parse().map_err(|_| InvalidAddress)?))
            }
            None => (text, None),
        };
        let server: PublicUrl = server.parse().map_err(|_| InvalidAddress)?;
        Ok(Self { resource, ..Self::of(&server).ok_or(InvalidAddress)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_perhaps_a_resource_are_read() {
        for (text, host, base_path) in [
            ("https://id.example.com", "id.example.com", "/connector"),
            ("https://ID.example.com:443/", "id.example.com", "/connector"),
            ("https://localhost:8443", "localhost:8443", "/connector"),
            ("https://[::1]:8443/", "[::1]:8443", "/connector"),
            ("https://10.0.0.7/blue", "10.0.0.7", "/blue/connector"),
            ("https://10.0.0.7/blue/", "10.0.0.7", "/blue/connector"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.base_path().as_str()), (host, base_path), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "id.example.com",
            "http://id.example.com",
            "https://",
            "https://id.example.com//",
            "https://id.example.com/blue/connector",
            "https://id.example.com/a\"b",
            "https://id.example.com?x",
            "https://me:word@id.example.com",
        ] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress), "{text}");
        }
    }
}
