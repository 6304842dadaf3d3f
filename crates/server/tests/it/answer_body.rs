//! The body that came against the body that was recorded: the same members in the same order, and the same values.
//! Ids, tokens and times are made for one answer alone and judged by their form and by what is known of them.

use callsign_protocol::date::Timestamp;

use crate::forms::{self, Moment};
use crate::ordered_json::Json;

/// What the values must be that were made for this answer alone.
pub struct Expected {
    pub resource_id: String,
    /// The id, where it is known before.
    pub id: Option<String>,
    /// Ids that are taken, none of which may come again.
    pub ids_taken: Vec<String>,
    pub lifetime_minutes: i64,
    pub moment: Moment,
    /// When a token was last issued under the request's custom id.
    pub last_token_issued: Option<Moment>,
}

/// Everything that differs.
pub fn differences(recorded: &Json, ours: &Json, expected: &Expected) -> Vec<String> {
    let (recorded_paths, our_paths) = (recorded.paths(), ours.paths());
    if recorded_paths != our_paths {
        return vec![format!("members: recorded {recorded_paths:?}, ours {our_paths:?}")];
    }
    let mut differences = Vec::new();
    for path in &recorded_paths {
        let (recorded_here, ours_here) = (standing_at(recorded, path), standing_at(ours, path));
        let name = path.rsplit('.').next().unwrap_or_default();
        let text = ours_here.as_text();
        match text.and_then(|text| judge(name, text, (ours, expected))) {
            Some(Ok(())) => {}
            Some(Err(difference)) => differences.push(format!("{path}: {difference}")),
            None if recorded_here == ours_here => {}
            None => differences.push(format!("{path}: recorded {recorded_here}, ours {ours_here}")),
        }
    }
    differences
}

/// What stands at one of the value's own paths.
fn standing_at<'a>(json: &'a Json, path: &str) -> &'a Json {
    if path.is_empty() { json } else { json.at(path).unwrap_or(&Json::Null) }
}

/// Judges a value by what it must be now; `None` for a value that must be the recorded one.
fn judge(name: &str, text: &str, (body, expected): (&Json, &Expected)) -> Option<Result<(), String>> {
    match name {
        "id" => Some(id(text, expected)),
        "token" => {
            let expires_on = ["expiresOn", "accessToken.expiresOn"]
                .iter()
                .find_map(|path| body.at(path))
                .and_then(Json::as_text);
            Some(forms::token(text, expires_on.and_then(|text| forms::round_trip(text).ok())).map(|_| ()))
        }
        "expiresOn" => Some(forms::round_trip(text).and_then(|instant| lifetime(instant, expected))),
        "lastTokenIssuedAt" => {
            Some(forms::whole_seconds(text).and_then(|instant| last_token(instant, expected)))
        }
        _ => None,
    }
}

fn id(text: &str, expected: &Expected) -> Result<(), String> {
    match &expected.id {
        Some(id) if id != text => Err(format!("ours is {text}, it should be {id}")),
        None if expected.ids_taken.iter().any(|taken| taken == text) => {
            Err(format!("{text} was given before"))
        }
        _ => forms::identity_id(text, &expected.resource_id),
    }
}

fn lifetime(expires_on: Timestamp, expected: &Expected) -> Result<(), String> {
    if expected.moment.is_followed_by(expires_on, expected.lifetime_minutes) {
        return Ok(());
    }
    let (minutes, text) = (expected.lifetime_minutes, expires_on.to_round_trip());
    Err(format!("{text} is not {minutes} minutes after {}", expected.moment.sent.to_round_trip()))
}

/// The live service cuts the fraction off, so that the value may be up to a second before the moment.
fn last_token(instant: Timestamp, expected: &Expected) -> Result<(), String> {
    let Some(last) = expected.last_token_issued else {
        return Err("nobody had a token issued under this custom id".to_owned());
    };
    let seconds = last.sent.unix_seconds()..=last.answered.unix_seconds();
    let text = instant.to_whole_seconds_utc();
    if seconds.contains(&instant.unix_seconds()) {
        Ok(())
    } else {
        Err(format!("{text} is not when the last token was issued"))
    }
}
