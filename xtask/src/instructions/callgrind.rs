//! Runs a program under `valgrind --tool=callgrind`, and reads what it counted.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::path::HotPath;

/// The dumps of the second and the third round: each time that the marker is entered, what was counted since the last time is dumped.
const ONCE: u32 = 3;
const TWICE: u32 = 4;

/// Fails where there is no valgrind.
pub(super) fn require() -> anyhow::Result<()> {
    let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    match found {
        Ok(status) if status.success() => Ok(()),
        _ => bail!(
            "valgrind is missing; install it (Debian: apt install valgrind), or leave the step out: cargo xtask test --skip instructions"
        ),
    }
}

/// The same command under callgrind, which counts the path and leaves its dumps as `<dump>.1` and so on.
pub(super) fn under(command: &Command, path: HotPath, dump: &Path) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet", "--vgdb=no", "--collect-atstart=no"]);
    valgrind.arg(format!("--callgrind-out-file={}", dump.display()));
    valgrind.arg(format!("--dump-before={}", path.marker()));
    // Entering or leaving one of them turns counting on or off.
    valgrind
        .args(path.counted().iter().chain(path.left_out()).map(|name| format!("--toggle-collect={name}")));
    valgrind.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => valgrind.env(name, value),
            None => valgrind.env_remove(name),
        };
    }
    valgrind.env_remove("VALGRIND_OPTS").stdin(Stdio::null());
    valgrind
}

/// Instructions of one operation.
pub(super) fn per_operation(path: HotPath, dump: &Path) -> anyhow::Result<u64> {
    let [once, twice] = [ONCE, TWICE].map(|number| read(path, &part(dump, number)));
    let more = twice?.saturating_sub(once?);
    let round = u64::try_from(path.round())?;
    if more == 0 {
        bail!(
            "nothing was counted of the path {}; look at its functions in xtask/src/instructions/path.rs",
            path.name()
        );
    }
    Ok((more + round / 2) / round)
}

fn part(dump: &Path, number: u32) -> PathBuf {
    let mut name = dump.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// What a dump counted. It names every function in which something was, so that one that got another name is missed.
fn read(path: HotPath, dump: &Path) -> anyhow::Result<u64> {
    let text = std::fs::read_to_string(dump).with_context(|| {
        format!(
            "{} is not there; is {} still the marker of the path {}?",
            dump.display(),
            path.marker(),
            path.name()
        )
    })?;
    let named = |function: &str| text.lines().any(|line| line.ends_with(&format!(") {function}")));
    if let Some(missed) = path.counted().iter().find(|function| !named(function)) {
        bail!(
            "the path {} went without {missed}; if it has another name now, give it in xtask/src/instructions/path.rs",
            path.name()
        );
    }
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let totals = totals.with_context(|| format!("{} has no totals", dump.display()))?;
    Ok(totals.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FUNCTION: &str = "fn=(2) callsign_verifier::verifier::Verifier::verify_offline";

    #[test]
    fn the_third_round_less_the_second_is_what_one_round_takes() {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("verify");
        fs::write(part(&dump, 3), format!("{FUNCTION}\ntotals: 25000\n")).unwrap();
        fs::write(part(&dump, 4), format!("{FUNCTION}\ntotals: 45000\n")).unwrap();
        assert_eq!(per_operation(HotPath::Verify, &dump).unwrap(), 1000);
    }

    #[test]
    fn a_path_that_is_not_there_any_more_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("verify");
        let fault = || per_operation(HotPath::Verify, &dump).unwrap_err().to_string();
        assert!(fault().contains("the marker of the path verify"), "{}", fault());
        let write = |text: &str| [3, 4].map(|number| fs::write(part(&dump, number), text).unwrap());
        write("fn=(2) callsign_verifier::verifier::Verifier::check_offline\ntotals: 7\n");
        assert!(fault().contains("went without callsign_verifier::verifier::Verifier::verify_offline"));
        write(&format!("{FUNCTION}\ntotals: 7\n"));
        assert!(fault().starts_with("nothing was counted"));
    }

    #[test]
    fn a_command_keeps_its_arguments_and_its_environment() {
        let mut serve = Command::new("serve");
        serve.arg("--fast").env("SET", "1").env_remove("UNSET");
        let valgrind = under(&serve, HotPath::Verify, Path::new("d"));
        let arguments: Vec<_> = valgrind.get_args().map(|argument| argument.to_string_lossy()).collect();
        assert!(arguments.ends_with(&["serve".into(), "--fast".into()]), "{arguments:?}");
        assert!(arguments.contains(&"--callgrind-out-file=d".into()));
        let environment: Vec<_> = valgrind.get_envs().collect();
        assert!(environment.contains(&("SET".as_ref(), Some("1".as_ref()))));
        assert!(environment.contains(&("UNSET".as_ref(), None)));
    }
}
