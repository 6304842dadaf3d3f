//! The client of Callsign's own directory: listing, deleting, revoking and pruning many identities, and introspecting tokens.

mod identity;
mod introspection;
mod logs;
mod options;

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::Secret;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::pager::{PagerContinuation, PagerOptions, PagerResult, PagerResultFuture, PagerState};
use azure_core::http::{ClientMethodOptions, Context, Method, Pager, RawResponse, Response, StatusCode, Url};
use azure_core::time::{OffsetDateTime, to_rfc3339};
use azure_core::tracing::{self, Tracer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::CommunicationIdentityClient;
use crate::credential::KeyCredential;
use crate::identifier::CommunicationUserIdentifier;
use crate::options::CommunicationIdentityClientOptions;
use crate::pipeline::{Call, Content, IdentityPipeline};
pub use identity::{
    ChangedIdentities, IdentityChange, IdentityPage, IdentityStatus, ListedIdentity, PrunedIdentities,
};
pub use introspection::Introspection;
pub use logs::{LogPage, LogRecord};
pub use options::{
    DirectoryClientChangeIdentitiesOptions, DirectoryClientIntrospectOptions,
    DirectoryClientListIdentitiesOptions, DirectoryClientListLogsOptions,
    DirectoryClientPruneIdentitiesOptions,
};

/// Most ids that one request of [`DirectoryClient::delete_identities`] and [`DirectoryClient::revoke_identities`] carries.
const CHUNK_MAX: usize = 1_000;

/// Where Callsign's own paths begin.
const OWN_PATH: [&str; 2] = ["callsign", "v1"];

type PageFuture<P> = PagerResultFuture<Response<P>>;

/// The client of a directory of identities, against **Callsign only**: Azure has none of these calls.
///
/// It takes the same credential and options as [`CommunicationIdentityClient`], and can be made [from one](Self::from) that is there,
/// whose connections it shares then. Callsign's own paths have no version, so `api_version` does not matter.
///
/// ```no_run
/// use callsign_client::DirectoryClient;
/// use futures_util::TryStreamExt as _;
///
/// # async fn example(connection_string: &str) -> azure_core::Result<()> {
/// let directory = DirectoryClient::from_connection_string(connection_string, None)?;
/// let mut identities = directory.list_identities(None)?;
/// while let Some(identity) = identities.try_next().await? {
///     println!("{} of {}", identity.user, identity.created_on);
/// }
/// # Ok(())
/// # }
/// ```
///
/// **Pages.** What answers many is a [`Pager`]: a stream of all of them, which asks for the next page when it gets there, or, by
/// [`into_pages`](azure_core::http::ItemIterator::into_pages), a stream of pages. Nothing is sent before it is polled, and nothing after it
/// is dropped. After an error the stream ends; its [`continuation`](azure_core::http::ItemIterator::continuation), given to another call,
/// goes on where it ended.
///
/// **Errors.** As with [`CommunicationIdentityClient`]. A service without these paths, as Azure is, gives
/// [`Failure::NeedsCallsign`](crate::error::Failure::NeedsCallsign).
///
/// **Retries.** As with [`CommunicationIdentityClient`]; every call here is the same when it is done twice. When an answer was lost on the way, the second one
/// calls an identity [absent](IdentityStatus::Absent) that the first one deleted, and a prune does not name it.
#[derive(Clone)]
pub struct DirectoryClient {
    pipeline: IdentityPipeline,
    tracer: Option<Arc<dyn Tracer>>,
}

/// The body of `POST …/identities/delete` and `…/revoke`.
#[derive(Serialize)]
struct Change<'a> {
    ids: Vec<&'a str>,
}

/// The body of `POST …/identities/prune`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Prune<'a> {
    unused_since: &'a str,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation: Option<&'a str>,
}

/// What differs between the calls.
struct Ask<'a> {
    operation: &'static str,
    method: Method,
    path: &'a [&'a str],
    query: &'a [(String, String)],
    content: Content,
}

impl DirectoryClient {
    /// A client that signs with one of the resource's access keys. Plain `http` is accepted for this machine only.
    ///
    /// # Errors
    /// When the endpoint is no URL of a service, or plain http to another machine.
    pub fn with_key_credential(
        endpoint: &str,
        credential: KeyCredential,
        options: Option<CommunicationIdentityClientOptions>,
    ) -> azure_core::Result<Self> {
        let client = CommunicationIdentityClient::with_key_credential(endpoint, credential, options)?;
        Ok(Self::from(&client))
    }

    /// A client from `endpoint=https://<host>/;accesskey=<key>`, as `callsign env` prints it.
    ///
    /// # Errors
    /// As [`CommunicationIdentityClient::from_connection_string`]. Nothing of the text is repeated.
    pub fn from_connection_string(
        connection_string: &str,
        options: Option<CommunicationIdentityClientOptions>,
    ) -> azure_core::Result<Self> {
        let client = CommunicationIdentityClient::from_connection_string(connection_string, options)?;
        Ok(Self::from(&client))
    }

