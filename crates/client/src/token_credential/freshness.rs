//! The token that is handed out now, the one refresh that may be under way, and the timer behind it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use azure_core::async_runtime::{SpawnedTask, get_async_runtime};
use azure_core::time::Duration;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::TokenRefreshOptions;
use super::entra::EntraExchange;
use super::refresher::TokenRefresher;
use crate::clock::Clock;
use crate::error::InvalidArgument;
use crate::models::AccessToken;

/// A token with less to live is refreshed when it is asked for, as in Python and .NET (`clients.md` A.10).
const ON_DEMAND_BEFORE: Duration = Duration::minutes(2);
/// The shortest pause of the background refresh, and the first one after a failure.
const PAUSE_MIN: Duration = Duration::seconds(30);
/// The longest pause after failures.
const PAUSE_AFTER_FAILURES_MAX: Duration = Duration::minutes(10);

/// Where tokens come from.
pub(super) enum Supply {
    /// Nowhere: there is the first one, and no other.
    Fixed,
    Refresher(Box<dyn TokenRefresher>),
    Entra(Box<EntraExchange>),
}

/// The outcome of one refresh, for all who wait for it.
type Outcome = Result<AccessToken, SharedError>;
type Refresh = Shared<BoxFuture<'static, Outcome>>;

pub(super) struct Freshness {
    supply: Supply,
    clock: Arc<dyn Clock>,
    is_proactive: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    /// Weak, so that a refresh ends when nobody waits for it any more.
    under_way: Option<WeakShared<BoxFuture<'static, Outcome>>>,
    background: Option<SpawnedTask>,
    is_disposed: bool,
}

impl Freshness {
    pub(super) fn new(supply: Supply, options: TokenRefreshOptions) -> Arc<Self> {
        Arc::new(Self {
            supply,
            clock: options.clock,
            is_proactive: options.refresh_proactively,
            state: Mutex::new(State { token: options.initial_token, ..State::default() }),
        })
    }

    /// A token that lives, or the reason why there is none.
    pub(super) async fn token(self: &Arc<Self>) -> azure_core::Result<AccessToken> {
        let held = self.held()?;
        let token = match held {
            Some(token) if self.lasts(&token) => token,
            held => match self.refresh().await {
                Ok(token) => token,
                Err(error) => held.filter(|token| token.expires_on > self.clock.now()).ok_or(error)?,
            },
        };
        // A disposal that came while the refresh was under way counts.
        self.held()?;
        self.begin_in_background();
        Ok(token)
    }

    pub(super) fn dispose(&self) {
        let mut state = self.state();
        state.is_disposed = true;
        state.token = None;
        if let Some(task) = state.background.take() {
            task.abort();
        }
    }

    /// The token at hand, if the credential is still in use.
    fn held(&self) -> Result<Option<AccessToken>, InvalidArgument> {
        let state = self.state();
        if state.is_disposed { Err(InvalidArgument::Disposed) } else { Ok(state.token.clone()) }
    }

    fn lasts(&self, token: &AccessToken) -> bool {
        matches!(self.supply, Supply::Fixed) || token.expires_on - self.clock.now() >= ON_DEMAND_BEFORE
    }

    /// Joins the refresh that is under way, or begins one.
    async fn refresh(self: &Arc<Self>) -> azure_core::Result<AccessToken> {
        let refresh = {
            let mut state = self.state();
            match state.under_way.as_ref().and_then(WeakShared::upgrade) {
                Some(refresh) => refresh,
                None => {
                    let refresh: Refresh = Arc::clone(self).obtain().boxed().shared();
                    state.under_way = refresh.downgrade();
                    refresh
                }
            }
        };
        refresh.await.map_err(SharedError::into_error)
    }

    /// One refresh, from the request to the token at hand.
    async fn obtain(self: Arc<Self>) -> Outcome {
        let outcome = match &self.supply {
            Supply::Fixed => Err(InvalidArgument::ExpiredTokenFromRefresher.into()),
            Supply::Refresher(refresher) => refresher.refresh().await,
            Supply::Entra(exchange) => exchange.exchange().await,
        };
        let outcome = outcome.and_then(|token| match token.expires_on > self.clock.now() {
            true => Ok(token),
            false => Err(InvalidArgument::ExpiredTokenFromRefresher.into()),
        });
        let mut state = self.state();
        state.under_way = None;
        if let Ok(token) = &outcome
            && !state.is_disposed
        {
            state.token = Some(token.clone());
        }
        outcome.map_err(SharedError::new)
    }

