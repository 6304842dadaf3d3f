//! Spans of time in words.

/// Units in seconds, longest first.
const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];

/// `1 day 2 hours`, in the two longest units that are not zero; `0 seconds` for none.
pub(crate) fn in_words(seconds: u64) -> String {
    let mut rest = seconds;
    let mut words = Vec::new();
    for (unit, name) in UNITS {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            words.push(format!("{count} {name}{plural}"));
        }
        // A smaller unit than the one after the longest says nothing that anyone asks for.
        if words.len() == 2 || (!words.is_empty() && count == 0) {
            break;
        }
    }
    if words.is_empty() {
        return "0 seconds".to_owned();
    }
    words.join(" ")
}

/// How far an instant is from now, both in seconds since 1970.
pub(crate) fn from_now(instant: i64, now: i64) -> String {
    if instant == now {
        return "now".to_owned();
    }
    let words = in_words(instant.abs_diff(now));
    if instant >= now { format!("in {words}") } else { format!("{words} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_say_enough() {
        for (seconds, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (61, "1 minute 1 second"),
            (3_600, "1 hour"),
            (5_400, "1 hour 30 minutes"),
            (86_399, "23 hours 59 minutes"),
            (86_400, "1 day"),
            (86_460, "1 day"),
            (200_000, "2 days 7 hours"),
        ] {
            assert_eq!(in_words(seconds), expected);
        }
        assert_eq!(from_now(100, 40), "in 1 minute");
        assert_eq!(from_now(40, 100), "1 minute ago");
        assert_eq!(from_now(40, 40), "now");
    }
}
