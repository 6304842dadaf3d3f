//! The trusted token service: whoever a trusted issuer signed in gets an identity and access tokens of their own. Routes and statuses
//! are those of the published sample of such a service (`clients.md` F); whose identity is whose stands in the directory, as the
//! custom id, so that the two are made and deleted in one step.

mod answer;
mod cross_origin;
mod mapping;
mod page;
mod route;
mod sign_in;

use std::sync::Arc;

use callsign_core::caller::{Caller, Proof};
use callsign_core::directory::custom_id;
use callsign_core::operation::create_identity::create_identity;
use callsign_core::operation::delete_identity::delete_identity;
use callsign_core::operation::exchange_teams_user_access_token::exchange_teams_user_access_token;
use callsign_core::operation::issue_access_token::issue_access_token;
use callsign_core::service::Service;
use callsign_protocol::entra::{EntraToken, Purpose};
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::{CreateIdentity, ExchangeTeamsUser, IssueAccessToken};
use callsign_protocol::secret::Secret;
use http::{HeaderName, Method};

use answer::Refusal;
use cross_origin::CrossOrigin;
use page::Page;
use route::Route;

use crate::config::{self, Config};
use crate::http::site::{Answer, Told, Visit};
use crate::per_minute::PerMinute;
use crate::throttle::Throttle;

/// Where a Teams user's own token stands.
const TEAMS_USER_AAD_TOKEN: HeaderName = HeaderName::from_static("teams-user-aad-token");

/// The service.
pub(crate) struct TrustedTokens {
    service: Arc<Service>,
    settings: config::TrustedTokens,
    /// What every issued token is.
    issued: IssueAccessToken,
    /// Host names that lead to the default resource.
    hosts: Vec<String>,
    throttle: Throttle,
    /// What each caller asked.
    meter: PerMinute<String>,
    /// The page that shows it all, with the development authority.
    page: Option<Page>,
    /// Whether refusals tell their reason.
    tells_reasons: bool,
}

/// Who asks.
struct Asking {
    caller: Caller,
    /// The name of the resource.
    resource: String,
    token: Arc<EntraToken>,
    /// The custom id of their identity.
    custom_id: String,
}

impl TrustedTokens {
    /// The service of that configuration, if it has one. `hosts` lead to the default resource.
    pub(crate) fn new(config: &Config, service: &Arc<Service>, hosts: Vec<String>) -> Option<Self> {
        let settings = &config.trusted_tokens;
        let issued = IssueAccessToken { scopes: settings.issued_scopes()?, lifetime: settings.lifetime };
        settings.enabled.then(|| Self {
            service: Arc::clone(service),
            settings: settings.clone(),
            issued,
            hosts,
            throttle: Throttle::new(config.authentication.failures_per_minute),
            meter: PerMinute::new(settings.requests_per_minute),
            page: Page::new(&config.dev_entra),
            tells_reasons: config.dev_entra.enabled,
        })
    }

    /// Whether the path is one of its own.
    pub(crate) fn serves(&self, path: &str) -> bool {
        Route::of(path).is_some_and(|route| !route.is_of_page() || self.page.is_some())
    }

    /// Answers a visit, and tells what records say of it.
    pub(crate) async fn answer(&self, visit: &Visit<'_>) -> (Answer, Told) {
        let mut told = Told::default();
        let cross_origin = CrossOrigin::of(visit, &self.settings.origins);
        if let Some(answer) = cross_origin.preflight(visit) {
            return (answer, told);
        }
        let answered = match Route::of(visit.path) {
            Some(route) if route.takes(visit.method) => self.carry_out(visit, route, &mut told).await,
            Some(route) => Err(Refusal::Method(route.verbs())),
            None => Err(Refusal::PathUnknown),
        };
        let mut answer = answered.unwrap_or_else(|refusal| {
            tracing::info!(error.reason = %refusal, source.address = %visit.arrival.source.ip(), "the trusted token service refused");
            answer::refused(&refusal, self.tells_reasons, &self.settings.permission)
        });
        cross_origin.mark(&mut answer.headers);
        (answer, told)
    }

