//! One call of the service: address, headers, body, the policies that sign and guard it, and the error that names it.

pub(crate) mod endpoint;
mod repetition;
mod signature;

use std::sync::Arc;

use azure_core::Bytes;
use azure_core::credentials::TokenCredential;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{ACCEPT, CLIENT_REQUEST_ID, CONTENT_TYPE};
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{
    ClientMethodOptions, ClientOptions, Context, Method, Pipeline, RawResponse, Request, Url,
};

use crate::credential::KeyCredential;
use crate::error::{FailedCall, InvalidArgument};
use repetition::{Repeatable, RepetitionPolicy};
use signature::SignaturePolicy;

/// Longest `application_id`, in characters (Azure SDK guidelines for telemetry).
const APPLICATION_ID_CHARACTERS_MAX: usize = 24;

/// What the service asks of a caller's name in `User-Agent` besides letters and digits: RFC 9110 §5.6.2.
const TOKEN_MARKS: &str = "!#$%&'*+-.^_`|~";

/// A client's way to one resource.
#[derive(Debug, Clone)]
pub(crate) struct IdentityPipeline {
    endpoint: Url,
    pipeline: Pipeline,
}

/// A request body and how it is announced. It may hold a token, so it has no `Debug`.
pub(crate) enum Content {
    /// No body and no `Content-Type`.
    Empty,
    /// JSON.
    Json(Vec<u8>),
    /// Names and values, as a form sends them.
    Form(Vec<(&'static str, String)>),
    /// JSON whose members take the place of others, and whose nulls take them away (RFC 7396).
    MergePatch(Vec<u8>),
}

impl Content {
    pub(crate) fn json(value: &impl serde::Serialize) -> azure_core::Result<Self> {
        Ok(Self::Json(serde_json::to_vec(value)?))
    }

    pub(crate) fn merge_patch(value: &impl serde::Serialize) -> azure_core::Result<Self> {
        Ok(Self::MergePatch(serde_json::to_vec(value)?))
    }

    fn announce(self, request: &mut Request) {
        let (content_type, body) = match self {
            Self::Empty => return,
            Self::Json(body) => ("application/json", Bytes::from(body)),
            Self::Form(members) => ("application/x-www-form-urlencoded", form(request.url(), &members)),
            Self::MergePatch(body) => ("application/merge-patch+json", Bytes::from(body)),
        };
        request.insert_header(CONTENT_TYPE, content_type);
        request.set_body(body);
    }
}

/// A call, ready to be sent.
pub(crate) struct Call<'a> {
    /// The method's name, for errors.
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Segments of the path below the endpoint, not encoded yet.
    pub(crate) path: &'a [&'a str],
    /// `None` for what only Callsign has: its own paths have no version.
    pub(crate) api_version: Option<&'a str>,
    /// What the query says besides the version, not encoded yet.
    pub(crate) query: &'a [(String, String)],
    pub(crate) content: Content,
    /// Whether to say that the reply is to be JSON.
    pub(crate) accepts_json: bool,
    /// The statuses that mean success; another one is an error even among 2xx.
    pub(crate) success: &'static [u16],
    /// Whether doing it twice is the same as doing it once.
    pub(crate) repeatable: bool,
}

impl IdentityPipeline {
    /// Signs with a key.
    pub(crate) fn with_key(
        endpoint: Url,
        credential: KeyCredential,
        options: ClientOptions,
    ) -> Result<Self, InvalidArgument> {
        endpoint::check_for_key(&endpoint)?;
        Self::new(endpoint, Arc::new(SignaturePolicy::new(credential)), options)
    }

    /// Sends an Entra token for the scopes.
    pub(crate) fn with_bearer(
        endpoint: Url,
        (credential, scopes): (Arc<dyn TokenCredential>, Vec<String>),
        options: ClientOptions,
    ) -> Result<Self, InvalidArgument> {
        endpoint::check_for_bearer(&endpoint)?;
        Self::new(endpoint, Arc::new(BearerTokenAuthorizationPolicy::new(credential, scopes)), options)
    }

    /// azure_core runs the caller's per-try policies after the client's own. They are taken out of the options and put before
    /// the one that authenticates, so that nothing changes a request after it is signed.
    fn new(
        endpoint: Url,
        authentication: Arc<dyn Policy>,
        mut options: ClientOptions,
    ) -> Result<Self, InvalidArgument> {
        check_application_id(options.user_agent.application_id.as_deref())?;
        let mut per_try: Vec<Arc<dyn Policy>> = vec![Arc::new(RepetitionPolicy)];
        per_try.append(&mut options.per_try_policies);
        per_try.push(authentication);
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            options,
            Vec::new(),
            per_try,
            None,
        );
        Ok(Self { endpoint, pipeline })
    }

    pub(crate) const fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Sends the call, as often as the retry options and its nature allow.
    pub(crate) async fn send(
        &self,
        call: Call<'_>,
        options: ClientMethodOptions<'_>,
    ) -> azure_core::Result<RawResponse> {
        let mut url = endpoint::join(&self.endpoint, call.path)?;
        for (name, value) in call.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        if let Some(api_version) = call.api_version {
            url.query_pairs_mut().append_pair("api-version", api_version);
        }
        let mut request = Request::new(url, call.method);
        if call.accepts_json {
            request.insert_header(ACCEPT, "application/json");
        }
        call.content.announce(&mut request);
        let context = options.context.with_value(Repeatable(call.repeatable));
        let outcome = self.pipeline.send(&context, &mut request, None).await;
        let outcome = outcome.and_then(|reply| expected(reply, call.success));
        outcome.map_err(|error| {
            let failed = FailedCall {
                operation: call.operation,
                repeatable: call.repeatable,
                is_for_callsign_only: call.api_version.is_none(),
                request_id: request.headers().get_optional_str(&CLIENT_REQUEST_ID).map(str::to_owned),
                host: endpoint::authority(request.url()),
                source: repetition::taken_back(error),
            };
            failed.into_error()
        })
    }
}

/// A form is written as a query is.
fn form(url: &Url, members: &[(&str, String)]) -> Bytes {
    let mut url = url.clone();
    url.set_query(None);
    url.query_pairs_mut().extend_pairs(members);
    Bytes::from(url.query().unwrap_or_default().to_owned())
}

/// Hands the request to the next policy.
async fn pass_on(context: &Context<'_>, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
    let Some((first, rest)) = next.split_first() else {
        return Err(Error::with_message(ErrorKind::Other, "no transport stands at the end of the policies"));
    };
    first.send(context, request, rest).await
}

/// Another success than the published ones is an error, as in the official libraries. azure_core would do the same, and put the
/// reply into the error's text, token and all.
fn expected(reply: RawResponse, success: &[u16]) -> azure_core::Result<RawResponse> {
    let status = reply.status();
    if success.contains(&u16::from(status)) {
        return Ok(reply);
    }
    let kind = ErrorKind::HttpResponse { status, error_code: None, raw_response: Some(Box::new(reply)) };
    Err(Error::with_message(kind, format!("the service answered {status}, which this call does not know")))
}

/// azure_core panics at an id that it cannot use; it is refused here instead.
fn check_application_id(id: Option<&str>) -> Result<(), InvalidArgument> {
    let usable = |id: &str| {
        (1..=APPLICATION_ID_CHARACTERS_MAX).contains(&id.len())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || TOKEN_MARKS.contains(c))
    };
    if id.is_none_or(usable) { Ok(()) } else { Err(InvalidArgument::ApplicationId) }
}