    /// Where the resource is.
    #[must_use]
    pub const fn endpoint(&self) -> &Url {
        self.pipeline.endpoint()
    }

    /// Lists the identities of the resource that match, in the order of their ids. A page may be short or empty and have a next
    /// one nevertheless: a request looks at 10,000 identities at most, so that a filter that few match keeps nobody waiting.
    ///
    /// # Errors
    /// When the page size is not 1 to 1,000; in the stream, see [the client](Self).
    #[tracing::function("Callsign.Directory.listIdentities")]
    pub fn list_identities(
        &self,
        options: Option<DirectoryClientListIdentitiesOptions>,
    ) -> azure_core::Result<Pager<IdentityPage>> {
        let options = options.unwrap_or_default();
        let (client, first) = (self.clone(), options.query()?);
        let next_page =
            move |state: PagerState, options: PagerOptions<'static>| -> PageFuture<IdentityPage> {
                let (client, query) = (client.clone(), query_of_page(&state, &first));
                Box::pin(async move {
                    let ask = Ask {
                        operation: "list_identities",
                        method: Method::Get,
                        path: &["identities"],
                        query: &query,
                        content: Content::Empty,
                    };
                    let (reply, page): (_, IdentityPage) = client.page(ask, options.context).await?;
                    let next = page.next_link.as_deref().map(|link| client.link(link)).transpose()?;
                    Ok(turned(reply, next))
                })
            };
        Ok(Pager::new(next_page, Some(options.method_options)))
    }

    /// Deletes identities, in the order given, and answers what came of each. A request carries up to 1,000 ids and is one transaction:
    /// all of them or, after an error, none. What was answered before an error is done.
    ///
    /// # Errors
    /// In the stream, see [the client](Self): also when an id of the request is none, or is of another resource.
    #[tracing::function("Callsign.Directory.deleteIdentities")]
    pub fn delete_identities(
        &self,
        users: &[CommunicationUserIdentifier],
        options: Option<DirectoryClientChangeIdentitiesOptions>,
    ) -> azure_core::Result<Pager<ChangedIdentities>> {
        let options = options.unwrap_or_default();
        Ok(self.change(("delete_identities", "delete"), users, options.method_options))
    }

    /// Revokes every token that each of the identities has until now, in the order given, and answers what came of each. A request
    /// carries up to 1,000 ids and is one transaction: all of them or, after an error, none. What was answered before an error
    /// is done.
    ///
    /// # Errors
    /// As [`delete_identities`](Self::delete_identities).
    #[tracing::function("Callsign.Directory.revokeIdentities")]
    pub fn revoke_identities(
        &self,
        users: &[CommunicationUserIdentifier],
        options: Option<DirectoryClientChangeIdentitiesOptions>,
    ) -> azure_core::Result<Pager<ChangedIdentities>> {
        let options = options.unwrap_or_default();
        Ok(self.change(("revoke_identities", "revoke"), users, options.method_options))
    }

    /// Deletes the identities that got their last token, or were created when they never got one, before an instant; answers
    /// their ids. One that gets a token meanwhile stays. Tokens live up to 24 hours: with an instant that is longer ago than that,
    /// nobody loses a token that is good.
    ///
    /// # Errors
    /// In the stream, see [the client](Self). What was answered before an error is deleted.
    #[tracing::function("Callsign.Directory.pruneIdentities")]
    pub fn prune_identities(
        &self,
        unused_since: OffsetDateTime,
        options: Option<DirectoryClientPruneIdentitiesOptions>,
    ) -> azure_core::Result<Pager<PrunedIdentities>> {
        let options = options.unwrap_or_default();
        let (client, unused_since, dry_run) = (self.clone(), to_rfc3339(&unused_since), options.dry_run);
        let next_batch =
            move |state: PagerState, options: PagerOptions<'static>| -> PageFuture<PrunedIdentities> {
                let (client, unused_since) = (client.clone(), unused_since.clone());
                Box::pin(async move {
                    let body = Prune { unused_since: &unused_since, dry_run, continuation: place(&state) };
                    let ask = Ask::post("prune_identities", &["identities", "prune"], Content::json(&body)?);
                    let (reply, batch): (_, PrunedIdentities) = client.page(ask, options.context).await?;
                    Ok(turned(reply, batch.continuation.map(PagerContinuation::Token)))
                })
            };
        Ok(Pager::new(next_batch, Some(options.method_options)))
    }

    /// Asks whether a token of the resource is good now (RFC 7662). The answer knows every revocation that was acknowledged before.
    ///
    /// # Errors
    /// See [the client](Self). A token that is not good is no error.
    #[tracing::function("Callsign.Directory.introspect")]
    pub async fn introspect(
        &self,
        token: &Secret,
        options: Option<DirectoryClientIntrospectOptions<'_>>,
    ) -> azure_core::Result<Response<Introspection>> {
        let options = options.unwrap_or_default();
        let content = Content::Form(vec![("token", token.secret().to_owned())]);
        let ask = Ask::post("introspect", &["introspect"], content);
        Ok(self.send(ask, options.method_options).await?.into())
    }

    /// Answers records of requests to the resource: the newest that match, oldest first, or, with
    /// [`after`](DirectoryClientListLogsOptions::after), those that came later. The server keeps a bounded number of them in memory.
    ///
    /// # Errors
    /// See [the client](Self).
    #[tracing::function("Callsign.Directory.listLogs")]
    pub async fn list_logs(
        &self,
        options: Option<DirectoryClientListLogsOptions<'_>>,
    ) -> azure_core::Result<Response<LogPage>> {
        let options = options.unwrap_or_default();
        let query = options.query();
        let ask = Ask {
            operation: "list_logs",
            method: Method::Get,
            path: &["logs"],
            query: &query,
            content: Content::Empty,
        };
        Ok(self.send(ask, options.method_options).await?.into())
    }

    /// Posts the ids, so many at once; a continuation is the number of those that had their turn.
    fn change(
        &self,
        (operation, verb): (&'static str, &'static str),
        users: &[CommunicationUserIdentifier],
        options: PagerOptions<'static>,
    ) -> Pager<ChangedIdentities> {
        let (client, users): (_, Arc<[_]>) = (self.clone(), users.into());
        let next_chunk = move |state: PagerState,
                               options: PagerOptions<'static>|
              -> PageFuture<ChangedIdentities> {
            let (client, users) = (client.clone(), Arc::clone(&users));
            Box::pin(async move {
                let done = place(&state).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
                let ids: Vec<&str> = users.iter().skip(done).take(CHUNK_MAX).map(|user| user.id()).collect();
                let done = done.saturating_add(ids.len());
                let next = (done < users.len()).then(|| PagerContinuation::Token(done.to_string()));
                if ids.is_empty() {
                    return Ok(turned(nothing_to_do(), next));
                }
                let content = Content::json(&Change { ids })?;
                let path = ["identities", verb];
                let ask = Ask::post(operation, &path, content);
                let (reply, _): (_, ChangedIdentities) = client.page(ask, options.context).await?;
                Ok(turned(reply, next))
            })
        };
        Pager::new(next_chunk, Some(options))
    }

    async fn send(&self, ask: Ask<'_>, options: ClientMethodOptions<'_>) -> azure_core::Result<RawResponse> {
        let path: Vec<&str> = OWN_PATH.iter().chain(ask.path).copied().collect();
        let call = Call {
            operation: ask.operation,
            method: ask.method,
            path: &path,
            api_version: None,
            query: ask.query,
            content: ask.content,
            accepts_json: true,
            success: &[200],
            repeatable: true,
        };
        self.pipeline.send(call, options).await
    }

    /// Sends, and reads the reply before it is handed on: it says where the next page is.
    async fn page<P: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        context: Context<'static>,
    ) -> azure_core::Result<(RawResponse, P)> {
        let reply = self.send(ask, ClientMethodOptions { context }).await?;
        let page = reply.body().json()?;
        Ok((reply, page))
    }

    /// A link in a reply. Only its query is used: behind a proxy a server may call itself by another name than its clients do, and what
    /// is signed goes to the endpoint alone.
    fn link(&self, text: &str) -> azure_core::Result<PagerContinuation> {
        let link = self.endpoint().join(text).map_err(|_| {
            Error::with_message(ErrorKind::DataConversion, "the link to the next page is no address")
        })?;
        Ok(PagerContinuation::Link(link))
    }
}

