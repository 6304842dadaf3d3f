//! The exchange of an Entra user's token for an ACS access token.

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientMethodOptions, ClientOptions, Method};

use crate::error::InvalidArgument;
use crate::models::{AccessToken, CommunicationUserIdentifierAndToken};
use crate::pipeline::{Call, Content, IdentityPipeline, endpoint};

const CLIENTS_PREFIX: &str = "https://communication.azure.com/clients/";
const CLIENTS_DEFAULT: &str = "https://communication.azure.com/clients/.default";
const TEAMS_EXTENSION_PREFIX: &str = "https://auth.msft.communication.azure.com/";

/// Which exchange the scopes ask for; each has the version that the official libraries speak (`clients.md` A.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Entra,
    TeamsExtension,
}

impl Route {
    fn of(scopes: &[String]) -> Result<Self, InvalidArgument> {
        let all = |prefix| !scopes.is_empty() && scopes.iter().all(|scope| scope.starts_with(prefix));
        if all(CLIENTS_PREFIX) {
            Ok(Self::Entra)
        } else if all(TEAMS_EXTENSION_PREFIX) {
            Ok(Self::TeamsExtension)
        } else {
            Err(InvalidArgument::EntraScopes)
        }
    }

    const fn path(self) -> &'static [&'static str] {
        match self {
            Self::Entra => &["access", "entra", ":exchangeAccessToken"],
            Self::TeamsExtension => &["access", "teamsExtension", ":exchangeAccessToken"],
        }
    }

    const fn api_version(self) -> &'static str {
        match self {
            Self::Entra => "2025-03-02-preview",
            Self::TeamsExtension => "2025-06-30",
        }
    }
}

/// Exchanges as often as it is asked.
#[derive(Debug)]
pub(super) struct EntraExchange {
    pipeline: IdentityPipeline,
    route: Route,
}

impl EntraExchange {
    pub(super) fn new(
        resource_endpoint: &str,
        credential: Arc<dyn TokenCredential>,
        scopes: Option<Vec<String>>,
        options: ClientOptions,
    ) -> Result<Self, InvalidArgument> {
        let scopes = scopes.unwrap_or_else(|| vec![CLIENTS_DEFAULT.to_owned()]);
        let route = Route::of(&scopes)?;
        let endpoint = endpoint::parse(resource_endpoint)?;
        let pipeline = IdentityPipeline::with_bearer(endpoint, (credential, scopes), options)?;
        Ok(Self { pipeline, route })
    }

    pub(super) async fn exchange(&self) -> azure_core::Result<AccessToken> {
        let call = Call {
            operation: "exchange of the Entra token",
            method: Method::Post,
            path: self.route.path(),
            content: Content::Json(b"{}".to_vec()),
            accepts_json: true,
            success: &[200],
            repeatable: true,
            api_version: Some(self.route.api_version()),
            query: &[],
        };
        let reply = self.pipeline.send(call, ClientMethodOptions::default()).await?;
        let read: CommunicationUserIdentifierAndToken = reply.body().json()?;
        Ok(read.access_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scopes_choose_the_exchange_and_may_not_be_mixed() {
        let route = |scopes: &[&str]| Route::of(&scopes.iter().map(ToString::to_string).collect::<Vec<_>>());
        let (voip, manage) = (
            "https://communication.azure.com/clients/VoIP",
            "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls",
        );
        assert_eq!(route(&[CLIENTS_DEFAULT]), Ok(Route::Entra));
        assert_eq!(route(&[voip, CLIENTS_DEFAULT]), Ok(Route::Entra));
        assert_eq!(route(&[manage]), Ok(Route::TeamsExtension));
        for scopes in [&[][..], &[voip, manage], &[manage, voip], &["invalidScope"], &[""]] {
            assert_eq!(route(scopes), Err(InvalidArgument::EntraScopes), "{scopes:?}");
        }
    }
}
