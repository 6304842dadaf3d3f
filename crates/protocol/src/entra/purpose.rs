//! What a token is shown for: whose audience it must name, and which scopes its permissions come to.

use crate::scope::{Scope, Scopes};

/// `https://communication.azure.com//.default` is what all four SDKs ask for, so tokens name it with any number of slashes up
/// to two (`wire-contract.md` §6.2).
const SERVICE: &str = "https://communication.azure.com";
/// "Azure Communication Services", by its address and by its application id, which version 2 tokens name. Teams users and
/// users of the Teams extension get tokens for it.
const TEAMS: [&str; 2] =
    ["https://auth.msft.communication.azure.com", "1fd5118e-2576-4263-8130-9503064c837a"];
/// "Azure Communication Services Clients" (`wire-contract.md` §2.8).
const CLIENTS: [&str; 2] =
    ["https://communication.azure.com/clients", "2a04943b-b6a7-4f65-8786-2bb6131b59f6"];
/// What a development authority's tokens for the trusted token service are for.
const TRUSTED_TOKENS: &str = "api://callsign";

/// Slashes that may follow an audience.
const SLASHES_MAX: usize = 2;

/// Permissions of Entra users and the scope that each comes to (`clients.md` A.13).
const CLIENT_PERMISSIONS: [(&str, Scope); 5] = [
    ("Chat", Scope::Chat),
    ("Chat.Join", Scope::ChatJoin),
    ("Chat.Join.Limited", Scope::ChatJoinLimited),
    ("VoIP", Scope::Voip),
    ("VoIP.Join", Scope::VoipJoin),
];

/// Both are required for the exchange, as the published page on permissions of Teams users says; so all recorded tokens have the
/// scopes `voip,chat`.
const TEAMS_USER_PERMISSIONS: [(&str, Scope); 2] =
    [("Teams.ManageCalls", Scope::Voip), ("Teams.ManageChats", Scope::Chat)];
const TEAMS_EXTENSION_PERMISSIONS: [(&str, Scope); 1] = [("TeamsExtension.ManageCalls", Scope::Voip)];

/// What a token is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To call the service.
    Service,
    /// To be exchanged for a Teams user's access token.
    TeamsUser,
    /// To be exchanged for an Entra user's access token.
    EntraUser,
    /// To be exchanged for an access token of the Teams extension.
    TeamsExtension,
    /// To have the trusted token service give its user tokens. Its audience is an application of the operator's own.
    TrustedTokens,
}

impl Purpose {
    /// Every purpose whose audience is published.
    pub const ALL: [Self; 4] = [Self::Service, Self::TeamsUser, Self::EntraUser, Self::TeamsExtension];

