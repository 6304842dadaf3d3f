//! The routes, with the statuses and forms of the published sample.

use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use azure_core::credentials::Secret;
use callsign_client::{
    AccessToken, CommunicationIdentityClientCreateUserOptions, CommunicationUserIdentifier, ServiceError,
    TokenScope,
};
use serde_json::{Value, json};

use crate::issuer::User;
use crate::{KNOWN_MAX, PERMISSION, Service};

type Shared = State<Arc<Service>>;
type Answer = Result<Response, Refusal>;

/// Why a request is not answered as asked: status and sentence.
pub(crate) struct Refusal(StatusCode, &'static str);

const SIGN_IN: Refusal = Refusal(
    StatusCode::UNAUTHORIZED,
    "Show a token of the signed-in user for this service: Authorization: Bearer.",
);
const NO_PERMISSION: Refusal =
    Refusal(StatusCode::FORBIDDEN, "The token has not the permission access_as_user.");
const NO_USER: Refusal =
    Refusal(StatusCode::NOT_FOUND, "You have no identity yet; create it with POST /api/user.");
const NO_TEAMS_TOKEN: Refusal =
    Refusal(StatusCode::BAD_REQUEST, "Send the Teams user's own token in the header teams-user-aad-token.");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        answer(status, &json!({ "code": status.as_u16(), "message": message }))
    }
}

/// The directory's refusals are this service's own fault, but for what the user sent; its words are not passed on.
impl From<azure_core::Error> for Refusal {
    fn from(error: azure_core::Error) -> Self {
        match ServiceError::try_from(&error).map(|error| error.status) {
            Ok(404) => NO_USER,
            Ok(429 | 503) => {
                Self(StatusCode::SERVICE_UNAVAILABLE, "The directory is busy; try again in a moment.")
            }
            _ => Self(StatusCode::BAD_GATEWAY, "The directory did not answer as it should."),
        }
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Service {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<User, Refusal> {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
        let (_, token) = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or(SIGN_IN)?;
        self.issuer.user(token.trim()).await.ok_or(SIGN_IN)
    }

    fn known(&self, user: &User) -> Option<CommunicationUserIdentifier> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&user.custom_id).cloned()
    }

    /// The one identity of the user, made if there was none.
    async fn made(&self, user: &User) -> Result<CommunicationUserIdentifier, Refusal> {
        let options = CommunicationIdentityClientCreateUserOptions {
            custom_id: Some(user.custom_id.clone()),
            ..Default::default()
        };
        Ok(self.identities.create_user(Some(options)).await?.into_model()?)
    }
}

pub(crate) async fn get_user(State(service): Shared, headers: HeaderMap) -> Answer {
    let user = service.signed_in(&headers).await?;
    let id = service.known(&user).ok_or(NO_USER)?;
    Ok(answer(StatusCode::OK, &json!({ "acsUserIdentity": id.to_string() })))
}

pub(crate) async fn create_user(State(service): Shared, headers: HeaderMap) -> Answer {
    let user = service.signed_in(&headers).await?;
    let id = service.made(&user).await?;
    let mut known = service.known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= KNOWN_MAX {
        known.clear();
    }
    let before = known.insert(user.custom_id, id.clone());
    let status = if before.is_some_and(|before| before == id) { StatusCode::OK } else { StatusCode::CREATED };
    Ok(answer(status, &json!({ "acsUserIdentity": id.to_string() })))
}

/// One that is not known here may be in the directory all the same.
pub(crate) async fn delete_user(State(service): Shared, headers: HeaderMap) -> Answer {
    let user = service.signed_in(&headers).await?;
    let id = match service.known(&user) {
        Some(id) => id,
        None => service.made(&user).await?,
    };
    service.identities.delete_user(&id, None).await?;
    service.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&user.custom_id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn get_token(State(service): Shared, headers: HeaderMap) -> Answer {
    let user = service.signed_in(&headers).await?;
    if !user.may(PERMISSION) {
        return Err(NO_PERMISSION);
    }
    let id = service.known(&user).ok_or(NO_USER)?;
    let scopes = [TokenScope::Chat, TokenScope::Voip];
    let token = service.identities.get_token(&id, &scopes, None).await?.into_model()?;
    let mut body = issued(&token)?;
    if let Some(members) = body.as_object_mut() {
        members.insert("user".to_owned(), json!({ "communicationUserId": id.to_string() }));
    }
    Ok(answer(StatusCode::CREATED, &body))
}

pub(crate) async fn get_teams_token(State(service): Shared, headers: HeaderMap) -> Answer {
    let user = service.signed_in(&headers).await?;
    if !user.may(PERMISSION) {
        return Err(NO_PERMISSION);
    }
    let teams =
        headers.get("teams-user-aad-token").and_then(|value| value.to_str().ok()).ok_or(NO_TEAMS_TOKEN)?;
    // The directory refuses a token of another user or application than the one that is signed in here.
    let (Some(object), Some(application)) = (&user.object, &user.application) else {
        return Err(NO_PERMISSION);
    };
    let teams = Secret::new(teams.to_owned());
    let exchanged = service.identities.get_token_for_teams_user(&teams, application, object, None).await;
    let token =
        exchanged.map_err(|error| match ServiceError::try_from(&error).map(|error| error.status) {
            Ok(400 | 401) => {
                Refusal(StatusCode::UNAUTHORIZED, "The token in teams-user-aad-token is not accepted.")
            }
            _ => error.into(),
        })?;
    Ok(answer(StatusCode::CREATED, &issued(&token.into_model()?)?))
}

fn issued(token: &AccessToken) -> Result<Value, Refusal> {
    let ends = azure_core::time::to_rfc3339(&token.expires_on);
    Ok(json!({ "token": token.token.secret(), "expiresOn": ends }))
}

pub(crate) async fn nothing_here() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "There is nothing at this path.")
}

pub(crate) async fn method_not_allowed() -> Refusal {
    Refusal(StatusCode::METHOD_NOT_ALLOWED, "This path does not take that method.")
}
