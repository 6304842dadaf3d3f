//! The trusted token service, as configured.

use callsign_protocol::entra::Purpose;
use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::scope::{Scope, Scopes};

use super::DevEntra;
use super::fault::Complaint;
use super::parse::quoted;

/// Longest permission, in bytes.
const PERMISSION_BYTES_MAX: usize = 256;

/// The trusted token service: users get their own tokens.
#[derive(Clone, Debug, Default)]
pub struct TrustedTokens {
    /// Whether it is served.
    pub enabled: bool,
    /// For whom its callers' tokens are.
    pub audiences: Vec<String>,
    /// The permission that a caller's token needs to get an access token.
    pub permission: String,
    /// What issued tokens allow; empty is chat and calling.
    pub scopes: Vec<Scope>,
    /// How long issued tokens live.
    pub lifetime: Lifetime,
    /// Origins of web pages whose script may call it: as browsers send them.
    pub origins: Vec<String>,
    /// How many requests a caller may make in a minute.
    pub requests_per_minute: u32,
}

impl TrustedTokens {
    /// The audiences that are accepted. The development authority's tokens have one of their own.
    #[must_use]
    pub fn accepted_audiences(&self, dev_entra: &DevEntra) -> Vec<String> {
        let of_development = dev_entra.enabled.then(|| Purpose::TrustedTokens.audience().to_owned());
        self.audiences.iter().cloned().chain(of_development).collect()
    }

    /// What issued tokens allow.
    #[must_use]
    pub fn issued_scopes(&self) -> Option<Scopes> {
        let published = [Scope::Chat, Scope::Voip];
        let listed = if self.scopes.is_empty() { &published[..] } else { &self.scopes };
        Scopes::new(listed.iter().copied())
    }
}

/// A permission as it stands in tokens, among others that blanks part.
pub(super) fn permission(text: &str) -> Result<String, Complaint> {
    let fits =
        (1..=PERMISSION_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or_else(|| {
        Complaint::new(
            format!("{} is no permission", quoted(text)),
            "Write it as it stands in the tokens, like access_as_user",
        )
    })
}
