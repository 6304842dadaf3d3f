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

pub(super) fn print(wanted: &Completion) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, &mut Arguments::command(), PROGRAM, &mut script);
    Ok(printer::print(&String::from_utf8_lossy(&script))?)
}

pub(super) fn man(wanted: &completion::Man) -> anyhow::Result<()> {
    let mut root = Arguments::command();
    // Only so are the names of the commands complete, and the options of every command known to each.
    root.build();
    match &wanted.dir {
        Some(folder) => write_all(&root, folder),
        None => Ok(printer::print(&page(find(&root, &wanted.command)?)?)?),
    }
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
