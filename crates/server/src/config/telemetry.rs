//! What is kept of requests and where it goes, as configured.

use std::path::PathBuf;

/// The log of requests.
#[derive(Clone, Debug)]
pub struct RequestLog {
    /// How many of the newest records are kept in memory.
    pub memory: u32,
    /// The file that records are appended to; `None` is none.
    pub file: Option<PathBuf>,
    /// How large the file becomes before it is rotated, in MiB.
    pub file_mib: u32,
    /// How many files there are, the one that is written among them.
    pub files: u32,
    /// Whether records are written to standard output.
    pub stdout: bool,
    /// The least important records that leave memory.
    pub level: RequestLevel,
}

/// How important a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestLevel {
    /// The request was answered as asked.
    Informational,
    /// The request was at fault.
    Warning,
    /// The server was at fault.
    Error,
}
