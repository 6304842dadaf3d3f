//! Settings of the server: what there is to set, what each may be, where each value came from, and the typed
//! result that composition consumes. Nothing here is global, and the process environment is never read here.

mod check;
mod connector;
mod dev_entra;
mod document;
mod entra;
mod environment;
mod fault;
mod file;
mod given;
mod nearest;
mod origin;
mod parse;
mod portal;
mod public_url;
mod resolve;
mod setting;
mod table;
mod telemetry;
#[cfg(test)]
mod tests;
mod trusted_tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use callsign_protocol::resource::DataLocation;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use connector::Connector;
pub use dev_entra::{DevApplication, DevEntra, DevUser};
pub use document::{example, reference};
pub use entra::{Holder, Role, RoleAssignment, TrustedIssuer, Voucher};
pub(crate) use environment::DEV_TENANT_VARIABLE;
pub use environment::{CONFIG_VARIABLE, CREDENTIAL_NAME};
pub use fault::{Complaint, Fault, Faults};
pub use origin::Origin;
pub use portal::{OpenIdProvider, Portal};
pub use public_url::PublicUrl;
use resolve::Origins;
pub use resolve::{Resolved, Shown};
pub use setting::{Kind, Preset, Setting};
pub use table::settings;
pub use telemetry::{Otlp, RequestLevel, RequestLog};
pub use trusted_tokens::TrustedTokens;

/// Everything that can be set, checked and ready for composition.
///
/// `Debug` prints every setting with secrets masked.
#[derive(Clone)]
pub struct Config {
    /// Absolute path of the folder that holds the database, keys and certificates.
    pub data_dir: PathBuf,
    /// The address that clients know this server by; the `iss` claim of every token.
    pub public_url: PublicUrl,
    /// Where the server listens.
    pub listen: Listen,
    /// Extra host names and addresses that lead to the default resource: lower case, no port, no brackets.
    pub hosts: Vec<String>,
    /// The server's certificate.
    pub tls: Tls,
    /// The resource that the first start makes.
    pub first_resource: FirstResource,
    /// How requests are authenticated.
    pub authentication: Authentication,
    /// Who is trusted besides the holders of access keys.
    pub entra: Entra,
    /// Origins of web pages whose script may call what users call: as browsers send them.
    pub cors_origins: Vec<String>,
    /// The development authority.
    pub dev_entra: DevEntra,
    /// The portal.
    pub portal: Portal,
    /// The connector for Power Platform.
    pub connector: Connector,
    /// The trusted token service.
    pub trusted_tokens: TrustedTokens,
    /// How token-signing keys live.
    pub signing: Signing,
    /// What is refused when there is too much of it.
    pub limits: Limits,
    /// How many threads do the work.
    pub threads: Threads,
    /// The key that wraps all other keys at rest; `None` leaves it to a file in the data folder.
    pub key_encryption_key: Option<Zeroizing<String>>,
    /// What the server says about itself.
    pub log: Log,
    /// What is kept of requests.
    pub request_log: RequestLog,
    /// The collector of OpenTelemetry.
    pub otlp: Otlp,
    /// Where each value came from; `None` when a program put them together.
    origins: Option<Origins>,
}

/// Where the server listens; https or http is on.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The https listener; `None` is off.
    pub https: Option<SocketAddr>,
    /// The plain http listener; `None` is off.
    pub http: Option<SocketAddr>,
    /// Whether plain http may leave this machine.
    pub allow_remote_http: bool,
    /// The listener for metrics and health; `None` is off.
    pub metrics: Option<SocketAddr>,
}

/// The server's certificate: both files, or neither and the server makes its own.
#[derive(Clone, Debug)]
pub struct Tls {
    /// PEM file of the certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of its private key.
    pub private_key: Option<PathBuf>,
    /// Extra names and addresses in the certificate that the server makes: lower case, no brackets.
    pub names: Vec<String>,
}

/// The resource that the first start makes.
#[derive(Clone, Debug)]
pub struct FirstResource {
    /// Its name, the first label of its host name: the text of a valid `ResourceName`.
    pub name: String,
    /// Where its data is said to be kept; tokens carry it.
    pub data_location: DataLocation,
}

/// How requests are authenticated.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// How far the date of a signed request may be from the server's clock, in minutes, 1 to 60.
    pub date_window_minutes: u16,
    /// How many failed authentications one source address may make in a minute.
    pub failures_per_minute: u32,
    /// Resources whose access keys open nothing, by name; `*` is all of them.
    pub disable_local_auth: Vec<String>,
}

/// Who is trusted besides the holders of access keys.
#[derive(Clone, Debug)]
pub struct Entra {
    /// Tenants of Microsoft Entra.
    pub tenants: Vec<Uuid>,
    /// Other OpenID providers.
    pub issuers: Vec<TrustedIssuer>,
    /// Audiences of callers besides those of ACS.
    pub audiences: Vec<String>,
    /// What callers may do.
    pub roles: Vec<RoleAssignment>,
    /// For how long after a reading of an issuer's keys nobody can have them read again. It is no setting: only those who embed
    /// the server change it.
    pub cool_down: Duration,
}

/// How token-signing keys live.
#[derive(Clone, Debug)]
pub struct Signing {
    /// How long one signs before the next takes over, in days, 1 to 3650.
    pub rotate_every_days: u16,
    /// Which library signs eight at once.
    pub crypto_mb: CryptoMb,
}

/// Where the library is that signs eight at once, `libcrypto_mb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CryptoMb {
    /// Where the system finds it, if it does.
    Auto,
    /// It is not used.
    Off,
    /// There.
    At(PathBuf),
}

/// What is refused when there is too much of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The rate limits of requests.
    pub profile: LimitsProfile,
    /// How many connections may be open at once, over all listeners.
    pub connections: u32,
}

