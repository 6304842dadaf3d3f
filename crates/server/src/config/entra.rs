//! Whom of Microsoft Entra, and of other OpenID providers, the server trusts, and what each may do.

use std::fmt;
use std::str::FromStr;

use callsign_protocol::resource::ResourceName;
use reqwest::Url;
use uuid::Uuid;

use super::fault::Complaint;
use super::parse::quoted;

/// Where every OpenID provider says what it is (OpenID Connect Discovery 1.0 §4).
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
/// The authority of the public cloud, and the issuer of its version 1 tokens.
const ENTRA: &str = "https://login.microsoftonline.com";
const ENTRA_V1_ISSUER: &str = "https://sts.windows.net";

/// Longest name of an application or a principal, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Somebody who issues tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// The `iss` of its tokens, without a slash at the end.
    pub issuer: String,
    /// Where it says what it is.
    pub discovery: Url,
    /// Where its keys are, if not on the host of its discovery document.
    pub keys: Option<Url>,
    /// The one tenant that it speaks for. Without one its tokens may call the service, and are exchanged for none.
    pub tenant: Option<Uuid>,
}

impl TrustedIssuer {
    /// The two that issue tokens of a tenant of Entra: version 1 and version 2.
    #[must_use]
    pub fn of_tenant(tenant: Uuid) -> Vec<Self> {
        let issuers = [
            (format!("{ENTRA_V1_ISSUER}/{tenant}"), format!("{ENTRA}/{tenant}")),
            (format!("{ENTRA}/{tenant}/v2.0"), format!("{ENTRA}/{tenant}/v2.0")),
        ];
        let read = |(issuer, place): (String, String)| {
            let discovery = format!("{place}{DISCOVERY_PATH}").parse().ok()?;
            Some(Self { issuer, discovery, keys: None, tenant: Some(tenant) })
        };
        issuers.into_iter().filter_map(read).collect()
    }

    /// Whether a token that names this issuer is one of its.
    #[must_use]
    pub fn is(&self, issuer: &str) -> bool {
        issuer.strip_suffix('/').unwrap_or(issuer) == self.issuer
    }
}

impl FromStr for TrustedIssuer {
    type Err = Complaint;

    /// Reads `<URL> [tenant=<guid>] [issuer=<URL>] [keys=<URL>]`.
    fn from_str(text: &str) -> Result<Self, Complaint> {
        let mut words = text.split_whitespace();
        let place = words.next().unwrap_or_default();
        let place = place.strip_suffix(DISCOVERY_PATH).unwrap_or(place);
        let place = place.strip_suffix('/').unwrap_or(place);
        let discovery = url(&format!("{place}{DISCOVERY_PATH}"))?;
        let mut read = Self { issuer: place.to_owned(), discovery, keys: None, tenant: None };
        for word in words {
            match word.split_once('=') {
                Some(("tenant", value)) => read.tenant = Some(guid(value)?),
                Some(("issuer", value)) => {
                    url(value)?;
                    read.issuer = value.strip_suffix('/').unwrap_or(value).to_owned();
                }
                Some(("keys", value)) => read.keys = Some(url(value)?),
                _ => {
                    return Err(Complaint::new(
                        format!("{} follows the address of a provider", quoted(word)),
                        "Write tenant=<guid>, issuer=<URL> or keys=<URL> there, or nothing",
                    ));
                }
            }
        }
        Ok(read)
    }
}

impl fmt::Display for TrustedIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.discovery.as_str();
        let place = place.strip_suffix(DISCOVERY_PATH).unwrap_or(place);
        formatter.write_str(place)?;
        if let Some(tenant) = self.tenant {
            write!(formatter, " tenant={tenant}")?;
        }
        if self.issuer != place {
            write!(formatter, " issuer={}", self.issuer)?;
        }
        self.keys.as_ref().map_or(Ok(()), |keys| write!(formatter, " keys={keys}"))
    }
}

/// What somebody may do; each may do what the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read: identities, whether a token is good, revocation feeds, assignments.
    Reader,
    /// Besides create identities, issue, exchange and revoke tokens.
    Issuer,
    /// Besides delete identities and change assignments: all that an access key can.
    Contributor,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Issuer, Self::Contributor];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Issuer => "issuer",
            Self::Contributor => "contributor",
        }
    }
}

impl FromStr for Role {
    type Err = Complaint;

    fn from_str(text: &str) -> Result<Self, Complaint> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            Complaint::new(format!("{} is no role", quoted(text)), "Write reader, issuer or contributor")
        })
    }
}

/// Who has a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An application that speaks for itself, by its client id.
    Application(String),
    /// A user, service principal or managed identity, by its object id; where an issuer has none, by its subject.
    Principal(String),
}

