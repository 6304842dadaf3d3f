//! Minting: from an identity's standing to a signed token.

use callsign_protocol::claims::{self, Claims, Revision, TeamsClaims};
use callsign_protocol::date::Timestamp;
use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::scope::Scopes;

use crate::caller::{Caller, Proof};
use crate::entropy;
use crate::error::Error;
use crate::service::Service;
use crate::store::Standing;

/// A token and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The compact JWS.
    pub token: String,
    /// When it ends; its `exp` claim is the whole second of it.
    pub expires_at: Timestamp,
}

/// What a token shall say.
#[derive(Debug, Clone)]
pub struct Grant<'a> {
    /// What it allows.
    pub scopes: &'a Scopes,
    /// When it ends.
    pub ends: Ends,
    /// The Entra token that is exchanged for it, if it is for a Teams user.
    pub teams: Option<TeamsClaims>,
}

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// So long after now.
    After(Lifetime),
    /// With the token that is exchanged for it, and after the longest lifetime at the latest: Entra's may live for more than a day.
    With(Timestamp),
}

impl<'a> Grant<'a> {
    /// A token for an identity that is made here.
    #[must_use]
    pub const fn of(scopes: &'a Scopes, lifetime: Lifetime) -> Self {
        Self { scopes, ends: Ends::After(lifetime), teams: None }
    }
}

impl Ends {
    fn at(self, now: Timestamp) -> Timestamp {
        let after = |lifetime: Lifetime| now.plus_minutes(i64::from(lifetime.minutes()));
        match self {
            Self::After(lifetime) => after(lifetime),
            Self::With(other) => other.min(after(Lifetime::MAX)),
        }
    }
}

/// Mints a token under the epochs of `standing`, and notes that the identity got one.
///
/// # Errors
/// [`Error::KeyRegenerated`] when the caller's key is no longer the one in force; [`Error::Overloaded`] when too many
/// signatures wait; [`Error::Internal`] when signing or randomness fails.
pub async fn mint(
    service: &Service,
    caller: &Caller,
    standing: &Standing,
    grant: Grant<'_>,
) -> Result<IssuedToken, Error> {
    if let Proof::Key { slot, generation } = caller.proof
        && standing.epochs().generation(slot) != generation
    {
        return Err(Error::KeyRegenerated);
    }
    let now = service.clock.now();
    let expires_at = grant.ends.at(now);
    let claims = Claims {
        identity: standing.identity.id,
        scopes: grant.scopes,
        issued_at: now,
        expires_at,
        data_location: caller.data_location,
        issuer: &service.issuer,
        token_id: entropy::bytes(service.entropy.as_ref())?,
        revision: Revision {
            identity: standing.identity.epoch,
            resource: standing.resource_epoch,
            minted_by: caller.proof.minted_by(),
        },
        teams: grant.teams,
    };
    let key = service.signing_keys.active(caller.signing_algorithm, now)?;
    let input = claims.signing_input(key.encoded_header());
    let signature = service.signing.sign(caller.resource, &key, &input).await?;
    service.last_issued.note(standing.identity.id, now);
    Ok(IssuedToken { token: claims::compact(input, &signature), expires_at })
}
