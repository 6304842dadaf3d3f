//! The names that stand in the server's certificate, one by one.

use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

use rcgen::SanType;
use rustls::pki_types::{DnsName, ServerName};

use super::TlsError;

/// Java refuses a handshake message over 32 KiB (`jdk.tls.maxHandshakeMessageSize`); half of that leaves room for the rest.
const NAME_BYTES_MAX: usize = 16 * 1024;

/// What a client may dial without any configuration.
const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// One name of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CertificateName {
    /// A host name in lower case; its first label may be `*`.
    Dns(String),
    /// An IP address.
    Address(IpAddr),
}

impl CertificateName {
    pub(super) fn to_san(&self) -> Result<SanType, TlsError> {
        Ok(match self {
            Self::Dns(name) => SanType::DnsName(name.clone().try_into().map_err(TlsError::engine)?),
            Self::Address(address) => SanType::IpAddress(*address),
        })
    }

    /// A name that a client would ask for, to try a certificate with; for a wildcard, one host below it.
    pub(super) fn to_sample(&self) -> Result<ServerName<'static>, TlsError> {
        match self {
            Self::Address(address) => Ok(ServerName::IpAddress((*address).into())),
            Self::Dns(name) => ServerName::try_from(name.replace('*', "any")).map_err(TlsError::engine),
        }
    }

    /// Its tag, length and value in the certificate.
    fn encoded_bytes(&self) -> usize {
        const TAG_AND_LENGTH: usize = 3;
        TAG_AND_LENGTH
            + match self {
                Self::Dns(name) => name.len(),
                Self::Address(IpAddr::V4(_)) => 4,
                Self::Address(IpAddr::V6(_)) => 16,
            }
    }
}

impl FromStr for CertificateName {
    type Err = TlsError;

    fn from_str(text: &str) -> Result<Self, TlsError> {
        let fault = |fault| TlsError::Name { name: text.to_owned(), fault };
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let host = name.strip_prefix("*.").unwrap_or(&name);
        if DnsName::try_from(host).is_err() {
            return Err(fault("write a host name or an IP address, without scheme, port or path"));
        }
        // OpenSSL and Node ignore a wildcard with a single label behind it.
        if host.len() < name.len() && !host.contains('.') {
            return Err(fault(
                "clients accept a wildcard only above two or more labels; list the names one by one",
            ));
        }
        Ok(Self::Dns(name))
    }
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// The set of names an own certificate is issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedNames {
    names: BTreeSet<CertificateName>,
    left_out: usize,
}

impl WantedNames {
    /// The loopback names, the configured ones, and `<resource>.localhost` for each resource as long as there is room.
    ///
    /// # Errors
    ///
    /// When a name is neither a host name nor an IP address.
    pub fn new<'a>(
        resources: impl IntoIterator<Item = &'a str>,
        configured: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TlsError> {
        let mut names = BTreeSet::new();
        for name in LOOPBACK_NAMES.into_iter().chain(configured) {
            names.insert(name.parse()?);
        }
        let mut bytes: usize = names.iter().map(CertificateName::encoded_bytes).sum();
        let mut left_out = 0;
        for resource in resources {
            let name: CertificateName = format!("{resource}.localhost").parse()?;
            if names.contains(&name) {
                continue;
            }
            if bytes + name.encoded_bytes() > NAME_BYTES_MAX {
                left_out += 1;
                continue;
            }
            bytes += name.encoded_bytes();
            names.insert(name);
        }
        Ok(Self { names, left_out })
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &CertificateName> {
        self.names.iter()
    }

    pub(super) fn warning(&self) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "{} resources have no name of their own in the server's certificate, which is full. Reach them by path \
                 (`https://localhost/<name>/`), or give a wildcard certificate.",
                self.left_out
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CertificateName, NAME_BYTES_MAX, WantedNames};

    fn parse(text: &str) -> CertificateName {
        text.parse().unwrap()
    }

    #[test]
    fn names_and_addresses_are_told_apart_and_normalised() {
        assert_eq!(parse("ID.Example.Internal."), CertificateName::Dns("id.example.internal".to_owned()));
        assert_eq!(parse("[::1]"), CertificateName::Address("::1".parse().unwrap()));
        assert_eq!(parse("10.0.0.7").to_string(), "10.0.0.7");
        assert_eq!(parse("*.id.example").to_string(), "*.id.example");
    }

    #[test]
    fn what_cannot_stand_in_a_certificate_is_refused_with_a_remedy() {
        for text in
            ["", "*", "https://host", "host:8443", "a b", "host/path", "*.*.example.com", "x.*.com", "-a"]
        {
            let error = text.parse::<CertificateName>().unwrap_err().to_string();
            assert!(error.contains("write a host name or an IP address"), "{text}: {error}");
        }
        let error = "*.localhost".parse::<CertificateName>().unwrap_err().to_string();
        assert!(error.contains("one by one"), "{error}");
    }

    #[test]
    fn each_resource_has_a_name_below_localhost() {
        let wanted = WantedNames::new(["default", "blue"], ["id.example", "127.0.0.1"]).unwrap();
        let names: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let expected = ["blue.localhost", "default.localhost", "id.example", "localhost", "127.0.0.1", "::1"];
        assert_eq!(names, expected);
        assert_eq!(wanted.warning(), None);
    }

    #[test]
    fn a_full_certificate_leaves_names_out_and_says_so() {
        let resources: Vec<String> = (0..2000).map(|number| format!("tenant-{number}")).collect();
        let wanted = WantedNames::new(resources.iter().map(String::as_str), ["id.example"]).unwrap();
        let bytes: usize = wanted.iter().map(CertificateName::encoded_bytes).sum();
        assert!(bytes <= NAME_BYTES_MAX);
        assert!(wanted.iter().any(|name| name == &parse("id.example")));
        let kept = wanted.iter().count() - 4;
        assert!(wanted.warning().unwrap().starts_with(&format!("{} resources have no name", 2000 - kept)));
    }
}
