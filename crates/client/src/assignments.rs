//! The client of assignments: who of an Entra tenant may exchange an Entra token for an access token of a resource.

mod assignment;
mod options;
mod principal;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::pager::{PagerContinuation, PagerOptions, PagerResult, PagerResultFuture, PagerState};
use azure_core::http::{
    ClientMethodOptions, Context, Method, NoFormat, Pager, RawResponse, Response, StatusCode, Url,
};
use azure_core::tracing::{self, Tracer};

use crate::client::CommunicationIdentityClient;
use crate::credential::KeyCredential;
use crate::error::InvalidArgument;
use crate::pipeline::{Call, Content, IdentityPipeline, endpoint};
pub use assignment::{
    EntraAssignment, EntraAssignmentPage, EntraAssignmentRequest, TeamsExtensionAssignment,
    TeamsExtensionAssignmentRequest,
};
pub use options::{
    AssignmentsClientDeleteEntraAssignmentOptions, AssignmentsClientDeleteTeamsExtensionAssignmentOptions,
    AssignmentsClientGetEntraAssignmentOptions, AssignmentsClientGetTeamsExtensionAssignmentOptions,
    AssignmentsClientListEntraAssignmentsOptions, AssignmentsClientOptions,
    AssignmentsClientPutEntraAssignmentOptions, AssignmentsClientPutTeamsExtensionAssignmentOptions,
    AssignmentsClientUpdateEntraAssignmentsOptions,
};
pub use principal::{EntraPrincipalType, TeamsExtensionPrincipalType};

/// The path of all Entra assignments.
const ENTRA: [&str; 3] = ["access", "entra", "assignments"];

/// The parameter of the query that each request has, and so each link.
const API_VERSION: &str = "api-version";

/// The client of a resource's assignments, against Azure and against Callsign.
///
/// An assignment lets a user of Microsoft Entra exchange an Entra token for an access token of the resource, as
/// [`CommunicationTokenCredential::with_entra`](crate::CommunicationTokenCredential::with_entra) does. There are two kinds: those of Entra
/// users, groups and tenants, and those of the Teams Phone extension, which are a tenant's users and resource accounts.
///
/// It takes the same credentials as [`CommunicationIdentityClient`], and can be made [from one](Self::from) that is there, whose
/// connections it shares then. Clones are cheap.
///
/// ```no_run
/// use callsign_client::{AssignmentsClient, EntraAssignmentRequest, EntraPrincipalType};
///
/// # async fn example(connection_string: &str, tenant: &str, user: &str, application: &str) -> azure_core::Result<()> {
/// let assignments = AssignmentsClient::from_connection_string(connection_string, None)?;
/// let wanted = EntraAssignmentRequest::new(tenant, EntraPrincipalType::User, [application]);
/// let assignment = assignments.put_entra_assignment(user, &wanted, None).await?.into_model()?;
/// assert_eq!(assignment.object_id, user);
/// # Ok(())
/// # }
/// ```
///
/// **Errors.** As with [`CommunicationIdentityClient`]. An assignment that is not there is 404 to a get, and no error to a delete.
///
/// **Retries.** As with [`CommunicationIdentityClient`]; every call here is the same when it is done twice.
///
/// **Source.** The published descriptions of `2025-03-02-preview`, `2025-06-30` and `2026-09-23`.
#[derive(Clone)]
pub struct AssignmentsClient {
    pipeline: IdentityPipeline,
    entra_api_version: String,
    teams_extension_api_version: String,
    tracer: Option<Arc<dyn Tracer>>,
}

impl AssignmentsClient {
    /// A client that authenticates with Microsoft Entra; `azure_identity` has credentials. `https` only.
    ///
    /// # Errors
    /// When the endpoint is no https URL of a service.
    pub fn new(
        endpoint: &str,
        credential: Arc<dyn TokenCredential>,
        options: Option<AssignmentsClientOptions>,
    ) -> azure_core::Result<Self> {
        let options = options.unwrap_or_default();
        let below = Some(options.of_identities());
        let client = CommunicationIdentityClient::new(endpoint, credential, below)?;
        Ok(Self::of(&client, options))
    }

