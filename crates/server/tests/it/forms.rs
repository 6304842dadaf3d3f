//! The forms that values have on the wire, and the few values that can only be judged with a clock.

use std::time::Duration;

use callsign_protocol::date::Timestamp;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::harness::claims;

/// How far a clock value may be from the moment it stands for, the travel of the request included.
pub const TOLERANCE: Duration = Duration::from_secs(5);

/// The time between sending a request and having its whole answer.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub sent: Timestamp,
    pub answered: Timestamp,
}

impl Moment {
    /// Whether `instant` lies `minutes` after some time of the moment, give or take [`TOLERANCE`].
    pub fn is_followed_by(&self, instant: Timestamp, minutes: i64) -> bool {
        let (from, to) = (self.sent.plus_minutes(minutes), self.answered.plus_minutes(minutes));
        (from..=to).contains(&instant)
            || from.distance(instant) <= TOLERANCE
            || to.distance(instant) <= TOLERANCE
    }
}

/// Whether a text has the form: `9` stands for a digit, `h` for a lower-case hex digit, all else for itself.
pub fn fits(text: &str, form: &str) -> bool {
    let fits = |letter: u8, form: u8| match form {
        b'9' => letter.is_ascii_digit(),
        b'h' => letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter),
        _ => letter == form,
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(|(letter, form)| fits(letter, form))
}

/// .NET's round-trip form with a zero offset: up to seven fraction digits, the last one no zero (`live-behaviour.md` §3).
pub fn round_trip(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("'{text}' is not of the form 2025-04-14T17:32:27.2078535+00:00");
    let instant = text.strip_suffix("+00:00").ok_or_else(wrong)?;
    let (seconds, fraction) =
        instant.split_once('.').map_or((instant, None), |(seconds, digits)| (seconds, Some(digits)));
    let fraction_is_right = fraction.is_none_or(|digits| {
        (1..=7).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.ends_with('0')
    });
    if !fits(seconds, "9999-99-99T99:99:99") || !fraction_is_right {
        return Err(wrong());
    }
    instant_of(text).ok_or_else(wrong)
}

/// Whole seconds with a zero offset, as `lastTokenIssuedAt` is written (`live-behaviour.md` §3).
pub fn whole_seconds(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("'{text}' is not of the form 2025-04-14T15:32:27+00:00");
    if fits(text, "9999-99-99T99:99:99+00:00") { instant_of(text).ok_or_else(wrong) } else { Err(wrong()) }
}

fn instant_of(text: &str) -> Option<Timestamp> {
    let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(Timestamp::from_unix_ticks(i64::try_from(instant.unix_timestamp_nanos() / 100).ok()?))
}

/// An id of the resource, all in lower case (`live-behaviour.md` §3.1).
pub fn identity_id(text: &str, resource_id: &str) -> Result<(), String> {
    let local = text
        .strip_prefix("8:acs:")
        .and_then(|rest| rest.strip_prefix(resource_id))
        .and_then(|rest| rest.strip_prefix('_'));
    match local {
        Some(local) if fits(local, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh") => Ok(()),
        _ => Err(format!("'{text}' is not of the form 8:acs:{resource_id}_<guid>")),
    }
}

/// Three parts, and an `exp` that is the whole second of `expires_on` or one off it (`live-behaviour.md` §3).
pub fn token(text: &str, expires_on: Option<Timestamp>) -> Result<Value, String> {
    let url_safe = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if text.split('.').count() != 3 || !text.split('.').all(url_safe) {
        return Err("the token is not three parts of base64url".to_owned());
    }
    let claims = claims(text);
    let expires_on = expires_on.map(Timestamp::unix_seconds);
    match (claims["exp"].as_i64(), expires_on) {
        (None, _) => Err("the token has no numeric exp".to_owned()),
        (Some(exp), Some(seconds)) if exp.abs_diff(seconds) > 1 => {
            Err(format!("exp is {exp}, expiresOn is {seconds}"))
        }
        _ => Ok(claims),
    }
}

/// 22 characters of base64, then `.0` (`live-behaviour.md` §2).
pub fn correlation_vector(text: &str) -> bool {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    text.strip_suffix(".0").is_some_and(|vector| vector.len() == 22 && vector.bytes().all(base64))
}

/// Whole milliseconds: `12ms`.
pub fn milliseconds(text: &str) -> bool {
    text.strip_suffix("ms")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[test]
fn forms_are_strict() {
    assert!(
        round_trip("2025-04-14T17:32:27.2078535+00:00").is_ok()
            && round_trip("2025-04-14T17:32:27+00:00").is_ok()
    );
    for wrong in [
        "2025-04-14T17:32:27.20+00:00",
        "2025-04-14T17:32:27Z",
        "2025-04-14T17:32:27.12345678+00:00",
        "2025-04-14T17:32:27.+00:00",
    ] {
        assert!(round_trip(wrong).is_err(), "{wrong}");
    }
    assert!(
        whole_seconds("2025-04-14T15:32:27+00:00").is_ok()
            && whole_seconds("2025-04-14T15:32:27.1+00:00").is_err()
    );
    assert!(
        correlation_vector("mg+iRMl58kqRJClRNxf8aQ.0") && !correlation_vector("mg+iRMl58kqRJClRNxf8aQ==.0")
    );
    assert!(milliseconds("0ms") && !milliseconds("ms") && !milliseconds("1.5ms"));
}
