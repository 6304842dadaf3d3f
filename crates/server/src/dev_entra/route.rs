//! The paths of the development authority: those that clients were seen to ask for, and what their documents name.

use http::Method;
use uuid::Uuid;

use super::answer::{Fault, Refusal};

/// The tenant as it stands in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tenant {
    /// Its id.
    Id(Uuid),
    /// `adfs`: by this name no client looks the authority up at login.microsoftonline.com, and MSAL for Python does not lose
    /// the port.
    Adfs,
    /// `common`.
    Common,
    /// `organizations`.
    Organizations,
}

/// Which of the two endpoints of Entra is meant. They answer alike here, under paths of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    V1,
    V2,
}

/// What a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Discovery(Tenant, Endpoint),
    Keys,
    Token(Tenant),
    DeviceCode,
    Authorize,
    UserRealm,
    InstanceDiscovery,
    SignIn,
    ManagedIdentity,
    CloudMetadata,
    Subscriptions,
}

impl Tenant {
    fn read(segment: &str, own: Uuid) -> Option<Self> {
        match segment {
            "adfs" => Some(Self::Adfs),
            "common" => Some(Self::Common),
            "organizations" => Some(Self::Organizations),
            _ if segment.len() == 36 && Uuid::try_parse(segment) == Ok(own) => Some(Self::Id(own)),
            _ => None,
        }
    }

    /// As it stands in paths.
    pub(super) fn segment(self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Adfs => "adfs".to_owned(),
            Self::Common => "common".to_owned(),
            Self::Organizations => "organizations".to_owned(),
        }
    }
}

impl Route {
    /// The route of a path; `own` is the id of the tenant.
    pub(super) fn of(path: &str, own: Uuid) -> Option<Self> {
        const OPENID: &str = "openid-configuration";
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        match segments.as_slice() {
            ["devicelogin"] => Some(Self::SignIn),
            ["msi", "token"] => Some(Self::ManagedIdentity),
            ["metadata", "endpoints"] => Some(Self::CloudMetadata),
            ["subscriptions"] => Some(Self::Subscriptions),
            ["common", "userrealm", user] if !user.is_empty() => Some(Self::UserRealm),
            ["common", "discovery", "instance"] => Some(Self::InstanceDiscovery),
            // `az` puts the tenant behind the address of an authority that already names it.
            ["adfs", "adfs", "v2.0", ".well-known", OPENID] => {
                Some(Self::Discovery(Tenant::Adfs, Endpoint::V2))
            }
            [tenant, rest @ ..] => {
                let tenant = Tenant::read(tenant, own)?;
                match rest {
                    [".well-known", OPENID] => Some(Self::Discovery(tenant, Endpoint::V1)),
                    ["v2.0", ".well-known", OPENID] => Some(Self::Discovery(tenant, Endpoint::V2)),
                    ["discovery", "keys"] | ["discovery", "v2.0", "keys"] => Some(Self::Keys),
                    ["oauth2", "token"] | ["oauth2", "v2.0", "token"] => Some(Self::Token(tenant)),
                    ["oauth2", "devicecode"] | ["oauth2", "v2.0", "devicecode"] => Some(Self::DeviceCode),
                    ["oauth2", "authorize"] | ["oauth2", "v2.0", "authorize"] => Some(Self::Authorize),
                    _ => None,
                }
            }
            [] => None,
        }
    }

    const fn is_posted(self) -> bool {
        matches!(self, Self::Token(_) | Self::DeviceCode | Self::SignIn | Self::Authorize)
    }

    const fn is_got(self) -> bool {
        !matches!(self, Self::Token(_) | Self::DeviceCode)
    }

    /// Whether script of a page may call it: whatever a client reads by itself, and no page.
    pub(super) const fn is_for_script(self) -> bool {
        matches!(self, Self::Discovery(..) | Self::Keys | Self::Token(_) | Self::InstanceDiscovery)
    }

    pub(super) fn takes(self, method: &Method) -> bool {
        (self.is_posted() && *method == Method::POST)
            || (self.is_got() && (*method == Method::GET || *method == Method::HEAD))
    }

    /// Refuses a verb that it does not take.
    pub(super) fn refuses(self, method: &Method) -> Refusal {
        let verbs = match (self.is_got(), self.is_posted()) {
            (true, true) => "GET and POST",
            (true, false) => "GET",
            _ => "POST",
        };
        let method: String = method.as_str().chars().take(20).collect();
        let sentence = format!("The endpoint only accepts {verbs} requests. Received a {method} request.");
        Refusal::new(Fault::MethodWrong, sentence)
    }
}
