//! Makes environments of Python and Node under `target`, from pinned lists in the tree. An environment is made again only when
//! its list has changed: a stamp beside it holds the list that it was made from.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::server_process::interrupt::Interrupt;

/// The oldest Node.js whose test runner is complete and whose TLS reads the extra authority.
const NODE_MAJOR_MIN: u32 = 20;

/// The Python of a virtual environment in `to` that holds what `from/requirements.txt` pins.
pub(crate) fn python(interrupt: &Interrupt, from: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    let requirements = from.join("requirements.txt");
    let venv = to.join("venv");
    let python = venv.join("bin").join("python");
    let stamp = Stamp::of(&[&requirements], to)?;
    if stamp.holds() && python.exists() {
        return Ok(python);
    }
    eprintln!("installing what {} pins", requirements.display());
    if venv.exists() {
        fs::remove_dir_all(&venv)?;
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&venv);
    must(interrupt, &mut make, "python3 made no virtual environment; install Debian's python3-venv")?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--requirement",
    ]);
    install.arg(&requirements);
    must(interrupt, &mut install, &format!("pip could not install what {} pins", requirements.display()))?;
    stamp.set()?;
    Ok(python)
}

/// Makes of `to` a folder with the modules of `from` and what `from/package-lock.json` pins.
pub(crate) fn javascript(interrupt: &Interrupt, from: &Path, to: &Path) -> anyhow::Result<()> {
    let version =
        Command::new("node").arg("--version").output().context("node is missing; install Node.js")?;
    new_enough(&String::from_utf8_lossy(&version.stdout))?;
    let (package, lock) = (from.join("package.json"), from.join("package-lock.json"));
    let stamp = Stamp::of(&[&package, &lock], to)?;
    if names_addresses(&fs::read_to_string(&lock)?) {
        bail!(
            "{} holds download addresses; delete it and write it again with: \
             npm install --package-lock-only --omit-lockfile-registry-resolved",
            lock.display()
        );
    }
    copy_modules(from, to)?;
    if stamp.holds() && to.join("node_modules").exists() {
        return Ok(());
    }
    eprintln!("installing what {} pins", lock.display());
    fs::copy(&package, to.join("package.json"))?;
    fs::copy(&lock, to.join("package-lock.json"))?;
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(to);
    must(interrupt, &mut install, &format!("npm could not install what {} pins", lock.display()))?;
    stamp.set()
}

fn must(interrupt: &Interrupt, command: &mut Command, fault: &str) -> anyhow::Result<()> {
    // stdout belongs to what is run in the environment.
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    if !interrupt.run(command).with_context(|| fault.to_owned())?.success() {
        bail!("{fault}");
    }
    Ok(())
}

/// The lists an environment is made from, and the file that tells which ones it was made from.
struct Stamp {
    lists: Vec<u8>,
    file: PathBuf,
}

impl Stamp {
    /// Makes the folder `to` when it is missing.
    fn of(lists: &[&Path], to: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(to)?;
        let mut content = Vec::new();
        for list in lists {
            content.extend(fs::read(list).with_context(|| format!("{} cannot be read", list.display()))?);
        }
        Ok(Self { lists: content, file: to.join("installed.stamp") })
    }

    fn holds(&self) -> bool {
        fs::read(&self.file).is_ok_and(|made_from| made_from == self.lists)
    }

    fn set(&self) -> anyhow::Result<()> {
        Ok(fs::write(&self.file, &self.lists)?)
    }
}

/// The modules as they are now, without ones that were there before.
fn copy_modules(from: &Path, to: &Path) -> anyhow::Result<()> {
    for old in modules(to)? {
        fs::remove_file(old)?;
    }
    for module in modules(from)? {
        fs::copy(&module, to.join(module.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// The `.mjs` files of a folder, by name.
pub(crate) fn modules(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut modules = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("mjs")) {
            modules.push(path);
        }
    }
    modules.sort();
    Ok(modules)
}

/// Whether a lock file says where its packages were fetched: that is a fact of the machine that wrote it.
fn names_addresses(lock: &str) -> bool {
    lock.contains("\"resolved\"")
}

/// Takes what `node --version` prints.
fn new_enough(version: &str) -> anyhow::Result<()> {
    let major =
        version.trim().strip_prefix('v').and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        _ => bail!(
            "what runs in JavaScript needs Node.js {NODE_MAJOR_MIN} or newer; this machine has {:?}",
            version.trim()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_made_again_only_when_its_lists_change() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("requirements.txt");
        let to = folder.path().join("to");
        fs::write(&list, "one==1\n").unwrap();
        let stamp = Stamp::of(&[&list], &to).unwrap();
        assert!(!stamp.holds());
        stamp.set().unwrap();
        assert!(Stamp::of(&[&list], &to).unwrap().holds());
        fs::write(&list, "one==2\n").unwrap();
        assert!(!Stamp::of(&[&list], &to).unwrap().holds());
    }

    #[test]
    fn a_module_that_was_removed_from_the_tree_is_not_run_from_the_copy() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (path, name) in [(&from, "new.test.mjs"), (&from, "notes.md"), (&to, "old.test.mjs")] {
            fs::create_dir_all(path).unwrap();
            fs::write(path.join(name), "").unwrap();
        }
        copy_modules(&from, &to).unwrap();
        assert_eq!(modules(&to).unwrap(), [to.join("new.test.mjs")]);
        assert!(!to.join("notes.md").exists());
    }

    #[test]
    fn an_old_node_is_refused_in_a_sentence() {
        assert!(new_enough("v20.20.2\n").is_ok());
        assert!(new_enough("v100.0.0").is_ok());
        for old in ["v18.19.0", "v9.0.0", "", "20", "vx"] {
            assert!(new_enough(old).unwrap_err().to_string().contains("Node.js 20"), "{old}");
        }
    }

    #[test]
    fn a_lock_file_with_addresses_is_known() {
        assert!(names_addresses(r#"{"a": {"version": "1.0.0", "resolved": "somewhere"}}"#));
        assert!(!names_addresses(r#"{"a": {"version": "1.0.0", "integrity": "sha512-"}}"#));
    }
}
