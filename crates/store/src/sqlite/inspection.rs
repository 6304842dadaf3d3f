//! Whether a file is whole, asked after an unclean stop.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use rusqlite::{Connection, ErrorCode, Result};

use super::alarm::Alarm;
use super::failure::described;

/// A file up to this size is inspected before the store serves; a larger one meanwhile.
pub(super) const AT_ONCE_BYTES_MAX: u64 = 64 * 1_024 * 1_024;

/// Findings that are told; one bad page can bring about thousands.
const FINDINGS_MAX: usize = 3;

/// Steps of SQLite's machine between two looks at whether the inspection shall stop.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// What is wrong with the file, or nothing.
pub(super) fn damage(connection: &Connection) -> Result<Option<String>> {
    let mut check = connection.prepare("PRAGMA quick_check")?;
    let findings = check.query_map([], |row| row.get::<_, String>(0))?.take(FINDINGS_MAX).collect();
    match findings {
        Ok(findings) => Ok(Some(findings)
            .filter(|findings: &Vec<_>| findings != &["ok"])
            .map(|findings| findings.join("; "))),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(Some(described(&error)))
        }
        Err(error) => Err(error),
    }
}

/// An inspection that goes on while the store serves. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Inspection {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Inspection {
    /// Starts it on a connection of its own; damage rings the alarm.
    pub(super) fn start(mut reader: Connection, path: &Path, alarm: Arc<Alarm>) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        if let Err(error) =
            reader.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || stopped.load(Ordering::Relaxed)))
        {
            tracing::warn!(%error, "closing the store will wait for its inspection");
        }
        let path = path.display().to_string();
        let inspect = move || match damage(&reader) {
            Ok(None) => tracing::info!(path, "the database is whole"),
            Ok(Some(finding)) => {
                alarm.ring(&format!("{path} is damaged ({finding}); restore it from a backup"))
            }
            Err(error) => tracing::warn!(path, %error, "the inspection of the database did not finish"),
        };
        let thread = Builder::new().name("sqlite-inspection".to_owned()).spawn(inspect)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Inspection {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
