//! Access tokens for those who use them: fixed, refreshed by the program, or exchanged for an Entra user's token.

mod entra;
mod expiry;
mod freshness;
mod refresher;

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::ClientOptions;

use crate::clock::{Clock, SystemClock};
use crate::models::AccessToken;
use entra::EntraExchange;
use freshness::{Freshness, Supply};
pub use refresher::TokenRefresher;

/// An access token of one user, kept fresh.
///
/// What a chat or calling client holds instead of a token. Clones share the token. Any number of tasks may call
/// [`get_token`](Self::get_token): at most one refresh is under way, and all who wait share its outcome. A caller who gives up
/// waiting takes nothing from the others.
///
/// A token is refreshed when it is asked for with less than 2 minutes to live. With
/// [`refresh_proactively`](TokenRefreshOptions::refresh_proactively) it is refreshed in the background as well, after half of its
/// remaining life, but no sooner than in 30 seconds; when that fails, the pause doubles from 30 seconds to 10 minutes. While a
/// token lives it is handed out even if a refresh fails.
#[derive(Clone)]
pub struct CommunicationTokenCredential {
    freshness: Arc<Freshness>,
}

/// How a token is kept fresh.
#[derive(Clone)]
pub struct TokenRefreshOptions {
    /// A token to begin with; without one the first [`get_token`](CommunicationTokenCredential::get_token) gets it.
    pub initial_token: Option<AccessToken>,
    /// Whether to refresh in the background, from the first `get_token` on. Off unless set.
    pub refresh_proactively: bool,
    /// Tells the time; the machine's clock unless set.
    pub clock: Arc<dyn Clock>,
}

impl Default for TokenRefreshOptions {
    fn default() -> Self {
        Self { initial_token: None, refresh_proactively: false, clock: Arc::new(SystemClock) }
    }
}

impl fmt::Debug for TokenRefreshOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenRefreshOptions")
            .field("refresh_proactively", &self.refresh_proactively)
            .finish_non_exhaustive()
    }
}

/// How an Entra user's token is exchanged.
#[derive(Clone, Debug, Default)]
pub struct EntraCommunicationTokenCredentialOptions {
    /// What to ask Entra for; `https://communication.azure.com/clients/.default` unless set. They begin all with
    /// `https://communication.azure.com/clients/` (an Entra user of the resource) or all with
    /// `https://auth.msft.communication.azure.com/` (a user of Teams Phone).
    pub scopes: Option<Vec<String>>,
    /// As in [`TokenRefreshOptions`].
    pub refresh: TokenRefreshOptions,
    /// Retries, transport, policies, telemetry of the exchange.
    pub client_options: ClientOptions,
}

impl CommunicationTokenCredential {
    /// A token that is handed out as it is, also after its end: a [`Secret`](azure_core::credentials::Secret) that holds a JWT, or an
    /// [`AccessToken`].
    ///
    /// # Errors
    /// When the text is no JWT that tells its end in `exp`. The signature is not looked at.
    pub fn new<T>(token: T) -> azure_core::Result<Self>
    where
        T: TryInto<AccessToken>,
        T::Error: Into<azure_core::Error>,
    {
        let token = token.try_into().map_err(Into::into)?;
        let options = TokenRefreshOptions { initial_token: Some(token), ..TokenRefreshOptions::default() };
        Ok(Self { freshness: Freshness::new(Supply::Fixed, options) })
    }

    /// A token that the program can renew, most often by asking its own back end.
    ///
    /// ```
    /// use azure_core::time::{Duration, OffsetDateTime};
    /// use callsign_client::{AccessToken, CommunicationTokenCredential};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> azure_core::Result<()> {
    /// let credential = CommunicationTokenCredential::with_refresher(
    ///     async || Ok(AccessToken::new("from your back end", OffsetDateTime::now_utc() + Duration::hours(1))),
    ///     None,
    /// );
    /// assert_eq!(credential.get_token().await?.token.secret(), "from your back end");
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_refresher(
        refresher: impl TokenRefresher + 'static,
        options: Option<TokenRefreshOptions>,
    ) -> Self {
        let supply = Supply::Refresher(Box::new(refresher));
        Self { freshness: Freshness::new(supply, options.unwrap_or_default()) }
    }

    /// A token that is got by exchanging the Entra token of a user (not of an application), whom an assignment of the resource has to
    /// cover: see [`AssignmentsClient`](crate::AssignmentsClient). `https` only.
    ///
    /// The exchange for `clients/` scopes speaks `2025-03-02-preview`, the one for Teams Phone `2025-06-30`, as the official
    /// libraries do. The token ends when the Entra token ends.
    ///
    /// # Errors
    /// When the endpoint is no https URL, or the scopes are neither all of the one kind nor all of the other.
    pub fn with_entra(
        resource_endpoint: &str,
        credential: Arc<dyn TokenCredential>,
        options: Option<EntraCommunicationTokenCredentialOptions>,
    ) -> azure_core::Result<Self> {
        let options = options.unwrap_or_default();
        let exchange =
            EntraExchange::new(resource_endpoint, credential, options.scopes, options.client_options)?;
        Ok(Self { freshness: Freshness::new(Supply::Entra(Box::new(exchange)), options.refresh) })
    }

    /// The token; refreshed first when it has less than 2 minutes to live.
    ///
    /// # Errors
    /// When the refresh fails and the token has ended, or there is none; when the refresher gives a token that has ended; after
    /// [`dispose`](Self::dispose).
    pub async fn get_token(&self) -> azure_core::Result<AccessToken> {
        Freshness::token(&self.freshness).await
    }

    /// Forgets the token and ends the refreshing, for every clone. Dropping the last clone does the same.
    pub fn dispose(&self) {
        self.freshness.dispose();
    }
}

impl fmt::Debug for CommunicationTokenCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CommunicationTokenCredential(…)")
    }
}
