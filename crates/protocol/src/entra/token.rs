//! The strict check of one token: form, signature, issuer, tenant, audience, time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use super::Purpose;
use super::claims::{Claims, guid, seconds};
use crate::date::Timestamp;
use crate::key_set::VerifyingKey;
use crate::verification::{self, HeaderType, SignedPayload, signed_payload};

/// Longest token that is looked at, in bytes. One with 200 groups has about ten thousand.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// How far `nbf` and `iat` may lie ahead of the clock, in seconds. `exp` has no leeway (`design/tokens.md` §4).
const AHEAD_SECONDS_MAX: i64 = 300;

/// Characters of a claim that a reason repeats.
const ECHO_CHARACTERS_MAX: usize = 100;

/// Longest `uti` that is handed on, in bytes.
const TOKEN_ID_BYTES_MAX: usize = 64;

/// Longest name of an application or a principal, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Why a token is not accepted: a sentence for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// It is too long.
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    Oversized,
    /// Its form, its header or its signature is wrong.
    #[error(transparent)]
    Form(#[from] verification::Rejection),
    /// A claim is missing or malformed.
    #[error("the claims of the token cannot be read: {0}")]
    Claims(String),
    /// Nobody trusts its issuer here.
    #[error(
        "the issuer '{0}' is not trusted; add its tenant to entra.tenants, or its discovery document to entra.issuers"
    )]
    IssuerUnknown(String),
    /// It is of another tenant than its issuer is for.
    #[error("the token is of the tenant '{found}', its issuer is for {expected}")]
    TenantWrong {
        /// As it stands in the token.
        found: String,
        /// The issuer's.
        expected: Uuid,
    },
    /// It is for somebody else.
    #[error("the token is for the audience '{found}'; ask for one for '{expected}'")]
    AudienceWrong {
        /// As it stands in the token.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// It is for another sign-in than the one that goes on.
    #[error("the id token was not made for this sign-in; begin anew")]
    NonceWrong,
    /// Its time is over.
    #[error("the token ended at {ended}; get a new one")]
    Expired {
        /// When.
        ended: String,
    },
    /// Its time has not come.
    #[error("the token begins at {begins}, more than five minutes from now; set the clock of this machine")]
    NotYetValid {
        /// When.
        begins: String,
    },
}

/// What a token must be, here and now.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Its issuer, to the letter.
    pub issuer: &'a str,
    /// The one tenant that the issuer speaks for, if it speaks for one.
    pub tenant: Option<Uuid>,
    /// What it is shown for.
    pub purpose: Purpose,
    /// Audiences that are accepted besides, of those who call the service or the trusted token service.
    pub more_audiences: &'a [String],
    /// The time of who looks.
    pub now: Timestamp,
}

/// What a token that passed the check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraToken {
    /// Who issued it.
    pub issuer: String,
    /// The tenant that its issuer speaks for.
    pub tenant: Option<Uuid>,
    /// The user or service principal within the tenant.
    pub object: Option<Uuid>,
    /// Who it is of, as its issuer names them: the `oid`, or the `sub` where there is none.
    pub principal: Option<String>,
    /// The application that got it.
    pub application: Option<String>,
    /// Whether the application speaks for itself, with nobody using it.
    pub is_application_itself: bool,
    /// What whoever uses the application let it do.
    pub permissions: Vec<String>,
    /// The groups that who it is of belongs to.
    pub groups: Vec<Uuid>,
    /// When it was issued, to the second.
    pub issued_at: Timestamp,
    /// When it ends, to the second.
    pub expires_at: Timestamp,
    /// Its issuer's name for it, when that is letters, digits, `-` and `_`.
    pub token_id: Option<String>,
}

/// The issuer that a token names. Nothing is proved yet: it only tells whose keys to look at.
///
/// # Errors
/// [`Rejection`] for what cannot be a token.
pub fn named_issuer(token: &str) -> Result<String, Rejection> {
    #[derive(Deserialize)]
    struct Named {
        iss: String,
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Rejection::Oversized);
    }
    let malformed = || Rejection::Form(verification::Rejection::Malformed);
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| malformed())?;
    let named: Named =
        serde_json::from_slice(&payload).map_err(|error| Rejection::Claims(error.to_string()))?;
    Ok(named.iss)
}

