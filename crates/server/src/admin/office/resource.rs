//! Resources: made, shown and removed.

use std::net::{Ipv4Addr, TcpListener};

use callsign_core::directory::audit::{Action, Actor};
use callsign_core::directory::resource::{NewResource, Resource};
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::resource::{DataLocation, ResourceName};

use crate::authenticate::is_loopback;

use super::{Office, Refused};
use crate::admin::{Answer, Reply, ResourceEntry};
use crate::tls::CertificateName;

/// Reads the words of a request.
pub(super) fn wanted(
    name: &str,
    data_location: &str,
    port: Option<u16>,
    hosts: &[String],
) -> Result<NewResource, Refused> {
    let name: ResourceName =
        name.parse().map_err(|error| Refused(format!("{name:?} cannot be a name: {error}")))?;
    let data_location: DataLocation = data_location
        .parse()
        .map_err(|error| Refused(format!("{data_location:?} cannot be a data location: {error}")))?;
    if port == Some(0) {
        return Err(Refused("a resource's own port is a number from 1 to 65535".to_owned()));
    }
    let hosts = hosts.iter().map(|host| wanted_host(host)).collect::<Result<_, _>>()?;
    Ok(NewResource { name, data_location, port, hosts, signing_algorithm: Algorithm::default() })
}

fn wanted_host(text: &str) -> Result<String, Refused> {
    if text.contains('*') {
        return Err(Refused(format!(
            "{text:?} cannot lead to a resource: name each host by itself (<resource>.<any domain> leads to it anyway)"
        )));
    }
    // The same shape that a certificate can name: what leads to a resource has to be trusted, too.
    let name: CertificateName = text.parse().map_err(Refused::because)?;
    Ok(name.to_string())
}

impl Office {
    pub(super) fn list_resources(&self) -> Answer {
        let all = self.service.resources.all();
        Answer::of(Reply::Resources { resources: all.iter().map(|resource| self.entry(resource)).collect() })
    }

    pub(super) fn show_resource(&self, name: &str) -> Result<Answer, Refused> {
        Ok(Answer::of(Reply::Resource(self.entry(&*self.resource(Some(name))?))))
    }

    pub(super) async fn create_resource(&self, wanted: NewResource, actor: Actor) -> Result<Answer, Refused> {
        self.check_free(&wanted)?;
        let name = wanted.name.clone();
        if !self.service.create_resource(wanted, actor).await.map_err(Refused::because)? {
            return Err(Refused(format!("the name {name} or the port is taken by another resource")));
        }
        self.show_resource(name.as_str())
    }

    pub(super) async fn delete_resource(&self, name: &str, actor: Actor) -> Result<Answer, Refused> {
        let resource = self.resource(Some(name))?;
        if self.service.resources.all().len() == 1 {
            return Err(Refused(format!(
                "{name} is the last resource, and a server without one can do nothing; make another one first with \
                 callsign resource create NAME"
            )));
        }
        let was_default = self.is_default(&resource);
        // Its access keys go, and whoever loads keys meanwhile would bring them back.
        let _turn = self.service.key_changes.lock().await;
        let deed = self.deed(Action::DeleteResource, actor);
        self.service.store.delete_resource(resource.stored.id, &deed).await.map_err(Refused::because)?;
        self.service.reload_resources().await.map_err(Refused::because)?;
        let default = self.service.resources.default_one().filter(|_| was_default);
        let note = default.map(|default| {
            format!(
                "{} is the default resource now: it answers where nothing names another",
                default.stored.name
            )
        });
        Ok(Answer::of(Reply::ResourceDeleted { name: name.to_owned() }).with(note))
    }

    fn entry(&self, resource: &Resource) -> ResourceEntry {
        let stored = &resource.stored;
        ResourceEntry {
            name: stored.name.to_string(),
            id: stored.id.to_string(),
            is_default: self.is_default(resource),
            data_location: stored.data_location.to_string(),
            signing_algorithm: stored.signing_algorithm,
            created_at: stored.created_at.to_round_trip(),
            endpoint: self.endpoint(resource),
            port: stored.port,
            hosts: stored.hosts.clone(),
        }
    }

    /// The store refuses a taken name or port too; here the sentence can say which, and by whom.
    fn check_free(&self, wanted: &NewResource) -> Result<(), Refused> {
        let resources = &self.service.resources;
        if resources.by_name(wanted.name.as_str()).is_some() {
            return Err(Refused(format!("there is a resource {} already; choose another name", wanted.name)));
        }
        if let Some(port) = wanted.port {
            self.check_port_free(port)?;
        }
        for host in &wanted.hosts {
            if is_loopback(host) {
                return Err(Refused(format!(
                    "the host {host} is this machine itself and leads to the default resource; choose a name"
                )));
            }
            let taken = resources.by_given_host(host).or_else(|| resources.by_first_label(host));
            if let Some(other) = taken {
                return Err(Refused(format!(
                    "the host {host} leads to the resource {}; choose another one",
                    other.stored.name
                )));
            }
        }
        Ok(())
    }

    fn check_port_free(&self, port: u16) -> Result<(), Refused> {
        if self.endpoints.listens_on(port) {
            return Err(Refused(format!("the server itself listens on port {port}; choose another port")));
        }
        if let Some(other) = self.service.resources.by_port(port) {
            return Err(Refused(format!(
                "port {port} belongs to the resource {}; choose another port",
                other.stored.name
            )));
        }
        // A port that another program has is better refused now than found shut later.
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => Ok(()),
            Err(error) => Err(Refused(format!("port {port} cannot be taken: {error}. Choose another port"))),
        }
    }
}
