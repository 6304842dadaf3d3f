//! What can only be judged where several settings, or the disk, are seen together.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;

use super::fault::{Complaint, Fault};
use super::resolve::Origins;
use super::{Config, Origin};

/// Judges the values of `config`. Settings in `doubtful` have a fault already and are not blamed for what follows
/// from it.
pub(super) fn check(config: &Config, origins: &Origins, doubtful: &BTreeSet<&str>) -> Vec<Fault> {
    let checks = Checks { config, origins, doubtful };
    [
        checks.data_dir(),
        checks.listeners(),
        checks.remote_http(),
        checks.tls_pair(),
        checks.roles(),
        checks.dev_entra(),
        checks.connector(),
        checks.trusted_tokens(),
        checks.openid(),
    ]
    .into_iter()
    .chain(checks.tls_files())
    .flatten()
    .collect()
}

struct Checks<'a> {
    config: &'a Config,
    origins: &'a Origins,
    doubtful: &'a BTreeSet<&'a str>,
}

impl Checks<'_> {
    fn data_dir(&self) -> Option<Fault> {
        let missing = self.config.data_dir.as_os_str().is_empty() && self.are_sure(&["data_dir"]);
        missing.then(|| {
            self.fault(
                "data_dir",
                "this user has no home folder, so there is no place for data",
                "Name one with --data-dir or CALLSIGN_DATA_DIR",
            )
        })
    }

    fn listeners(&self) -> Option<Fault> {
        if !self.are_sure(&["listen.https", "listen.http"]) {
            return None;
        }
        match (self.config.listen.https, self.config.listen.http) {
            (None, None) => Some(self.fault(
                "listen.https",
                format!("https is off, and so is http ({})", self.origin("listen.http")),
                "Give one of listen.https and listen.http an address",
            )),
            (Some(https), Some(http)) if https == http && https.port() != 0 => Some(self.fault(
                "listen.http",
                format!("https ({}) and http both listen on {http}", self.origin("listen.https")),
                "Give each a port of its own",
            )),
            _ => None,
        }
    }

    fn remote_http(&self) -> Option<Fault> {
        let address = self.config.listen.http.filter(|address| !is_loopback(address))?;
        let allowed = self.config.listen.allow_remote_http;
        let sure = self.are_sure(&["listen.http", "listen.allow_remote_http"]);
        (sure && !allowed).then(|| {
            self.fault(
                "listen.http",
                format!("plain http on {address} lets others read tokens and signed requests on their way"),
                "Use https there, keep http on 127.0.0.1, or set listen.allow_remote_http to true in a trusted network",
            )
        })
    }

    fn tls_pair(&self) -> Option<Fault> {
        if !self.are_sure(&["tls.certificate", "tls.private_key"]) {
            return None;
        }
        let (given, missing) = match (&self.config.tls.certificate, &self.config.tls.private_key) {
            (Some(_), None) => ("tls.certificate", "tls.private_key"),
            (None, Some(_)) => ("tls.private_key", "tls.certificate"),
            _ => return None,
        };
        let problem = format!("it is of no use without {missing}");
        Some(self.fault(given, problem, format!("Set {missing} too, or take {given} away")))
    }

    /// A role that nobody vouches for, or that anybody of several might, is nobody's.
    fn roles(&self) -> Option<Fault> {
        if !self.are_sure(&["entra.roles", "entra.tenants", "entra.issuers"]) {
            return None;
        }
        let issuers = self.config.trusted_issuers();
        let several = self.config.entra.tenants.len() + self.config.entra.issuers.len() > 1;
        let wrong = self.config.entra.roles.iter().find_map(|role| {
            let problem = match &role.of {
                None if issuers.is_empty() => "trusts nobody who could vouch for it",
                None if several => "does not say which of the trusted tenants and issuers it is of",
                Some(of) if !issuers.iter().any(|issuer| of.is(issuer)) => {
                    "is of somebody who is not trusted"
                }
                _ => return None,
            };
            Some(format!("\"{role}\" {problem}"))
        });
        wrong.map(|problem| {
            let remedy =
                "List the tenant in entra.tenants or the provider in entra.issuers, and name it after of";
            self.fault("entra.roles", problem, remedy)
        })
    }

    fn dev_entra(&self) -> Option<Fault> {
        if !self.config.dev_entra.enabled || !self.are_sure(&["listen.https", "listen.http"]) {
            return None;
        }
        let listen = &self.config.listen;
        let remote =
            [listen.https, listen.http].into_iter().flatten().find(|address| !is_loopback(address))?;
        Some(self.fault(
            "dev_entra.enabled",
            format!("the development authority makes everybody who reaches {remote} whoever they like"),
            "Listen on 127.0.0.1 and [::1] alone, or leave it off",
        ))
    }

    /// Keys are shown over https alone, and that is the only address that the documents can name.
    fn connector(&self) -> Option<Fault> {
        if !self.config.connector.enabled || !self.are_sure(&["listen.https", "public_url"]) {
            return None;
        }
        let public = &self.config.public_url;
        let problem = match self.config.listen.https {
            None => format!("https is off ({})", self.origin("listen.https")),
            Some(_) if !public.is_https() => format!("public_url is {public}"),
            Some(_) => return None,
        };
        Some(self.fault(
            "connector.enabled",
            format!("the connector is called by https alone, and {problem}"),
            "Give listen.https an address and public_url one that begins with https, or leave the connector off",
        ))
    }

    /// Whoever asks has to be somebody's, and ask here.
    fn trusted_tokens(&self) -> Option<Fault> {
        let sure = self.are_sure(&[
            "trusted_tokens.audiences",
            "dev_entra.enabled",
            "entra.tenants",
            "entra.issuers",
        ]);
        if !self.config.trusted_tokens.enabled || self.config.dev_entra.enabled || !sure {
            return None;
        }
        let (problem, remedy) = if self.config.trusted_tokens.audiences.is_empty() {
            ("no token is for it", "List the application that stands for it in trusted_tokens.audiences")
        } else if self.config.trusted_issuers().is_empty() {
            (
                "it trusts nobody who could vouch for a user",
                "List a tenant in entra.tenants or a provider in entra.issuers",
            )
        } else {
            return None;
        };
        Some(self.fault("trusted_tokens.enabled", problem, format!("{remedy}, or try it with --dev-entra")))
    }

    /// A provider without a client, or the other way round, signs nobody in.
    fn openid(&self) -> Option<Fault> {
        let portal = &self.config.portal;
        let (provider, client) = ("portal.openid_provider", "portal.openid_client_id");
        let sure = self.are_sure(&[provider, client]);
        let (given, missing) = match (&portal.openid_provider, &portal.openid_client_id) {
            (Some(_), None) => (provider, client),
            (None, Some(_)) => (client, provider),
            (None, None) if !portal.administrators.is_empty() => ("portal.administrators", provider),
            _ => return None,
        };
        let problem = format!("it is of no use without {missing}");
        sure.then(|| self.fault(given, problem, format!("Set {missing} too, or take {given} away")))
    }

    fn tls_files(&self) -> [Option<Fault>; 2] {
        let tls = &self.config.tls;
        [("tls.certificate", &tls.certificate), ("tls.private_key", &tls.private_key)].map(|(key, path)| {
            let path = path.as_deref().filter(|_| self.are_sure(&[key]))?;
            let problem = why_unreadable(path)?;
            Some(self.fault(key, problem, "Name a PEM file that the user who runs the server may read"))
        })
    }

    fn are_sure(&self, keys: &[&str]) -> bool {
        !keys.iter().any(|key| self.doubtful.contains(key))
    }

    fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    fn fault(&self, key: &'static str, problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Complaint::new(problem, remedy).at(self.origin(key), Some(key))
    }
}

fn is_loopback(address: &SocketAddr) -> bool {
    // ::ffff:127.0.0.1 is 127.0.0.1.
    address.ip().to_canonical().is_loopback()
}

fn why_unreadable(path: &Path) -> Option<String> {
    let shown = path.display();
    // Opening a pipe would wait for its writer, so only what is a file is opened.
    match path.metadata() {
        Ok(about) if !about.is_file() => Some(format!("{shown} is not a file")),
        Ok(_) => File::open(path).err().map(|cause| format!("{shown} cannot be read: {cause}")),
        Err(cause) => Some(format!("{shown} cannot be read: {cause}")),
    }
}
