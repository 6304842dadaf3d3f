//! A file that records are appended to. It is rotated when it has grown, and begun anew when somebody moved it away.

use std::ffi::OsString;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::Record;
use super::drain::{Drain, Lost, lines};

const BYTES_PER_MIB: u64 = 1024 * 1024;
/// Its group may read it, as those who ship logs do; it names identities and addresses, so nobody else may.
const MODE: u32 = 0o640;
/// Most of a file that is read for the journal: about 50,000 records.
const TAIL_BYTES_MAX: u64 = 32 * BYTES_PER_MIB;

/// The file.
pub(super) struct File {
    path: PathBuf,
    bytes_max: u64,
    files: u32,
    open: Option<fs::File>,
}

impl File {
    pub(super) fn new(path: &Path, mib: u32, files: u32) -> Self {
        Self { path: path.to_owned(), bytes_max: u64::from(mib) * BYTES_PER_MIB, files, open: None }
    }

    /// The open file, if it is still the one at the path.
    fn current(&mut self) -> Option<(fs::File, Metadata)> {
        let open = self.open.take()?;
        let (held, there) = (open.metadata().ok()?, fs::metadata(&self.path).ok()?);
        ((held.dev(), held.ino()) == (there.dev(), there.ino())).then_some((open, held))
    }

    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        let (mut file, mut about) = match self.current() {
            Some(current) => current,
            None => open(&self.path)?,
        };
        let more = u64::try_from(text.len()).unwrap_or(u64::MAX);
        // What is no regular file has no size.
        if about.is_file() && about.len() > 0 && about.len().saturating_add(more) > self.bytes_max {
            rotate(&self.path, self.files)?;
            (file, about) = open(&self.path)?;
        }
        let written = file.write_all(text);
        if written.is_err() && about.is_file() {
            // Half a line would spoil the next one, too.
            let _ = file.set_len(about.len());
        }
        self.open = Some(file);
        written
    }
}

impl Drain<Arc<Record>> for File {
    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), Lost> {
        self.append(&lines(batch)).map_err(|error| Lost::all(format!("{}: {error}", self.path.display())))
    }
}

fn open(path: &Path) -> io::Result<(fs::File, Metadata)> {
    let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
    let about = file.metadata()?;
    Ok((file, about))
}

/// Makes room at the path: what is there is number one, and each one after it the next.
fn rotate(path: &Path, files: u32) -> io::Result<()> {
    let Some(last) = files.checked_sub(1).filter(|last| *last > 0) else {
        return fs::remove_file(path);
    };
    for number in (1..last).rev() {
        match fs::rename(numbered(path, number), numbered(path, number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, numbered(path, 1))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

/// The last records of the newest file, oldest first.
pub(in crate::telemetry) fn tail(path: &Path, records_max: usize) -> Vec<Record> {
    let read = |path: &Path| {
        // Opening what is no file might wait without end.
        if !fs::metadata(path)?.is_file() {
            return Ok(Vec::new());
        }
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
        let mut text = Vec::new();
        file.take(TAIL_BYTES_MAX).read_to_end(&mut text)?;
        Ok::<_, io::Error>(text)
    };
    // A file that cannot be read is no reason not to serve.
    let newest = read(path).ok().filter(|text| !text.is_empty());
    let text = newest.or_else(|| read(&numbered(path, 1)).ok()).unwrap_or_default();
    let newest_first = text.rsplit(|byte| *byte == b'\n').filter_map(Record::from_line);
    let mut records: Vec<_> = newest_first.take(records_max).collect();
    records.reverse();
    records
}
