//! The path of the verifier: a test of its own, under callgrind. The tests of the workspace are built already where this runs after them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::callgrind;
use super::path::HotPath;
use crate::server_process::interrupt::Interrupt;
use crate::server_process::{cargo, workspace_root};

/// Where the verifier is.
const MANIFEST: &str = "crates/verifier/Cargo.toml";
const TEST: &str = "offline_checks::every_good_token_of_many_passes_offline";
/// Tells the test how many tokens a round has.
const ROUND_VARIABLE: &str = "CALLSIGN_OFFLINE_CHECKS";

/// Leaves the dumps of the path.
pub(super) fn run(interrupt: &Interrupt, path: HotPath, dump: &Path) -> anyhow::Result<()> {
    let mut test = Command::new(build()?);
    test.args(["--exact", TEST]).env(ROUND_VARIABLE, path.round().to_string());
    let mut test = callgrind::under(&test, path, dump);
    test.current_dir(workspace_root()?).stdout(std::io::stderr());
    if !interrupt.run(&mut test)?.success() {
        bail!("the test {TEST} failed under valgrind; its output is above");
    }
    Ok(())
}

/// Builds it with the others: alone it would be built for other features of the same dependencies.
fn build() -> anyhow::Result<PathBuf> {
    let mut command = cargo();
    command.args(
        "test --workspace --tests --no-run --locked --message-format=json-render-diagnostics".split(' '),
    );
    command.current_dir(workspace_root()?).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("cargo could not be started to build the tests")?;
    if !output.status.success() {
        bail!("the tests could not be built ({}); cargo's messages are above", output.status);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    executable_in(&messages).context("cargo built the tests and named none of the verifier")
}

fn executable_in(messages: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_ours = message.pointer("/target/name")? == "it"
            && message.get("manifest_path")?.as_str()?.ends_with(MANIFEST);
        is_ours.then_some(PathBuf::from(message.get("executable")?.as_str()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_the_verifier_are_told_from_those_of_others() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","manifest_path":"/a/crates/store/Cargo.toml","target":{"name":"it"},"executable":"/a/it-1"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/a/crates/verifier/Cargo.toml","target":{"name":"chat"},"executable":"/a/chat-1"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/a/crates/verifier/Cargo.toml","target":{"name":"it"},"executable":"/a/it-2"}"#,
        );
        assert_eq!(executable_in(messages), Some(PathBuf::from("/a/it-2")));
    }
}
