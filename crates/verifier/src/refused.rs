//! Why a token is not accepted, for programs, logs and people. The token itself is never repeated.

use std::time::Duration;

use callsign_protocol::verification::Rejection;

use crate::link::LinkFailure;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Its form, signature or claims are wrong, or its time is over.
    #[error("{0}; {remedy}", remedy = remedy(*.0))]
    Rejected(Rejection),
    /// It was revoked, its identity was deleted, or a key that it hangs on was replaced.
    #[error("the token was revoked; let the user sign in again and get a new one")]
    Revoked,
    /// The knowledge of revocations is too old to tell. The token may well be good.
    #[error("nothing was heard of revocations for {} s; look at what keeps the verifier from its server", age.as_secs())]
    Stale {
        /// How long ago the server was last heard of.
        age: Duration,
    },
    /// The verifier has no keys or no knowledge of revocations yet. The token may well be good.
    #[error("the verifier has not heard enough from its server yet; its health says what is missing")]
    NotReady,
    /// The server was to tell, and did not. The token may well be good.
    #[error("the server could not be asked about the token: {0}")]
    Introspection(LinkFailure),
}

impl Refused {
    /// The reason as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Revoked => "revoked",
            Self::Stale { .. } => "stale",
            Self::NotReady => "not_ready",
            Self::Introspection(_) => "introspection",
        }
    }

    /// Whether the fault is the token's. If it is not, the same token may pass later, and its bearer should keep it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Rejected(_) | Self::Revoked)
    }
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const fn remedy(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::Expired => "let the client get a new one in time",
        Rejection::IssuedInFuture => "compare this machine's clock with the server's",
        Rejection::IssuerWrong | Rejection::ResourceWrong => {
            "compare the connection string here with that of whoever issues tokens"
        }
        Rejection::KeyUnknown => "is it of this server, and issued since its keys last changed?",
        _ => "send an access token as the server issued it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_word_and_a_sentence_that_fits_into_a_header() {
        let reasons = [
            Refused::Rejected(Rejection::Expired),
            Refused::Rejected(Rejection::Malformed),
            Refused::Rejected(Rejection::KeyUnknown),
            Refused::Rejected(Rejection::ResourceWrong),
            Refused::Rejected(Rejection::IssuedInFuture),
            Refused::Revoked,
            Refused::Stale { age: Duration::from_secs(31) },
            Refused::NotReady,
            Refused::Introspection(LinkFailure::TimedOut),
        ];
        for reason in reasons {
            assert!(reason.code().bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_'));
            let sentence = reason.to_string();
            // RFC 6750 §3: what error_description may hold.
            let fits = |letter: u8| matches!(letter, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(sentence.len() > 30 && sentence.bytes().all(fits), "{sentence}");
        }
    }
}
