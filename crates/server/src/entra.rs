//! Issuers whose tokens are trusted: their keys, and what their callers may do. It asks nobody but the hosts that are configured.

mod authority;
mod fetch;
mod grants;
mod keeper;
mod keys;
mod provider;

use std::sync::Arc;

use async_trait::async_trait;
use callsign_core::authorities::{Authorities, Unproved};
use callsign_core::clock::Clock;
use callsign_protocol::entra::{EntraToken, Expected, Purpose, Rejection, named_issuer};

pub(crate) use authority::Authority;
pub(crate) use grants::Grants;
pub(crate) use keeper::keep;
pub(crate) use provider::{Client, Provider, SignIn, SignInError};

use crate::config::Config;

/// Everybody who is trusted.
pub(crate) struct TrustedAuthorities {
    authorities: Vec<Arc<Authority>>,
    /// More audiences of those who call the service.
    audiences: Vec<String>,
    /// Audiences of those who call the trusted token service.
    own_audiences: Vec<String>,
    clock: Arc<dyn Clock>,
}

impl TrustedAuthorities {
    pub(crate) fn new(config: &Config, clock: Arc<dyn Clock>, local: Option<Authority>) -> Self {
        let cool_down = config.entra.cool_down;
        let remote = config.trusted_issuers().into_iter().map(|issuer| Authority::remote(issuer, cool_down));
        let authorities = local.into_iter().chain(remote).map(Arc::new).collect();
        let (audiences, own_audiences) =
            (config.entra.audiences.clone(), config.trusted_tokens.accepted_audiences(&config.dev_entra));
        Self { authorities, audiences, own_audiences, clock }
    }

    /// Those whose keys have to be asked for.
    pub(crate) fn remote(&self) -> Vec<Arc<Authority>> {
        self.authorities.iter().filter(|authority| authority.is_remote()).cloned().collect()
    }

    fn verify(&self, authority: &Authority, token: &str, purpose: Purpose) -> Result<EntraToken, Rejection> {
        let keys = authority.in_force();
        let expected = Expected {
            issuer: keys.issuer(),
            tenant: authority.tenant(),
            purpose,
            more_audiences: match purpose {
                Purpose::TrustedTokens => &self.own_audiences,
                _ => &self.audiences,
            },
            now: self.clock.now(),
        };
        callsign_protocol::entra::verify(token, &expected, |key_id| keys.get(key_id))
    }
}

#[async_trait]
impl Authorities for TrustedAuthorities {
    async fn check(&self, token: &str, purpose: Purpose) -> Result<EntraToken, Unproved> {
        use callsign_protocol::verification::Rejection::KeyUnknown;
        let named = named_issuer(token)?;
        let Some(authority) = self.authorities.iter().find(|authority| authority.is(&named)) else {
            return Err(Rejection::IssuerUnknown(named.chars().take(200).collect()).into());
        };
        match self.verify(authority, token, purpose) {
            // A key that is new, or keys that were never read: they are asked for once, unless that was done a moment ago.
            Err(Rejection::Form(KeyUnknown)) => {
                authority.ask_and_wait().await;
                let again = self.verify(authority, token, purpose);
                let silent = again == Err(Rejection::Form(KeyUnknown)) && authority.in_force().is_empty();
                if silent {
                    return Err(Unproved::Unknown { issuer: named, reason: authority.fault() });
                }
                Ok(again?)
            }
            verified => Ok(verified?),
        }
    }
}
