//! Writes what the table of settings says for people: the example file and the reference page.

use super::{CONFIG_VARIABLE, CREDENTIAL_NAME, Kind, Preset, Setting, settings};

const COLUMNS_MAX: usize = 100;

/// A configuration file with every setting, its meaning as a comment and its default commented out.
#[must_use]
pub fn example() -> String {
    let mut page = String::new();
    comment(
        &mut page,
        "Configuration of Callsign. Every setting stands here with its default; to change one, take away the # \
         before its name. The environment and flags overrule this file. callsign config check finds what is wrong, \
         callsign config show says where each value comes from.",
    );
    let mut section = "";
    for setting in settings() {
        if setting.section() != section {
            section = setting.section();
            page.push_str(&format!("\n[{section}]\n"));
        }
        page.push('\n');
        comment(&mut page, &plain(setting.doc));
        let line = match setting.preset {
            _ if setting.kind == Kind::Secret => {
                comment(&mut page, &format!("Set it as {}, not here.", setting.environment));
                continue;
            }
            Preset::Value(text) => assignment(setting, text),
            Preset::Nothing => format!("#{} = []", setting.name()),
            Preset::Described { words, sample } => {
                comment(&mut page, &format!("Default: {}.", plain(words)));
                assignment(setting, sample)
            }
        };
        if setting.kind != Kind::Boolean && setting.kind != Kind::Path {
            comment(&mut page, &format!("Value: {}.", plain(setting.values)));
        }
        page.push_str(&line);
        page.push('\n');
    }
    page
}

fn assignment(setting: &Setting, text: &str) -> String {
    match setting.kind {
        Kind::Integer | Kind::Boolean => format!("#{} = {text}", setting.name()),
        Kind::Text | Kind::Path | Kind::List | Kind::Secret => format!("#{} = \"{text}\"", setting.name()),
    }
}

/// A comment's text without the marks of Markdown.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn comment(page: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > COLUMNS_MAX {
            page.push_str(&line);
            page.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    page.push_str(&line);
    page.push('\n');
}

/// The reference page of all settings, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = introduction();
    let mut section = "";
    for setting in settings() {
        if setting.section() != section {
            section = setting.section();
            page.push_str(&format!("\n## [{section}]\n"));
        }
        page.push_str(&entry(setting));
    }
    page
}

fn introduction() -> String {
    format!(
        "# Configuration

<!-- Made from the table of settings in crates/server/src/config/table.rs. Change that, not this page. -->

`callsign serve` works without any configuration. What it may be told comes from four places, each stronger than the
one before:

1. the defaults below;
2. a TOML file: the one named by `--config` or `{CONFIG_VARIABLE}`, else `callsign/callsign.toml` in the platform's folder
   for configuration (`~/.config` on Linux) if it is there;
3. environment variables that begin with `CALLSIGN_`;
4. flags of the command line.

A key or a variable that is not listed here is refused, and so is a variable that is empty. Lists are arrays of strings in
the file, and separated by commas elsewhere; a stronger place replaces the whole list. A relative path starts at the folder
of the file that it stands in, elsewhere at the working folder. Variables that Kubernetes makes from the name of a service
(`CALLSIGN_SERVICE_HOST`, `CALLSIGN_PORT` and their like) are passed over.

`callsign config example` prints a file with every setting, `callsign config check` prints everything that is wrong, with file
and line, and `callsign config show` prints each value and where it comes from, with secrets hidden.

Secrets can be handed over by systemd too, the key-encryption key as the credential `{CREDENTIAL_NAME}`; the environment variable
is stronger.

## Above all sections
"
    )
}

fn entry(setting: &Setting) -> String {
    let default = match setting.preset {
        Preset::Value(text) => format!("`{text}`"),
        Preset::Nothing => "none".to_owned(),
        Preset::Described { words, .. } => words.to_owned(),
    };
    let mut entry = format!("\n### `{}`\n\n{}\n\n", setting.key, setting.doc);
    for (name, text) in [
        ("Value", setting.values.to_owned()),
        ("Default", default),
        ("Environment", format!("`{}`", setting.environment)),
    ] {
        entry.push_str(&format!("- {name}: {text}\n"));
    }
    if let Some(flag) = setting.flag {
        entry.push_str(&format!("- Flag: `{flag}`\n"));
    }
    entry
}
