//! `--expires-in`: how long a token is to be valid, in whole minutes.

/// Reads `90m`, `24h`, `1h30m`, or a number of minutes. Whether the service grants it is the service's to say.
///
/// # Errors
/// A sentence for what is none of these.
pub(super) fn minutes(text: &str) -> Result<u32, String> {
    let read = || {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok();
        }
        let (hours, rest) =
            text.split_once('h').map_or((0, text), |(hours, rest)| (hours.parse().unwrap_or(u32::MAX), rest));
        let minutes: u32 = match rest {
            "" => 0,
            rest => rest.strip_suffix('m')?.parse().ok()?,
        };
        hours.checked_mul(60)?.checked_add(minutes)
    };
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"hm".contains(&byte));
    plain
        .then(read)
        .flatten()
        .ok_or_else(|| "say how long as 90m, 24h, 1h30m, or as a number of minutes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_minutes_are_read_and_nothing_else_is() {
        for (text, expected) in
            [("90", 90), ("90m", 90), ("24h", 1440), ("1h30m", 90), ("0", 0), ("2h0m", 120)]
        {
            assert_eq!(minutes(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "h",
            "m",
            "1d",
            "90s",
            "1.5h",
            "-5",
            "+5m",
            "1m1h",
            "99999999999",
            "h5m",
            "1h5",
            "9999999999h",
            "ä",
        ] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }
}
