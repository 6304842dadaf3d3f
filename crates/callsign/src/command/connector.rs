//! `callsign connector`: writes what a connector is imported from.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use callsign_server::config::Config;
use callsign_server::connector::{Address, Document};

use super::configuration;
use crate::args::Place;
use crate::args::connector::{Connector, Export};
use crate::printer;

pub(super) fn run(place: &Place, connector: Connector) -> anyhow::Result<()> {
    let Connector::Export(export) = connector;
    let config = configuration(&place.flags())?.config;
    let address = address(&config, export.endpoint.as_deref())?;
    let documents = export.document.map_or_else(|| Document::ALL.to_vec(), |document| vec![document.into()]);
    for document in documents {
        match &export.out {
            Some(folder) => write(folder, (document, &address), &export)?,
            None => print(document, &address)?,
        }
    }
    if !config.connector.enabled {
        printer::tell_notes(&[
            "connector.enabled is false here: a server answers the connector when it is true".to_owned(),
        ]);
    }
    Ok(())
}

fn address(config: &Config, given: Option<&str>) -> anyhow::Result<Address> {
    match given {
        Some(text) => text.parse().with_context(|| format!("--endpoint {text}")),
        None => Address::of(&config.public_url).with_context(|| {
            format!(
                "public_url is {}, and the connector calls https alone; name its address with --endpoint",
                config.public_url
            )
        }),
    }
}

fn print(document: Document, address: &Address) -> anyhow::Result<()> {
    if document == Document::Icon && std::io::stdout().is_terminal() {
        bail!("a picture is nothing for a terminal; send it to a file, or name a folder with --out");
    }
    Ok(printer::print_bytes(&document.bytes(address))?)
}

fn write(folder: &Path, (document, address): (Document, &Address), export: &Export) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let path = folder.join(document.file_name());
    let opened = match export.force {
        true => OpenOptions::new().write(true).create(true).truncate(true).open(&path),
        false => OpenOptions::new().write(true).create_new(true).open(&path),
    };
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; write over it with --force, or name another folder", path.display())
        }
        opened => opened.with_context(|| format!("{} cannot be written", path.display()))?,
    };
    file.write_all(&document.bytes(address))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    printer::tell(&format!("wrote {}\n", path.display()));
    Ok(())
}