impl<'a> Ask<'a> {
    const fn post(operation: &'static str, path: &'a [&'a str], content: Content) -> Self {
        Self { operation, method: Method::Post, path, query: &[], content }
    }
}

/// The query of the page that comes next.
fn query_of_page(state: &PagerState, first: &[(String, String)]) -> Vec<(String, String)> {
    match state {
        PagerState::Initial => first.to_vec(),
        PagerState::More(PagerContinuation::Link(link)) => link.query_pairs().into_owned().collect(),
        PagerState::More(token) => {
            let token = ("continuation".to_owned(), token.as_ref().to_owned());
            first.iter().cloned().chain([token]).collect()
        }
    }
}

/// Where to go on.
fn place(state: &PagerState) -> Option<&str> {
    match state {
        PagerState::Initial => None,
        PagerState::More(continuation) => Some(continuation.as_ref()),
    }
}

fn turned<P>(reply: RawResponse, next: Option<PagerContinuation>) -> PagerResult<Response<P>> {
    match next {
        Some(continuation) => PagerResult::More { response: reply.into(), continuation },
        None => PagerResult::Done { response: reply.into() },
    }
}

/// The reply to a change of nobody, for which no request is sent.
fn nothing_to_do() -> RawResponse {
    RawResponse::from_bytes(StatusCode::Ok, Headers::new(), r#"{"results":[]}"#)
}

impl From<&CommunicationIdentityClient> for DirectoryClient {
    fn from(client: &CommunicationIdentityClient) -> Self {
        Self { pipeline: client.pipeline.clone(), tracer: client.tracer.clone() }
    }
}

impl fmt::Debug for DirectoryClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DirectoryClient")
            .field("endpoint", &self.endpoint().as_str())
            .finish_non_exhaustive()
    }
}