    fn begin_in_background(self: &Arc<Self>) {
        if !self.is_proactive || matches!(self.supply, Supply::Fixed) {
            return;
        }
        let mut state = self.state();
        if state.background.is_none() && !state.is_disposed {
            let task = keep_fresh(Arc::downgrade(self));
            state.background = Some(get_async_runtime().spawn(Box::pin(task)));
        }
    }

    /// How long to wait for the next background refresh; `None` when there shall be none.
    fn pause(&self, failures: u32) -> Option<Duration> {
        let state = self.state();
        if state.is_disposed {
            return None;
        }
        let ends_on = state.token.as_ref().map(|token| token.expires_on);
        Some(pause(ends_on.map(|ends_on| ends_on - self.clock.now()), failures))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping the last credential ends the background refresh.
impl Drop for Freshness {
    fn drop(&mut self) {
        self.dispose();
    }
}

/// Half of what remains, or the back-off if the last tries failed; never less than [`PAUSE_MIN`].
fn pause(remaining: Option<Duration>, failures: u32) -> Duration {
    let half = remaining.map_or(Duration::ZERO, |remaining| remaining / 2).max(PAUSE_MIN);
    if failures == 0 {
        return half;
    }
    let doubled = PAUSE_MIN * 2_i32.saturating_pow(failures.saturating_sub(1).min(16));
    let back_off = doubled.min(PAUSE_AFTER_FAILURES_MAX);
    // Close to the end of a token that lives it tries more often; after the end only the back-off counts.
    if remaining.is_some_and(Duration::is_positive) { back_off.min(half) } else { back_off }
}

/// Refreshes again and again, as long as somebody holds the credential.
async fn keep_fresh(credential: Weak<Freshness>) {
    let mut failures = 0_u32;
    let pause = |failures| credential.upgrade().and_then(|freshness| freshness.pause(failures));
    while let Some(duration) = pause(failures) {
        azure_core::sleep::sleep(duration).await;
        let Some(freshness) = credential.upgrade() else {
            return;
        };
        failures = match freshness.refresh().await {
            Ok(_) => 0,
            Err(error) => {
                tracing::warn!(error.reason = %error, "the access token could not be refreshed in the background");
                failures.saturating_add(1)
            }
        };
    }
}

/// The error of a refresh, as each of those who waited for it gets it.
#[derive(Clone)]
struct SharedError(Arc<azure_core::Error>);

impl SharedError {
    fn new(error: azure_core::Error) -> Self {
        Self(Arc::new(error))
    }

    fn into_error(self) -> azure_core::Error {
        azure_core::Error::new(self.0.kind().clone(), self)
    }
}

impl std::error::Error for SharedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for SharedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_half_of_the_remaining_life_with_a_floor() {
        for (remaining, expected) in
            [(86_400, 43_200), (3_600, 1_800), (120, 60), (60, 30), (10, 30), (0, 30), (-5, 30)]
        {
            assert_eq!(
                pause(Some(Duration::seconds(remaining)), 0),
                Duration::seconds(expected),
                "{remaining}"
            );
        }
        assert_eq!(pause(None, 0), PAUSE_MIN);
    }

    #[test]
    fn after_failures_the_pause_doubles_up_to_ten_minutes_and_stays_within_the_tokens_life() {
        let pauses = |remaining: Option<Duration>| {
            (1..8).map(|n| pause(remaining, n).whole_seconds()).collect::<Vec<_>>()
        };
        assert_eq!(pauses(None), [30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(pauses(Some(Duration::hours(24))), [30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(pauses(Some(Duration::minutes(4))), [30, 60, 120, 120, 120, 120, 120]);
        assert_eq!(pause(None, u32::MAX), PAUSE_AFTER_FAILURES_MAX);
    }
}
