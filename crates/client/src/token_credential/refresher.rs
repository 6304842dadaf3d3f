//! Where a program gets its next token.

use crate::models::AccessToken;

/// Gets the next token. Any closure that returns a future of a [`Secret`](azure_core::credentials::Secret) (a JWT, which tells its
/// own end) or of an [`AccessToken`] is one.
#[async_trait::async_trait]
pub trait TokenRefresher: Send + Sync {
    /// Gets a token that has not ended. Not called again before it returns, or every caller who waits for it has given up.
    ///
    /// # Errors
    /// Whatever keeps it from getting one. Those who wait for a token see the error when theirs has ended.
    async fn refresh(&self) -> azure_core::Result<AccessToken>;
}

#[async_trait::async_trait]
impl<F, Fut, T> TokenRefresher for F
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = azure_core::Result<T>> + Send,
    T: TryInto<AccessToken> + Send,
    T::Error: Into<azure_core::Error>,
{
    async fn refresh(&self) -> azure_core::Result<AccessToken> {
        self().await?.try_into().map_err(Into::into)
    }
}
