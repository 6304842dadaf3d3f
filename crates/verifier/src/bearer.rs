//! Bearer tokens in HTTP (RFC 6750): how a request carries one, and how it is told that it may not pass.

use crate::refused::Refused;

/// How soon a client may come back when the fault is not its token's, in seconds.
const RETRY_AFTER_SECONDS: u32 = 1;

/// The token of an `Authorization` header.
#[must_use]
pub fn token_of(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

/// Why a request may not pass, as an HTTP reply tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Challenge {
    /// There is no bearer token in it, or more than one.
    #[error("send one header 'Authorization: Bearer <access token>'")]
    NoToken,
    /// The token is not accepted.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Challenge {
    /// The status of the reply: 401, and 503 where the token may well be good.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Refused(refused) if !refused.is_final() => 503,
            Self::NoToken | Self::Refused(_) => 401,
        }
    }

    /// The reason as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::Refused(refused) => refused.code(),
        }
    }

    /// The header that belongs to the status: `WWW-Authenticate` (RFC 6750 §3), or `Retry-After`.
    #[must_use]
    pub fn header(self) -> (&'static str, String) {
        match self {
            Self::NoToken => ("www-authenticate", "Bearer".to_owned()),
            Self::Refused(refused) if refused.is_final() => (
                "www-authenticate",
                format!("Bearer error=\"invalid_token\", error_description=\"{refused}\""),
            ),
            Self::Refused(_) => ("retry-after", RETRY_AFTER_SECONDS.to_string()),
        }
    }

    /// A body of `application/problem+json` (RFC 9457).
    #[must_use]
    pub fn problem(self) -> String {
        let title = if self.status() == 401 { "Unauthorized" } else { "Service Unavailable" };
        serde_json::json!({
            "title": title,
            "status": self.status(),
            "code": self.code(),
            "detail": self.to_string(),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callsign_protocol::verification::Rejection;

    #[test]
    fn a_token_is_what_follows_the_scheme() {
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
            assert_eq!(token_of(header), Some("a.b.c"), "{header}");
        }
        for header in ["", "Bearer", "Bearer ", "Basic a.b.c", "a.b.c", "Bearer a b"] {
            assert_eq!(token_of(header), None, "{header}");
        }
    }

    #[test]
    fn only_a_token_that_is_to_blame_is_called_invalid() {
        let expired = Challenge::from(Refused::Rejected(Rejection::Expired));
        assert_eq!((expired.status(), expired.code()), (401, "expired"));
        let told = "Bearer error=\"invalid_token\", error_description=\"the token has expired; let the client get a new one in time\"";
        assert_eq!(expired.header(), ("www-authenticate", told.to_owned()));
        let not_ready = Challenge::from(Refused::NotReady);
        assert_eq!((not_ready.status(), not_ready.header().0), (503, "retry-after"));
        assert_eq!(Challenge::NoToken.header(), ("www-authenticate", "Bearer".to_owned()));
    }

    #[test]
    fn a_problem_says_what_the_header_says() {
        let problem: serde_json::Value =
            serde_json::from_str(&Challenge::from(Refused::Revoked).problem()).unwrap();
        assert_eq!((&problem["status"], &problem["code"]), (&401.into(), &"revoked".into()));
        assert_eq!(problem["detail"], Refused::Revoked.to_string());
    }
}
