//! The file of results: what is done stands in it a line each, so that another run does only what is missing.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::Whose;

/// The results of this run and of those before it.
#[derive(Debug, Default)]
pub(in crate::command) struct Ledger {
    file: Option<Kept>,
    failures: Option<File>,
    /// Ids of what was done by runs before this one.
    before: HashSet<String>,
    lines_before: usize,
    /// Sentences for the one who wrote the command.
    pub(in crate::command) notes: Vec<String>,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Opens the file and reads what is in it; with none, nothing is kept.
    pub(in crate::command) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let fault = || format!("{} cannot be used", path.display());
        // Tokens may come to stand in it.
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .with_context(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("another command writes to {}; wait for it, or name another file", path.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(fault),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(fault)?;
        let mut notes = Vec::new();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).with_context(fault)?;
            file.seek(SeekFrom::End(0)).with_context(fault)?;
            notes.push(format!("the last line of {} was not whole and is done again", path.display()));
        }
        let lines = || text.split_inclusive('\n').filter(|line| line.ends_with('\n')).filter_map(id_of);
        match std::fs::remove_file(failures_beside(path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error)
                    .with_context(|| format!("{} cannot be removed", failures_beside(path).display()));
            }
            _ => {}
        }
        Ok(Self {
            before: lines().collect(),
            lines_before: lines().count(),
            failures: None,
            file: Some(Kept { path: path.to_owned(), file }),
            notes,
        })
    }

    /// What is not done yet.
    pub(super) fn missing(&self, whose: &Whose) -> Vec<String> {
        match whose {
            Whose::Named(ids) => ids.iter().filter(|id| !self.before.contains(*id)).cloned().collect(),
            Whose::New(count) => {
                (1..=*count).skip(self.lines_before).map(|number| number.to_string()).collect()
            }
        }
    }

    /// Whether results are kept in a file, so that they need not be printed.
    pub(in crate::command) const fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Keeps a result.
    pub(in crate::command) fn keep(&mut self, line: &str) -> anyhow::Result<()> {
        let Some(kept) = &mut self.file else { return Ok(()) };
        // In one write, so that a crash leaves no half of it.
        kept.file
            .write_all(format!("{line}\n").as_bytes())
            .with_context(|| format!("a result was done but cannot be written to {}", kept.path.display()))
    }

    /// Keeps a failure, in a file that can be given to --users again.
    pub(super) fn keep_failure(&mut self, item: &str, sentence: &str) -> anyhow::Result<()> {
        let Some(kept) = &self.file else { return Ok(()) };
        let path = failures_beside(&kept.path);
        let fault = || format!("{} cannot be written", path.display());
        let file = match &mut self.failures {
            Some(file) => file,
            none => {
                let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                none.insert(made.with_context(fault)?)
            }
        };
        let first = sentence.lines().next().unwrap_or_default();
        file.write_all(format!("{item}\t{first}\n").as_bytes()).with_context(fault)
    }

    /// Waits until all results are on the disk.
    pub(in crate::command) fn close(&mut self) -> anyhow::Result<()> {
        let Some(kept) = &self.file else { return Ok(()) };
        kept.file.sync_all().with_context(|| format!("{} cannot be written to the disk", kept.path.display()))
    }

    /// The file of this run's failures, if there are any.
    pub(super) fn failures_path(&self) -> Option<PathBuf> {
        let kept = self.file.as_ref().filter(|_| self.failures.is_some())?;
        Some(failures_beside(&kept.path))
    }
}

fn failures_beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".failed");
    name.into()
}

/// The id in a line of a file of ids, of results or of failures; none in an empty line or a remark.
pub(in crate::command) fn id_of(line: &str) -> Option<String> {
    let line = line.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    if line.starts_with('{') {
        let value: Value = serde_json::from_str(line).ok()?;
        let id = ["user_id", "rawId", "id"].iter().find_map(|name| value.get(name)?.as_str());
        return id.map(str::to_owned);
    }
    line.split('\t').next().map(|id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_every_file_that_is_written_here() {
        for (line, expected) in [
            ("8:acs:a_b\n", Some("8:acs:a_b")),
            ("  8:acs:a_b\r\n", Some("8:acs:a_b")),
            ("\u{feff}8:acs:a_b", Some("8:acs:a_b")),
            ("8:acs:a_b\t(Denied) no\n", Some("8:acs:a_b")),
            (r#"{"expires_on":"x","token":"t","user_id":"8:acs:a_b"}"#, Some("8:acs:a_b")),
            (r#"{"properties":{"id":"8:acs:a_b"},"rawId":"8:acs:a_b"}"#, Some("8:acs:a_b")),
            ("# a remark", None),
            (" \n", None),
            ("{", None),
        ] {
            assert_eq!(id_of(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_done_is_not_missing_and_half_a_line_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        std::fs::write(&path, "a\nb\nha").unwrap();
        std::fs::write(failures_beside(&path), "old").unwrap();
        let mut ledger = Ledger::open(Some(&path)).unwrap();
        assert_eq!(ledger.notes.len(), 1);
        let ids = ["a", "b", "c", "half"].map(str::to_owned).to_vec();
        assert_eq!(ledger.missing(&Whose::Named(ids)), ["c", "half"]);
        assert_eq!(ledger.missing(&Whose::New(4)), ["3", "4"]);
        assert_eq!(ledger.missing(&Whose::New(1)), [""; 0]);
        assert!(ledger.failures_path().is_none() && !failures_beside(&path).exists());
        assert!(Ledger::open(Some(&path)).unwrap_err().to_string().contains("another command"));
        ledger.keep("c").unwrap();
        ledger.keep_failure("half", "(Denied) no\nCode: Denied").unwrap();
        ledger.close().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
        let failed = ledger.failures_path().unwrap();
        assert_eq!(std::fs::read_to_string(failed).unwrap(), "half\t(Denied) no\n");
    }
}