    /// A client that signs with one of the resource's access keys. Plain `http` is accepted for this machine only.
    ///
    /// # Errors
    /// When the endpoint is no URL of a service, or plain http to another machine.
    pub fn with_key_credential(
        endpoint: &str,
        credential: KeyCredential,
        options: Option<AssignmentsClientOptions>,
    ) -> azure_core::Result<Self> {
        let options = options.unwrap_or_default();
        let below = Some(options.of_identities());
        let client = CommunicationIdentityClient::with_key_credential(endpoint, credential, below)?;
        Ok(Self::of(&client, options))
    }

    /// A client from `endpoint=https://<host>/;accesskey=<key>`, as the portal and `callsign env` print it.
    ///
    /// # Errors
    /// As [`CommunicationIdentityClient::from_connection_string`]. Nothing of the text is repeated.
    pub fn from_connection_string(
        connection_string: &str,
        options: Option<AssignmentsClientOptions>,
    ) -> azure_core::Result<Self> {
        let options = options.unwrap_or_default();
        let below = Some(options.of_identities());
        let client = CommunicationIdentityClient::from_connection_string(connection_string, below)?;
        Ok(Self::of(&client, options))
    }

    /// Where the resource is.
    #[must_use]
    pub const fn endpoint(&self) -> &Url {
        self.pipeline.endpoint()
    }

