//! What the development authority answers, and the one table of its refusals: number, word and status, as Entra has them.

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

pub(super) use crate::http::site::Answer;

/// Characters of a caller's word that a refusal repeats.
const ECHO_CHARACTERS_MAX: usize = 100;

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Answer {
    fn of(media_type: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, media_type, headers: HeaderMap::new(), body: Bytes::from(body) }
    }

    /// 200 with JSON.
    pub(super) fn json(value: &Value) -> Self {
        Self::of(JSON, value.to_string())
    }

    /// 200 with a page under that policy.
    pub(super) fn page(html: String, policy: &str) -> Self {
        Self::of(HTML, html).with(CONTENT_SECURITY_POLICY, policy)
    }

    /// A page that says what is wrong.
    pub(super) fn page_of(refusal: &Refusal, html: String, policy: &str) -> Self {
        Self { status: refusal.fault.row().2, ..Self::page(html, policy) }
    }

    /// 204.
    pub(super) fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::of(JSON, String::new()) }
    }

    /// 303: the browser goes there, and does not send again what was typed (RFC 9700 §4.12).
    pub(super) fn redirect(location: &str) -> Self {
        Self { status: StatusCode::SEE_OTHER, ..Self::of(HTML, String::new()) }.with(LOCATION, location)
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        // Addresses and policies are written by parsers and by this program: they are visible ASCII.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    NotFound,
    MethodWrong,
    MediaTypeWrong,
    FieldMissing,
    FieldRepeated,
    FieldWrong,
    RedirectUriWrong,
    ResponseTypeUnknown,
    ChallengeMissing,
    ChallengeWrong,
    /// `prompt=none`, and nobody is signed in.
    LoginRequired,
    GrantUnknown,
    ApplicationUnknown,
    SecretMissing,
    SecretWrong,
    PasswordWrong,
    ScopeWrong,
    /// A code or a refresh token that is none.
    GrantWrong,
    CodeExpired,
    VerifierWrong,
    RefreshTokenExpired,
    DeviceCodePending,
    DeviceCodeExpired,
    IdentityHeaderWrong,
    IdentityUnknown,
    /// The machine gave no randomness, or could not sign.
    Failed,
}

impl Fault {
    /// Entra's number, the word of OAuth, and the status. 50126, 70016, 700016 and 7000215 were recorded; the others are
    /// documented ("Microsoft Entra authentication and authorization error codes").
    const fn row(self) -> (u32, &'static str, StatusCode) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const STRANGER: StatusCode = StatusCode::UNAUTHORIZED;
        match self {
            Self::NotFound => (9_002_313, "invalid_request", StatusCode::NOT_FOUND),
            Self::MethodWrong => (900_561, "invalid_request", StatusCode::METHOD_NOT_ALLOWED),
            Self::MediaTypeWrong => (9_002_313, "invalid_request", BAD),
            Self::FieldMissing => (90_014, "invalid_request", BAD),
            Self::FieldRepeated => (9_000_411, "invalid_request", BAD),
            Self::FieldWrong => (900_144, "invalid_request", BAD),
            Self::RedirectUriWrong => (50_011, "invalid_request", BAD),
            Self::ResponseTypeUnknown => (70_005, "unsupported_response_type", BAD),
            Self::ChallengeMissing => (9_002_325, "invalid_request", BAD),
            Self::ChallengeWrong => (501_491, "invalid_request", BAD),
            Self::LoginRequired => (50_058, "login_required", BAD),
            Self::CodeExpired => (70_008, "invalid_grant", BAD),
            Self::VerifierWrong => (501_481, "invalid_grant", BAD),
            Self::GrantUnknown => (70_003, "unsupported_grant_type", BAD),
            Self::ApplicationUnknown => (700_016, "unauthorized_client", BAD),
            Self::SecretMissing => (7_000_216, "invalid_client", STRANGER),
            Self::SecretWrong => (7_000_215, "invalid_client", STRANGER),
            Self::PasswordWrong => (50_126, "invalid_grant", BAD),
            Self::ScopeWrong => (70_011, "invalid_scope", BAD),
            Self::GrantWrong => (70_000, "invalid_grant", BAD),
            Self::RefreshTokenExpired => (700_082, "invalid_grant", BAD),
            Self::DeviceCodePending => (70_016, "authorization_pending", BAD),
            Self::DeviceCodeExpired => (70_020, "expired_token", BAD),
            Self::IdentityHeaderWrong => (7_000_215, "invalid_client", STRANGER),
            Self::IdentityUnknown => (700_016, "invalid_request", BAD),
            Self::Failed => (90_033, "server_error", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// A refusal: a sentence with a remedy. It names no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) fault: Fault,
    pub(super) sentence: String,
}

impl Refusal {
    pub(super) fn new(fault: Fault, sentence: impl Into<String>) -> Self {
        Self { fault, sentence: sentence.into() }
    }

    pub(super) fn failed() -> Self {
        Self::new(Fault::Failed, "The server could not make a token just now. Try again.")
    }

    /// The word of OAuth.
    pub(super) const fn word(&self) -> &'static str {
        self.fault.row().1
    }

    /// The sentence with the number in front of it.
    pub(super) fn description(&self) -> String {
        format!("AADSTS{}: {}", self.fault.row().0, self.sentence)
    }

    /// As OAuth and Entra write it. MSAL for JavaScript shows the numbers, all others the description.
    pub(super) fn to_json(&self, now: &str, trace_id: &str, correlation_id: &str) -> Answer {
        let (number, word, status) = self.fault.row();
        let body = json!({
            "error": word,
            "error_description": self.description(),
            "error_codes": [number],
            "timestamp": now,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
        });
        Answer { status, ..Answer::json(&body) }
    }

    /// As the endpoint of managed identities writes it: azure-identity shows both members.
    pub(super) fn to_identity_json(&self, correlation_id: &str) -> Answer {
        let (_, _, status) = self.fault.row();
        let body = json!({ "statusCode": status.as_u16(), "message": self.sentence, "correlationId": correlation_id });
        Answer { status, ..Answer::json(&body) }
    }
}

/// The start of a caller's word, without what would spoil a line.
pub(super) fn cut(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(ECHO_CHARACTERS_MAX).collect()
}
