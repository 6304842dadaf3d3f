//! `callsign profile`: keeps resources by name. It never prints a key.

use anyhow::{Context as _, bail};
use callsign_protocol::connection_string::ConnectionString;
use callsign_server::admin::Revealed;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::connection::{check_endpoint, check_key_env, key_in, read_secret, stronger_variable};
use crate::args::connection::Auth;
use crate::args::profile::{Add, Profile as Command};
use crate::printer;
use crate::profile::{Access, Entra, Profile, Profiles};

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    let mut profiles = Profiles::read()?;
    match command {
        Command::Add(new) => return add(&mut profiles, &new),
        Command::List(output) => {
            let rows: Vec<Value> =
                profiles.all().map(|(name, profile, current)| row(name, profile, current)).collect();
            output.page(&rows, || {
                let cells: Vec<[String; 4]> =
                    profiles.all().map(|(name, profile, current)| cells(name, profile, current)).collect();
                printer::table(["name", "in use", "endpoint", "access"], &cells)
            })?;
            if rows.is_empty() {
                output.tell("There are no profiles. Add one with callsign profile add.\n");
            }
        }
        Command::Use { name } => {
            profiles.set_current(&name)?;
            printer::tell(&format!("The profile {name} is in use.\n"));
            tell_what_is_stronger();
        }
        Command::Remove { name } => {
            let was_used = profiles.current().is_some_and(|(current, _)| current == name);
            profiles.remove(&name)?;
            printer::tell(&format!("The profile {name} was removed.\n"));
            if was_used {
                printer::tell("note: no profile is in use now; choose one with callsign profile use\n");
            }
        }
    }
    Ok(())
}

fn add(profiles: &mut Profiles, new: &Add) -> anyhow::Result<()> {
    new.key_env.as_deref().map_or(Ok(()), check_key_env)?;
    let (endpoint, key) = resource(new)?;
    let access = match (new.auth, &new.key_env, key) {
        (Auth::Entra, Some(_), _) => bail!("--auth entra uses no key; leave --key-env out"),
        (Auth::Entra, None, _) => Access::Bearer(Entra::Entra),
        (Auth::Key, Some(name), _) => Access::KeyIn(name.clone()),
        (Auth::Key, None, Some(key)) => Access::Key(key),
        (Auth::Key, None, None) => Access::Key(read_key()?),
    };
    // Made once, so that an endpoint that cannot be one is refused here.
    check_endpoint(&endpoint, new.auth).context("the profile was not added")?;
    let is_used = profiles.add(&new.name, Profile { endpoint, access }, new.is_used)?;
    let place = profiles.path().display();
    let name = &new.name;
    printer::tell(&format!("The profile {name} is in {place}.\n"));
    if is_used {
        printer::tell("It is in use.\n");
        tell_what_is_stronger();
    } else {
        printer::tell(&format!("To use it: callsign profile use {name}, or --profile {name}\n"));
    }
    Ok(())
}

/// A variable that was set once hides the profile in use, and nobody would think of it.
fn tell_what_is_stronger() {
    if let Some(name) = stronger_variable() {
        printer::tell(&format!(
            "note: {name} is set, which is stronger; unset it, or name the profile with --profile\n"
        ));
    }
}

/// The endpoint, and the key if the connection string has one that is to be kept.
fn resource(new: &Add) -> anyhow::Result<(String, Option<Revealed>)> {
    if let Some(endpoint) = &new.endpoint {
        return Ok((endpoint.clone(), None));
    }
    let text = match &new.connection_string {
        Some(text) if text.expose() != "-" => Zeroizing::new(text.expose().clone()),
        None if !new.connection_string_stdin => {
            bail!(
                "say which resource: --connection-string-stdin, or --endpoint with --key-env or --auth entra"
            )
        }
        _ => read_secret("connection string")?,
    };
    let read: ConnectionString = text.parse().context("the profile was not added")?;
    let key = Revealed::new(read.access_key().expose_base64());
    Ok((read.endpoint().to_owned(), Some(key)))
}

fn read_key() -> anyhow::Result<Revealed> {
    let text = read_secret("access key")?;
    key_in("stdin", &text)?;
    Ok(Revealed::new(text))
}

fn row(name: &str, profile: &Profile, current: bool) -> Value {
    json!({"name": name, "in_use": current, "endpoint": profile.endpoint, "access": access(profile)})
}

fn cells(name: &str, profile: &Profile, current: bool) -> [String; 4] {
    let current = if current { "yes" } else { "no" };
    [name.to_owned(), current.to_owned(), profile.endpoint.clone(), access(profile)]
}

fn access(profile: &Profile) -> String {
    match &profile.access {
        Access::Key(_) => "access key".to_owned(),
        Access::KeyIn(name) => format!("access key in {name}"),
        Access::Bearer(Entra::Entra) => "Microsoft Entra".to_owned(),
    }
}
