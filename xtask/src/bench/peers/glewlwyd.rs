//! Debian's glewlwyd: taken from where it is installed, or unpacked beside the other peers. It is never installed from here: its
//! package would make a user, a database and a service of the machine's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::Ground;
use crate::server_process::interrupt::Interrupt;

const PROGRAM: &str = "usr/bin/glewlwyd";
const SCHEMA: &str = "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const DATABASE: &str = "glewlwyd.db";

/// The folder that its package is laid out in.
pub(super) struct Root(PathBuf);

/// Finds it, or fetches it with what it needs.
pub(super) fn provide(interrupt: &Interrupt, to: &Path) -> anyhow::Result<Root> {
    let (system, unpacked) = (PathBuf::from("/"), to.join("root"));
    if let Some(root) = [&system, &unpacked].into_iter().find(|root| root.join(PROGRAM).is_file()) {
        return Ok(Root(root.clone()));
    }
    eprintln!("unpacking Debian's glewlwyd");
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    let (archives, unpacking) = (to.join("archives"), to.join("unpacking"));
    fs::create_dir_all(archives.join("partial"))?;
    let mut download = Command::new("apt-get");
    download.stdin(Stdio::null());
    // No root is needed for what installs nothing. The other package says that there is no database to set up.
    download.args(["install", "--download-only", "--yes", "--quiet", "--no-install-recommends"]);
    download.args(["--option", "Debug::NoLocking=true", "--option"]);
    download.arg(format!("Dir::Cache::archives={}", archives.display()));
    download.args(["glewlwyd", "dbconfig-no-thanks"]);
    must(
        interrupt,
        &mut download,
        "apt-get could not fetch it; it is Debian's, and wants a list of packages (apt-get update)",
    )?;
    for archive in fs::read_dir(&archives)? {
        let archive = archive?.path();
        if archive.extension().is_some_and(|kind| kind == "deb") {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(archive).arg(&unpacking).stdin(Stdio::null());
            must(interrupt, &mut unpack, "dpkg-deb could not unpack it; is the disk full?")?;
        }
    }
    if !unpacking.join(PROGRAM).is_file() {
        bail!("Debian's package has no {PROGRAM}");
    }
    // Last: only what is complete is believed.
    fs::rename(&unpacking, &unpacked)?;
    Ok(Root(unpacked))
}

impl Root {
    /// It with a database of its own, in the folder that the run leaves behind.
    pub(super) fn command(&self, ground: &Ground<'_>, port: u16) -> anyhow::Result<Command> {
        let folder = ground.folder;
        fs::write(folder.join("key.pem"), &ground.private_key)?;
        fs::write(folder.join("public.pem"), &ground.public_key)?;
        let schema = fs::read_to_string(self.0.join(SCHEMA)).context("glewlwyd's schema cannot be read")?;
        let rows = fs::read_to_string(ground.from.join("glewlwyd/database.sql"))?;
        let script = folder.join("script.sql");
        fs::write(&script, schema + "\n" + &rows)?;
        let mut sqlite = self.with_libraries("sqlite3");
        sqlite.args(["-batch", "-bail", DATABASE]).current_dir(folder).stdin(fs::File::open(script)?);
        must(ground.interrupt, &mut sqlite, "sqlite3 could not make glewlwyd's database")?;

        let mut command = self.with_libraries("glewlwyd");
        let modules = |kind: &str| self.0.join("usr/lib/glewlwyd").join(kind);
        command.arg("--env-variables").current_dir(folder);
        command.env("GLWD_PORT", port.to_string()).env("GLWD_BIND_ADDRESS", "127.0.0.1");
        command.env("GLWD_EXTERNAL_URL", format!("http://127.0.0.1:{port}")).env("GLWD_API_PREFIX", "api");
        command.env("GLWD_LOG_MODE", "console").env("GLWD_LOG_LEVEL", "ERROR");
        command.env("GLWD_DATABASE_TYPE", "sqlite3").env("GLWD_DATABASE_SQLITE3_PATH", DATABASE);
        command.env("GLWD_HASH_ALGORITHM", "SHA512");
        command.env("GLWD_USER_MODULE_PATH", modules("user"));
        command.env("GLWD_CLIENT_MODULE_PATH", modules("client"));
        command.env("GLWD_AUTH_SCHEME_MODULE_PATH", modules("scheme"));
        command.env("GLWD_PLUGIN_MODULE_PATH", modules("plugin"));
        Ok(command)
    }

    /// A program of the package or of what it needs; what was not unpacked is installed.
    fn with_libraries(&self, name: &str) -> Command {
        let unpacked = self.0.join("usr/bin").join(name);
        let mut command = Command::new(if unpacked.is_file() { unpacked } else { PathBuf::from(name) });
        let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        command.env("LD_LIBRARY_PATH", self.0.join(libraries));
        command
    }
}

fn must(interrupt: &Interrupt, command: &mut Command, fault: &'static str) -> anyhow::Result<()> {
    if !interrupt.run(command.stdout(Stdio::null())).context(fault)?.success() {
        bail!(fault);
    }
    Ok(())
}
