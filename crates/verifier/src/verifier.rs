//! The verifier itself: its handles, and the questions that they answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::verification::{Rejection, VerifiedToken};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::builder::{Builder, InvalidOption, WhenStale};
use crate::connection::Connection;
use crate::health::Health;
use crate::refused::Refused;
use crate::shared::{Parts, Shared};
use crate::verified::{Freshness, Verified};
use crate::watch::Ended;
use crate::{feed, introspect, keys, watch};

/// The age of the knowledge changes without news.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Checks access tokens of one resource of one server. Clones share everything; with the last of them the reading ends.
///
/// ```no_run
/// use callsign_verifier::Verifier;
///
/// # async fn example(connection_string: &str, token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::connect(connection_string)?;
/// verifier.ready().await;
/// let verified = verifier.verify(token).await?;
/// println!("{} may send messages: {}", verified.identity, verified.capabilities.may_send_messages());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    running: Arc<Running>,
}

/// What runs while there is a handle.
#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Verifier {
    /// A verifier with default choices, for the server and the resource of a connection string. See [`Builder::connect`].
    ///
    /// # Errors
    /// [`InvalidOption`].
    pub fn connect(connection_string: &str) -> Result<Self, InvalidOption> {
        Self::builder(connection_string.parse()?).connect()
    }

    /// Choices for a verifier.
    #[must_use]
    pub fn builder(connection: Connection) -> Builder {
        Builder::new(connection)
    }

    pub(crate) fn start(parts: Parts, runtime: &Handle) -> Self {
        let shared = Arc::new(Shared::from(parts));
        let tasks = [runtime.spawn(keys::keep(shared.clone())), runtime.spawn(feed::follow(shared.clone()))];
        Self { running: Arc::new(Running { shared, tasks }) }
    }

    fn shared(&self) -> &Shared {
        &self.running.shared
    }

    /// Checks a token: form, signature, claims, and whether it is revoked. It waits only for two things: a key that is not known
    /// yet, and the server's word with [`WhenStale::Introspect`].
    ///
    /// # Errors
    /// [`Refused`]. Only if [`Refused::is_final`] is the token to blame.
    pub async fn verify(&self, token: &str) -> Result<Verified, Refused> {
        let shared = self.shared();
        let token_is = match shared.check(token) {
            Err(Refused::Rejected(Rejection::KeyUnknown)) => {
                shared.keys.ask_and_wait(shared.link.patience).await;
                shared.check(token)?
            }
            outcome => outcome?,
        };
        let freshness = match shared.judge(&token_is) {
            Ok(Freshness::Stale { .. }) | Err(Refused::NotReady)
                if shared.when_stale == WhenStale::Introspect =>
            {
                introspect::introspect(shared, token, &token_is).await?;
                Freshness::Introspected
            }
            judged => self.settled(judged)?,
        };
        Ok(Verified::new(token_is, freshness))
    }

    /// The same without ever waiting: with what is known now.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify_offline(&self, token: &str) -> Result<Verified, Refused> {
        let checked: Result<VerifiedToken, Refused> = self.shared().check(token);
        if checked == Err(Refused::Rejected(Rejection::KeyUnknown)) {
            self.shared().keys.ask();
        }
        let token = checked?;
        let freshness = self.settled(self.shared().judge(&token))?;
        Ok(Verified::new(token, freshness))
    }

    /// What becomes of a token by what is known alone.
    fn settled(&self, judged: Result<Freshness, Refused>) -> Result<Freshness, Refused> {
        match judged? {
            Freshness::Stale { age } if self.shared().when_stale != WhenStale::AcceptAndFlag => {
                Err(Refused::Stale { age })
            }
            freshness => Ok(freshness),
        }
    }

    /// Waits until the token is revoked or expires, to end a session that lives longer than a request.
    ///
    /// A hundred thousand may wait: news of an identity find its own sessions only. What is dropped leaves nothing. While it
    /// waits, the verifier goes on reading even if no other handle is left. Silence of the server ends no session; when the
    /// server is back, those end whose tokens were revoked in the meantime.
    pub fn watch(&self, verified: &Verified) -> impl Future<Output = Ended> + Send + use<> {
        let place = watch::enter(self.shared(), verified);
        let (verifier, verified) = (self.clone(), verified.clone());
        async move { watch::ended(verifier.shared(), &verified, place).await }
    }

    /// How the verifier is.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::of(self.shared())
    }

    /// Waits until the verifier is as the condition wants it.
    pub async fn wait_until(&self, mut condition: impl FnMut(&Health) -> bool) {
        let mut news = self.shared().news();
        while !condition(&self.health()) {
            let _ = tokio::time::timeout(LOOK_EVERY, news.changed()).await;
        }
    }

    /// Waits until tokens can be checked: the keys are read, and a first heartbeat confirmed the snapshot of revocations. It takes
    /// about a second, and as long as the server is away.
    pub async fn ready(&self) {
        self.wait_until(Health::is_ready).await;
    }

    /// Signs with another access key of the resource from now on, before the old one is regenerated.
    pub fn update_access_key(&self, access_key: &AccessKey) {
        self.shared().link.update_key(access_key);
    }
}
