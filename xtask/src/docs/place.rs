//! The temporary folder that one page runs in, and the environment of everything that it starts: nothing of the
//! user's own settings, data or keys is seen or touched.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use tempfile::TempDir;

/// Variables of the caller that would change what a snippet does.
const FOREIGN_PREFIXES: [&str; 4] = ["CALLSIGN_", "COMMUNICATION_SERVICES_", "AZURE_", "XDG_"];
const FOREIGN_NAMES: [&str; 5] =
    ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

/// Where a page runs. The folder goes away with it.
pub(super) struct Place {
    folder: TempDir,
    path: OsString,
    root: PathBuf,
}

impl Place {
    pub(super) fn make(root: &Path, binary: &Path) -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("callsign-docs-").tempdir().context("no temporary folder")?;
        for name in ["home", "scripts", "page"] {
            std::fs::create_dir(folder.path().join(name))?;
        }
        let before = std::env::var_os("PATH").unwrap_or_default();
        let first = binary.parent().context("the binary is in no folder")?.to_owned();
        let path = std::env::join_paths(
            [first, python_folder(root)].into_iter().chain(std::env::split_paths(&before)),
        )
        .context("the PATH cannot be extended")?;
        Ok(Self { folder, path, root: root.to_owned() })
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("home/data")
    }

    /// Where the commands of the page stand when they begin.
    pub(super) fn page_dir(&self) -> PathBuf {
        self.folder.path().join("page")
    }

    /// Where the snippets are written to be run.
    pub(super) fn scripts_dir(&self) -> PathBuf {
        self.folder.path().join("scripts")
    }

    pub(super) fn python(&self) -> PathBuf {
        python_folder(&self.root).join("python")
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder from which node finds the installed packages.
    pub(super) fn javascript_dir(&self) -> PathBuf {
        self.root.join("target/peers/javascript")
    }

    /// Gives a command the environment of this place.
    pub(super) fn settle(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if FOREIGN_NAMES.contains(&&*text)
                || FOREIGN_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(&name);
            }
        }
        let home = self.folder.path().join("home");
        command
            .current_dir(self.page_dir())
            .env("CALLSIGN_DATA_DIR", self.data_dir())
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("HOME", home)
            .env("PATH", &self.path)
            .env("NO_PROXY", "localhost,127.0.0.1")
            .env("no_proxy", "localhost,127.0.0.1")
            .env("NO_COLOR", "1");
    }
}

fn python_folder(root: &Path) -> PathBuf {
    root.join("target/peers/python/venv/bin")
}
