//! The requests whose signature was refused last, for the one who has to find out why. It never holds a key, a body or a
//! signature.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsign_protocol::date::Timestamp;
use serde::{Deserialize, Serialize};

/// How many refused requests are kept.
const REFUSALS_MAX: usize = 32;
/// How much of each text is kept. A stranger may have written it.
const TEXT_CHARACTERS_MAX: usize = 4096;
/// Longest claim that is decoded, in bytes of base64.
const CLAIM_BYTES_MAX: usize = 16 * 1024;

const SAME_STRING: &str = "The client signed the very string that the server built, so its key is another one: compare it \
    with callsign key list.";
const OTHER_KEY: &str = "Compare this string with the one that your client signs, character by character. If they are the \
    same, its key is another one: compare it with callsign key list.";
const REASON_SAYS_IT: &str = "The reason says what to mend; the signature was not looked at.";

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRequest {
    /// When, in RFC 3339.
    pub at: String,
    /// Its `x-ms-client-request-id`.
    pub client_request_id: Option<String>,
    /// Its method.
    pub method: String,
    /// Its path and query, as they arrived.
    pub target: String,
    /// Why it was refused.
    pub reason: String,
    /// What the server expected to be signed.
    pub string_to_sign: Option<String>,
    /// What the client says it signed; only the Java client says it.
    pub claimed_string_to_sign: Option<String>,
    /// What to look at.
    pub hint: String,
}

/// What is known of a request when it is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusedParts<'a> {
    /// Its `x-ms-client-request-id`.
    pub client_request_id: Option<&'a str>,
    /// Its method.
    pub method: &'a str,
    /// Its path and query, as they arrived.
    pub target: &'a str,
    /// Why it is refused.
    pub reason: &'a str,
    /// What the server expected to be signed, where it came to build it.
    pub string_to_sign: Option<&'a str>,
    /// The value of `x-ms-hmac-string-to-sign-base64`.
    pub claimed_string_to_sign_base64: Option<&'a str>,
    /// What to look at, where the reason tells more than the two strings; without it they are compared.
    pub hint: Option<&'a str>,
}

/// The last refused requests, in memory.
#[derive(Debug, Default)]
pub struct Refusals {
    last: Mutex<VecDeque<RefusedRequest>>,
}

