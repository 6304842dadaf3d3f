//! The name and the port of a resource.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use azure_core::http::Url;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::Target;
use super::finding::Finding;
use crate::command::connection::is_loopback;

/// How long a name or a port may take.
const WITHIN: Duration = Duration::from_secs(5);
/// The variables that name a proxy for https and for anything, in the order in which they count.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The variable that names a proxy between this machine and the resource.
pub(super) fn proxy(endpoint: &Url) -> Option<&'static str> {
    if is_loopback(endpoint.as_str()) {
        return None;
    }
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    PROXY_VARIABLES.into_iter().find(is_set)
}

/// Whether the name leads anywhere and the port is open. Through a proxy neither can be told from here.
pub(super) async fn look(target: &Target) -> Vec<Finding> {
    let Target { host, port, .. } = target;
    if let Some(variable) = target.proxy {
        let found = format!("a proxy stands between, see {variable}");
        return ["name", "port", "certificate"].map(|check| Finding::good(check, found.clone())).into();
    }
    let addresses: Vec<SocketAddr> = match timeout(WITHIN, lookup_host((host.as_str(), *port))).await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            let remedy = "Is the host in the endpoint spelled right? Is there a network, and does its name server know the host?";
            return vec![Finding::bad("name", format!("{host} has no address: {error}"), remedy)];
        }
        Err(_) => {
            let found = format!("no name server told the address of {host} within {} s", WITHIN.as_secs());
            return vec![Finding::bad("name", found, "Is there a network, and does its name server answer?")];
        }
    };
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    vec![Finding::good("name", format!("{host} is {}", shown.join(", "))), port_of(&addresses).await]
}

async fn port_of(addresses: &[SocketAddr]) -> Finding {
    let mut faults = Vec::new();
    let mut is_refused = false;
    for address in addresses {
        match timeout(WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Finding::good("port", format!("{address} is open")),
            Ok(Err(error)) => {
                is_refused |= error.kind() == ErrorKind::ConnectionRefused;
                faults.push(format!("{address}: {error}"));
            }
            Err(_) => faults.push(format!("{address} did not answer within {} s", WITHIN.as_secs())),
        }
    }
    let remedy = if is_refused {
        "Nothing listens there. Is the port right, and is the service running? Callsign is started with callsign serve."
    } else {
        "Does a firewall stand between? Is the machine running?"
    };
    Finding::bad("port", faults.join("; "), remedy)
}
