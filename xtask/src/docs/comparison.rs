//! Compares what a page shows with what was printed.

use super::placeholders::named;

const ELLIPSIS: char = '…';

/// Whether the shown lines are what was printed.
pub(super) fn agree(shown: &[String], printed: &[String], data_dir: &str) -> bool {
    let shown: Vec<Shown> = trimmed(shown).map(|line| Shown::of(line, data_dir)).collect();
    let printed: Vec<String> = trimmed(printed).map(|line| named(line, data_dir)).collect();
    lines_agree(&shown, &printed)
}

/// One line of a page.
enum Shown {
    /// Any number of lines.
    Any,
    Whole(String),
    /// The line begins with one of these; what follows is not compared.
    Begins(Vec<String>),
}

impl Shown {
    fn of(line: &str, data_dir: &str) -> Self {
        if line.trim() == ELLIPSIS.to_string() {
            return Self::Any;
        }
        let Some((before, _)) = line.split_once(ELLIPSIS) else {
            return Self::Whole(named(line, data_dir));
        };
        // A shortened id, key or token is a beginning of nothing once the whole one was named: there the name does.
        let stem = before
            .trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || "_-.:%+/".contains(letter));
        let mut beginnings = vec![named(before, data_dir)];
        if stem.len() < before.len() {
            beginnings.push(format!("{}<", named(stem, data_dir)));
        }
        Self::Begins(beginnings)
    }

    fn agrees_with(&self, printed: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Whole(line) => line == printed,
            Self::Begins(beginnings) => beginnings.iter().any(|beginning| printed.starts_with(beginning)),
        }
    }
}

/// Without blanks at the ends of lines, and without empty lines at the end.
fn trimmed(lines: &[String]) -> impl Iterator<Item = &str> {
    let length = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines.iter().take(length).map(|line| line.trim_end())
}

fn lines_agree(shown: &[Shown], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((Shown::Any, rest)) => (0..=printed.len())
            .any(|skipped| printed.get(skipped..).is_some_and(|left| lines_agree(rest, left))),
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, left)| first.agrees_with(line) && lines_agree(rest, left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "0b5c4f0e-7f6a-4f3a-9a55-2f1d3c4b5a69";

    fn agreed(shown: &str, printed: &str) -> bool {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        agree(&lines(shown), &lines(printed), "/tmp/callsign-1/data")
    }

    #[test]
    fn the_same_lines_agree_and_others_do_not() {
        assert!(agreed("a\nb\n", "a\nb  \n\n"));
        assert!(!agreed("a\n", "a\nb\n"));
        assert!(!agreed("a\nb\n", "a\n"));
        assert!(!agreed("", "a\n"));
    }

    #[test]
    fn ids_agree_by_their_kind() {
        assert!(agreed(&format!("id 8:acs:{GUID}_1"), &format!("id 8:acs:{}_2", GUID.replace('0', "f"))));
        assert!(!agreed(&format!("id 8:acs:{GUID}_1"), &format!("id {GUID}")));
    }

    #[test]
    fn an_ellipsis_is_the_rest_of_the_line() {
        assert!(agreed("token eyJhb…", "token eyJzzz.eyJyyy.sig"));
        assert!(agreed("{\"id\": \"8:acs:1b…", &format!("{{\"id\": \"8:acs:{GUID}_2\", \"x\": 1}}")));
        assert!(agreed("made in … ms", "made in 12 ms"));
        assert!(!agreed("made in … ms", "lost in 12 ms"));
        assert!(!agreed("token abc…", "token def"));
    }

    #[test]
    fn a_line_of_one_ellipsis_is_any_number_of_lines() {
        assert!(agreed("a\n…\nd", "a\nb\nc\nd"));
        assert!(agreed("a\n…\nd", "a\nd"));
        assert!(agreed("…", ""));
        assert!(!agreed("a\n…\nd", "a\nb"));
    }
}