    /// Lets a user, the members of a group, or everybody of a tenant exchange their tokens, through the applications that the
    /// assignment names. It takes the place of the one that is there. `object_id` is that of the user, group or tenant.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.putEntraAssignment")]
    pub async fn put_entra_assignment(
        &self,
        object_id: &str,
        assignment: &EntraAssignmentRequest,
        options: Option<AssignmentsClientPutEntraAssignmentOptions<'_>>,
    ) -> azure_core::Result<Response<EntraAssignment>> {
        let options = options.unwrap_or_default();
        let (path, content) = (entra_path(object_id)?, Content::json(assignment)?);
        let call = self.entra("put_entra_assignment", (Method::Put, &path));
        let call = Call { content, success: &[200, 201], ..call };
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// The Entra assignment of a user, group or tenant.
    ///
    /// # Errors
    /// See [the client](Self); 404 when there is none.
    #[tracing::function("Communication.Identity.getEntraAssignment")]
    pub async fn get_entra_assignment(
        &self,
        object_id: &str,
        options: Option<AssignmentsClientGetEntraAssignmentOptions<'_>>,
    ) -> azure_core::Result<Response<EntraAssignment>> {
        let options = options.unwrap_or_default();
        let path = entra_path(object_id)?;
        let call = self.entra("get_entra_assignment", (Method::Get, &path));
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Deletes the Entra assignment of a user, group or tenant, if there is one.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.deleteEntraAssignment")]
    pub async fn delete_entra_assignment(
        &self,
        object_id: &str,
        options: Option<AssignmentsClientDeleteEntraAssignmentOptions<'_>>,
    ) -> azure_core::Result<Response<(), NoFormat>> {
        let options = options.unwrap_or_default();
        let path = entra_path(object_id)?;
        let call = self.entra("delete_entra_assignment", (Method::Delete, &path));
        Ok(self.pipeline.send(Call { success: &[204], ..call }, options.method_options).await?.into())
    }

    /// Lists the Entra assignments of the resource: a stream of all of them, which asks for the next page when it gets there, or, by
    /// [`into_pages`](azure_core::http::ItemIterator::into_pages), a stream of pages. Nothing is sent before it is polled.
    ///
    /// # Errors
    /// In the stream, see [the client](Self). After an error the stream ends.
    #[tracing::function("Communication.Identity.listEntraAssignments")]
    pub fn list_entra_assignments(
        &self,
        options: Option<AssignmentsClientListEntraAssignmentsOptions>,
    ) -> azure_core::Result<Pager<EntraAssignmentPage>> {
        let (client, options) = (self.clone(), options.unwrap_or_default());
        let next_page = move |state: PagerState,
                              options: PagerOptions<'static>|
              -> PagerResultFuture<Response<EntraAssignmentPage>> {
            let client = client.clone();
            Box::pin(async move { client.page(&state, options.context).await })
        };
        Ok(Pager::new(next_page, Some(options.method_options)))
    }

    /// Puts and deletes many Entra assignments in one request, by their object ids: `None` deletes. Answers those that were put, as far
    /// as the service tells of them; where the page has a link, [`list_entra_assignments`](Self::list_entra_assignments) goes on from it.
    ///
    /// # Errors
    /// See [the client](Self). Callsign takes up to 1,000 changes at once, in a body of 512 KiB, and does all of them or none.
    #[tracing::function("Communication.Identity.updateEntraAssignments")]
    pub async fn update_entra_assignments(
        &self,
        changes: &BTreeMap<String, Option<EntraAssignmentRequest>>,
        options: Option<AssignmentsClientUpdateEntraAssignmentsOptions<'_>>,
    ) -> azure_core::Result<Response<EntraAssignmentPage>> {
        let options = options.unwrap_or_default();
        let content = Content::merge_patch(changes)?;
        let call = self.entra("update_entra_assignments", (Method::Patch, &ENTRA));
        let call = Call { content, success: &[200, 204], ..call };
        Ok(told(self.pipeline.send(call, options.method_options).await?).into())
    }

    /// Lets a user or resource account of a Teams tenant exchange tokens for the Teams Phone extension. It takes the place of the
    /// assignment that is there.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.putTeamsExtensionAssignment")]
    pub async fn put_teams_extension_assignment(
        &self,
        tenant_id: &str,
        object_id: &str,
        assignment: &TeamsExtensionAssignmentRequest,
        options: Option<AssignmentsClientPutTeamsExtensionAssignmentOptions<'_>>,
    ) -> azure_core::Result<Response<TeamsExtensionAssignment>> {
        let options = options.unwrap_or_default();
        let (path, content) = (teams_extension_path(tenant_id, object_id)?, Content::json(assignment)?);
        let call = self.teams_extension("put_teams_extension_assignment", (Method::Put, &path));
        let call = Call { content, success: &[200, 201], ..call };
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// The assignment of a user or resource account of a Teams tenant.
    ///
    /// # Errors
    /// See [the client](Self); 404 when there is none.
    #[tracing::function("Communication.Identity.getTeamsExtensionAssignment")]
    pub async fn get_teams_extension_assignment(
        &self,
        tenant_id: &str,
        object_id: &str,
        options: Option<AssignmentsClientGetTeamsExtensionAssignmentOptions<'_>>,
    ) -> azure_core::Result<Response<TeamsExtensionAssignment>> {
        let options = options.unwrap_or_default();
        let path = teams_extension_path(tenant_id, object_id)?;
        let call = self.teams_extension("get_teams_extension_assignment", (Method::Get, &path));
        Ok(self.pipeline.send(call, options.method_options).await?.into())
    }

    /// Deletes the assignment of a user or resource account of a Teams tenant, if there is one.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Communication.Identity.deleteTeamsExtensionAssignment")]
    pub async fn delete_teams_extension_assignment(
        &self,
        tenant_id: &str,
        object_id: &str,
        options: Option<AssignmentsClientDeleteTeamsExtensionAssignmentOptions<'_>>,
    ) -> azure_core::Result<Response<(), NoFormat>> {
        let options = options.unwrap_or_default();
        let path = teams_extension_path(tenant_id, object_id)?;
        let call = self.teams_extension("delete_teams_extension_assignment", (Method::Delete, &path));
        Ok(self.pipeline.send(Call { success: &[204], ..call }, options.method_options).await?.into())
    }

    fn of(client: &CommunicationIdentityClient, options: AssignmentsClientOptions) -> Self {
        Self {
            pipeline: client.pipeline.clone(),
            entra_api_version: options.entra_api_version,
            teams_extension_api_version: options.teams_extension_api_version,
            tracer: client.tracer.clone(),
        }
    }

    fn entra<'a>(&'a self, operation: &'static str, target: (Method, &'a [&'a str])) -> Call<'a> {
        call(operation, target, &self.entra_api_version)
    }

    fn teams_extension<'a>(&'a self, operation: &'static str, target: (Method, &'a [&'a str])) -> Call<'a> {
        call(operation, target, &self.teams_extension_api_version)
    }

    /// One page of a list. It is read before it is handed on: it says where the next one is.
    async fn page(
        &self,
        state: &PagerState,
        context: Context<'static>,
    ) -> azure_core::Result<PagerResult<Response<EntraAssignmentPage>>> {
        let query = self.query_of_page(state)?;
        let call = Call { query: &query, ..self.entra("list_entra_assignments", (Method::Get, &ENTRA)) };
        let reply = self.pipeline.send(call, ClientMethodOptions { context }).await?;
        let page: EntraAssignmentPage = reply.body().json()?;
        let next = page.next_link.as_deref().map(|link| self.link(link)).transpose()?;
        Ok(match next {
            Some(link) => {
                PagerResult::More { response: reply.into(), continuation: PagerContinuation::Link(link) }
            }
            None => PagerResult::Done { response: reply.into() },
        })
    }

    /// What the query of the next page says besides the version. Only a link's query is used: behind a proxy a server may call itself
    /// by another name than its clients do, and what proves who asks goes to the endpoint alone.
    fn query_of_page(&self, state: &PagerState) -> azure_core::Result<Vec<(String, String)>> {
        let PagerState::More(continuation) = state else { return Ok(Vec::new()) };
        let link = self.link(continuation.as_ref())?;
        Ok(link.query_pairs().into_owned().filter(|(name, _)| name != API_VERSION).collect())
    }

    fn link(&self, text: &str) -> azure_core::Result<Url> {
        self.endpoint().join(text).map_err(|_| {
            Error::with_message(ErrorKind::DataConversion, "the link to the next page is no address")
        })
    }
}

/// A call that reads or changes an assignment, and may be repeated.
fn call<'a>(
    operation: &'static str,
    (method, path): (Method, &'a [&'a str]),
    api_version: &'a str,
) -> Call<'a> {
    Call {
        operation,
        method,
        path,
        api_version: Some(api_version),
        query: &[],
        content: Content::Empty,
        accepts_json: true,
        success: &[200],
        repeatable: true,
    }
}

fn entra_path(object_id: &str) -> Result<[&str; 4], InvalidArgument> {
    let [access, entra, assignments] = ENTRA;
    Ok([access, entra, assignments, segment(object_id)?])
}

fn teams_extension_path<'a>(tenant_id: &'a str, object_id: &'a str) -> Result<[&'a str; 6], InvalidArgument> {
    let (tenant_id, object_id) = (segment(tenant_id)?, segment(object_id)?);
    Ok(["access", "teamsExtension", "tenants", tenant_id, "assignments", object_id])
}

fn segment(id: &str) -> Result<&str, InvalidArgument> {
    if endpoint::is_segment(id) { Ok(id) } else { Err(InvalidArgument::EntraId) }
}

/// A service that tells nothing of what it changed (204) tells of no assignment.
fn told(reply: RawResponse) -> RawResponse {
    match reply.status() {
        StatusCode::NoContent => {
            RawResponse::from_bytes(StatusCode::NoContent, reply.headers().clone(), r#"{"value":[]}"#)
        }
        _ => reply,
    }
}

/// With the versions that are spoken unless others are chosen: that of the client belongs to its own calls.
impl From<&CommunicationIdentityClient> for AssignmentsClient {
    fn from(client: &CommunicationIdentityClient) -> Self {
        Self::of(client, AssignmentsClientOptions::default())
    }
}

impl fmt::Debug for AssignmentsClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AssignmentsClient")
            .field("endpoint", &self.endpoint().as_str())
            .field("entra_api_version", &self.entra_api_version)
            .field("teams_extension_api_version", &self.teams_extension_api_version)
            .finish_non_exhaustive()
    }
}