impl Limits {
    /// How many connections may be open at once, as a count of places.
    pub(crate) fn connections_max(&self) -> usize {
        usize::try_from(self.connections).unwrap_or(usize::MAX >> 4)
    }
}

/// Which rate limits of requests apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitsProfile {
    /// No rate limits.
    None,
    /// The rate limits that the Azure service documents.
    Azure,
}

/// How many threads do the work; 0 is one per processor core.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    /// Threads that read and answer requests.
    pub io: usize,
    /// Threads that sign tokens.
    pub signing: usize,
}

/// What the server says about itself.
#[derive(Clone, Debug)]
pub struct Log {
    /// How a line is written.
    pub format: LogFormat,
    /// The least important level that is written: `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The file named by `--config`.
    pub config: Option<PathBuf>,
    /// The other flags: key of the setting, value, and the name of the flag as the user wrote it. A list may be
    /// given by several entries; of other settings the last entry counts.
    pub settings: Vec<(&'static str, String, &'static str)>,
}

impl Config {
    /// Merges defaults, the file, `environment` and `flags`, each stronger than the one before.
    ///
    /// The file is the one that `flags` or the environment name, else the one in the platform's configuration
    /// folder if there is one. `environment` is all of the process environment: only names that begin with
    /// `CALLSIGN_` and `CREDENTIALS_DIRECTORY` are looked at.
    ///
    /// # Errors
    ///
    /// Every fault of every source, each with its place and its remedy.
    pub fn resolve(flags: &Flags, environment: &BTreeMap<String, String>) -> Result<Resolved, Faults> {
        resolve::resolve(&resolve::Places::of_this_machine(), flags, environment)
    }

    /// A starting point for a server inside another program or a test: the defaults, with all listeners on free
    /// ports of 127.0.0.1, and no look at files, environment or flags.
    #[must_use]
    pub fn ephemeral(data_dir: &Path) -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut config = Self::defaults();
        config.data_dir = data_dir.to_owned();
        config.listen.https = Some(any_port);
        config.listen.http = Some(any_port);
        config.listen.metrics = Some(any_port);
        config
    }

    /// Every setting with its value, secrets masked, and its origin, in the order of the reference page.
    #[must_use]
    pub fn show(&self) -> Vec<Shown> {
        let defaults = Self::defaults();
        let origin = |setting: &Setting| match &self.origins {
            Some(origins) => origins.get(setting.key).cloned().unwrap_or(Origin::Default),
            None if (setting.show)(self) == (setting.show)(&defaults) => Origin::Default,
            None => Origin::Program,
        };
        let row = |setting: &Setting| Shown {
            key: setting.key,
            value: (setting.show)(self),
            origin: origin(setting),
        };
        settings().map(row).collect()
    }

    /// Everybody who issues tokens that are trusted: two for each tenant, and the other providers.
    #[must_use]
    pub fn trusted_issuers(&self) -> Vec<TrustedIssuer> {
        let tenants = self.entra.tenants.iter().flat_map(|tenant| TrustedIssuer::of_tenant(*tenant));
        tenants.chain(self.entra.issuers.iter().cloned()).collect()
    }

    /// The default of every setting that has one; the data folder is left empty.
    fn defaults() -> Self {
        let mut config = Self {
            data_dir: PathBuf::new(),
            public_url: PublicUrl::localhost(),
            listen: Listen { https: None, http: None, allow_remote_http: false, metrics: None },
            hosts: Vec::new(),
            tls: Tls { certificate: None, private_key: None, names: Vec::new() },
            first_resource: FirstResource { name: String::new(), data_location: DataLocation::UnitedStates },
            authentication: Authentication {
                date_window_minutes: 0,
                failures_per_minute: 0,
                disable_local_auth: Vec::new(),
            },
            entra: Entra {
                tenants: Vec::new(),
                issuers: Vec::new(),
                audiences: Vec::new(),
                roles: Vec::new(),
                cool_down: Duration::from_secs(10),
            },
            cors_origins: Vec::new(),
            dev_entra: DevEntra {
                enabled: false,
                tenant: Uuid::nil(),
                applications: Vec::new(),
                users: Vec::new(),
            },
            portal: Portal::default(),
            connector: Connector::default(),
            trusted_tokens: TrustedTokens::default(),
            signing: Signing { rotate_every_days: 0, crypto_mb: CryptoMb::Auto },
            limits: Limits { profile: LimitsProfile::None, connections: 0 },
            threads: Threads { io: 0, signing: 0 },
            key_encryption_key: None,
            log: Log { format: LogFormat::Text, level: String::new() },
            request_log: RequestLog {
                memory: 0,
                file: None,
                file_mib: 0,
                files: 0,
                stdout: false,
                level: RequestLevel::Informational,
            },
            otlp: Otlp { endpoint: None, headers: None, metrics_seconds: 0 },
            origins: None,
        };
        for setting in settings() {
            if let Preset::Value(text) = setting.preset {
                let accepted = setting.accept(&mut config, text);
                debug_assert!(
                    accepted.is_ok(),
                    "the default of {} is refused by its own parser",
                    setting.key
                );
            }
        }
        config
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(settings().map(|setting| (setting.key, (setting.show)(self)))).finish()
    }
}

impl Threads {
    /// Threads that read and answer requests, at least one.
    #[must_use]
    pub fn io_count(&self) -> usize {
        one_per_core_if_zero(self.io)
    }

    /// Threads that sign tokens, at least one.
    #[must_use]
    pub fn signing_count(&self) -> usize {
        one_per_core_if_zero(self.signing)
    }
}

fn one_per_core_if_zero(count: usize) -> usize {
    if count > 0 { count } else { std::thread::available_parallelism().map_or(1, NonZero::get) }
}