/// Checks a token's form, signature and claims. `key` finds a key of the issuer by its id.
///
/// # Errors
/// [`Rejection`], the first reason found. No claim is looked at before the signature was right.
pub fn verify<'k>(
    token: &str,
    expected: &Expected<'_>,
    key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<EntraToken, Rejection> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Rejection::Oversized);
    }
    let SignedPayload { payload, .. } =
        signed_payload(token, HeaderType::OfAccessToken, TOKEN_BYTES_MAX, key)?;
    let claims = read(&payload)?;
    check_source(&claims, (expected.issuer, expected.tenant))?;
    check_audience(&claims, expected)?;
    accepted(claims, expected.tenant, expected.now)
}

/// The claims of a payload whose signature was right.
pub(super) fn read(payload: &[u8]) -> Result<Claims, Rejection> {
    serde_json::from_slice(payload).map_err(|error| Rejection::Claims(error.to_string()))
}

/// Checks issuer and tenant.
pub(super) fn check_source(claims: &Claims, (issuer, tenant): (&str, Option<Uuid>)) -> Result<(), Rejection> {
    if claims.iss != issuer {
        return Err(Rejection::IssuerUnknown(echo(&claims.iss)));
    }
    check_tenant(claims, tenant)
}

/// Checks the times, the last that there is to check, and hands on what the token says.
pub(super) fn accepted(
    claims: Claims,
    tenant: Option<Uuid>,
    now: Timestamp,
) -> Result<EntraToken, Rejection> {
    let (issued_at, expires_at) = check_times(&claims, now)?;
    let name = |text: &str| (text.len() <= NAME_BYTES_MAX).then(|| text.to_owned());
    let object = claims.oid.as_deref().and_then(guid);
    Ok(EntraToken {
        tenant,
        object,
        principal: claims.oid.as_deref().or(claims.sub.as_deref()).and_then(name),
        application: claims.application().and_then(name),
        is_application_itself: claims.is_application_itself(),
        permissions: claims.permissions(),
        groups: claims.groups(),
        issued_at,
        expires_at,
        token_id: claims.uti.as_deref().filter(|uti| is_token_id(uti)).map(str::to_owned),
        issuer: claims.iss,
    })
}

fn check_tenant(claims: &Claims, tenant: Option<Uuid>) -> Result<(), Rejection> {
    match (tenant, claims.tid.as_deref()) {
        (Some(expected), Some(found)) if guid(found) != Some(expected) => {
            Err(Rejection::TenantWrong { found: echo(found), expected })
        }
        _ => Ok(()),
    }
}

fn check_audience(claims: &Claims, expected: &Expected<'_>) -> Result<(), Rejection> {
    let more: &[String] = match expected.purpose {
        Purpose::Service | Purpose::TrustedTokens => expected.more_audiences,
        Purpose::TeamsUser | Purpose::EntraUser | Purpose::TeamsExtension => &[],
    };
    let accepted =
        |audience: &str| expected.purpose.accepts(audience) || more.iter().any(|other| other == audience);
    if claims.aud.iter().any(accepted) {
        return Ok(());
    }
    let wanted = match (expected.purpose, more) {
        (Purpose::TrustedTokens, [first, ..]) => first,
        (purpose, _) => purpose.audience(),
    };
    Err(audience_wrong(claims, wanted))
}

pub(super) fn audience_wrong(claims: &Claims, expected: &str) -> Rejection {
    let found: Vec<_> = claims.aud.iter().take(4).map(echo).collect();
    Rejection::AudienceWrong { found: found.join("', '"), expected: expected.to_owned() }
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(Timestamp, Timestamp), Rejection> {
    let read = |number, name: &str| {
        seconds(number).ok_or_else(|| Rejection::Claims(format!("'{name}' is no time in seconds")))
    };
    let (issued, ends) = (read(&claims.iat, "iat")?, read(&claims.exp, "exp")?);
    let begins = claims.nbf.as_ref().map(|nbf| read(nbf, "nbf")).transpose()?.unwrap_or(issued).max(issued);
    let now = now.unix_seconds();
    let date = |seconds| Timestamp::from_unix_seconds(seconds).to_imf_fixdate();
    if ends <= now {
        return Err(Rejection::Expired { ended: date(ends) });
    }
    if begins > now.saturating_add(AHEAD_SECONDS_MAX) {
        return Err(Rejection::NotYetValid { begins: date(begins) });
    }
    Ok((Timestamp::from_unix_seconds(issued), Timestamp::from_unix_seconds(ends)))
}

/// The weakest reader of our tokens takes these letters only (`clients.md` A.10).
fn is_token_id(text: &str) -> bool {
    (1..=TOKEN_ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn echo(text: &str) -> String {
    text.chars().take(ECHO_CHARACTERS_MAX).filter(|c| !c.is_control()).collect()
}
