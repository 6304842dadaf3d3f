//! `callsign key`: prints and replaces access keys. Besides `callsign env`, it is the only command that prints them.

mod rekey;
mod signing;

use callsign_server::admin::{KeyEntry, Reply, Request, ResourceKeys};

use super::confirm::confirm;
use super::{ask, unexpected};
use crate::args::key::{Key, Regenerate};
use crate::args::{Output, Place};
use crate::printer;

pub(super) fn run(place: &Place, key: Key) -> anyhow::Result<()> {
    match key {
        Key::List { resource, output } => list(place, resource, &output),
        Key::Regenerate(wanted) => regenerate(place, wanted),
        Key::Signing(signing) => signing::run(place, signing),
        Key::Rekey(wanted) => rekey::run(place, wanted),
    }
}

fn list(place: &Place, resource: Option<String>, output: &Output) -> anyhow::Result<()> {
    let answer = ask(place, Request::KeyList { resource })?;
    let Reply::Keys(keys) = answer.reply else {
        return Err(unexpected());
    };
    output.page(&keys, || page(&keys))?;
    output.tell_notes(&answer.notes);
    Ok(())
}

/// One below the other: a connection string is too wide for a column.
fn page(keys: &ResourceKeys) -> String {
    let mut head = vec![("resource", keys.resource.clone())];
    head.extend(keys.endpoint.iter().map(|endpoint| ("endpoint", endpoint.clone())));
    let mut text = printer::list("", &head);
    for key in &keys.keys {
        text.push_str(&format!("\n{}\n{}", key.slot, printer::list("  ", &members(key))));
    }
    text
}

fn members(key: &KeyEntry) -> Vec<(&'static str, String)> {
    let mut members = vec![("generation", key.generation.to_string()), ("key", key.key.expose().to_owned())];
    let connection_string = key.connection_string.iter();
    members.extend(connection_string.map(|text| ("connection string", text.expose().to_owned())));
    members
}

fn regenerate(place: &Place, wanted: Regenerate) -> anyhow::Result<()> {
    let Regenerate { slot, resource, yes } = wanted;
    let slot = slot.into();
    let (whose, option) = match &resource {
        Some(name) => (format!("the resource {name:?}"), format!(" --resource {name}")),
        None => ("the default resource".to_owned(), String::new()),
    };
    if !yes {
        let request = Request::LiveTokens { resource: resource.clone() };
        let Reply::LiveTokens { identities } = ask(place, request)?.reply else {
            return Err(unexpected());
        };
        let consequence = format!(
            "The {slot} access key of {whose} will be replaced: at once, programs that sign with it will be refused, and every token \
             that was issued to them will be revoked. Tokens of up to {identities} identities may be hit."
        );
        confirm(yes, &consequence, &format!("callsign key regenerate {slot}{option}"))?;
    }
    let answer = ask(place, Request::KeyRegenerate { resource, slot })?;
    let Reply::KeyRegenerated { resource, slot, generation } = answer.reply else {
        return Err(unexpected());
    };
    printer::tell(&format!(
        "The {slot} access key of {resource} was replaced (generation {generation}). The new one: callsign key list \
         --resource {resource}\n"
    ));
    printer::tell_notes(&answer.notes);
    Ok(())
}
