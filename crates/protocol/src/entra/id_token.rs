//! The strict check of an id token (OpenID Connect Core §3.1.3.7): who signed in, told to the one application that asked.

use uuid::Uuid;

use super::claims::Claims;
use super::token::{EntraToken, Rejection, TOKEN_BYTES_MAX, accepted, audience_wrong, check_source, read};
use crate::date::Timestamp;
use crate::key_set::VerifyingKey;
use crate::verification::{HeaderType, SignedPayload, signed_payload};

/// Longest name of a person that is handed on, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

/// What an id token must be, here and now.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedIdToken<'a> {
    /// Its issuer, to the letter.
    pub issuer: &'a str,
    /// The one tenant that the issuer speaks for, if it speaks for one.
    pub tenant: Option<Uuid>,
    /// The application that asked.
    pub client_id: &'a str,
    /// What it asked with.
    pub nonce: &'a str,
    /// The time of who looks.
    pub now: Timestamp,
}

/// What an id token that passed the check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdToken {
    /// Who signed in.
    pub token: EntraToken,
    /// What people call them. Nothing may be decided by it.
    pub name: Option<String>,
}

/// Checks an id token's form, signature and claims. `key` finds a key of the issuer by its id.
///
/// # Errors
/// [`Rejection`], the first reason found. No claim is looked at before the signature was right.
pub fn verify_id_token<'k>(
    token: &str,
    expected: &ExpectedIdToken<'_>,
    key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<IdToken, Rejection> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Rejection::Oversized);
    }
    let SignedPayload { payload, .. } = signed_payload(token, HeaderType::OfIdToken, TOKEN_BYTES_MAX, key)?;
    let claims = read(&payload)?;
    check_source(&claims, (expected.issuer, expected.tenant))?;
    check_audience(&claims, expected.client_id)?;
    if claims.nonce() != Some(expected.nonce) {
        return Err(Rejection::NonceWrong);
    }
    let name = claims.display_name().map(displayed).filter(|name| !name.is_empty());
    Ok(IdToken { token: accepted(claims, expected.tenant, expected.now)?, name })
}

/// Where it is for several, it says which of them asked.
fn check_audience(claims: &Claims, client_id: &str) -> Result<(), Rejection> {
    let alone = claims.aud.iter().count() == 1;
    let asked = claims.azp.as_deref().map_or(alone, |azp| azp == client_id);
    if asked && claims.aud.iter().any(|audience| audience == client_id) {
        return Ok(());
    }
    Err(audience_wrong(claims, client_id))
}

fn displayed(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS_MAX).collect()
}
