//! Kinds of failure, told apart as far as a person has something else to do about each.

use std::fmt;

use azure_core::error::ErrorKind;

use super::call::{FailedCall, causes};
use super::{InvalidArgument, ServiceError};

/// Words of the refusal for a date that is too far off (`live-behaviour.md` §1.2).
const CLOCK_WORDS: &str = "time difference between the originating client and the server";

/// What kind of failure an error is, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// An argument was refused here; nothing was sent.
    Argument,
    /// No connection was made; nothing was sent.
    Unreachable,
    /// The server's certificate is not trusted on this machine; nothing was sent.
    UntrustedCertificate,
    /// The connection broke, or no answer came in time.
    Interrupted,
    /// No Entra or ACS token could be got.
    Credential,
    /// The service refuses the signature or the Entra token.
    Denied,
    /// The service finds the date of the request too far from its own.
    Clock,
    /// The service does not know the id among the identities or assignments of the resource.
    NotFound,
    /// The service does not have the api-version.
    ApiVersion,
    /// The service has had too many requests.
    Throttled,
    /// The service refuses what is asked.
    Refused,
    /// The service failed, or something between here and it.
    ServerFault,
    /// The call is one that only Callsign has, and something else answered, or an older Callsign.
    NeedsCallsign,
    /// The service answered something that this crate cannot read.
    Reply,
    /// None of these.
    Other,
}

impl Failure {
    /// Which one an error is.
    #[must_use]
    pub fn of(error: &azure_core::Error) -> Self {
        let argument = causes(error).find_map(|cause| cause.downcast_ref::<InvalidArgument>());
        match error.kind() {
            ErrorKind::Other if argument.is_some() => Self::Argument,
            ErrorKind::Connection if mentions_certificate(error) => Self::UntrustedCertificate,
            ErrorKind::Connection => Self::Unreachable,
            ErrorKind::Io => Self::Interrupted,
            ErrorKind::Credential => Self::Credential,
            ErrorKind::DataConversion => Self::Reply,
            ErrorKind::HttpResponse { .. } => {
                let only_callsign = FailedCall::within(error).is_some_and(|call| call.is_for_callsign_only);
                match ServiceError::of_reply(error) {
                    Some(refusal) if only_callsign && refusal.lacks_the_path() => Self::NeedsCallsign,
                    Some(refusal) => of_status(&refusal),
                    None => Self::Other,
                }
            }
            ErrorKind::Other => Self::Other,
        }
    }

    /// What to do about it, as a sentence; empty when there is nothing to say.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "Is the endpoint right, and is the service running? Does a proxy or a firewall stand between?"
            }
            Self::UntrustedCertificate => {
                "Let this machine trust the authority that signed the certificate: SSL_CERT_FILE names its file; \
                 for Callsign, `callsign env` prints the line."
            }
            Self::Interrupted => {
                "Look at what stands between here and the service; whether the call was carried out is not known."
            }
            Self::Denied => {
                "Compare the access key with that of the resource; it changes when it is regenerated, and each resource has its own. \
                 Who comes with an Entra token needs a role at the resource, or, to exchange the token, an assignment."
            }
            Self::Clock => "Set this machine's clock: it may be at most 5 minutes from the service's.",
            Self::NotFound => "Was it deleted, or made in another resource?",
            Self::ApiVersion => {
                "Choose another api-version; the reply's api-supported-versions header lists what there is."
            }
            Self::Throttled => "Send less at once, and wait as long as Retry-After says.",
            Self::ServerFault => "Try again later; the request id helps the operator to find the cause.",
            Self::NeedsCallsign => {
                "Azure cannot do it. Is the endpoint that of a Callsign server, and is the server as new as this program?"
            }
            Self::Reply => {
                "Is the endpoint that of an ACS Identity service? Something else may answer there."
            }
            Self::Credential => "Look at the credential's own message: it could not get a token.",
            Self::Argument | Self::Refused | Self::Other => "",
        }
    }
}

fn of_status(error: &ServiceError) -> Failure {
    match (error.status, error.code.as_deref()) {
        (401, _) if error.message.contains(CLOCK_WORDS) => Failure::Clock,
        (401, Some("IdentityNotOwned" | "InvalidAccessToken")) => Failure::Refused,
        (401 | 403, _) => Failure::Denied,
        (404, Some("IdentityNotFound" | "AssignmentNotFound")) => Failure::NotFound,
        (400, Some("UnsupportedApiVersion" | "ApiVersionUnspecified")) => Failure::ApiVersion,
        (429, _) => Failure::Throttled,
        (..400, _) | (404 | 405, None) => Failure::Reply,
        (500.., _) | (408, _) => Failure::ServerFault,
        _ => Failure::Refused,
    }
}

/// The libraries below say it in words only.
fn mentions_certificate(error: &azure_core::Error) -> bool {
    causes(error)
        .filter(|cause| !cause.is::<FailedCall>())
        .any(|cause| cause.to_string().to_ascii_lowercase().contains("certificate"))
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Argument => "an argument cannot be used",
            Self::Unreachable => "the service cannot be reached",
            Self::UntrustedCertificate => "the certificate of the service is not trusted",
            Self::Interrupted => "the connection broke before the answer was there",
            Self::Credential => "no token could be got for the service",
            Self::Denied => "the service refuses the credential",
            Self::Clock => "the clocks of this machine and of the service differ",
            Self::NotFound => "the service does not know the identity or assignment",
            Self::ApiVersion => "the service does not have the api-version",
            Self::Throttled => "the service has had too many requests",
            Self::Refused => "the service refuses the request",
            Self::ServerFault => "the service failed",
            Self::NeedsCallsign => "this needs Callsign",
            Self::Reply => "the reply cannot be read",
            Self::Other => "the call failed",
        })
    }
}