/// That somebody has a role at a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAssignment {
    /// The role.
    pub role: Role,
    /// At which resource; `None` is all of them.
    pub resource: Option<ResourceName>,
    /// Who.
    pub holder: Holder,
    /// Who vouches for that: a tenant or an issuer. `None` is the only one that is trusted.
    pub of: Option<Voucher>,
}

/// A tenant or an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// A tenant.
    Tenant(Uuid),
    /// An issuer, without a slash at the end.
    Issuer(String),
}

impl Voucher {
    /// Whether it vouches for what that issuer says.
    #[must_use]
    pub fn is(&self, issuer: &TrustedIssuer) -> bool {
        match self {
            Self::Tenant(tenant) => issuer.tenant == Some(*tenant),
            Self::Issuer(name) => issuer.is(name),
        }
    }
}

impl FromStr for RoleAssignment {
    type Err = Complaint;

    /// Reads `<role> on <resource or *> for application|principal <id> [of <tenant or issuer>]`.
    fn from_str(text: &str) -> Result<Self, Complaint> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (head, of) = match words.as_slice() {
            [head @ .., "of", voucher] => (head, Some(*voucher)),
            head => (head, None),
        };
        let &[role, "on", resource, "for", kind, id] = head else { return Err(malformed(text)) };
        let name = if id.len() <= NAME_BYTES_MAX { canonical(id) } else { return Err(malformed(text)) };
        let holder = match kind {
            "application" => Holder::Application(name),
            "principal" => Holder::Principal(name),
            _ => return Err(malformed(text)),
        };
        let resource = match resource {
            "*" => None,
            name => Some(super::parse::resource_name(name)?.parse().map_err(|_| malformed(text))?),
        };
        let of = match of.map(|voucher| (voucher, Uuid::try_parse(voucher))) {
            None => None,
            Some((_, Ok(tenant))) => Some(Voucher::Tenant(tenant)),
            Some((voucher, Err(_))) => {
                url(voucher)?;
                Some(Voucher::Issuer(voucher.strip_suffix('/').unwrap_or(voucher).to_owned()))
            }
        };
        Ok(Self { role: role.parse()?, resource, holder, of })
    }
}

impl fmt::Display for RoleAssignment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resource = self.resource.as_ref().map_or("*", ResourceName::as_str);
        let (kind, id) = match &self.holder {
            Holder::Application(id) => ("application", id),
            Holder::Principal(id) => ("principal", id),
        };
        write!(formatter, "{} on {resource} for {kind} {id}", self.role.as_str())?;
        match &self.of {
            None => Ok(()),
            Some(Voucher::Tenant(tenant)) => write!(formatter, " of {tenant}"),
            Some(Voucher::Issuer(issuer)) => write!(formatter, " of {issuer}"),
        }
    }
}

fn malformed(text: &str) -> Complaint {
    Complaint::new(
        format!("{} does not say who has which role", quoted(text)),
        "Write it like \"issuer on default for application <client id> of <tenant id>\": a role (reader, issuer, contributor), \
         a resource or *, application or principal with its id, and the tenant or issuer that it is of",
    )
}

/// Entra writes guids in lower case.
pub(super) fn canonical(id: &str) -> String {
    Uuid::try_parse(id).ok().filter(|_| id.len() == 36).map_or_else(|| id.to_owned(), |guid| guid.to_string())
}

pub(super) fn guid(text: &str) -> Result<Uuid, Complaint> {
    let read = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    read.ok_or_else(|| {
        Complaint::new(
            format!("{} is no guid", quoted(text)),
            "Write it like c70d068c-2f32-484d-9455-73070cd5aadd",
        )
    })
}

/// An https address; http for this machine alone, since whoever can change a key set can be anyone.
pub(super) fn url(text: &str) -> Result<Url, Complaint> {
    let read = Url::parse(text).map_err(|_| {
        Complaint::new(
            format!("{} is no address of an OpenID provider", quoted(text)),
            "Write it like https://id.example.com",
        )
    })?;
    let host = read.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let secure =
        read.scheme() == "https" || (read.scheme() == "http" && crate::authenticate::is_loopback(host));
    let plain = read.username().is_empty() && read.query().is_none() && read.fragment().is_none();
    if !secure {
        return Err(Complaint::new(
            format!("{} is not https", quoted(text)),
            "Use https; plain http is for providers on this machine",
        ));
    }
    if !plain || host.is_empty() {
        return Err(Complaint::new(
            format!("{} has a user, a query or a fragment", quoted(text)),
            "Write scheme, host and path alone",
        ));
    }
    Ok(read)
}

