//! `callsign resource`: creates, lists, shows, changes and deletes resources.

use callsign_server::admin::{Answer, Reply, Request, ResourceEntry};

use super::confirm::confirm;
use super::{ask, unexpected};
use crate::args::resource::{Create, Resource};
use crate::args::{Output, Place};
use crate::printer;

const UNKNOWN: &str = "(known while the server runs)";

pub(super) fn run(place: &Place, resource: Resource) -> anyhow::Result<()> {
    match resource {
        Resource::Create(new) => create(place, new),
        Resource::List(output) => list(place, &output),
        Resource::Show { name, output } => print(ask(place, Request::ResourceShow { name })?, &output),
        Resource::SetSigningAlgorithm { name, algorithm, output } => {
            let algorithm = algorithm.into();
            print(ask(place, Request::ResourceSetSigningAlgorithm { name, algorithm })?, &output)
        }
        Resource::Delete { name, yes } => delete(place, name, yes),
    }
}

fn create(place: &Place, new: Create) -> anyhow::Result<()> {
    let Create { name, data_location, port, hosts, signing_algorithm, output } = new;
    let signing_algorithm = signing_algorithm.into();
    let request =
        Request::ResourceCreate { name: name.clone(), data_location, port, hosts, signing_algorithm };
    print(ask(place, request)?, &output)?;
    output.tell(&format!("The resource was created. Its access keys: callsign key list --resource {name}\n"));
    Ok(())
}

fn list(place: &Place, output: &Output) -> anyhow::Result<()> {
    let answer = ask(place, Request::ResourceList {})?;
    let Reply::Resources { resources } = answer.reply else {
        return Err(unexpected());
    };
    output.page(&resources, || {
        let rows: Vec<[String; 6]> = resources.iter().map(row).collect();
        printer::table(["name", "default", "endpoint", "data location", "signed by", "created"], &rows)
    })?;
    output.tell_notes(&answer.notes);
    Ok(())
}

fn row(resource: &ResourceEntry) -> [String; 6] {
    [
        resource.name.clone(),
        yes_or_no(resource.is_default),
        endpoint(resource),
        resource.data_location.clone(),
        resource.signing_algorithm.to_string(),
        resource.created_at.clone(),
    ]
}

fn print(answer: Answer, output: &Output) -> anyhow::Result<()> {
    let Reply::Resource(resource) = answer.reply else {
        return Err(unexpected());
    };
    output.page(&resource, || printer::list("", &members(&resource)))?;
    output.tell_notes(&answer.notes);
    Ok(())
}

fn members(resource: &ResourceEntry) -> Vec<(&'static str, String)> {
    vec![
        ("name", resource.name.clone()),
        ("id", resource.id.clone()),
        ("default", yes_or_no(resource.is_default)),
        ("endpoint", endpoint(resource)),
        ("port", resource.port.map_or_else(|| "(none of its own)".to_owned(), |port| port.to_string())),
        ("hosts", resource.hosts.join(", ")),
        ("data location", resource.data_location.clone()),
        ("signed by", resource.signing_algorithm.to_string()),
        ("created", resource.created_at.clone()),
    ]
}

fn endpoint(resource: &ResourceEntry) -> String {
    resource.endpoint.clone().unwrap_or_else(|| UNKNOWN.to_owned())
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn delete(place: &Place, name: String, yes: bool) -> anyhow::Result<()> {
    let consequence = format!(
        "The resource {name:?} will be deleted with its access keys and all of its identities, and none of their tokens will be \
         valid any more."
    );
    confirm(yes, &consequence, &format!("callsign resource delete {name}"))?;
    let answer = ask(place, Request::ResourceDelete { name })?;
    let Reply::ResourceDeleted { name } = answer.reply else {
        return Err(unexpected());
    };
    printer::tell(&format!("The resource {name} was deleted.\n"));
    printer::tell_notes(&answer.notes);
    Ok(())
}
