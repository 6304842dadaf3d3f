//! Refusals: the one place where an error gets its status, code and public text.

mod rule;

use std::borrow::Cow;

use callsign_core::Error;
use callsign_protocol::error_body::{ErrorBody, ErrorDetail};
use http::StatusCode;

use crate::authenticate::Denial;
use crate::feed::NotRead;
use rule::rule;

/// Seconds after which a caller may try again when the server is overloaded or its store is away.
const RETRY_AFTER_SECONDS: u32 = 1;

/// Why a request is not answered as asked. The display text is the private cause, for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No path of that name is served.
    #[error("no such route")]
    RouteUnknown,
    /// The path is served, the method is not.
    #[error("no such method on this route")]
    MethodNotAllowed {
        /// The methods that are, as the `Allow` header lists them.
        allow: String,
    },
    /// Path and query are too long.
    #[error("the URI is too long")]
    UriTooLong,
    /// The header block is too large.
    #[error("the header block is too large")]
    HeadersTooLarge,
    /// The body is too large.
    #[error("the body is too large")]
    BodyTooLarge {
        /// The most that the route takes, in bytes.
        bytes_max: usize,
    },
    /// The body broke off or was not framed as HTTP asks.
    #[error("the body could not be read")]
    BodyUnreadable,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    BodyTooSlow,
    /// Nobody proved who asks.
    #[error("{0}")]
    Denied(Denial),
    /// Too many failed authentications came from this address.
    #[error("too many failed authentications from this address")]
    Throttled {
        /// Seconds until the next attempt counts afresh.
        retry_after_seconds: u32,
    },
    /// The caller asked more often than the limits profile allows.
    #[error("over the limit of this operation")]
    OverQuota {
        /// Seconds until the window ends.
        retry_after_seconds: u32,
    },
    /// There is no `api-version`.
    #[error("no api-version")]
    VersionUnspecified,
    /// The route does not serve that version.
    #[error("api-version '{version}' is not served here")]
    VersionUnsupported {
        /// The request's URI without its query.
        uri: String,
        /// The version as it was sent, cut to 64 characters.
        version: String,
    },
    /// The id in the path is none.
    #[error("malformed identity id")]
    IdentityIdMalformed,
    /// The input of a request on our own surface is at fault.
    #[error("{0}")]
    Input(InputFault),
    /// The feed of revocations is not read.
    #[error("{0}")]
    Feed(#[from] NotRead),
    /// A rule of the core says no.
    #[error("{0}")]
    Rule(#[from] Error),
    /// The server failed in a way that it should not.
    #[error("{0}")]
    Internal(String),
}

/// What is wrong with the query or body of a request on our own surface. What repeats the caller's words is not displayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InputFault {
    /// The body is of another media type.
    #[error("the body is not {expected}")]
    MediaType {
        /// The one that the route reads.
        expected: &'static str,
    },
    /// The body is no JSON object.
    #[error("the body is no JSON object")]
    NotAnObject {
        /// What the reader said, and where.
        detail: String,
    },
    /// A parameter or member is wrong or missing.
    #[error("{name} is at fault")]
    Invalid {
        /// Its name.
        name: &'static str,
        /// What is wrong, as a sentence with a remedy.
        detail: String,
    },
    /// There is no parameter or member of that name.
    #[error("a parameter or member is unknown")]
    Unknown {
        /// The caller's word, cut to 64 characters.
        name: String,
    },
    /// A parameter or member is there more than once.
    #[error("a parameter or member is repeated")]
    Repeated {
        /// The caller's word, cut to 64 characters.
        name: String,
    },
}

impl From<InputFault> for Refusal {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

/// What a caller sees of a refusal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The status.
    pub(crate) status: StatusCode,
    /// The word for programs.
    pub(crate) code: &'static str,
    /// The sentence for people.
    pub(crate) message: String,
    /// The member at fault.
    pub(crate) target: Option<Cow<'static, str>>,
    /// What only those who develop are told.
    pub(crate) reason: Option<String>,
    /// Whether the live service's controller would have run, and so added `api-supported-versions`
    /// (`live-behaviour.md` §1.2, "Reading the two kinds of error").
    pub(crate) lists_versions: bool,
}

impl Facts {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), target: None, reason: None, lists_versions: false }
    }

    fn about(self, target: impl Into<Cow<'static, str>>) -> Self {
        Self { target: Some(target.into()), ..self }
    }

    const fn listing_versions(mut self) -> Self {
        self.lists_versions = true;
        self
    }

    /// The envelope of ACS.
    pub(crate) fn envelope(&self) -> Vec<u8> {
        let detail = |message: &str, target, innererror| ErrorDetail {
            code: self.code.to_owned(),
            message: message.to_owned(),
            target,
            innererror,
        };
        let inner = self.reason.as_deref().map(|reason| Box::new(detail(reason, None, None)));
        let error = detail(&self.message, self.target.as_deref().map(str::to_owned), inner);
        // A struct of strings always serialises.
        serde_json::to_vec(&ErrorBody { error }).unwrap_or_default()
    }
}

