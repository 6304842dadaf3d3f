//! How a command prints what it found: the form, the query, and whether it says anything besides.

use clap::{Args, ValueEnum};

use crate::printer::query;

/// The forms of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For programs
    Json,
    /// The same, coloured on a terminal
    Jsonc,
    /// As json, an item a line
    Jsonl,
    /// For people
    Table,
    /// Values parted by tabs, a row a line
    Tsv,
    /// For people and programs
    Yaml,
    /// Nothing
    None,
}

/// The options of every command that prints what it found.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Output {
    /// How it is printed; if not given, json by identity commands and table by all others
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, ignore_case = true)]
    form: Option<Form>,
    /// Print what this JMESPath expression finds in it (jmespath.org)
    #[arg(long, value_name = "JMESPATH", value_parser = query::checked)]
    pub(crate) query: Option<String>,
    /// Say nothing on stderr but errors
    #[arg(long)]
    pub(crate) only_show_errors: bool,
}

impl Output {
    /// The form that was asked for, or that of this command.
    pub(crate) fn form_or(&self, own: Form) -> Form {
        self.form.unwrap_or(own)
    }
}
