//! The resource that an identity command is for: which one it is, and a client for it.

pub(crate) mod entra;
mod hidden;
mod key_set;
mod local;
mod transport;

use std::fmt;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions};
use callsign_client::error::InvalidArgument;
use callsign_client::{CommunicationIdentityClient, CommunicationIdentityClientOptions, KeyCredential};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::connection_string::ConnectionString;
use zeroize::Zeroizing;

use super::configuration;
use crate::args::Place;
use crate::args::connection::{Auth, Connection};
use crate::exit::Fault;
use crate::profile::{Access, Profile, Profiles};
pub(crate) use transport::is_loopback;

/// The variables that hold a connection string; the first one is that of `az`, the second that of the quickstarts.
const CONNECTION_STRING_VARIABLES: [&str; 2] =
    ["AZURE_COMMUNICATION_CONNECTION_STRING", "COMMUNICATION_SERVICES_CONNECTION_STRING"];
/// The variable that holds the key for `--endpoint`, as `callsign env` sets it.
const ACCESS_KEY_VARIABLE: &str = "COMMUNICATION_SERVICES_ACCESSKEY";
/// What names this program in `User-Agent`.
const APPLICATION_ID: &str = concat!("callsign-", env!("CARGO_PKG_VERSION"));

/// A resource, what proves who asks, and where both were found.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) endpoint: String,
    pub(crate) credential: Credential,
    pub(crate) origin: Origin,
    /// The file of an authority to trust besides those of this machine.
    authority: Option<PathBuf>,
}

/// What proves who asks.
#[derive(Debug)]
pub(crate) enum Credential {
    Key(AccessKey),
    Entra,
}

/// Where the resource was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Stdin,
    Variable(&'static str),
    Profile(String),
    /// The server that runs on the data folder, and the name of its resource.
    Local {
        data_dir: PathBuf,
        resource: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => formatter.write_str(flag),
            Self::Stdin => formatter.write_str("stdin"),
            Self::Variable(name) => formatter.write_str(name),
            Self::Profile(name) => write!(formatter, "the profile {name}"),
            Self::Local { data_dir, resource } => {
                write!(formatter, "the resource {resource} of the server that runs on {}", data_dir.display())
            }
        }
    }
}

/// How long a command goes on trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Once.
    None,
    /// Somebody waits for the answer.
    Some,
    /// Many requests are sent, and the service may say that they are too many.
    Much,
}

/// Chooses the resource: what the arguments name, else the environment, else the profile in use, else the server that runs
/// on the data folder.
pub(crate) fn choose(place: &Place, wanted: &Connection) -> anyhow::Result<Chosen> {
    let mut chosen = found(place, wanted)?;
    if wanted.auth == Some(Auth::Entra) {
        chosen.credential = Credential::Entra;
    }
    Ok(chosen)
}

fn found(place: &Place, wanted: &Connection) -> anyhow::Result<Chosen> {
    match &wanted.connection_string {
        Some(text) if text.expose() != "-" => {
            return of_connection_string(text.expose(), Origin::Flag("--connection-string"));
        }
        Some(_) => return of_connection_string(&read_secret("connection string")?, Origin::Stdin),
        None if wanted.connection_string_stdin => {
            return of_connection_string(&read_secret("connection string")?, Origin::Stdin);
        }
        None => {}
    }
    if let Some(endpoint) = &wanted.endpoint {
        return of_endpoint(endpoint, wanted);
    }
    if let Some(name) = &wanted.profile {
        return of_profile(name, Profiles::read()?.named(name)?, wanted);
    }
    // Whoever names the folder means the server that runs there, whatever the environment says.
    if wanted.resource.is_some() || place.data_dir.is_some() {
        let data_dir = configuration(&place.flags())?.config.data_dir;
        return local::running(place, wanted)?.with_context(|| {
            format!(
                "no server runs on {}; start it with callsign serve, or name another folder with --data-dir",
                data_dir.display()
            )
        });
    }
    for name in CONNECTION_STRING_VARIABLES {
        if let Some(text) = variable(name)? {
            return of_connection_string(&text, Origin::Variable(name));
        }
    }
    if let Some((name, profile)) = Profiles::read()?.current() {
        return of_profile(name, profile, wanted);
    }
    match local::running(place, wanted)? {
        Some(chosen) => Ok(chosen),
        None => Err(nothing_named(place)?.into()),
    }
}

/// The sentence of `az`, and what this program has besides.
fn nothing_named(place: &Place) -> anyhow::Result<Fault> {
    let data_dir = configuration(&place.flags())?.config.data_dir;
    Ok(Fault::new(format!(
        "Please specify --connection-string, or set AZURE_COMMUNICATION_CONNECTION_STRING.\nHint: callsign profile add keeps \
         one. No server runs on {}; one that does is found without: callsign serve starts it.",
        data_dir.display()
    )))
}

fn of_connection_string(text: &str, origin: Origin) -> anyhow::Result<Chosen> {
    let read: ConnectionString =
        text.parse().with_context(|| format!("{origin} holds no connection string"))?;
    Ok(Chosen {
        endpoint: read.endpoint().to_owned(),
        credential: Credential::Key(read.access_key().clone()),
        origin,
        authority: None,
    })
}