impl Refusal {
    /// Seconds for the `Retry-After` header, where it makes sense to try again.
    pub(crate) const fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::Throttled { retry_after_seconds } | Self::OverQuota { retry_after_seconds } => {
                Some(*retry_after_seconds)
            }
            Self::Rule(Error::Overloaded | Error::Unavailable(_) | Error::AuthorityUnavailable(_))
            | Self::Feed(
                NotRead::TooManyReaders
                | NotRead::Stopping
                | NotRead::Failed(Error::Overloaded | Error::Unavailable(_)),
            ) => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    /// What the caller is not told, and who develops is: why a proof is not accepted.
    pub(crate) fn hidden_reason(&self) -> Option<String> {
        match self {
            Self::Denied(_)
            | Self::Rule(
                Error::AccessTokenInvalid(_)
                | Error::PermissionsMissing(_)
                | Error::NoUser
                | Error::ApplicationUnexpected(_)
                | Error::UserUnexpected(_)
                | Error::NotAssigned { .. }
                | Error::AuthorityUnavailable(_),
            ) => Some(self.to_string()),
            _ => None,
        }
    }

    /// What the caller sees. Texts of `Denied`, `VersionUnsupported`, `IdentityNotOwned` and of the bodies are the
    /// recorded ones; the others are ours (`docs/reference/compatibility.md`).
    pub(crate) fn facts(&self) -> Facts {
        match self {
            Self::RouteUnknown => Facts::new(
                StatusCode::NOT_FOUND,
                "NotFound",
                "No such path. The paths of ACS Identity begin with /identities; /callsign/v1/openapi.json lists those of Callsign.",
            ),
            Self::MethodNotAllowed { allow } => Facts::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                format!("This path does not take that method; it takes {allow}."),
            ),
            Self::UriTooLong => Facts::new(StatusCode::URI_TOO_LONG, "UriTooLong", "The path and query may have at most 2 KiB."),
            Self::HeadersTooLarge => Facts::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "RequestHeaderFieldsTooLarge",
                "The headers may have at most 16 KiB together.",
            ),
            Self::BodyTooLarge { bytes_max } => Facts::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("The request body may have at most {} KiB.", bytes_max / 1024),
            ),
            Self::BodyUnreadable => {
                Facts::new(StatusCode::BAD_REQUEST, "BadRequest", "The request body broke off or is framed wrongly; send it again.")
            }
            Self::BodyTooSlow => {
                Facts::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "The request body did not arrive within 30 seconds.")
            }
            Self::Denied(denial) => Facts::new(StatusCode::UNAUTHORIZED, "Denied", denial.public_text()),
            Self::Throttled { .. } => Facts::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "Too many requests from this address failed to authenticate; check the access key and try again later.",
            ),
            Self::OverQuota { .. } => Facts::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "The limit of this operation is reached; try again after the time in Retry-After.",
            ),
            Self::VersionUnspecified => Facts::new(
                StatusCode::BAD_REQUEST,
                "ApiVersionUnspecified",
                "An API version is required, but was not specified. Add the query parameter api-version.",
            )
            .listing_versions(),
            Self::VersionUnsupported { uri, version } => Facts::new(
                StatusCode::BAD_REQUEST,
                "UnsupportedApiVersion",
                format!("The HTTP resource that matches the request URI '{uri}' does not support the API version '{version}'."),
            )
            .listing_versions(),
            Self::IdentityIdMalformed => Facts::new(
                StatusCode::BAD_REQUEST,
                "ValidationError",
                "Provided identity has invalid format; an identity id has the form 8:acs:<guid>_<guid>.",
            )
            .about("id")
            .listing_versions(),
            Self::Input(fault) => input(fault),
            Self::Feed(reason) => feed(reason),
            Self::Rule(error) => rule(error),
            Self::Internal(_) => internal(),
        }
    }
}

fn input(fault: &InputFault) -> Facts {
    let invalid = |text: String| Facts::new(StatusCode::BAD_REQUEST, "ValidationError", text);
    match fault {
        InputFault::MediaType { expected } => Facts::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            format!("The body of this request is {expected}; say so in Content-Type."),
        ),
        InputFault::NotAnObject { detail } => {
            invalid(format!("The request body is not a valid JSON object: {detail}."))
        }
        InputFault::Invalid { name, detail } => invalid(detail.clone()).about(*name),
        InputFault::Unknown { name } => {
            invalid(format!("This request has no '{name}'; take it out.")).about(name.clone())
        }
        InputFault::Repeated { name } => {
            invalid(format!("'{name}' is there more than once; give it once.")).about(name.clone())
        }
    }
}

fn feed(reason: &NotRead) -> Facts {
    let not_now = |text| Facts::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", text);
    match reason {
        NotRead::PositionGone => Facts::new(
            StatusCode::GONE,
            "PositionGone",
            "The feed cannot be continued from that place; take a snapshot and go on from there.",
        ),
        NotRead::TooManyReaders => not_now(
            "The resource's feed has as many readers as it may have; try again after the time in Retry-After.",
        ),
        NotRead::Stopping => not_now("The server stops; try again after the time in Retry-After."),
        NotRead::AccessEnded => rule(&Error::KeyRegenerated),
        NotRead::Failed(error) => rule(error),
    }
}

fn internal() -> Facts {
    Facts::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        "The server failed; its log tells why, under this reply's MS-CV.",
    )
}

#[cfg(test)]
#[path = "error/tests.rs"]
mod tests;
