//! Claims: present, typed, and of one mind.

use super::object::Object;
use super::{Rejection, VerifiedToken};
use crate::date::Timestamp;
use crate::identity_id::IdentityId;
use crate::scope::{Scope, Scopes};

/// Reads the claims that a verifier needs. A token without `rev` is not ours, whoever signed it (`design/tokens.md` §2).
pub(super) fn read(payload: &[u8], key_id: String, issuer: &str) -> Result<VerifiedToken, Rejection> {
    let claims = Object::parse(payload)?;
    if claims.text("iss").ok_or(Rejection::ClaimsMalformed)? != issuer {
        return Err(Rejection::IssuerWrong);
    }
    token(&claims, key_id).ok_or(Rejection::ClaimsMalformed)
}

fn token(claims: &Object, key_id: String) -> Option<VerifiedToken> {
    let identity: IdentityId = claims.text("sub")?.parse().ok()?;
    if claims.text("resourceId")? != identity.resource().to_string() {
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

fn scopes(text: &str) -> Option<Scopes> {
    let words: Option<Vec<Scope>> = text.split(',').map(|word| word.parse().ok()).collect();
    let words = words?;
    Scopes::new(words.clone()).filter(|scopes| scopes.as_slice().len() == words.len())
}
