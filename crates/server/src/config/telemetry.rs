//! What is kept of requests and where it goes, as configured.

use std::path::PathBuf;

use zeroize::Zeroizing;

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

/// The collector of OpenTelemetry that spans, metrics and records are sent to.
#[derive(Clone)]
pub struct Otlp {
    /// Its address, `http://127.0.0.1:4318`, without a slash at its end; `None` is off.
    pub endpoint: Option<String>,
    /// Headers of each request to it, `name=value`, parted by commas.
    pub headers: Option<Zeroizing<String>>,
    /// How often metrics are sent, in seconds.
    pub metrics_seconds: u16,
}