/// An audience that callers of the service may have besides those of ACS.
pub(super) fn audience(text: &str) -> Result<String, Complaint> {
    let fits = text.len() <= NAME_BYTES_MAX && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or_else(|| {
        Complaint::new(
            format!("{} is no audience", quoted(text)),
            "Write it as it stands in the tokens, like api://callsign",
        )
    })
}

/// An origin of a browser (RFC 6454 §6.2).
pub(super) fn origin(text: &str) -> Result<String, Complaint> {
    let read = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let origin = read.map(|url| url.origin().ascii_serialization());
    match origin {
        Some(origin) if text.strip_suffix('/').unwrap_or(text).eq_ignore_ascii_case(&origin) => Ok(origin),
        _ => Err(Complaint::new(
            format!("{} is no origin of a web page", quoted(text)),
            "Write scheme, host and port alone, like https://app.example.com",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "c70d068c-2f32-484d-9455-73070cd5aadd";

    #[test]
    fn a_tenant_has_two_issuers_and_both_names_are_known() {
        let issuers = TrustedIssuer::of_tenant(TENANT.parse().unwrap());
        let places: Vec<_> =
            issuers.iter().map(|issuer| (issuer.issuer.as_str(), issuer.discovery.as_str())).collect();
        assert_eq!(
            places,
            [
                (
                    "https://sts.windows.net/c70d068c-2f32-484d-9455-73070cd5aadd",
                    "https://login.microsoftonline.com/c70d068c-2f32-484d-9455-73070cd5aadd/.well-known/openid-configuration"
                ),
                (
                    "https://login.microsoftonline.com/c70d068c-2f32-484d-9455-73070cd5aadd/v2.0",
                    "https://login.microsoftonline.com/c70d068c-2f32-484d-9455-73070cd5aadd/v2.0/.well-known/openid-configuration"
                ),
            ]
        );
        assert!(issuers[0].is("https://sts.windows.net/c70d068c-2f32-484d-9455-73070cd5aadd/"));
        assert!(!issuers[0].is("https://sts.windows.net/c70d068c-2f32-484d-9455-73070cd5aadd//"));
    }

    #[test]
    fn a_provider_is_its_address_and_what_cannot_be_learnt_from_it() {
        for (text, shown) in [
            ("https://id.example.com", "https://id.example.com"),
            ("https://id.example.com/", "https://id.example.com"),
            ("https://id.example.com/a/.well-known/openid-configuration", "https://id.example.com/a"),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
            (
                "https://id.example.com keys=https://keys.example.com/a issuer=https://other.example/ tenant=C70D068C-2F32-484D-9455-73070CD5AADD",
                "https://id.example.com tenant=c70d068c-2f32-484d-9455-73070cd5aadd issuer=https://other.example keys=https://keys.example.com/a",
            ),
        ] {
            let read: TrustedIssuer = text.parse().unwrap();
            assert_eq!(read.to_string(), shown);
            assert_eq!(shown.parse::<TrustedIssuer>().unwrap(), read);
        }
        for text in [
            "",
            "id.example.com",
            "http://id.example.com",
            "http://localhost.example",
            "https://u:p@id.example.com",
            "https://id.example.com?x",
            "https://id.example.com tenant=x",
            "https://id.example.com keys=http://other.example",
            "https://id.example.com x",
        ] {
            assert!(text.parse::<TrustedIssuer>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_role_assignment_is_a_sentence() {
        for text in [
            "issuer on default for application 07474a86-625a-452f-977b-db4e13f21260",
            "reader on * for principal alice of https://id.example.com",
            "contributor on contoso for application web of c70d068c-2f32-484d-9455-73070cd5aadd",
        ] {
            assert_eq!(text.parse::<RoleAssignment>().unwrap().to_string(), text);
        }
        let upper =
            "issuer on * for principal 07474A86-625A-452F-977B-DB4E13F21260 of https://id.example.com/";
        assert_eq!(
            upper.parse::<RoleAssignment>().unwrap().to_string(),
            "issuer on * for principal 07474a86-625a-452f-977b-db4e13f21260 of https://id.example.com"
        );
        for text in [
            "",
            "owner on default for application a",
            "issuer on Default for application a",
            "issuer on default for user a",
            "issuer on default for application",
            "issuer on default for application a of b",
            "issuer for application a",
        ] {
            assert!(text.parse::<RoleAssignment>().is_err(), "{text}");
        }
        assert!(Role::ALL.is_sorted());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin("https://App.example.com/").unwrap(), "https://app.example.com");
        assert_eq!(origin("http://localhost:5173").unwrap(), "http://localhost:5173");
        for text in ["", "*", "null", "app.example.com", "https://a/b", "https://a?b", "ftp://a"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
