//! Prints items as they come, so that however many there are nobody waits for the last one and none is kept.

use serde_json::Value;

use super::{columns, form, print, visible};
use crate::args::{Form, Output};

/// What a table shows of an item: the columns, each as wide as it needs, and the cells below them.
#[derive(Clone, Copy)]
pub(crate) struct Columns<const COUNT: usize> {
    pub(crate) head: [(&'static str, usize); COUNT],
    pub(crate) cells: fn(&Value) -> [String; COUNT],
}

/// Items under way to stdout. Forms and queries that need all of them at once keep them until the end.
pub(crate) struct Flow<'a, const COUNT: usize> {
    output: &'a Output,
    form: Form,
    columns: Columns<COUNT>,
    kept: Vec<Value>,
    count: usize,
}

impl<'a, const COUNT: usize> Flow<'a, COUNT> {
    pub(crate) fn new(output: &'a Output, columns: Columns<COUNT>) -> Self {
        Self { output, form: output.form_or(Form::Json), columns, kept: Vec::new(), count: 0 }
    }

    /// The same, for items without an end: unless told otherwise, one a line.
    pub(crate) fn line_by_line(mut self) -> Self {
        self.form = self.output.form_or(Form::Jsonl);
        self
    }

    fn needs_all(&self) -> bool {
        self.output.query.is_some() || matches!(self.form, Form::Jsonc | Form::Yaml)
    }

    /// Takes the next items.
    pub(crate) fn push(&mut self, items: Vec<Value>) -> anyhow::Result<()> {
        if self.needs_all() {
            self.kept.extend(items);
            return Ok(());
        }
        let mut text = String::new();
        for item in &items {
            let is_first = self.count == 0;
            self.count += 1;
            match self.form {
                Form::Json => {
                    text.push_str(if is_first { "[\n  " } else { ",\n  " });
                    text.push_str(&serde_json::to_string_pretty(item)?.replace('\n', "\n  "));
                }
                Form::Table => {
                    if is_first {
                        text.push_str(&self.row(self.columns.head.map(|(name, _)| name.to_uppercase())));
                    }
                    text.push_str(&self.row((self.columns.cells)(item).map(|cell| visible(&cell))));
                }
                other => text.push_str(&form::written(item, other)?.unwrap_or_default()),
            }
        }
        Ok(print(&text)?)
    }

    fn row(&self, cells: [String; COUNT]) -> String {
        let padded =
            cells.into_iter().zip(self.columns.head).map(|(cell, (_, width))| format!("{cell:width$}"));
        columns(&[padded.collect()])
    }

    /// There are no more.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        match self.form {
            _ if self.needs_all() => self.output.print(&Value::Array(self.kept)),
            Form::Json if self.count == 0 => Ok(print("[]\n")?),
            Form::Json => Ok(print("\n]\n")?),
            _ => Ok(()),
        }
    }
}
