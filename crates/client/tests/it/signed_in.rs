//! An Entra credential as the recorded sessions had one.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};

/// Somebody who is signed in, and the token that proves it.
#[derive(Debug)]
pub struct SignedIn(pub &'static str);

#[async_trait::async_trait]
impl TokenCredential for SignedIn {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://communication.azure.com//.default"]);
        Ok(AccessToken::new(self.0, OffsetDateTime::now_utc() + Duration::HOUR))
    }
}
