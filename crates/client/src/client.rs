//! The client: one method for each operation of the service, in the words of the other ACS libraries.

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{Method, NoFormat, Response, Url};
use azure_core::tracing::{self, Tracer};
use callsign_protocol::connection_string::ConnectionString;
use callsign_protocol::version::ApiVersion;

use crate::credential::KeyCredential;
use crate::error::InvalidArgument;
use crate::identifier::CommunicationUserIdentifier;
use crate::models::request::{
    CreateIdentity, ExchangeTeamsUserAccessToken, IssueAccessToken, TeamsUser, whole_minutes,
};
use crate::models::{AccessToken, CommunicationUserIdentifierAndToken, TokenScope, UserDetail};
use crate::options::{
    CommunicationIdentityClientCreateUserAndTokenOptions, CommunicationIdentityClientCreateUserOptions,
    CommunicationIdentityClientDeleteUserOptions, CommunicationIdentityClientGetTokenForTeamsUserOptions,
    CommunicationIdentityClientGetTokenOptions, CommunicationIdentityClientGetUserDetailOptions,
    CommunicationIdentityClientOptions, CommunicationIdentityClientRevokeTokensOptions,
};
use crate::pipeline::{Call, Content, IdentityPipeline, endpoint};

/// What every official library asks Entra for, two slashes included (`clients.md` A.7).
const ENTRA_SCOPE: &str = "https://communication.azure.com//.default";

/// The resource provider, for spans.
const NAMESPACE: &str = "Microsoft.Communication";

/// The first version in which the Teams exchange takes the application and the user (`wire-contract.md` §2.6).
const TEAMS_USER_SINCE: &str = "2022-06-01";

/// The client of an ACS resource's identities and their access tokens, against Azure and against Callsign.
///
/// Clones are cheap and share connections; use one client for the whole program, from any number of tasks.
///
/// **Errors.** Every method fails with an [`azure_core::Error`]: arguments that cannot be sent, no connection, or an answer of the
/// service that is not success. [`ServiceError`](crate::ServiceError) and [`Failure`](crate::error::Failure) tell them apart.
///
/// **Retries.** By [`ClientOptions::retry`](azure_core::http::ClientOptions::retry): unless set otherwise, up to 8 after 408, 429,
/// 500, 502, 503, 504 and transport errors, from 200 ms on, for a minute; a longer `Retry-After` is waited for. Each try is
/// signed anew. A create without a `custom_id` is repeated only when it certainly was not carried out: no connection, 429,
/// or 503 with `Retry-After`.
#[derive(Clone)]
pub struct CommunicationIdentityClient {
    pub(crate) pipeline: IdentityPipeline,
    pub(crate) api_version: String,
    pub(crate) tracer: Option<Arc<dyn Tracer>>,
}

impl CommunicationIdentityClient {
    /// A client that authenticates with Microsoft Entra; `azure_identity` has credentials. `https` only.
    ///
    /// # Errors
    /// When the endpoint is no https URL of a service.
    #[expect(clippy::needless_pass_by_value, reason = "the signature that every Azure client has")]
    pub fn new(
        endpoint: &str,
        credential: Arc<dyn TokenCredential>,
        options: Option<CommunicationIdentityClientOptions>,
    ) -> azure_core::Result<Self> {
        let options = options.unwrap_or_default();
        let credential = (Arc::clone(&credential), vec![ENTRA_SCOPE.to_owned()]);
        let tracer = tracer(&options);
        let pipeline =
            IdentityPipeline::with_bearer(endpoint::parse(endpoint)?, credential, options.client_options)?;
        Ok(Self { pipeline, api_version: options.api_version, tracer })
    }

    /// A client that signs with one of the resource's access keys. Plain `http` is accepted for this machine only.
    ///
    /// # Errors
    /// When the endpoint is no URL of a service, or plain http to another machine.
    pub fn with_key_credential(
        endpoint: &str,
        credential: KeyCredential,
        options: Option<CommunicationIdentityClientOptions>,
    ) -> azure_core::Result<Self> {
        let options = options.unwrap_or_default();
        let tracer = tracer(&options);
        let pipeline =
            IdentityPipeline::with_key(endpoint::parse(endpoint)?, credential, options.client_options)?;
        Ok(Self { pipeline, api_version: options.api_version, tracer })
    }

