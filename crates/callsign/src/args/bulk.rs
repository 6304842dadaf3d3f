//! What commands take that do the same for many identities.

use std::path::PathBuf;

use clap::Args;

/// Where the heading stands in the help.
const MANY: &str = "Many at once";

/// How results are kept and how many requests are under way at once.
#[derive(Clone, Debug, Args)]
pub(crate) struct Bulk {
    /// Append each result to FILE, a line each, and each failure to FILE.failed. Run again with the same file, only what
    /// is missing is done
    #[arg(long, value_name = "FILE", help_heading = MANY)]
    pub(crate) out: Option<PathBuf>,
    /// How many requests are under way at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256), help_heading = MANY)]
    pub(crate) concurrency: u16,
}

/// Whose turn it is.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Users {
    /// The id of an identity, 8:acs:…; several may be given
    #[arg(short = 'u', long = "user", alias = "userid", value_name = "ID", num_args = 1..)]
    pub(crate) user: Vec<String>,
    /// A file of ids, a line each, or - for stdin. What --out wrote is such a file
    #[arg(long, value_name = "FILE", help_heading = MANY)]
    pub(crate) users: Option<PathBuf>,
}
