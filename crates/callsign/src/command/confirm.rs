//! Asks before something is done that cannot be undone.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail};

use crate::printer;

/// Asks on the terminal unless `yes` was given. `consequence` is a sentence, `command` what to repeat with `--yes`.
///
/// # Errors
/// When nobody is there to ask, or the answer is not yes.
pub(crate) fn confirm(yes: bool, consequence: &str, command: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        bail!(
            "nothing was changed, as nobody is at a terminal to confirm it. {consequence} If that is meant, say {command} --yes"
        );
    }
    ask(consequence)
}

/// Refuses, in the words of `az`, what was not confirmed by `yes` and cannot be asked for.
///
/// # Errors
/// When nobody is there to ask.
pub(super) fn can_be_confirmed(yes: bool) -> anyhow::Result<()> {
    if !yes && !io::stdin().is_terminal() {
        bail!("Unable to prompt for confirmation as no tty available. Use --yes.");
    }
    Ok(())
}

/// Asks on the terminal, after [`can_be_confirmed`] and after what the question is about was said.
///
/// # Errors
/// When the answer is not yes.
pub(super) fn ask_unless(yes: bool, consequence: &str) -> anyhow::Result<()> {
    if yes { Ok(()) } else { ask(consequence) }
}

fn ask(consequence: &str) -> anyhow::Result<()> {
    printer::tell(&format!("{consequence}\nGo on? [y/N] "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("the answer cannot be read from the terminal")?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    bail!("nothing was changed")
}
