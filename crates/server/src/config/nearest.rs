//! Finds what a misspelt or misplaced name probably meant.

/// Longer names are nobody's slip of the finger, and comparing them would cost the square of their length.
const NAME_CHARS_MAX: usize = 100;

/// The candidate that `name` probably meant: the one that has its `tail` in another place, or a longer or shorter
/// name of which one begins the other, else the closest spelling. Parts of names are divided by `separator`.
pub(super) fn nearest(
    name: &str,
    tail: &str,
    separator: char,
    candidates: impl Iterator<Item = &'static str> + Clone,
) -> Option<&'static str> {
    let length = name.chars().count();
    if length > NAME_CHARS_MAX {
        return None;
    }
    let begins =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(separator));
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with(separator));
    let mut related = candidates.clone().filter(|candidate| {
        *candidate == tail || ends(candidate, tail) || begins(candidate, name) || begins(name, candidate)
    });
    // Of two that are related, either would be a guess.
    if let (Some(only), None) = (related.next(), related.next()) {
        return Some(only);
    }
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= 3 && distance * 3 <= length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be changed, added or taken away to turn one text into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut above: Vec<usize> = (0..=to.chars().count()).collect();
    for (position, ours) in from.chars().enumerate() {
        let mut diagonal = position;
        let mut left = position + 1;
        let mut row = vec![left];
        for (theirs, over) in to.chars().zip(above.iter().skip(1)) {
            left = (diagonal + usize::from(ours != theirs)).min(left + 1).min(over + 1);
            diagonal = *over;
            row.push(left);
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    const NAMES: [&str; 4] = ["data_dir", "listen.https", "listen.http", "log.level"];

    #[test]
    fn the_distance_counts_changed_added_and_missing_characters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn a_slip_finds_the_closest_name() {
        assert_eq!(nearest("data_dri", "data_dri", '.', NAMES.into_iter()), Some("data_dir"));
        assert_eq!(nearest("listen.htps", "htps", '.', NAMES.into_iter()), Some("listen.https"));
    }

    #[test]
    fn a_name_in_the_wrong_section_finds_its_place() {
        assert_eq!(nearest("level", "level", '.', NAMES.into_iter()), Some("log.level"));
        assert_eq!(nearest("log.data_dir", "data_dir", '.', NAMES.into_iter()), Some("data_dir"));
    }

    #[test]
    fn a_name_like_no_other_finds_nothing() {
        assert_eq!(nearest("colour", "colour", '.', NAMES.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(500), "x", '.', NAMES.into_iter()), None);
    }
}
