//! Who vouches for tokens of Microsoft Entra and of other issuers, as an argument: asking them takes a network.

use async_trait::async_trait;
use callsign_protocol::entra::{EntraToken, Purpose, Rejection};

/// Checks tokens by the keys of the issuers that are trusted.
#[async_trait]
pub trait Authorities: Send + Sync {
    /// What the token says, if it is good and may be shown for that.
    async fn check(&self, token: &str, purpose: Purpose) -> Result<EntraToken, Unproved>;
}

/// Why a token proves nothing. The display text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// The token is at fault.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Its issuer is trusted, and does not tell by which keys it signs.
    #[error("the keys of '{issuer}' are not known: {reason}")]
    Unknown {
        /// Who should tell.
        issuer: String,
        /// What happened when it was asked.
        reason: String,
    },
}

/// Trusts nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

#[async_trait]
impl Authorities for Nobody {
    async fn check(&self, token: &str, _: Purpose) -> Result<EntraToken, Unproved> {
        let issuer = callsign_protocol::entra::named_issuer(token)?;
        Err(Rejection::IssuerUnknown(issuer).into())
    }
}
