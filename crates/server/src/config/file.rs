//! Reads the configuration file: which setting stands on which line. It knows the file's grammar and the kinds of
//! settings, not what their texts mean.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};
use zeroize::Zeroizing;

use super::fault::{Complaint, Fault};
use super::given::{Given, Text};
use super::nearest::nearest;
use super::{Kind, Origin, Setting, settings};

/// What a file says.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) given: Vec<Given>,
    pub(super) faults: Vec<Fault>,
    /// The grammar is broken somewhere, so settings may be missing that the user believes are there.
    pub(super) broken: bool,
}

/// Reads the bytes of the file at `path`.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Contents {
    match str::from_utf8(bytes) {
        Ok(text) => read_text(path, text),
        Err(error) => {
            let origin = Origin::File { path: path.to_owned(), line: line_at(bytes, error.valid_up_to()) };
            let complaint = Complaint::new("the file is not UTF-8 text", "Save it with the encoding UTF-8");
            Contents { given: Vec::new(), faults: vec![complaint.at(&origin, None)], broken: true }
        }
    }
}

fn read_text(path: &Path, text: &str) -> Contents {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { path, text, contents: Contents::default() };
    if errors.is_empty() {
        reader.table("", document.get_ref());
        return reader.contents;
    }
    // What the parser recovers is a guess: reading on would blame lines that are right.
    reader.contents.broken = true;
    for error in errors {
        let complaint = Complaint::new(
            format!("the file is not valid TOML: {}", error.message().trim_end_matches(", expected nothing")),
            "Strings stand in double quotes, and each name stands once; callsign config example prints a file that is right",
        );
        reader.fault(&error.span().unwrap_or_default(), None, complaint);
    }
    reader.contents
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    contents: Contents,
}

impl Reader<'_> {
    fn table(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let bare = name.get_ref();
            let key = if section.is_empty() { bare.to_string() } else { format!("{section}.{bare}") };
            let is_section = section.is_empty() && settings().any(|setting| setting.section() == bare);
            match (Setting::find(&key), value.get_ref()) {
                (Some(setting), _) if setting.section() == section => {
                    self.setting(setting, name.span(), value)
                }
                (_, DeValue::Table(inner)) if is_section => self.table(bare, inner),
                _ if is_section => {
                    let problem = format!("{bare} is a section, not a setting");
                    let complaint =
                        Complaint::new(problem, format!("Write [{bare}] and its settings below it"));
                    self.fault(&name.span(), None, complaint);
                }
                (_, value) => self.unknown(&key, bare, name.span(), value),
            }
        }
    }

    fn setting(&mut self, setting: &'static Setting, at: Range<usize>, value: &Spanned<DeValue<'_>>) {
        let origin = self.origin(&at);
        match self.texts(setting, value) {
            Ok(texts) => self.contents.given.push(Given { setting, origin, texts }),
            Err((complaint, at)) => self.fault(&at, Some(setting.key), complaint),
        }
    }

    /// The texts of a value that is of the setting's kind.
    fn texts(
        &self,
        setting: &Setting,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<Text>, (Complaint, Range<usize>)> {
        let one = |text: String| Ok(vec![(Zeroizing::new(text), self.origin(&value.span()))]);
        match (setting.kind, value.get_ref()) {
            (Kind::Secret, _) => Err((secret_in_file(setting), value.span())),
            (Kind::Text, DeValue::String(text)) => one(text.to_string()),
            (Kind::Path, DeValue::String(text)) => one(self.path_from_folder(text)),
            (Kind::Integer, DeValue::Integer(integer)) => one(decimal(integer)),
            (Kind::Boolean, DeValue::Boolean(boolean)) => one(boolean.to_string()),
            (Kind::List, DeValue::Array(elements)) => elements
                .iter()
                .map(|element| match element.get_ref() {
                    DeValue::String(text) => {
                        Ok((Zeroizing::new(text.to_string()), self.origin(&element.span())))
                    }
                    other => Err((wrong_kind(Kind::Text, other), element.span())),
                })
                .collect(),
            (kind, other) => Err((wrong_kind(kind, other), value.span())),
        }
    }

    fn path_from_folder(&self, text: &str) -> String {
        // An empty path and one that begins with a tilde are left for the setting's parser to refuse.
        match self.path.parent() {
            Some(folder) if !text.is_empty() && !text.starts_with('~') => {
                folder.join(text).to_str().map_or_else(|| text.to_owned(), str::to_owned)
            }
            _ => text.to_owned(),
        }
    }

    fn unknown(&mut self, key: &str, bare: &str, at: Range<usize>, value: &DeValue<'_>) {
        let keys = settings().map(|setting| setting.key);
        let sections = settings().map(Setting::section).filter(|section| !section.is_empty());
        let (what, hint) = if value.is_table() {
            let hint = nearest(key, bare, '.', sections).map(|section| format!("[{section}]"));
            (format!("there is no section [{key}]"), hint)
        } else {
            let hint = nearest(key, bare, '.', keys).map(|key| match key.split_once('.') {
                Some((section, name)) => format!("{name} in the section [{section}]"),
                None => format!("{key}, above the first section"),
            });
            (format!("there is no setting {key}"), hint)
        };
        let remedy = match hint {
            Some(hint) => format!("Did you mean {hint}?"),
            None => "Take it out; callsign config example lists all settings".to_owned(),
        };
        self.fault(&at, None, Complaint::new(what, remedy));
    }

    fn fault(&mut self, at: &Range<usize>, key: Option<&'static str>, complaint: Complaint) {
        let fault = complaint.at(&self.origin(at), key);
        self.contents.faults.push(fault);
    }

    fn origin(&self, at: &Range<usize>) -> Origin {
        Origin::File { path: self.path.to_owned(), line: line_at(self.text.as_bytes(), at.start) }
    }
}

/// The line, counted from 1, that the byte at `offset` stands on.
fn line_at(bytes: &[u8], offset: usize) -> usize {
    1 + bytes.iter().take(offset).filter(|byte| **byte == b'\n').count()
}

/// The integer in decimal digits; one that is too long for that stays as it is and is refused by its range.
fn decimal(integer: &DeInteger<'_>) -> String {
    i128::from_str_radix(integer.as_str(), integer.radix())
        .map_or_else(|_| integer.to_string(), |number| number.to_string())
}

fn wrong_kind(kind: Kind, found: &DeValue<'_>) -> Complaint {
    let (wanted, remedy) = match kind {
        Kind::Text | Kind::Path | Kind::Secret => ("a string", "Write it in double quotes"),
        Kind::Integer => ("a whole number", "Write it in digits, without quotes"),
        Kind::Boolean => ("true or false", "Write true or false, without quotes"),
        Kind::List => ("a list of strings", "Write it like [\"one\", \"two\"]"),
    };
    Complaint::new(format!("it is of the type {}, not {wanted}", found.type_str()), remedy)
}

fn secret_in_file(setting: &Setting) -> Complaint {
    Complaint::new(
        "a secret does not belong in the configuration file, which others may read",
        format!(
            "Take it out, replace the secret if others could read it, and hand it over as {} or as the systemd credential {}",
            setting.environment,
            setting.credential(),
        ),
    )
}
