//! Replaces what differs from run to run by the name of its kind, so that what a page shows can be compared with what
//! a command printed.

/// A reader of one kind: how many bytes at the beginning of the text are of it, and what stands for them.
type Reader = fn(&str) -> Option<(usize, &'static str)>;

/// The longer kinds first: an identity's id holds a guid, a date holds digits.
const READERS: [Reader; 10] =
    [identity, token, access_key, hash, key_id, guid, moment, http_date, port, version];

/// Folders that pages show where a run has its own data folder.
const SHOWN_DATA_DIRS: [&str; 2] = ["~/.local/share/callsign", "$HOME/.local/share/callsign"];
const DATA_DIR: &str = "<data folder>";

/// The line with every changing thing replaced. The data folder of this run is replaced wherever it stands.
pub(super) fn named(line: &str, data_dir: &str) -> String {
    let mut line = line.replace(data_dir, DATA_DIR);
    for shown in SHOWN_DATA_DIRS {
        line = line.replace(shown, DATA_DIR);
    }
    let mut named = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(letter) = rest.chars().next() {
        // Inside a longer word or number nothing begins.
        let inside =
            named.ends_with(|before: char| before.is_ascii_alphanumeric() || "_.-%".contains(before));
        let found = if inside && !matches!(letter, ':' | '.') {
            None
        } else {
            READERS.iter().find_map(|read| read(rest))
        };
        let (length, name) = found.unwrap_or((letter.len_utf8(), ""));
        let Some((taken, after)) = rest.split_at_checked(length) else {
            break;
        };
        named.push_str(if name.is_empty() { taken } else { name });
        rest = after;
    }
    columns(&named)
}

/// The line with every gap between columns two blanks wide: a port of another length moves all that follow it.
fn columns(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    let (indent, _) = line.split_at(line.len() - text.len());
    let mut narrow = indent.to_owned();
    for letter in text.chars() {
        if letter != ' ' || !narrow.ends_with("  ") {
            narrow.push(letter);
        }
    }
    narrow
}

/// `8:acs:<guid>_<suffix>`, the raw id without `8:`, and the percent-encoded form.
fn identity(text: &str) -> Option<(usize, &'static str)> {
    let rest = text
        .strip_prefix("8:acs:")
        .or_else(|| text.strip_prefix("acs:"))
        .or_else(|| ["8%3Aacs%3A", "8%3aacs%3a"].iter().find_map(|prefix| text.strip_prefix(prefix)))?;
    let suffix = shaped(rest, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh")?.strip_prefix('_')?;
    let after = without_run(suffix, |letter| letter.is_ascii_alphanumeric() || letter == '-');
    (after.len() < suffix.len()).then(|| (text.len() - after.len(), "<identity>"))
}

/// A signed token: base64url parts with dots between.
fn token(text: &str) -> Option<(usize, &'static str)> {
    text.strip_prefix("eyJ")?;
    let after = without_run(text, |letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    let length = text.len() - after.len();
    text.split_at_checked(length)?.0.contains('.').then_some((length, "<token>"))
}

/// 64 bytes in base64.
fn access_key(text: &str) -> Option<(usize, &'static str)> {
    let after = without_run(text, |letter| letter.is_ascii_alphanumeric() || letter == '+' || letter == '/');
    (text.len() - after.len() == 86 && after.starts_with("==")).then_some((88, "<access key>"))
}

/// SHA-256 in hexadecimal digits.
fn hash(text: &str) -> Option<(usize, &'static str)> {
    let after = without_run(text, |letter| letter.is_ascii_hexdigit());
    (text.len() - after.len() == 64).then_some((64, "<hash>"))
}

/// The thumbprint of a key: SHA-256 in base64url. In base64 it ends with `=`, and is no name of a key.
fn key_id(text: &str) -> Option<(usize, &'static str)> {
    let after = without_run(text, |letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    (text.len() - after.len() == 43 && !after.starts_with('=')).then_some((43, "<key id>"))
}

fn guid(text: &str) -> Option<(usize, &'static str)> {
    let after = shaped(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh")?;
    Some((text.len() - after.len(), "<guid>"))
}

/// A date with a time. A date alone is left: the versions of the protocol are dates.
fn moment(text: &str) -> Option<(usize, &'static str)> {
    let time = shaped(text, "9999-99-99")?.strip_prefix(['T', ' '])?;
    let mut after = shaped(time, "99:99")?;
    after = shaped(after, ":99").unwrap_or(after);
    if let Some(fraction) = after.strip_prefix('.') {
        after = without_run(fraction, |letter| letter.is_ascii_digit());
    }
    after =
        after.strip_prefix('Z').or_else(|| shaped(after.strip_prefix(['+', '-'])?, "99:99")).unwrap_or(after);
    Some((text.len() - after.len(), "<time>"))
}

fn http_date(text: &str) -> Option<(usize, &'static str)> {
    let after = shaped(text, "aaa, 99 aaa 9999 99:99:99 GMT")?;
    Some((text.len() - after.len(), "<http date>"))
}

/// The port of an address of this machine.
fn port(text: &str) -> Option<(usize, &'static str)> {
    for (host, name) in [
        ("localhost:", "localhost:<port>"),
        (".localhost:", ".localhost:<port>"),
        ("127.0.0.1:", "127.0.0.1:<port>"),
        ("[::1]:", "[::1]:<port>"),
    ] {
        if let Some(rest) = text.strip_prefix(host) {
            let after = without_run(rest, |letter| letter.is_ascii_digit());
            return (after.len() < rest.len()).then(|| (text.len() - after.len(), name));
        }
    }
    None
}

/// Three numbers with dots; four are an address.
fn version(text: &str) -> Option<(usize, &'static str)> {
    let after = without_run(text, |letter| letter.is_ascii_digit() || letter == '.');
    let (numbers, _) = text.split_at_checked(text.len() - after.len())?;
    let numbers = numbers.trim_end_matches('.');
    let parts: Vec<&str> = numbers.split('.').collect();
    (parts.len() == 3 && parts.iter().all(|part| !part.is_empty())).then_some((numbers.len(), "<version>"))
}

/// What follows a text of this shape: `9` a digit, `h` a hexadecimal digit, `a` a letter, all else itself.
fn shaped<'a>(text: &'a str, shape: &str) -> Option<&'a str> {
    let mut letters = text.chars();
    for expected in shape.chars() {
        let letter = letters.next()?;
        let fits = match expected {
            '9' => letter.is_ascii_digit(),
            'h' => letter.is_ascii_hexdigit(),
            'a' => letter.is_ascii_alphabetic(),
            other => letter == other,
        };
        if !fits {
            return None;
        }
    }
    Some(letters.as_str())
}

fn without_run(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    text.trim_start_matches(belongs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "0b5c4f0e-7f6a-4f3a-9a55-2f1d3c4b5a69";

    fn check(cases: &[(String, &str)]) {
        for (line, expected) in cases {
            assert_eq!(named(line, "/tmp/callsign-1/data"), *expected, "{line}");
        }
    }

    #[test]
    fn ids_tokens_and_keys_are_named() {
        let key = format!("{}==", "Ab+/".repeat(21) + "Ab");
        check(&[
            (format!("id: \"8:acs:{GUID}_00000028-1f2e-3d4c\""), "id: \"<identity>\""),
            (format!("/identities/8%3Aacs%3A{GUID}_1a2b/x"), "/identities/<identity>/x"),
            (format!("immutableResourceId {GUID}."), "immutableResourceId <guid>."),
            ("token eyJhbGciOi.eyJza3lw.c2ln-_ ok".to_owned(), "token <token> ok"),
            (
                format!("endpoint=https://localhost:4431/;accesskey={key}"),
                "endpoint=https://localhost:<port>/;accesskey=<access key>",
            ),
            (format!("short {}==", "A".repeat(85)), &format!("short {}==", "A".repeat(85))),
            (format!("{}  RS256", "a-B_".repeat(10) + "xyz"), "<key id>  RS256"),
            (format!("hash {}=", "a".repeat(43)), &format!("hash {}=", "a".repeat(43))),
            (format!("head  7:{}", "0f".repeat(32)), "head  7:<hash>"),
        ]);
    }

    #[test]
    fn times_are_named_and_dates_of_versions_are_not() {
        check(&[
            ("expires 2026-01-02T03:04:05.1234567+00:00".to_owned(), "expires <time>"),
            ("made 2026-01-02 03:04 ok".to_owned(), "made <time> ok"),
            ("date: Fri, 02 Jan 2026 03:04:05 GMT".to_owned(), "date: <http date>"),
            ("?api-version=2023-10-01".to_owned(), "?api-version=2023-10-01"),
        ]);
    }

    #[test]
    fn ports_versions_and_the_data_folder_are_named() {
        check(&[
            (
                "http://127.0.0.1:39211/ and chat.localhost:8443".to_owned(),
                "http://127.0.0.1:<port>/ and chat.localhost:<port>",
            ),
            ("Callsign 0.1.0 is ready.".to_owned(), "Callsign <version> is ready."),
            ("listen on 10.0.0.7 and 127.0.0.1".to_owned(), "listen on 10.0.0.7 and 127.0.0.1"),
            ("  data   /tmp/callsign-1/data".to_owned(), "  data  <data folder>"),
            ("  data   ~/.local/share/callsign".to_owned(), "  data  <data folder>"),
        ]);
    }
}
