//! `cargo xtask accel`: fetches the library that signs eight at once into `target/accel`, for tests and measurements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::ProgressBar;

use crate::server_process;

/// The packages, each with the digest of its one archive: what is loaded into a process that holds keys is pinned.
const REQUIREMENTS: &str = include_str!("accel/requirements.txt");

/// The library, in the folder of the libraries.
const LIBRARY: &str = "libcrypto_mb.so";

/// What the library needs, beside it; the rest of the compiler's runtime is 150 MB that nobody asks for.
const RUNTIME: [&str; 4] = ["libintlc.so.5", "libimf.so", "libirng.so", "libsvml.so"];

/// The setting of a server that names the library, or is `off`.
pub(crate) const LIBRARY_VARIABLE: &str = "CALLSIGN_CRYPTO_MB";

/// Arguments of `cargo xtask accel`.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> anyhow::Result<()> {
    let library = library()?;
    println!("{}", library.display());
    eprintln!("accel: tests and examples find it there; for a server:");
    eprintln!("    export {LIBRARY_VARIABLE}={}", library.display());
    Ok(())
}

/// The library, which is fetched if it is not there.
pub(crate) fn library() -> anyhow::Result<PathBuf> {
    fetch(&server_process::workspace_root()?.join("target/accel"))
}

/// Fetches the library for tests, where it is published for the machine; elsewhere those tests say that they are not run.
pub(crate) fn provide() -> anyhow::Result<Option<PathBuf>> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) { library().map(Some) } else { Ok(None) }
}

/// Fetches the library into the folder, if what is there was not fetched from the same list.
fn fetch(folder: &Path) -> anyhow::Result<PathBuf> {
    let (stamp, library) = (folder.join("requirements.txt"), folder.join("lib").join(LIBRARY));
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == REQUIREMENTS) && library.is_file() {
        return Ok(library);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!(
            "the library is published for Linux on x86-64 only; on this machine the ordinary signer is all there is"
        );
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let unpacked = folder.join("unpacked");
    fs::create_dir_all(&unpacked)?;
    let list = folder.join("list.txt");
    fs::write(&list, REQUIREMENTS)?;

    let progress = ProgressBar::new_spinner().with_message("fetching 60 MB from the Python package index");
    progress.enable_steady_tick(Duration::from_millis(100));
    download(&list, &unpacked)?;
    progress.set_message("unpacking");
    for archive in
        files_in(&unpacked)?.iter().filter(|path| path.extension().is_some_and(|kind| kind == "whl"))
    {
        unpack(archive, &unpacked)?;
    }
    keep(&unpacked, &folder.join("lib"))?;
    progress.finish_and_clear();
    fs::remove_dir_all(&unpacked)?;
    // Last: only what is complete is believed.
    fs::rename(&list, &stamp)?;
    Ok(library)
}

fn download(list: &Path, to: &Path) -> anyhow::Result<()> {
    // Debian packs pip apart from Python, and puts it into every virtual environment.
    let venv = to.join("venv");
    must(
        python().args(["-m", "venv"]).arg(&venv),
        "python3 made no virtual environment; install Debian's python3-venv",
    )?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.stdin(Stdio::null()).stdout(Stdio::null());
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--dest"]).arg(to).arg("--requirement").arg(list);
    must(&mut pip, "pip could not fetch what xtask/src/accel/requirements.txt pins")
}

/// An archive of Python is a zip file; Python has a tool for those, and every machine that has pip has Python.
fn unpack(archive: &Path, to: &Path) -> anyhow::Result<()> {
    let mut unzip = python();
    unzip.args(["-m", "zipfile", "-e"]).arg(archive).arg(to);
    must(&mut unzip, "an archive could not be unpacked; is the disk full?")
}

/// Moves what is needed out of the unpacked archives: libraries lie in `<package>.data/data/lib`.
fn keep(unpacked: &Path, lib: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(lib)?;
    let folders = files_in(unpacked)?.into_iter().map(|path| path.join("data/lib"));
    let folders: Vec<_> = folders.filter(|folder| folder.is_dir()).collect();
    for name in RUNTIME.into_iter().chain([LIBRARY]) {
        let from = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        let from =
            from.with_context(|| format!("{name} is in none of the packages; pin versions that have it"))?;
        fs::rename(from, lib.join(name))?;
    }
    Ok(())
}

fn files_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn python() -> Command {
    let mut python = Command::new("python3");
    // stdout is for the path of the library.
    python.stdin(Stdio::null()).stdout(Stdio::null());
    python
}

fn must(command: &mut Command, fault: &'static str) -> anyhow::Result<()> {
    let status = command.status().context("python3 is missing; install Python 3 with pip")?;
    if status.success() { Ok(()) } else { bail!(fault) }
}
