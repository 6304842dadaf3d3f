//! Values of our own surface, read strictly: instants, numbers, words, ids and the marks where a listing goes on.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::CUSTOM_ID_CHARACTERS_MAX;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::fields::cut;
use crate::http::error::InputFault;

/// Most identities that one request names.
pub(super) const IDS_MAX: usize = 1_000;

const NANOSECONDS_PER_MILLISECOND: i128 = 1_000_000;

pub(super) fn invalid(name: &'static str, must: &str) -> InputFault {
    InputFault::Invalid { name, detail: format!("'{name}' must be {must}.") }
}

pub(super) fn missing(name: &'static str) -> InputFault {
    InputFault::Invalid { name, detail: format!("'{name}' is required.") }
}

/// An instant, as RFC 3339 writes it, in whole milliseconds: that is how the store keeps instants, so what happened in the
/// same millisecond counts as having happened then or later.
pub(super) fn instant(name: &'static str, text: &str) -> Result<Timestamp, InputFault> {
    let read = OffsetDateTime::parse(text, &Rfc3339).ok();
    let milliseconds = read.map(|at| at.unix_timestamp_nanos().div_euclid(NANOSECONDS_PER_MILLISECOND));
    let instant = milliseconds.and_then(|at| i64::try_from(at).ok()).map(Timestamp::from_unix_milliseconds);
    instant.ok_or_else(|| {
        invalid(name, "an instant of RFC 3339, such as 2026-10-01T07:05:09Z; in a query '+' is written %2B")
    })
}

/// A whole number in decimal digits.
pub(super) fn number(name: &'static str, text: &str, range: RangeInclusive<u16>) -> Result<u16, InputFault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && range.contains(number))
        .ok_or_else(|| invalid(name, &format!("a whole number from {} to {}", range.start(), range.end())))
}

/// `true` or `false`.
pub(super) fn flag(name: &'static str, text: &str) -> Result<bool, InputFault> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(name, "true or false")),
    }
}

/// The caller's own name for an identity.
pub(super) fn custom_id(name: &'static str, text: String) -> Result<String, InputFault> {
    let characters = 1..=CUSTOM_ID_CHARACTERS_MAX;
    if characters.contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let must =
        format!("text of 1 to {CUSTOM_ID_CHARACTERS_MAX} characters, none of them a control character");
    Err(invalid(name, &must))
}

/// Where a listing goes on: after that local guid. Whoever makes one up reads its own resource from somewhere else.
pub(super) fn continuation(name: &'static str, text: &str) -> Result<Uuid, InputFault> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| Uuid::from_slice(&bytes).ok());
    bytes.ok_or_else(|| invalid(name, "what an earlier reply gave"))
}

/// The text that [`continuation`] reads.
pub(super) fn continuation_text(after: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(after)
}

/// A JSON text.
pub(super) fn text(name: &'static str, value: Value) -> Result<String, InputFault> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(invalid(name, "a text")),
    }
}

/// A JSON truth value.
pub(super) fn boolean(name: &'static str, value: &Value) -> Result<bool, InputFault> {
    value.as_bool().ok_or_else(|| invalid(name, "true or false"))
}

/// A JSON list of identity ids.
pub(super) fn ids(name: &'static str, value: &Value, resource: Uuid) -> Result<Vec<IdentityId>, InputFault> {
    let list = value.as_array().filter(|list| (1..=IDS_MAX).contains(&list.len()));
    let list = list.ok_or_else(|| invalid(name, &format!("a list of 1 to {IDS_MAX} identity ids")))?;
    let id = |(place, item): (usize, &Value)| {
        let word = item.as_str().unwrap_or_default();
        IdentityId::read(word, resource).map_err(|_| {
            let word = if item.is_string() { format!("'{}'", cut(word)) } else { "the value".to_owned() };
            let detail = format!(
                "{word} at place {place} of '{name}' is no identity id of the form 8:acs:<guid>_<guid>."
            );
            InputFault::Invalid { name, detail }
        })
    };
    list.iter().enumerate().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_spelling_of_rfc_3339_and_no_other() {
        let second = Timestamp::from_unix_seconds(1_790_838_309);
        for text in ["2026-10-01T07:05:09Z", "2026-10-01T09:05:09+02:00", "2026-10-01t07:05:09.000z"] {
            assert_eq!(instant("a", text), Ok(second), "{text}");
        }
        let earliest = instant("a", "0001-01-01T00:00:00Z").unwrap();
        assert!(earliest < second && second < instant("a", "9999-12-31T23:59:59.9999999Z").unwrap());
        for text in [
            "",
            "now",
            "2026-10-01",
            "2026-10-01T07:05:09",
            "2026-10-01T07:05:09 00:00",
            "2026-13-01T07:05:09Z",
            "1790838309",
            "Thu, 01 Oct 2026 07:05:09 GMT",
            "12026-10-01T07:05:09Z",
        ] {
            assert!(instant("a", text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_have_digits_only_and_stay_in_their_range() {
        assert_eq!(number("a", "1000", 1..=1000), Ok(1000));
        for text in ["", "0", "1001", "+1", "-1", "1.0", "1e2", " 1", "99999999999999999999", "١"] {
            assert!(number("a", text, 1..=1000).is_err(), "{text}");
        }
    }

    #[test]
    fn a_continuation_reads_back_and_nothing_else_is_read() {
        let after = Uuid::from_u128(0xfedc_ba98_7654_3210_0123_4567_89ab_cdef);
        assert_eq!(continuation("a", &continuation_text(after)), Ok(after));
        for text in [
            "",
            "AAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            "AAAAAAAAAAAAAAAAAAAAA+",
            "AAAAAAAAAAAAAAAAAAAAAB",
        ] {
            assert!(continuation("a", text).is_err(), "{text}");
        }
    }
}
