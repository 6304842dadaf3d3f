//! How long a reply may be kept (RFC 9111 §5.2), within bounds that do a verifier good.

use std::time::Duration;

use reqwest::header::HeaderValue;

/// When the server says nothing: what a Callsign server says.
const DEFAULT: Duration = Duration::from_mins(5);

/// No server can have itself asked more often than this.
const LEAST: Duration = Duration::from_secs(30);

/// No server can have a key set kept for longer than this: a key that left it is to be forgotten.
const MOST: Duration = Duration::from_hours(1);

/// What `Cache-Control` allows, from 30 seconds to an hour.
pub(super) fn max_age<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Duration {
    let mut found = DEFAULT;
    for directive in values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        if matches!(directive.as_str(), "no-store" | "no-cache") {
            return LEAST;
        }
        if let Some(seconds) =
            directive.strip_prefix("max-age=").and_then(|text| text.trim_matches('"').parse().ok())
        {
            found = Duration::from_secs(seconds);
        }
    }
    found.clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_allows_is_kept_within_bounds() {
        for (value, seconds) in [
            ("max-age=300", 300),
            ("public, Max-Age=60, must-revalidate", 60),
            ("max-age=\"90\"", 90),
            ("max-age=0", 30),
            ("no-cache, max-age=600", 30),
            ("max-age=600, no-store", 30),
            ("max-age=99999999", 3600),
            ("max-age=-1", 300),
            ("max-age=99999999999999999999999999", 300),
            ("s-maxage=60", 300),
            ("", 300),
        ] {
            let value = HeaderValue::from_static(value);
            assert_eq!(max_age([&value].into_iter()), Duration::from_secs(seconds), "{value:?}");
        }
        assert_eq!(max_age(std::iter::empty()), DEFAULT);
    }
}
