//! Which resource a request is for: a port of its own, a name in the path, a host, or the default one.

use std::net::IpAddr;
use std::sync::Arc;

use callsign_core::caller::{Caller, Proof};
use callsign_core::directory::resource::{Resource, Resources};

use super::Denial;

/// Finds the resource. `hosts` are configured names of the default resource. What somebody wrote down goes before the rule
/// of the first label, so that no resource's name takes over a host that leads to another one.
pub(crate) fn find(
    resources: &Resources,
    hosts: &[String],
    (own_port, prefix, host): (Option<u16>, Option<&str>, &str),
) -> Result<Arc<Resource>, Denial> {
    let host = host_name(host).to_ascii_lowercase();
    own_port
        .and_then(|port| resources.by_port(port))
        .or_else(|| prefix.and_then(|name| resources.by_name(name)))
        .or_else(|| resources.by_given_host(&host))
        .or_else(|| if is_loopback(&host) || hosts.contains(&host) { resources.default_one() } else { None })
        // An address has no labels: `10.0.0.7` does not lead to a resource `10`.
        .or_else(|| if host.parse::<IpAddr>().is_err() { resources.by_first_label(&host) } else { None })
        .ok_or(Denial::HostUnknown(host))
}

/// Whoever proved that they may speak for the resource.
pub(crate) fn caller(resource: &Resource, proof: Proof) -> Caller {
    let stored = &resource.stored;
    Caller {
        resource: stored.id,
        data_location: stored.data_location,
        signing_algorithm: stored.signing_algorithm,
        proof,
    }
}

/// The host without its port and brackets.
pub(crate) fn host_name(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map_or(bracketed, |(address, _)| address),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_lose_port_and_brackets() {
        for (authority, expected) in [
            ("localhost:8443", "localhost"),
            ("localhost", "localhost"),
            ("[::1]:8443", "::1"),
            ("[::1]", "::1"),
            ("127.0.0.1:1", "127.0.0.1"),
        ] {
            assert_eq!(host_name(authority), expected);
            assert!(is_loopback(expected));
        }
        assert!(!is_loopback("example.com"));
    }
}
