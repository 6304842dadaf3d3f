//! What can go wrong on the way to the server, told apart as far as somebody has something else to do about each.

use std::error::Error;

/// Why a request to the server brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LinkFailure {
    /// No connection was made.
    #[error("the server cannot be reached; is the endpoint right, and is the server running?")]
    Unreachable,
    /// The server's certificate is not trusted here.
    #[error(
        "the server's certificate is not trusted here; name the file of its authority with root_certificates"
    )]
    CertificateUntrusted,
    /// The reply, or the rest of it, did not come in time.
    #[error("the server did not answer in time; look at its load and at what stands between")]
    TimedOut,
    /// The connection broke.
    #[error("the connection to the server broke; look at what stands between here and there")]
    Interrupted,
    /// The server sends elsewhere. Redirects are not followed: only the configured host is asked.
    #[error("the server answers with a redirect, which is not followed; use the address that it leads to")]
    Redirected,
    /// The server refuses the access key.
    #[error(
        "the server refuses the access key; compare it with the resource's, and this machine's clock with the server's"
    )]
    Denied,
    /// The server answered with a status that is no success.
    #[error("the server answers with status {0}; its log has the reason")]
    Status(u16),
    /// The reply is longer than such replies are.
    #[error("the server's reply is too long to be one; is it a Callsign server that answers there?")]
    Oversized,
    /// The reply is not what was asked for.
    #[error("the server's reply cannot be read; is it a Callsign server of this version that answers there?")]
    Malformed,
    /// Too many such requests are on the way already.
    #[error("too many checks wait for the server already; it does not answer fast enough")]
    Crowded,
}

impl LinkFailure {
    /// The failure as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::Redirected => "redirected",
            Self::Denied => "denied",
            Self::Status(_) => "status",
            Self::Oversized => "oversized",
            Self::Malformed => "malformed",
            Self::Crowded => "crowded",
        }
    }

    /// The libraries below tell a certificate that is not trusted in words only. The error itself names the address, so only
    /// its causes are searched.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
        if error.is_timeout() {
            Self::TimedOut
        } else if causes.any(|cause| cause.to_string().to_ascii_lowercase().contains("certificate")) {
            Self::CertificateUntrusted
        } else if error.is_connect() {
            Self::Unreachable
        } else {
            Self::Interrupted
        }
    }
}
