//! What is printed: data on stdout, everything else on stderr.

mod flow;
mod form;
pub(crate) mod query;
pub(crate) mod span;

use std::io::{self, Write as _};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use crate::args::{Form, Output};
pub(crate) use flow::{Columns, Flow};

impl Output {
    /// Prints what a command for administrators found: as its own page, unless another form was asked for.
    pub(crate) fn page(&self, found: &impl Serialize, page: impl FnOnce() -> String) -> anyhow::Result<()> {
        match self.form_or(Form::Table) {
            Form::Table if self.query.is_none() => Ok(print(&page())?),
            // In the order in which the members are declared, which the forms below do not keep.
            Form::Json if self.query.is_none() => Ok(print_json(found)?),
            form => {
                let value = serde_json::to_value(found).context("what was found has no JSON form")?;
                self.print_as(form, &value)
            }
        }
    }

    /// Prints what an identity command found.
    pub(crate) fn print(&self, found: &Value) -> anyhow::Result<()> {
        self.print_as(self.form_or(Form::Json), found)
    }

    /// Prints what an identity command found; as a table it has its own page.
    pub(crate) fn print_or_page(&self, found: &Value, page: impl FnOnce() -> String) -> anyhow::Result<()> {
        match self.form_or(Form::Json) {
            Form::Table if self.query.is_none() => Ok(print(&page())?),
            form => self.print_as(form, found),
        }
    }

    fn print_as(&self, form: Form, found: &Value) -> anyhow::Result<()> {
        let answer = match &self.query {
            Some(expression) => query::search(expression, found)?,
            None => found.clone(),
        };
        let text = form::written(&answer, form)?.context(
            "Table output unavailable. Use the --query option to specify an appropriate query, or -o json to see all of it.",
        )?;
        Ok(print(&text)?)
    }

    /// Writes text to stderr unless only errors are wanted there.
    pub(crate) fn tell(&self, text: &str) {
        if !self.only_show_errors {
            tell(text);
        }
    }

    /// Says each sentence on stderr, on a line of its own, unless only errors are wanted there.
    pub(crate) fn tell_notes(&self, notes: &[String]) {
        if !self.only_show_errors {
            tell_notes(notes);
        }
    }
}

/// Writes text to stdout as it is.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes bytes to stdout as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Writes a value as JSON to stdout.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

/// Writes text to stderr, where it is in nobody's way.
pub(crate) fn tell(text: &str) {
    // When stderr is closed there is nobody to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says each sentence on stderr, on a line of its own.
pub(crate) fn tell_notes(notes: &[String]) {
    for note in notes {
        tell(&format!("note: {note}\n"));
    }
}

/// Rows below a head, in columns as wide as what is in them.
pub(crate) fn table<const COLUMNS: usize>(head: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let head = head.map(str::to_uppercase).to_vec();
    let rows = rows.iter().map(|row| row.to_vec());
    columns(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

/// Rows of equal length, in columns as wide as what is in them.
fn columns(rows: &[Vec<String>]) -> String {
    let mut widths = vec![0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Names and values, one below the other.
pub(crate) fn list(indent: &str, members: &[(&str, String)]) -> String {
    let width = members.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    members
        .iter()
        .map(|(name, value)| {
            let line = format!("{indent}{name:width$}  {value}");
            format!("{}\n", line.trim_end())
        })
        .collect()
}

/// A text that a stranger wrote, with what would move the cursor or colour the terminal made visible.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || is_invisible(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Marks that turn the direction of text or take no place (Unicode categories Cf and Zl/Zp, as far as they hide text).
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let row = |name: &str, note: &str| [name.to_owned(), note.to_owned()];
        let text = table(["name", "note"], &[row("a-long-name", "x"), row("ä", "")]);
        assert_eq!(text, "NAME         NOTE\na-long-name  x\nä\n");
    }

    #[test]
    fn values_stand_below_each_other() {
        assert_eq!(list(" ", &[("a", "1".to_owned()), ("long", String::new())]), " a     1\n long\n");
    }

    #[test]
    fn what_a_stranger_wrote_cannot_steer_the_terminal() {
        assert_eq!(visible("a\n\u{1b}[31mb\u{202e}c ä"), "a\\n\\u{1b}[31mb\\u{202e}c ä");
    }
}