    async fn carry_out(&self, visit: &Visit<'_>, route: Route, told: &mut Told) -> Result<Answer, Refusal> {
        if let (Some(page), true) = (&self.page, route.is_of_page()) {
            return Ok(page.answer(route));
        }
        let asking = self.sign_in(visit).await?;
        told.caller = Some(asking.caller.proof.to_string());
        told.resource = Some((asking.caller.resource, asking.resource.clone()));
        self.meter.count(asking.custom_id.as_str(), self.service.clock.now()).map_err(Refusal::TooMany)?;
        match route {
            Route::User if visit.method == Method::POST => self.create_user(&asking, told).await,
            Route::User if visit.method == Method::DELETE => self.delete_user(&asking, told).await,
            Route::User => Ok(answer::user(self.identity(&asking, told).await?)),
            Route::Token => self.issue(&asking, told).await,
            Route::TeamsToken => self.exchange(&asking, visit, told).await,
            Route::Page | Route::Script | Route::Style => Err(Refusal::PathUnknown),
        }
    }

    async fn identity(&self, asking: &Asking, told: &mut Told) -> Result<IdentityId, Refusal> {
        told.identity = custom_id::find(&self.service, &asking.caller, &asking.custom_id).await?;
        told.identity.ok_or(Refusal::NoUser)
    }

    /// Two at once make one identity: the directory has each custom id once.
    async fn create_user(&self, asking: &Asking, told: &mut Told) -> Result<Answer, Refusal> {
        let message =
            CreateIdentity { custom_id: Some(asking.custom_id.clone()), ..CreateIdentity::default() };
        let created = create_identity(&self.service, &asking.caller, message).await?;
        told.identity = Some(created.identity.id);
        Ok(answer::created(created.identity.id, created.is_new))
    }

    /// The identity goes with its custom id and its tokens in one transaction, so that nothing is left over.
    async fn delete_user(&self, asking: &Asking, told: &mut Told) -> Result<Answer, Refusal> {
        if let Some(id) = custom_id::find(&self.service, &asking.caller, &asking.custom_id).await? {
            told.identity = Some(id);
            delete_identity(&self.service, &asking.caller, id).await?;
            told.revoked = 1;
        }
        Ok(answer::done())
    }

    async fn issue(&self, asking: &Asking, told: &mut Told) -> Result<Answer, Refusal> {
        self.check_permission(asking)?;
        told.scopes = Some(self.issued.scopes.clone());
        let id = self.identity(asking, told).await?;
        let token = issue_access_token(&self.service, &asking.caller, id, &self.issued).await?;
        told.issued = true;
        Ok(answer::token(&token, Some(id)))
    }

    async fn exchange(&self, asking: &Asking, visit: &Visit<'_>, told: &mut Told) -> Result<Answer, Refusal> {
        self.check_permission(asking)?;
        let shown = crate::http::single_header(visit.headers, &TEAMS_USER_AAD_TOKEN);
        let shown = Secret::new(shown.ok_or(Refusal::TeamsTokenMissing)?.trim().to_owned());
        let teams = self.service.authorities.check(shown.expose(), Purpose::TeamsUser).await;
        let teams = teams.map_err(|error| Refusal::TeamsToken(error.into()))?;
        if (teams.tenant, teams.object) != (asking.token.tenant, asking.token.object) {
            return Err(Refusal::TeamsTokenOfAnother);
        }
        let message = ExchangeTeamsUser { token: shown, expected: None };
        let exchanged = exchange_teams_user_access_token(&self.service, &asking.caller, message).await;
        let exchanged = exchanged.map_err(Refusal::TeamsToken)?;
        (told.identity, told.issued) = (Some(exchanged.identity), true);
        Ok(answer::token(&exchanged.token, None))
    }

    fn check_permission(&self, asking: &Asking) -> Result<(), Refusal> {
        let has = asking.token.permissions.contains(&self.settings.permission);
        has.then_some(()).ok_or_else(|| Refusal::PermissionMissing(self.settings.permission.clone()))
    }
}
