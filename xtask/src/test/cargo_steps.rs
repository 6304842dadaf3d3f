//! The steps that cargo itself runs.

use std::process::Command;

use anyhow::bail;

use crate::server_process::interrupt::Interrupt;
use crate::server_process::{cargo, workspace_root};

pub(super) fn fmt(interrupt: &Interrupt) -> anyhow::Result<()> {
    run(
        interrupt,
        "fmt --all --check",
        "the formatting differs from rustfmt's; write it with: cargo fmt --all",
    )
}

/// Of everything, and of the binary without its features, which nothing else builds.
pub(super) fn clippy(interrupt: &Interrupt) -> anyhow::Result<()> {
    let fault = "clippy has something to say; its words are above";
    run(interrupt, "clippy --workspace --all-targets --locked -- -D warnings", fault)?;
    run(interrupt, "clippy --package callsign --no-default-features --locked -- -D warnings", fault)
}

/// With cargo-nextest, which ends a test that hangs and shows the counts of the tests that cover a table; without it,
/// the same tests by `cargo test`.
pub(super) fn tests(interrupt: &Interrupt) -> anyhow::Result<()> {
    let arguments = if has_nextest() {
        "nextest run --workspace --locked --no-fail-fast"
    } else {
        eprintln!("cargo-nextest is not installed; `cargo test` runs the tests instead");
        "test --workspace --tests --locked --no-fail-fast"
    };
    run(interrupt, arguments, "a test failed; its output is above")
}

pub(super) fn doctests(interrupt: &Interrupt) -> anyhow::Result<()> {
    run(interrupt, "test --doc --workspace --locked", "the code in a doc comment failed; its output is above")
}

/// With every feature: `mock` of callsign-client has docs too.
pub(super) fn doc(interrupt: &Interrupt) -> anyhow::Result<()> {
    let mut command = cargo();
    command.args("doc --workspace --no-deps --locked --all-features".split(' '));
    command.env("RUSTDOCFLAGS", "-D warnings");
    finish(interrupt, command, "rustdoc has something to say of a doc comment; its words are above")
}

fn has_nextest() -> bool {
    cargo().args(["nextest", "--version"]).output().is_ok_and(|output| output.status.success())
}

fn run(interrupt: &Interrupt, arguments: &str, fault: &str) -> anyhow::Result<()> {
    let mut command = cargo();
    command.args(arguments.split(' '));
    finish(interrupt, command, fault)
}

fn finish(interrupt: &Interrupt, mut command: Command, fault: &str) -> anyhow::Result<()> {
    command.current_dir(workspace_root()?);
    if !interrupt.run(&mut command)?.success() {
        bail!("{fault}");
    }
    Ok(())
}