    /// The audience to ask a token for.
    #[must_use]
    pub const fn audience(self) -> &'static str {
        match self {
            Self::Service => SERVICE,
            Self::TeamsUser | Self::TeamsExtension => TEAMS[0],
            Self::EntraUser => CLIENTS[0],
            Self::TrustedTokens => TRUSTED_TOKENS,
        }
    }

    /// Whether a token for that audience may be shown, whatever else is configured.
    #[must_use]
    pub fn accepts(self, audience: &str) -> bool {
        let known: &[&str] = match self {
            Self::Service => &[SERVICE],
            Self::TeamsUser | Self::TeamsExtension => &TEAMS,
            Self::EntraUser => &CLIENTS,
            // Whoever runs the service says for whom its callers' tokens are.
            Self::TrustedTokens => &[],
        };
        let bare = audience.trim_end_matches('/');
        audience.len() - bare.len() <= SLASHES_MAX && known.contains(&bare)
    }

    /// The permissions that count for it.
    #[must_use]
    pub fn permissions(self) -> Vec<&'static str> {
        self.table().iter().map(|(permission, _)| *permission).collect()
    }

    /// The scopes that a token with these permissions is exchanged for; `None` when they are not enough.
    #[must_use]
    pub fn scopes(self, permissions: &[String]) -> Option<Scopes> {
        let has = |wanted: &str| permissions.iter().any(|permission| permission == wanted);
        match self {
            Self::Service | Self::TrustedTokens => None,
            Self::TeamsUser | Self::TeamsExtension => {
                let all = self.table().iter().all(|(permission, _)| has(permission));
                all.then(|| Scopes::new(self.table().iter().map(|(_, scope)| *scope))).flatten()
            }
            Self::EntraUser => {
                let scope = |permission: &String| {
                    self.table().iter().find(|(known, _)| known == permission).map(|(_, scope)| *scope)
                };
                Scopes::new(permissions.iter().filter_map(scope))
            }
        }
    }

    const fn table(self) -> &'static [(&'static str, Scope)] {
        match self {
            Self::Service | Self::TrustedTokens => &[],
            Self::TeamsUser => &TEAMS_USER_PERMISSIONS,
            Self::EntraUser => &CLIENT_PERMISSIONS,
            Self::TeamsExtension => &TEAMS_EXTENSION_PERMISSIONS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(purpose: Purpose, permissions: &str) -> Option<String> {
        let permissions: Vec<_> = permissions.split(' ').map(str::to_owned).collect();
        purpose.scopes(&permissions).map(|scopes| scopes.to_string())
    }

    #[test]
    fn an_audience_is_taken_with_up_to_two_slashes() {
        for slashes in ["", "/", "//"] {
            assert!(Purpose::Service.accepts(&format!("https://communication.azure.com{slashes}")));
            assert!(Purpose::EntraUser.accepts(&format!("https://communication.azure.com/clients{slashes}")));
            assert!(
                Purpose::TeamsUser.accepts(&format!("https://auth.msft.communication.azure.com{slashes}"))
            );
        }
        for audience in [
            "",
            "/",
            "https://communication.azure.com///",
            "http://communication.azure.com",
            "https://communication.azure.com/clients",
            "https://communication.azure.com.evil.example",
            "https://auth.msft.communication.azure.com",
            "HTTPS://communication.azure.com",
        ] {
            assert!(!Purpose::Service.accepts(audience), "{audience}");
        }
    }

    #[test]
    fn each_purpose_takes_the_audience_that_it_has_tokens_asked_for_and_no_other_kind_does() {
        for purpose in Purpose::ALL {
            let accepting: Vec<_> =
                Purpose::ALL.into_iter().filter(|other| other.accepts(purpose.audience())).collect();
            assert!(accepting.contains(&purpose));
            let teams = matches!(purpose, Purpose::TeamsUser | Purpose::TeamsExtension);
            assert_eq!(accepting.len(), if teams { 2 } else { 1 }, "{purpose:?}");
        }
    }

    #[test]
    fn permissions_come_to_scopes() {
        assert_eq!(
            scopes(Purpose::TeamsUser, "Teams.ManageCalls Teams.ManageChats").as_deref(),
            Some("voip,chat")
        );
        assert_eq!(
            scopes(Purpose::TeamsUser, "Teams.ManageChats x Teams.ManageCalls").as_deref(),
            Some("voip,chat")
        );
        assert_eq!(scopes(Purpose::TeamsUser, "Teams.ManageCalls"), None);
        assert_eq!(scopes(Purpose::TeamsExtension, "TeamsExtension.ManageCalls").as_deref(), Some("voip"));
        assert_eq!(scopes(Purpose::TeamsExtension, "Teams.ManageCalls Teams.ManageChats"), None);
        assert_eq!(scopes(Purpose::EntraUser, "VoIP openid Chat.Join").as_deref(), Some("voip,chat.join"));
        assert_eq!(
            scopes(Purpose::EntraUser, "Chat Chat.Join Chat.Join.Limited VoIP VoIP.Join").as_deref(),
            Some("chat,chat.join,chat.join.limited,voip,voip.join")
        );
        for permissions in ["", "openid", "chat", "VOIP"] {
            assert_eq!(scopes(Purpose::EntraUser, permissions), None, "{permissions}");
        }
        assert_eq!(scopes(Purpose::Service, "VoIP"), None);
    }

    #[test]
    fn no_audience_is_the_trusted_token_services_unless_it_is_configured() {
        for audience in [Purpose::TrustedTokens.audience(), "", "https://communication.azure.com"] {
            assert!(!Purpose::TrustedTokens.accepts(audience), "{audience}");
        }
    }
}