impl Refusals {
    /// Notes a refused request; the oldest one makes room.
    pub fn note(&self, at: Timestamp, parts: &RefusedParts<'_>) {
        let claimed = parts.claimed_string_to_sign_base64.and_then(decoded);
        let hint = parts.hint.map_or_else(|| hint(parts.string_to_sign, claimed.as_deref()), str::to_owned);
        let refused = RefusedRequest {
            at: at.to_round_trip(),
            client_request_id: parts.client_request_id.map(bounded),
            method: bounded(parts.method),
            target: bounded(parts.target),
            reason: bounded(parts.reason),
            string_to_sign: parts.string_to_sign.map(bounded),
            claimed_string_to_sign: claimed.as_deref().map(bounded),
            hint: bounded(&hint),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= REFUSALS_MAX {
            last.pop_back();
        }
        last.push_front(refused);
    }

    /// The refused requests, newest first.
    #[must_use]
    pub fn recent(&self) -> Vec<RefusedRequest> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(TEXT_CHARACTERS_MAX).collect()
}

fn decoded(base64: &str) -> Option<String> {
    if base64.len() > CLAIM_BYTES_MAX {
        return None;
    }
    let bytes = STANDARD.decode(base64).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn hint(built: Option<&str>, claimed: Option<&str>) -> String {
    match (built, claimed) {
        (None, _) => REASON_SAYS_IT.to_owned(),
        (Some(_), None) => OTHER_KEY.to_owned(),
        (Some(built), Some(claimed)) if built == claimed => SAME_STRING.to_owned(),
        (Some(built), Some(claimed)) => difference(built, claimed).unwrap_or(OTHER_KEY).to_owned(),
    }
}

/// Which part of the two strings differs first, as a sentence with its usual cause.
fn difference(built: &str, claimed: &str) -> Option<&'static str> {
    let (built, claimed) = (Parts::of(built)?, Parts::of(claimed));
    let Some(claimed) = claimed else {
        return Some("The client did not sign three lines of method, path with query, and date;host;hash.");
    };
    [
        (built.method != claimed.method, "The method changed on the way: sign it in capital letters, as it is sent."),
        (
            built.target != claimed.target,
            "The path or query changed on the way, or was signed in another spelling: sign it as it is sent, with its query, \
             and let no proxy rewrite it.",
        ),
        (built.date != claimed.date, "The date that was signed is not the one in the header: send the very same text."),
        (
            built.host != claimed.host,
            "The host that was signed is not the one in the Host header: sign it with its port, and let a proxy in between \
             keep the header.",
        ),
        (
            built.hash != claimed.hash,
            "The hash that was signed is not the one in x-ms-content-sha256: hash the very bytes of the body, and send that \
             hash.",
        ),
    ]
    .into_iter()
    .find_map(|(differs, sentence)| differs.then_some(sentence))
}

/// A string to sign in its parts: `VERB\npath?query\ndate;host;hash`.
struct Parts<'a> {
    method: &'a str,
    target: &'a str,
    date: &'a str,
    host: &'a str,
    hash: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (method, rest) = text.split_once('\n')?;
        let (target, rest) = rest.split_once('\n')?;
        let (date, rest) = rest.split_once(';')?;
        let (host, hash) = rest.split_once(';')?;
        Some(Self { method, target, date, host, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &str =
        "POST\n/identities?api-version=2023-10-01\nThu, 01 Oct 2026 07:05:09 GMT;localhost:8443;aGFzaA==";

    fn noted(claimed: Option<&str>) -> RefusedRequest {
        let refusals = Refusals::default();
        let claimed = claimed.map(|text| STANDARD.encode(text));
        let parts = RefusedParts {
            method: "POST",
            target: "/identities?api-version=2023-10-01",
            reason: "the signature is that of no access key",
            string_to_sign: Some(BUILT),
            claimed_string_to_sign_base64: claimed.as_deref(),
            ..RefusedParts::default()
        };
        refusals.note(Timestamp::from_unix_seconds(1_790_838_309), &parts);
        refusals.recent().remove(0)
    }

    #[test]
    fn the_newest_refusals_are_kept_and_come_first() {
        let refusals = Refusals::default();
        for number in 0..40 {
            let target = format!("/{number}");
            let parts = RefusedParts { target: &target, ..RefusedParts::default() };
            refusals.note(Timestamp::from_unix_seconds(number), &parts);
        }
        let recent = refusals.recent();
        assert_eq!(recent.len(), REFUSALS_MAX);
        assert_eq!((recent[0].target.as_str(), recent[31].target.as_str()), ("/39", "/8"));
        assert_eq!(recent[0].hint, REASON_SAYS_IT);
    }

    #[test]
    fn the_hint_names_the_part_that_differs() {
        for (from, to, word) in [
            ("POST", "post", "capital"),
            ("?api", "&api", "path or query"),
            ("09 GMT", "10 GMT", "date"),
            (":8443", ":8443/", "Host header"),
            ("aGFzaA", "aHNhaA", "x-ms-content-sha256"),
            ("\n", " ", "three lines"),
        ] {
            let refused = noted(Some(&BUILT.replace(from, to)));
            assert!(refused.hint.contains(word), "{}", refused.hint);
        }
        assert_eq!(noted(Some(BUILT)).hint, SAME_STRING);
        assert_eq!(noted(None).hint, OTHER_KEY);
    }

    #[test]
    fn what_a_stranger_wrote_is_kept_only_in_part() {
        assert_eq!(
            noted(Some(&"x".repeat(10_000))).claimed_string_to_sign.unwrap().len(),
            TEXT_CHARACTERS_MAX
        );
        assert_eq!(noted(Some(&"x".repeat(1_000_000))).claimed_string_to_sign, None);
        assert_eq!(decoded("no base64"), None);
    }
}
