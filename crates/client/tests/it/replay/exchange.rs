//! One recorded exchange: which call it is, its reply for the transport, and what has to come of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_core::http::RetryOptions;
use azure_core::time::{OffsetDateTime, parse_rfc3339};
use callsign_client::mock::{MockReply, MockTransport};
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserAndTokenOptions,
    CommunicationIdentityClientCreateUserOptions, CommunicationIdentityClientGetTokenOptions,
    CommunicationUserIdentifier, KeyCredential, ServiceError, TokenScope,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::signed_in::SignedIn;

#[derive(Deserialize)]
pub struct Exchange {
    source: String,
    scenario: String,
    step: u32,
    auth: String,
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Deserialize)]
struct RecordedRequest {
    method: String,
    url_path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Value,
}

#[derive(Deserialize)]
struct RecordedResponse {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

/// What was asked for, in the words of this client.
pub enum Wish {
    CreateUser { custom_id: Option<String> },
    CreateUserAndToken { custom_id: Option<String>, scopes: Vec<TokenScope>, expires_in: Option<Duration> },
    GetToken { user: CommunicationUserIdentifier, scopes: Vec<TokenScope>, expires_in: Option<Duration> },
    RevokeTokens(CommunicationUserIdentifier),
    DeleteUser(CommunicationUserIdentifier),
    GetUserDetail(CommunicationUserIdentifier),
    GetTokenForTeamsUser { token: Secret, app_id: String, user_id: String },
}

/// What a reply tells, in one shape for all calls.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    user: Option<String>,
    token: Option<(String, OffsetDateTime)>,
    custom_id: Option<String>,
    last_token_issued_at: Option<OffsetDateTime>,
}

impl Wish {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } => "create_user",
            Self::CreateUserAndToken { .. } => "create_user_and_token",
            Self::GetToken { .. } => "get_token",
            Self::RevokeTokens(_) => "revoke_tokens",
            Self::DeleteUser(_) => "delete_user",
            Self::GetUserDetail(_) => "get_user_detail",
            Self::GetTokenForTeamsUser { .. } => "get_token_for_teams_user",
        }
    }

    pub async fn made_by(&self, client: &CommunicationIdentityClient) -> azure_core::Result<Told> {
        let token =
            |token: callsign_client::AccessToken| Some((token.token.secret().to_owned(), token.expires_on));
        Ok(match self {
            Self::CreateUser { custom_id } => {
                let custom_id = custom_id.clone();
                let options =
                    CommunicationIdentityClientCreateUserOptions { custom_id, ..Default::default() };
                let user = client.create_user(Some(options)).await?.into_model()?;
                Told { user: Some(user.id().to_owned()), ..Told::default() }
            }
            Self::CreateUserAndToken { custom_id, scopes, expires_in } => {
                let options = CommunicationIdentityClientCreateUserAndTokenOptions {
                    custom_id: custom_id.clone(),
                    token_expires_in: *expires_in,
                    ..Default::default()
                };
                let created = client.create_user_and_token(scopes, Some(options)).await?.into_model()?;
                Told {
                    user: Some(created.user.id().to_owned()),
                    token: token(created.access_token),
                    ..Told::default()
                }
            }
            Self::GetToken { user, scopes, expires_in } => {
                let options = CommunicationIdentityClientGetTokenOptions {
                    token_expires_in: *expires_in,
                    ..Default::default()
                };
                let issued = client.get_token(user, scopes, Some(options)).await?.into_model()?;
                Told { token: token(issued), ..Told::default() }
            }
            Self::RevokeTokens(user) => {
                client.revoke_tokens(user, None).await?;
                Told::default()
            }
            Self::DeleteUser(user) => {
                client.delete_user(user, None).await?;
                Told::default()
            }
            Self::GetUserDetail(user) => {
                let detail = client.get_user_detail(user, None).await?.into_model()?;
                Told {
                    user: Some(detail.user.id().to_owned()),
                    token: None,
                    custom_id: detail.custom_id,
                    last_token_issued_at: detail.last_token_issued_at,
                }
            }
            Self::GetTokenForTeamsUser { token: entra_token, app_id, user_id } => {
                let issued = client
                    .get_token_for_teams_user(entra_token, app_id, user_id, None)
                    .await?
                    .into_model()?;
                Told { token: token(issued), ..Told::default() }
            }
        })
    }
}

