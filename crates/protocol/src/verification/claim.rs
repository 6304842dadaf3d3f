//! Claims: present, typed, and of one mind.

use uuid::Uuid;

use super::object::Object;
use super::{Rejection, VerifiedToken};
use crate::date::Timestamp;
use crate::identity_id::{Holder, IdentityId};
use crate::scope::Scopes;

/// Reads the claims that a verifier needs. A token without `rev` is not ours, whoever signed it (`design/tokens.md` §2).
pub(super) fn read(payload: &[u8], key_id: String, issuer: &str) -> Result<VerifiedToken, Rejection> {
    let claims = Object::parse(payload)?.plain()?;
    if claims.text("iss").ok_or(Rejection::ClaimsMalformed)? != issuer {
        return Err(Rejection::IssuerWrong);
    }
    token(&claims, key_id).ok_or(Rejection::ClaimsMalformed)
}

fn token(claims: &Object<'_>, key_id: String) -> Option<VerifiedToken> {
    let resource_id = claims.text("resourceId")?;
    let resource = Uuid::try_parse(resource_id).ok()?;
    let subject = claims.text("sub")?;
    let identity = IdentityId::read(subject, resource).ok()?;
    // The id of a Teams user names no resource, so the claim that back ends of ACS read has to say the same.
    let is_told_twice = !matches!(identity.holder(), Holder::TeamsUser(_))
        || claims.text("skypeid") == subject.strip_prefix("8:");
    if !is_told_twice
        || resource != identity.resource()
        || resource_id != resource.hyphenated().encode_lower(&mut Uuid::encode_buffer())
    {
        return None;
    }
    Some(VerifiedToken {
        identity,
        scopes: scopes(claims.text("acsScope")?)?,
        issued_at: Timestamp::from_unix_seconds(claims.whole("iat")?),
        expires_at: Timestamp::from_unix_seconds(claims.whole("exp")?),
        revision: claims.text("rev")?.parse().ok()?,
        token_id: claims.text("jti")?.to_owned(),
        key_id,
    })
}

/// Words that are unknown or stand twice make fewer scopes than there are words.
fn scopes(text: &str) -> Option<Scopes> {
    let mut words = 0;
    let known = text.split(',').inspect(|_| words += 1).filter_map(|word| word.parse().ok());
    Scopes::new(known).filter(|scopes| scopes.as_slice().len() == words)
}
