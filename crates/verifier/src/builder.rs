//! What can be chosen for a verifier, each choice with its range, and how one is put together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::claims::{InvalidIssuer, Issuer};
use reqwest::Certificate;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::connection::{Connection, InvalidConnection};
use crate::keys::Keys;
use crate::link::Link;
use crate::shared::Parts;
use crate::verifier::Verifier;

/// The shortest and the longest `max_staleness`.
const MAX_STALENESS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_hours(1));

/// The shortest and the longest timeout.
const TIMEOUT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(5));

/// The shortest and the longest cool-down.
const KEY_COOL_DOWN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(10));

/// The most tokens whose signatures can be remembered: half a gibibyte of them.
const SIGNATURE_CACHE_MAX: usize = 1 << 20;

/// What becomes of a token while the knowledge of revocations is older than `max_staleness`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WhenStale {
    /// It is refused: [`Refused::Stale`](crate::Refused::Stale).
    #[default]
    Reject,
    /// The server is asked about it. [`Verifier::verify_offline`] cannot wait and refuses.
    Introspect,
    /// It is accepted as [`Freshness::Stale`](crate::Freshness::Stale), unless it is known to be revoked.
    AcceptAndFlag,
}

/// Why a verifier cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOption {
    /// The endpoint or the key.
    #[error(transparent)]
    Connection(#[from] InvalidConnection),
    /// A duration is too short or too long.
    #[error("{option} is {} s; choose {} to {} s", .given.as_secs_f64(), .range.0.as_secs(), .range.1.as_secs())]
    Duration {
        /// The option.
        option: &'static str,
        /// What was chosen.
        given: Duration,
        /// What can be.
        range: (Duration, Duration),
    },
    /// A number is too great.
    #[error("{option} is {given}; choose {most} at most")]
    Number {
        /// The option.
        option: &'static str,
        /// What was chosen.
        given: usize,
        /// What can be.
        most: usize,
    },
    /// The issuer is none.
    #[error("the issuer cannot be in a token: {0}")]
    Issuer(#[from] InvalidIssuer),
    /// The file of root certificates cannot be read.
    #[error("the root certificates in {} cannot be read ({cause}); name a PEM file, such as tls/ca.pem in the server's data folder", path.display())]
    RootCertificates {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// TLS cannot be set up on this machine.
    #[error("TLS cannot be set up ({0}); name the certificates to trust with root_certificates")]
    Tls(String),
    /// There is no tokio runtime here.
    #[error("a verifier reads its feed in tasks of a tokio runtime; make it inside of one")]
    NoRuntime,
}

/// Choices for a [`Verifier`]. See [`Verifier::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    connection: Connection,
    issuer: Option<String>,
    resource: Option<Uuid>,
    max_staleness: Duration,
    when_stale: WhenStale,
    root_certificates: Option<PathBuf>,
    timeout: Duration,
    key_cool_down: Duration,
    signature_cache: usize,
    clock: Arc<dyn Clock>,
}

impl Builder {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            issuer: None,
            resource: None,
            max_staleness: Duration::from_secs(30),
            when_stale: WhenStale::default(),
            root_certificates: None,
            timeout: Duration::from_secs(10),
            key_cool_down: Duration::from_secs(10),
            signature_cache: 4_096,
            clock: Arc::new(SystemClock),
        }
    }

    /// Accepts tokens of this issuer: the `iss` claim, which is the server's `public_url`.
    ///
    /// Unless it is pinned so, the issuer is learnt once from the server's discovery document. That is safe because the
    /// document comes from the configured host over TLS, as the keys do: who could forge it could forge tokens.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Accepts tokens of this resource: the `resourceId` claim. One server holds many resources, and a token of one is no
    /// token of another.
    ///
    /// Unless it is pinned so, the resource is learnt once from the first snapshot, in which the server signs for the resource
    /// whose access key opened it. That is safe because a wrong resource can come only from a wrong connection string, or from
    /// somebody who holds the server's certificate and signing keys. It never changes afterwards.
    #[must_use]
    pub const fn resource(mut self, resource: Uuid) -> Self {
        self.resource = Some(resource);
        self
    }

    /// How old the knowledge of revocations may be: 5 seconds to an hour, 30 seconds unless chosen. It is the bound within
    /// which a revocation is certain to be noticed; usually it is noticed at once.
    #[must_use]
    pub const fn max_staleness(mut self, max_staleness: Duration) -> Self {
        self.max_staleness = max_staleness;
        self
    }

    /// What becomes of a token while the knowledge is older: [`WhenStale::Reject`] unless chosen.
    #[must_use]
    pub const fn when_stale(mut self, when_stale: WhenStale) -> Self {
        self.when_stale = when_stale;
        self
    }

    /// Trusts the certificates in this PEM file, and no others. A Callsign server's own authority is `tls/ca.pem` in its data
    /// folder. Without it, the machine's roots are trusted.
    #[must_use]
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(path.into());
        self
    }

    /// How long a reply of the server may take, and how long a connection: 1 second to 5 minutes, 10 seconds unless chosen.
    /// A snapshot may take six times as long.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long after a fetch of the key set an unknown key does not cause another one: 1 second to 10 minutes, 10 seconds
    /// unless chosen. It is what junk tokens can cost the server.
    #[must_use]
    pub const fn key_cool_down(mut self, key_cool_down: Duration) -> Self {
        self.key_cool_down = key_cool_down;
        self
    }

    /// How many tokens are remembered, so that a token that comes again costs no second look at its signature: none (0) to
    /// 1,048,576, and 4,096 unless chosen. Each takes about half a kibibyte.
    ///
    /// What a signature cannot tell is asked anew each time: whether the token is over or revoked, and whether its key is still
    /// published. Only good tokens are remembered, by their SHA-256 digest, and those go first that do not come again.
    #[must_use]
    pub const fn signature_cache(mut self, tokens: usize) -> Self {
        self.signature_cache = tokens;
        self
    }

    /// Takes the time of day from another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the verifier and lets it begin to read its server, in tasks that end with its last clone. It refuses every token
    /// until it is [ready](Verifier::ready).
    ///
    /// # Errors
    /// [`InvalidOption`], for choices that cannot be. That the server is away is no error: the verifier goes on trying.
    pub fn connect(self) -> Result<Verifier, InvalidOption> {
        in_range("max_staleness", self.max_staleness, MAX_STALENESS)?;
        in_range("timeout", self.timeout, TIMEOUT)?;
        in_range("key_cool_down", self.key_cool_down, KEY_COOL_DOWN)?;
        if self.signature_cache > SIGNATURE_CACHE_MAX {
            return Err(InvalidOption::Number {
                option: "signature_cache",
                given: self.signature_cache,
                most: SIGNATURE_CACHE_MAX,
            });
        }
        let issuer = self.issuer.map(|issuer| issuer.parse::<Issuer>()).transpose()?;
        let roots = self.root_certificates.as_deref().map(read_certificates).transpose()?;
        let link = Link::new(&self.connection, roots, self.clock.clone(), self.timeout);
        let runtime = Handle::try_current().map_err(|_| InvalidOption::NoRuntime)?;
        let parts = Parts {
            link: link.map_err(|error| InvalidOption::Tls(error.to_string()))?,
            keys: Keys::new(
                issuer.map(|issuer| issuer.as_str().to_owned()),
                self.key_cool_down,
                self.signature_cache,
            ),
            resource: self.resource,
            clock: self.clock,
            max_staleness: self.max_staleness,
            when_stale: self.when_stale,
        };
        Ok(Verifier::start(parts, &runtime))
    }
}

fn in_range(option: &'static str, given: Duration, range: (Duration, Duration)) -> Result<(), InvalidOption> {
    if (range.0..=range.1).contains(&given) {
        Ok(())
    } else {
        Err(InvalidOption::Duration { option, given, range })
    }
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate>, InvalidOption> {
    let refused = |cause: String| InvalidOption::RootCertificates { path: path.to_owned(), cause };
    let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if certificates.is_empty() => {
            Err(refused("there is no certificate in it".to_owned()))
        }
        Ok(certificates) => Ok(certificates),
        Err(_) => Err(refused("it is no PEM file of certificates".to_owned())),
    }
}
