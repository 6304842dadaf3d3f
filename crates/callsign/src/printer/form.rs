//! The forms of a value: JSON, JSON in colour, JSON an item a line, a table, values parted by tabs, and YAML.

mod colour;
mod rows;
mod yaml;

use std::io::IsTerminal as _;

use serde_json::Value;

use crate::args::Form;

/// The value in that form, with a line end. `None` for what has no columns.
pub(super) fn written(value: &Value, form: Form) -> serde_json::Result<Option<String>> {
    Ok(Some(match form {
        Form::Jsonc if is_coloured() => colour::written(value)?,
        Form::Json | Form::Jsonc => json(value)?,
        Form::Jsonl => lines(value)?,
        Form::Table => return Ok(rows::table(value)),
        Form::Tsv => rows::tsv(value),
        Form::Yaml => yaml::written(value)?,
        Form::None => String::new(),
    }))
}

fn json(value: &Value) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

fn lines(value: &Value) -> serde_json::Result<String> {
    let mut text = String::new();
    for item in rows::items(value) {
        text.push_str(&serde_json::to_string(item)?);
        text.push('\n');
    }
    Ok(text)
}

/// See no-color.org.
fn is_coloured() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !unwanted
}
