//! `callsign completion` and `callsign man`: both are made from what the command line itself knows.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::args::Arguments;
use crate::args::completion::{self, Completion};
use crate::printer;

const PROGRAM: &str = "callsign";
const REFERENCE_COLUMNS: usize = 100;
const REFERENCE_HEAD: &str = "\
# Commands

<!-- Made from the help of the commands in crates/callsign/src/args/. Change that, not this page. -->

`callsign COMMAND --help` prints the same, and `callsign man --dir DIR` makes pages for man of it. Every command takes `--help`,
`--data-dir DIR` (the folder that holds the database, keys and certificates) and `--config FILE` (the configuration file) besides.
";

pub(super) fn print(wanted: &Completion) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, &mut Arguments::command(), PROGRAM, &mut script);
    Ok(printer::print(&String::from_utf8_lossy(&script))?)
}

pub(super) fn man(wanted: &completion::Man) -> anyhow::Result<()> {
    let mut root = Arguments::command().term_width(REFERENCE_COLUMNS);
    // Only so are the names of the commands complete, and the options of every command known to each.
    root.build();
    if wanted.reference {
        return Ok(printer::print(&format!("{REFERENCE_HEAD}{}", reference(&root)))?);
    }
    match &wanted.dir {
        Some(folder) => write_all(&root, folder),
        None => Ok(printer::print(&page(find(&root, &wanted.command)?)?)?),
    }
}

/// The help of a command and of all below it, without what every command takes.
fn reference(command: &clap::Command) -> String {
    let mut own = command.clone().mut_args(|argument| {
        let is_everywhere = argument.is_global_set() || argument.get_id() == "help";
        let hidden = argument.is_hide_set() || is_everywhere;
        argument.hide(hidden)
    });
    // The short form, which needs a line for an option, with all that is said above the options.
    if let Some(about) = command.get_long_about() {
        own = own.about(about.clone());
    }
    let help = own.render_help().to_string();
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let name = command.get_bin_name().unwrap_or(PROGRAM);
    let below: String = visible(command).map(reference).collect();
    format!("\n## {name}\n\n```text\n{}\n```\n{below}", help.join("\n"))
}

fn find<'a>(root: &'a clap::Command, path: &[String]) -> anyhow::Result<&'a clap::Command> {
    let mut command = root;
    for word in path {
        let Some(below) = command.find_subcommand(word).filter(|below| !below.is_hide_set()) else {
            let known: Vec<&str> = visible(command).map(clap::Command::get_name).collect();
            bail!("{} has no command {word:?}; it has {}", command.get_name(), known.join(", "));
        };
        command = below;
    }
    Ok(command)
}

fn visible(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|below| !below.is_hide_set())
}

fn page(command: &clap::Command) -> anyhow::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).context("the page cannot be made")?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write_all(command: &clap::Command, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let name = command.get_display_name().unwrap_or(PROGRAM);
    let file = folder.join(format!("{name}.1"));
    fs::write(&file, page(command)?).with_context(|| format!("{} cannot be written", file.display()))?;
    visible(command).try_for_each(|below| write_all(below, folder))
}
