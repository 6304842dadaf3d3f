//! The strict check of an access token (RFC 8725): form, signature, claims. Revocation is for those who know epochs.

mod claim;
mod jws;
mod object;
mod scan;

use uuid::Uuid;

use crate::claims::Revision;
use crate::date::Timestamp;
use crate::identity_id::IdentityId;
use crate::key_set::VerifyingKey;
use crate::lifetime::Lifetime;
use crate::scope::Scopes;

pub use jws::{HeaderType, SignedPayload, signed_payload};

/// The `typ` of an access token.
pub const TOKEN_TYPE: &str = "JWT";

/// Longest token that is looked at, in bytes.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// How far `iat` may lie ahead of the verifier's clock, in seconds. `exp` has no leeway (`design/tokens.md` §4).
const ISSUED_AHEAD_SECONDS_MAX: i64 = 300;

/// Why a token is not accepted. Each reason has a word of its own for programs and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// It has more than [`TOKEN_BYTES_MAX`] bytes.
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    Oversized,
    /// It is not three parts of unpadded base64url.
    #[error("the token is not three parts of base64url")]
    Malformed,
    /// Its header or payload is no JSON object of plain values, or has too many of them.
    #[error("a part of the token is no JSON object of plain values")]
    NoObject,
    /// A member stands twice in its header or payload.
    #[error("a member stands twice in the token")]
    DuplicateMember,
    /// Its `alg` is neither RS256 nor ES256, or not the one of its key.
    #[error("the token's algorithm is not allowed, or not the one of its key")]
    AlgorithmNotAllowed,
    /// Its `typ` is not the expected one: it is something else that was signed.
    #[error("the token is of another type")]
    TypeWrong,
    /// Its header has `crit`: extensions that nobody here understands.
    #[error("the token asks for extensions that are not known")]
    CriticalHeader,
    /// Its header brings or points to a key of its own (`jwk`, `jku`, `x5c`, `x5u`).
    #[error("the token brings a key of its own")]
    EmbeddedKey,
    /// Its `kid` is missing or names no published key.
    #[error("the token's key is not known")]
    KeyUnknown,
    /// The signature is not that key's.
    #[error("the token's signature is wrong")]
    SignatureWrong,
    /// A claim is missing, of another type, or contradicts another one.
    #[error("a claim of the token is missing or malformed")]
    ClaimsMalformed,
    /// Its issuer is another one.
    #[error("the token is of another issuer")]
    IssuerWrong,
    /// It is for another resource.
    #[error("the token is for another resource")]
    ResourceWrong,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It says that it was issued in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// It claims to live longer than any token may.
    #[error("the token claims to live longer than 1440 minutes")]
    LifetimeTooLong,
}

impl Rejection {
    /// The reason as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Oversized => "oversized",
            Self::Malformed => "malformed",
            Self::NoObject => "no_object",
            Self::DuplicateMember => "duplicate_member",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::TypeWrong => "type_wrong",
            Self::CriticalHeader => "critical_header",
            Self::EmbeddedKey => "embedded_key",
            Self::KeyUnknown => "key_unknown",
            Self::SignatureWrong => "signature_wrong",
            Self::ClaimsMalformed => "claims_malformed",
            Self::IssuerWrong => "issuer_wrong",
            Self::ResourceWrong => "resource_wrong",
            Self::Expired => "expired",
            Self::IssuedInFuture => "issued_in_future",
            Self::LifetimeTooLong => "lifetime_too_long",
        }
    }
}

/// What a token must be for, here and now.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Its issuer.
    pub issuer: &'a str,
    /// Its resource: one server holds many.
    pub resource: Uuid,
    /// The verifier's time.
    pub now: Timestamp,
}

/// What a token that passed the check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    /// Whose it is.
    pub identity: IdentityId,
    /// What it allows.
    pub scopes: Scopes,
    /// When it was issued, to the second.
    pub issued_at: Timestamp,
    /// When it ends, to the second.
    pub expires_at: Timestamp,
    /// The epochs it was minted under: still to be compared with those in force.
    pub revision: Revision,
    /// What tells it from every other token.
    pub token_id: String,
    /// The key that signed it: still to be compared with those that are revoked.
    pub key_id: String,
}

/// A token whose form, signature and claims are right, for all time but its own. What it says is told for an instant only, so an
/// expired one is not taken for a good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticToken(VerifiedToken);

impl AuthenticToken {
    /// What it says, if it is good at that instant.
    ///
    /// # Errors
    /// [`Rejection::Expired`] and [`Rejection::IssuedInFuture`].
    pub fn at(&self, now: Timestamp) -> Result<&VerifiedToken, Rejection> {
        check_times(&self.0, now)?;
        Ok(&self.0)
    }
}

/// Checks a token's form, signature and claims. `key` finds a published key by its id.
///
/// # Errors
/// [`Rejection`], the first reason found. No claim is looked at before the signature was right.
pub fn verify<'k>(
    token: &str,
    expected: &Expected<'_>,
    key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<VerifiedToken, Rejection> {
    let AuthenticToken(token) = authenticate(token, expected.issuer, expected.resource, key)?;
    check_times(&token, expected.now)?;
    Ok(token)
}

/// Checks everything of a token that stays as it is: all but whether its time has come and is not over. Who checks a token again
/// and again keeps the outcome for as long as the key is published, and asks it [at](AuthenticToken::at) which times it is good.
///
/// # Errors
/// [`Rejection`], the first reason found. No claim is looked at before the signature was right.
pub fn authenticate<'k>(
    token: &str,
    issuer: &str,
    resource: Uuid,
    key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<AuthenticToken, Rejection> {
    let SignedPayload { payload, key_id } =
        signed_payload(token, HeaderType::Exactly(TOKEN_TYPE), TOKEN_BYTES_MAX, key)?;
    let token = claim::read(&payload, key_id, issuer)?;
    if token.identity.resource() != resource {
        return Err(Rejection::ResourceWrong);
    }
    if token.expires_at.unix_seconds() - token.issued_at.unix_seconds() > Lifetime::MINUTES_MAX * 60 {
        return Err(Rejection::LifetimeTooLong);
    }
    Ok(AuthenticToken(token))
}

fn check_times(token: &VerifiedToken, now: Timestamp) -> Result<(), Rejection> {
    let now = now.unix_seconds();
    if token.expires_at.unix_seconds() <= now {
        return Err(Rejection::Expired);
    }
    if token.issued_at.unix_seconds() > now + ISSUED_AHEAD_SECONDS_MAX {
        return Err(Rejection::IssuedInFuture);
    }
    Ok(())
}
