//! `callsign config`: the configuration, shown and checked.

use std::path::PathBuf;

use callsign_server::config::{self, Shown};
use serde::Serialize;

use super::configuration;
use crate::args::config::Config;
use crate::args::{Output, Place};
use crate::printer;

pub(super) fn run(place: &Place, config: Config) -> anyhow::Result<()> {
    match config {
        Config::Example => printer::print(&config::example())?,
        Config::Reference => printer::print(&config::reference())?,
        Config::Check { file } => check(place, file)?,
        Config::Show(output) => show(place, &output)?,
    }
    Ok(())
}

fn check(place: &Place, file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut flags = place.flags();
    flags.config = file.or(flags.config);
    let resolved = configuration(&flags)?;
    let checked = resolved.file.map_or_else(
        || "there is no configuration file, and the defaults hold with what the environment says".to_owned(),
        |path| path.display().to_string(),
    );
    printer::print(&format!("ok: {checked}\n"))?;
    Ok(())
}

fn show(place: &Place, output: &Output) -> anyhow::Result<()> {
    let shown = configuration(&place.flags())?.config.show();
    let rows: Vec<Row> = shown.into_iter().map(Row::from).collect();
    output.page(&rows, || {
        let cells: Vec<[String; 3]> = rows.iter().map(Row::cells).collect();
        printer::table(["key", "value", "origin"], &cells)
    })
}

/// A setting, as it is printed for programs.
#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: String,
    origin: String,
}

impl From<Shown> for Row {
    fn from(shown: Shown) -> Self {
        Self { key: shown.key, value: shown.value, origin: shown.origin.to_string() }
    }
}

impl Row {
    fn cells(&self) -> [String; 3] {
        [self.key.to_owned(), self.value.clone(), self.origin.clone()]
    }
}
