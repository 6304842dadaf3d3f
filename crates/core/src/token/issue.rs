//! Minting: from an identity's standing to a signed token.

use callsign_protocol::claims::{self, Claims, MintedBy, Revision};
use callsign_protocol::date::Timestamp;
use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::scope::Scopes;

use crate::caller::Caller;
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
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// What it allows.
    pub scopes: &'a Scopes,
    /// How long it lives.
    pub lifetime: Lifetime,
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
    if let MintedBy::Key { slot, generation } = caller.minted_by
        && standing.epochs().generation(slot) != generation
    {
        return Err(Error::KeyRegenerated);
    }
    let now = service.clock.now();
    let expires_at = now.plus_minutes(i64::from(grant.lifetime.minutes()));
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
            minted_by: caller.minted_by,
        },
    };
    let key = service.signing_keys.active(caller.signing_algorithm, now)?;
    let input = claims.signing_input(key.encoded_header());
    let signature = service.signing.sign(&key, &input).await?;
    service.last_issued.note(standing.identity.id, now);
    Ok(IssuedToken { token: claims::compact(input, &signature), expires_at })
}