fn of_endpoint(endpoint: &str, wanted: &Connection) -> anyhow::Result<Chosen> {
    let credential = if wanted.auth == Some(Auth::Entra) {
        Credential::Entra
    } else {
        let name = wanted.key_env.as_deref().unwrap_or(ACCESS_KEY_VARIABLE);
        check_key_env(name)?;
        let key = variable(name)?.with_context(|| {
            format!(
                "the endpoint has no access key: {name} is not set; set it, name another variable with --key-env, or say \
                 --auth entra"
            )
        })?;
        Credential::Key(key_in(name, &key)?)
    };
    Ok(Chosen {
        endpoint: endpoint.to_owned(),
        credential,
        origin: Origin::Flag("--endpoint"),
        authority: None,
    })
}

fn of_profile(name: &str, profile: &Profile, wanted: &Connection) -> anyhow::Result<Chosen> {
    let credential = match &profile.access {
        _ if wanted.auth == Some(Auth::Entra) => Credential::Entra,
        Access::Bearer(_) => Credential::Entra,
        Access::Key(key) => Credential::Key(key_in(&format!("the profile {name}"), key.expose())?),
        Access::KeyIn(variable_name) => {
            let key = variable(variable_name)?.with_context(|| {
                format!("the profile {name} takes its access key from {variable_name}, which is not set")
            })?;
            Credential::Key(key_in(variable_name, &key)?)
        }
    };
    Ok(Chosen {
        endpoint: profile.endpoint.clone(),
        credential,
        origin: Origin::Profile(name.to_owned()),
        authority: None,
    })
}

/// Refuses an endpoint that a client would refuse.
pub(crate) fn check_endpoint(endpoint: &str, auth: Auth) -> anyhow::Result<()> {
    let chosen = Chosen {
        endpoint: endpoint.to_owned(),
        credential: Credential::Key(key_in("this program", "AAAA")?),
        origin: Origin::Flag("--endpoint"),
        authority: None,
    };
    let client = chosen.client(None, Patience::None)?;
    if auth == Auth::Entra && client.endpoint().scheme() != "https" {
        return Err(InvalidArgument::PlainHttpBearer.into());
    }
    Ok(())
}

/// Refuses what is no name of a variable. It is not repeated: some give the key itself.
pub(crate) fn check_key_env(name: &str) -> anyhow::Result<()> {
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        bail!(
            "--key-env takes the name of an environment variable, of letters, digits and underscores; the key itself stands in that variable"
        );
    }
    Ok(())
}

/// The access key in a text that `place` holds.
pub(crate) fn key_in(place: &str, text: &str) -> anyhow::Result<AccessKey> {
    text.trim().parse().with_context(|| format!("what {place} holds is no access key"))
}

/// The variable that is set and stronger than the profile in use.
pub(crate) fn stronger_variable() -> Option<&'static str> {
    CONNECTION_STRING_VARIABLES.into_iter().find(|name| !matches!(variable(name), Ok(None)))
}

/// The value of a variable that is set and not empty.
fn variable(name: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
    match std::env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => bail!("{name} is not UTF-8; give it a value that is"),
    }
}

/// Reads a secret of that name: a line that is not shown from a terminal, else all of stdin.
pub(crate) fn read_secret(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    let mut text = Zeroizing::new(String::new());
    let read = if stdin.is_terminal() {
        hidden::read_line(&stdin, &format!("The {name}, which is not shown, then Enter: "), &mut text)
    } else {
        stdin.lock().read_to_string(&mut text)
    };
    read.with_context(|| format!("the {name} cannot be read from stdin"))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

impl Chosen {
    /// A client for the resource, with the newest stable version of the interface if none is named.
    pub(crate) fn client(
        &self,
        api_version: Option<&str>,
        patience: Patience,
    ) -> anyhow::Result<CommunicationIdentityClient> {
        let mut options = CommunicationIdentityClientOptions {
            client_options: client_options(&self.endpoint, self.authority.as_deref(), patience)?,
            ..CommunicationIdentityClientOptions::default()
        };
        if let Some(version) = api_version {
            options.api_version = version.to_owned();
        }
        let client = match &self.credential {
            Credential::Key(key) => CommunicationIdentityClient::with_key_credential(
                &self.endpoint,
                KeyCredential::from(key),
                Some(options),
            ),
            Credential::Entra => {
                CommunicationIdentityClient::new(&self.endpoint, entra::credential(self)?, Some(options))
            }
        };
        client.map_err(|error| anyhow::anyhow!("{error}").context(format!("{} cannot be used", self.origin)))
    }

    /// The file of an authority that is trusted besides those of this machine.
    pub(crate) fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
    }

    /// What is to be said when nobody named the resource.
    pub(crate) fn notes(&self) -> Vec<String> {
        match self.origin {
            Origin::Local { .. } => vec![format!("this is {}", self.origin)],
            _ => Vec::new(),
        }
    }
}

/// How requests go to an address, which may be certified by one authority more than this machine trusts.
fn client_options(
    address: &str,
    authority: Option<&Path>,
    patience: Patience,
) -> anyhow::Result<ClientOptions> {
    let mut options =
        ClientOptions { transport: Some(transport::new(address, authority)?), ..ClientOptions::default() };
    options.user_agent.application_id = Some(APPLICATION_ID.to_owned());
    options.retry = match patience {
        Patience::None => RetryOptions::none(),
        Patience::Some => RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 3,
            ..ExponentialRetryOptions::default()
        }),
        Patience::Much => RetryOptions::default(),
    };
    Ok(options)
}
