//! `callsign env`: the variables of a client, in the words of a shell.

use callsign_server::admin::{Reply, Request};

use super::{ask, configuration, runs_on, unexpected};
use crate::args::Place;
use crate::args::env::{Env, Shell};
use crate::printer;

pub(super) fn run(place: &Place, env: Env) -> anyhow::Result<()> {
    let answer = ask(place, Request::Environment { resource: env.resource })?;
    let Reply::Environment { variables } = answer.reply else {
        return Err(unexpected());
    };
    let lines: String =
        variables.iter().map(|variable| line(env.shell, &variable.name, variable.value.expose())).collect();
    printer::print(&lines)?;
    printer::tell_notes(&answer.notes);
    let data_dir = configuration(&place.flags())?.config.data_dir;
    if !runs_on(&data_dir) {
        printer::tell_notes(&[format!(
            "no server runs on {} now; the address is the one that callsign serve takes when no flag names another",
            data_dir.display()
        )]);
    }
    Ok(())
}

/// The line that sets a variable.
pub(super) fn line(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Sh => format!("export {name}={}\n", quoted_for_sh(value)),
        // Within single quotes fish knows \' and \\ only.
        Shell::Fish => format!("set -gx {name} '{}'\n", value.replace('\\', "\\\\").replace('\'', "\\'")),
        Shell::Powershell => format!("$env:{name} = '{}'\n", quoted_for_powershell(value)),
        Shell::Dotenv => format!("{name}={}\n", quoted_for_dotenv(value)),
    }
}

/// One word for a POSIX shell: within single quotes everything is itself, and a single quote stands outside of them.
pub(super) fn quoted_for_sh(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// PowerShell takes typographic quotes for single quotes, too; each is doubled.
fn quoted_for_powershell(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted
}

/// Bare where it can be, because Docker takes quotes in such a file for a part of the value.
fn quoted_for_dotenv(value: &str) -> String {
    let bare = |letter: char| letter.is_alphanumeric() || "_-+./:;=,@%~".contains(letter);
    if value.chars().all(bare) {
        return value.to_owned();
    }
    if !value.contains('\'') && !value.contains('\n') {
        return format!("'{value}'");
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = r"it's a \ $HOME `x`";

    #[test]
    fn each_shell_gets_its_own_quotes() {
        for (shell, expected) in [
            (Shell::Sh, r"export A='it'\''s a \ $HOME `x`'"),
            (Shell::Fish, r"set -gx A 'it\'s a \\ $HOME `x`'"),
            (Shell::Powershell, r"$env:A = 'it''s a \ $HOME `x`'"),
            (Shell::Dotenv, r#"A="it's a \\ \$HOME `x`""#),
        ] {
            assert_eq!(line(shell, "A", VALUE), format!("{expected}\n"));
        }
    }

    #[test]
    fn a_connection_string_is_bare_in_a_file_and_a_path_with_blanks_is_not() {
        let connection_string = "endpoint=https://localhost:8443/;accesskey=a+/b==";
        assert_eq!(line(Shell::Dotenv, "A", connection_string), format!("A={connection_string}\n"));
        assert_eq!(line(Shell::Dotenv, "A", "/my data/#1"), "A='/my data/#1'\n");
    }

    #[test]
    fn a_posix_shell_reads_back_what_was_meant() {
        let script = format!("{}printf %s \"$A\"", line(Shell::Sh, "A", VALUE));
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), VALUE);
    }
}
