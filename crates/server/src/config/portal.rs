//! The portal, as configured.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use zeroize::Zeroizing;

use super::entra::{TrustedIssuer, canonical};
use super::fault::Complaint;
use super::parse::quoted;

/// Longest name of somebody, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// The portal.
#[derive(Clone, Debug, Default)]
pub struct Portal {
    /// Whether it is served.
    pub enabled: bool,
    /// Where people sign in, besides by a link.
    pub openid_provider: Option<OpenIdProvider>,
    /// Who the portal is there.
    pub openid_client_id: Option<String>,
    /// By which secret, if it has one.
    pub openid_client_secret: Option<Zeroizing<String>>,
    /// Who may do everything: object ids, or else subjects.
    pub administrators: Vec<String>,
}

/// An OpenID provider that people are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIdProvider {
    /// Who it is, and where it says what it is.
    pub issuer: TrustedIssuer,
    /// Where codes are redeemed, if not on the host of its discovery document.
    pub token: Option<Url>,
}

impl FromStr for OpenIdProvider {
    type Err = Complaint;

    /// Reads the id of a tenant of Entra, or an OpenID provider with `token=<URL>` among what follows its address.
    fn from_str(text: &str) -> Result<Self, Complaint> {
        if let Ok(tenant) = super::entra::guid(text)
            && let Some(issuer) = TrustedIssuer::of_tenant(tenant).pop()
        {
            return Ok(Self { issuer, token: None });
        }
        let is_token = |word: &&str| word.starts_with("token=");
        let rest: Vec<&str> = text.split_whitespace().filter(|word| !is_token(word)).collect();
        let token = text.split_whitespace().find(is_token).and_then(|word| word.split_once('='));
        let token = token.map(|(_, place)| super::entra::url(place)).transpose()?;
        Ok(Self { issuer: rest.join(" ").parse()?, token })
    }
}

impl fmt::Display for OpenIdProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.issuer.fmt(formatter)?;
        self.token.as_ref().map_or(Ok(()), |token| write!(formatter, " token={token}"))
    }
}

/// Somebody of a provider, as its tokens name them.
pub(in crate::config) fn principal(text: &str) -> Result<String, Complaint> {
    let fits = (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_whitespace);
    fits.then(|| canonical(text)).ok_or_else(|| {
        Complaint::new(
            format!("{} names nobody", quoted(text)),
            "Write an object id, or the subject of somebody's tokens",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_a_tenant_or_an_address() {
        let tenant = "c70d068c-2f32-484d-9455-73070cd5aadd";
        let read: OpenIdProvider = tenant.parse().unwrap();
        assert_eq!(read.issuer.issuer, format!("https://login.microsoftonline.com/{tenant}/v2.0"));
        assert_eq!(read.issuer.tenant, Some(tenant.parse().unwrap()));
        for text in [
            "https://id.example.com",
            "https://id.example.com keys=https://keys.example.com/a token=https://token.example.com/b",
        ] {
            assert_eq!(text.parse::<OpenIdProvider>().unwrap().to_string(), text);
        }
        for text in ["", "id.example.com", "https://id.example.com token=http://id.example.com/"] {
            assert!(text.parse::<OpenIdProvider>().is_err(), "{text}");
        }
    }
}