    /// A client from `endpoint=https://<host>/;accesskey=<key>`, as the portal and `callsign env` print it.
    ///
    /// Whatever one of the official libraries reads is read: names in any case and order, blanks, unknown names, slashes
    /// at the end of the endpoint.
    ///
    /// # Errors
    /// When the text is no connection string, and as [`with_key_credential`](Self::with_key_credential). Nothing of the text is repeated.
    pub fn from_connection_string(
        connection_string: &str,
        options: Option<CommunicationIdentityClientOptions>,
    ) -> azure_core::Result<Self> {
        let read: ConnectionString = connection_string.parse().map_err(InvalidArgument::from)?;
        Self::with_key_credential(read.endpoint(), KeyCredential::from(read.access_key()), options)
    }

    /// Where the resource is.
    #[must_use]
    pub const fn endpoint(&self) -> &Url {
        self.pipeline.endpoint()
    }

    /// Creates a user, whose id is all that the service keeps of it.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.createUser")]
    pub async fn create_user(
        &self,
        options: Option<CommunicationIdentityClientCreateUserOptions<'_>>,
    ) -> azure_core::Result<Response<CommunicationUserIdentifier>> {
        let options = options.unwrap_or_default();
        let body = CreateIdentity { custom_id: options.custom_id.as_deref(), ..CreateIdentity::default() };
        let call = self.create_call("create_user", &body)?;
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Creates a user and issues its first token, in one call.
    ///
    /// # Errors
    /// See [the client](Self); also when the lifetime is no whole number of minutes, or the version is `2020-07-20-preview2`, which
    /// has no such call.
    #[tracing::function("Communication.Identity.createUserAndToken")]
    pub async fn create_user_and_token(
        &self,
        scopes: &[TokenScope],
        options: Option<CommunicationIdentityClientCreateUserAndTokenOptions<'_>>,
    ) -> azure_core::Result<Response<CommunicationUserIdentifierAndToken>> {
        let options = options.unwrap_or_default();
        let body = CreateIdentity {
            custom_id: options.custom_id.as_deref(),
            create_token_with_scopes: Some(scopes),
            expires_in_minutes: whole_minutes(options.token_expires_in)?,
        };
        let call = self.create_call("create_user_and_token", &body)?;
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Issues a token for a user. Older tokens stay valid.
    ///
    /// # Errors
    /// See [the client](Self); also when the lifetime is no whole number of minutes.
    #[tracing::function("Communication.Identity.issueAccessToken")]
    pub async fn get_token(
        &self,
        user: &CommunicationUserIdentifier,
        scopes: &[TokenScope],
        options: Option<CommunicationIdentityClientGetTokenOptions<'_>>,
    ) -> azure_core::Result<Response<AccessToken>> {
        let options = options.unwrap_or_default();
        let body = IssueAccessToken { scopes, expires_in_minutes: whole_minutes(options.token_expires_in)? };
        let verb = if self.is_oldest() { "token" } else { ":issueAccessToken" };
        let path = ["identities", user.id(), verb];
        let call = self.call("get_token", (Method::Post, &path), Content::json(&body)?, &[200]);
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Revokes every token that was issued for a user until now. With Azure this can take 15 minutes to reach everywhere.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.revokeAccessTokens")]
    pub async fn revoke_tokens(
        &self,
        user: &CommunicationUserIdentifier,
        options: Option<CommunicationIdentityClientRevokeTokensOptions<'_>>,
    ) -> azure_core::Result<Response<(), NoFormat>> {
        let options = options.unwrap_or_default();
        let verb_path = ["identities", user.id(), ":revokeAccessTokens"];
        let plain_path = ["identities", user.id()];
        let (method, path, content) = if self.is_oldest() {
            // Recorded as a patch that changes nothing (`live-behaviour.md` §1.1).
            (Method::Patch, plain_path.as_slice(), Content::MergePatch(b"{}".to_vec()))
        } else {
            (Method::Post, verb_path.as_slice(), Content::Empty)
        };
        let call = self.call("revoke_tokens", (method, path), content, &[204]);
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Deletes a user, revokes its tokens and removes what the service keeps of it.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.deleteUser")]
    pub async fn delete_user(
        &self,
        user: &CommunicationUserIdentifier,
        options: Option<CommunicationIdentityClientDeleteUserOptions<'_>>,
    ) -> azure_core::Result<Response<(), NoFormat>> {
        let options = options.unwrap_or_default();
        let path = ["identities", user.id()];
        let call = self.call("delete_user", (Method::Delete, &path), Content::Empty, &[204]);
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Exchanges the Entra token of a Teams user for an access token, which ends with it. `client_id` is the Entra application that
    /// got the token (its claim `appid`), `user_object_id` the user (its claim `oid`).
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.exchangeTeamsUserAccessToken")]
    pub async fn get_token_for_teams_user(
        &self,
        teams_user_aad_token: &Secret,
        client_id: &str,
        user_object_id: &str,
        options: Option<CommunicationIdentityClientGetTokenForTeamsUserOptions<'_>>,
    ) -> azure_core::Result<Response<AccessToken>> {
        let options = options.unwrap_or_default();
        // Versions are dates, so that their texts are in their order.
        let expected = (self.api_version.as_str() >= TEAMS_USER_SINCE)
            .then_some(TeamsUser { app_id: client_id, user_id: user_object_id });
        let body = ExchangeTeamsUserAccessToken { token: teams_user_aad_token.secret(), expected };
        let path = ["teamsUser", ":exchangeAccessToken"];
        let call =
            self.call("get_token_for_teams_user", (Method::Post, &path), Content::json(&body)?, &[200]);
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// What the service keeps of a user. Only `2025-03-02-preview` has it; other versions answer an error.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.getUserDetail")]
    pub async fn get_user_detail(
        &self,
        user: &CommunicationUserIdentifier,
        options: Option<CommunicationIdentityClientGetUserDetailOptions<'_>>,
    ) -> azure_core::Result<Response<UserDetail>> {
        let options = options.unwrap_or_default();
        let path = ["identities", user.id()];
        let call = self.call("get_user_detail", (Method::Get, &path), Content::Empty, &[200]);
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// A create. Only with a custom id, in a version that knows it, is a second one the same as the first.
    fn create_call(
        &self,
        operation: &'static str,
        body: &CreateIdentity<'_>,
    ) -> azure_core::Result<Call<'_>> {
        let oldest = self.is_oldest();
        if oldest && (body.custom_id.is_some() || body.create_token_with_scopes.is_some()) {
            let refusal = InvalidArgument::NotInVersion {
                api_version: self.api_version.clone(),
                wish: "say anything when it creates a user",
                remedy: "create the user and call get_token then, or choose a newer version",
            };
            return Err(refusal.into());
        }
        let knows_custom_id = self.api_version.parse().is_ok_and(ApiVersion::has_custom_id);
        let (content, success): (_, &'static [u16]) =
            if oldest { (Content::Empty, &[200]) } else { (Content::json(body)?, &[201]) };
        let repeatable = body.custom_id.is_some() && knows_custom_id;
        Ok(Call { repeatable, ..self.call(operation, (Method::Post, &["identities"]), content, success) })
    }

    /// A call that may be repeated.
    fn call<'a>(
        &'a self,
        operation: &'static str,
        (method, path): (Method, &'a [&'a str]),
        content: Content,
        success: &'static [u16],
    ) -> Call<'a> {
        // The oldest calls without a reply were recorded without `Accept` or with `*/*`, never with JSON.
        let accepts_json = !(self.is_oldest() && success == [204]);
        Call {
            operation,
            method,
            path,
            api_version: Some(&self.api_version),
            query: &[],
            content,
            accepts_json,
            success,
            repeatable: true,
        }
    }

    /// Whether the version is the one with paths and shapes of its own.
    fn is_oldest(&self) -> bool {
        self.api_version == ApiVersion::V2020_07_20Preview2.as_str()
    }
}

fn tracer(options: &CommunicationIdentityClientOptions) -> Option<Arc<dyn Tracer>> {
    let provider = options.client_options.instrumentation.tracer_provider.as_ref()?;
    Some(provider.get_tracer(Some(NAMESPACE), env!("CARGO_PKG_NAME"), option_env!("CARGO_PKG_VERSION")))
}

impl fmt::Debug for CommunicationIdentityClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CommunicationIdentityClient")
            .field("endpoint", &self.endpoint().as_str())
            .field("api_version", &self.api_version)
            .finish_non_exhaustive()
    }
}
