//! Where a value, or a fault, comes from.

use std::fmt;
use std::path::PathBuf;

/// Where a value, or a fault, comes from; ordered from the weakest source to the strongest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A credential that systemd handed to the service.
    Credential {
        /// The file that holds it.
        path: PathBuf,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// A flag of the command line.
    Flag {
        /// Its name, with the dashes.
        name: &'static str,
    },
    /// The program that the server runs in.
    Program,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::Credential { path } => write!(formatter, "credential {}", path.display()),
            Self::Environment { name } => write!(formatter, "environment {name}"),
            Self::Flag { name } => write!(formatter, "flag {name}"),
            Self::Program => formatter.write_str("the program"),
        }
    }
}
