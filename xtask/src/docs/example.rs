//! Rust snippets: each is an example of the tree, word for word, so that it compiles wherever the workspace does.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::server_process;

/// The built example with that text; `None` when the tree has none.
pub(super) fn built(root: &Path, text: &str) -> anyhow::Result<Option<PathBuf>> {
    for room in std::fs::read_dir(root.join("crates"))? {
        let room = room?.path();
        let Ok(examples) = std::fs::read_dir(room.join("examples")) else { continue };
        for example in examples {
            let example = example?.path();
            if std::fs::read_to_string(&example).is_ok_and(|other| other == text) {
                return build(&room, &example).map(Some);
            }
        }
    }
    Ok(None)
}

fn build(room: &Path, example: &Path) -> anyhow::Result<PathBuf> {
    let name = example.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = server_process::cargo();
    command.args(["build", "--quiet", "--locked", "--message-format=json", "--example", &name]);
    let output = command.arg("--manifest-path").arg(room.join("Cargo.toml")).output()?;
    if !output.status.success() {
        bail!("the example {name} does not build: {}", String::from_utf8_lossy(&output.stderr));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    server_process::executable_in(&messages, &name).with_context(|| format!("cargo named no example {name}"))
}