impl Exchange {
    pub fn name(&self) -> String {
        format!("{} {} step {}", self.source, self.scenario, self.step)
    }

    pub fn method(&self) -> &str {
        &self.request.method
    }

    pub fn path(&self) -> &str {
        &self.request.url_path
    }

    pub fn api_version(&self) -> &str {
        self.request.query.get("api-version").map(String::as_str).unwrap_or_default()
    }

    pub fn is_bearer(&self) -> bool {
        self.auth == "bearer"
    }

    pub fn request_header(&self, name: &str) -> Option<String> {
        self.request.headers.get(name).cloned()
    }

    /// The call that would send the same, or why this client has none.
    pub fn wish(&self) -> Result<Wish, &'static str> {
        if !self.request.query.contains_key("api-version") {
            return Err("sent without an api-version");
        }
        let path = decoded(&self.request.url_path);
        let segments: Vec<_> = path.split('/').skip(1).collect();
        let user = || CommunicationUserIdentifier::new(segments[1]);
        match (self.method(), segments.as_slice()) {
            ("POST", ["identities"]) => self.create(),
            ("POST", ["identities", _, ":issueAccessToken" | "token"]) => {
                let scopes = self
                    .scopes("scopes")
                    .ok_or("issued with no scopes member, which the client always sends")?;
                Ok(Wish::GetToken { user: user(), scopes, expires_in: self.expires_in() })
            }
            ("POST", ["identities", _, ":revokeAccessTokens"]) | ("PATCH", ["identities", _]) => {
                Ok(Wish::RevokeTokens(user()))
            }
            ("DELETE", ["identities", _]) => Ok(Wish::DeleteUser(user())),
            ("GET", ["identities", _]) => Ok(Wish::GetUserDetail(user())),
            ("POST", ["teamsUser", ":exchangeAccessToken"]) => self.exchange(),
            _ => Err("a path that no operation has"),
        }
    }

    fn create(&self) -> Result<Wish, &'static str> {
        let custom_id = self.member("customId").map(str::to_owned);
        // .NET says "no token" with an empty list.
        match self.scopes("createTokenWithScopes").filter(|scopes| !scopes.is_empty()) {
            Some(scopes) => Ok(Wish::CreateUserAndToken { custom_id, scopes, expires_in: self.expires_in() }),
            None if self.response.body.get("accessToken").is_some() => {
                Err("a create with a token whose body the recorder did not keep")
            }
            None if self.response.status >= 400 => Err("a create that was refused for its empty scopes"),
            None => Ok(Wish::CreateUser { custom_id }),
        }
    }

    fn exchange(&self) -> Result<Wish, &'static str> {
        let text = |name| self.member(name).map(str::to_owned);
        let token = text("token").ok_or("an exchange without a token")?;
        let takes_the_user = self.api_version() >= "2022-06-01";
        let (app_id, user_id) = match (text("appId"), text("userId")) {
            (Some(app_id), Some(user_id)) => (app_id, user_id),
            (None, None) if !takes_the_user => ("not sent".to_owned(), "not sent".to_owned()),
            _ => return Err("an exchange without one of its members, all of which the client sends"),
        };
        Ok(Wish::GetTokenForTeamsUser { token: token.into(), app_id, user_id })
    }

    fn member(&self, name: &str) -> Option<&str> {
        self.request.body.get(name)?.as_str()
    }

    fn scopes(&self, member: &str) -> Option<Vec<TokenScope>> {
        let list = self.request.body.get(member)?.as_array()?;
        Some(list.iter().map(|word| TokenScope::from(word.as_str().unwrap())).collect())
    }

    fn expires_in(&self) -> Option<Duration> {
        let minutes = self.request.body.get("expiresInMinutes")?.as_u64()?;
        Some(Duration::from_secs(60 * minutes))
    }

    /// A client of the recorded version that signs or sends a bearer token, as was recorded.
    pub fn client(&self, transport: &MockTransport) -> CommunicationIdentityClient {
        let mut options = transport.client_options();
        options.api_version = self.api_version().to_owned();
        options.client_options.retry = RetryOptions::none();
        let endpoint = "https://contoso.communication.azure.com/";
        if self.is_bearer() {
            CommunicationIdentityClient::new(endpoint, Arc::new(SignedIn("entra")), Some(options)).unwrap()
        } else {
            let credential = KeyCredential::new("a2V5").unwrap();
            CommunicationIdentityClient::with_key_credential(endpoint, credential, Some(options)).unwrap()
        }
    }

    pub fn reply(&self) -> MockReply {
        let RecordedResponse { status, headers, body } = &self.response;
        let reply = match body {
            Value::Null => MockReply::empty(*status),
            body => MockReply::json(*status, body.to_string()),
        };
        headers
            .iter()
            .fold(reply, |reply, (name, value)| reply.with_header(&name.to_ascii_lowercase(), value))
    }

    /// The members of the recorded body that say something.
    pub fn body_members(&self) -> Map<String, Value> {
        meaningful(&self.request.body)
    }

    /// What the recorded reply tells, read independently of the client.
    pub fn told(&self) -> Told {
        let body = &self.response.body;
        let identity = body.get("identity").unwrap_or(body);
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let instant = |value: &Value, name: &str| text(value, name).map(|text| parse_rfc3339(&text).unwrap());
        let holder = body.get("accessToken").unwrap_or(body);
        let is_detail = self.method() == "GET";
        // The reply to the oldest issue repeats the id, which is known.
        let is_issue = self.path().ends_with("/token");
        Told {
            user: text(identity, "id").filter(|_| !is_issue),
            token: text(holder, "token").map(|token| (token, instant(holder, "expiresOn").unwrap())),
            custom_id: text(identity, "customId").filter(|_| is_detail),
            last_token_issued_at: instant(identity, "lastTokenIssuedAt").filter(|_| is_detail),
        }
    }

    pub fn check_error(&self, error: &azure_core::Error) {
        let read = ServiceError::try_from(error).unwrap_or_else(|_| panic!("{}: {error:?}", self.name()));
        let recorded = &self.response.body["error"];
        let text = |name: &str| recorded.get(name).and_then(Value::as_str);
        assert_eq!(read.status, self.response.status, "{}", self.name());
        assert_eq!(read.code.as_deref(), text("code"), "{}", self.name());
        assert_eq!(Some(read.message.as_str()), text("message"), "{}", self.name());
        assert_eq!(read.target.as_deref(), text("target"), "{}", self.name());
        let header = |wanted: &str| {
            let mut headers = self.response.headers.iter();
            headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
        };
        assert_eq!(read.correlation_vector, header("ms-cv"), "{}", self.name());
        if let Some(id) = header("x-ms-client-request-id") {
            assert_eq!(read.request_id, Some(id), "{}", self.name());
        }
        assert!(!read.is_safe_to_retry(), "{}", self.name());
    }
}

/// The members of a body that was sent now.
pub fn members(body: &[u8]) -> Map<String, Value> {
    if body.is_empty() {
        return Map::new();
    }
    meaningful(&serde_json::from_slice(body).unwrap())
}

/// No body, `{}`, nulls and an empty list of scopes on create all say the same (`live-behaviour.md` §1.1).
fn meaningful(body: &Value) -> Map<String, Value> {
    let says_nothing = |name: &str, value: &Value| {
        value.is_null() || (name == "createTokenWithScopes" && value.as_array().is_some_and(Vec::is_empty))
    };
    let members = body.as_object().cloned().unwrap_or_default();
    members.into_iter().filter(|(name, value)| !says_nothing(name, value)).collect()
}

/// A path with its escapes read: clients write the id's colons as `:` or as `%3A`.
pub fn decoded(path: &str) -> String {
    path.replace("%3A", ":").replace("%3a", ":")
}
