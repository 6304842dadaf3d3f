//! Store engines. Each implements the traits of `callsign_core::store` and nothing else; none knows HTTP or the server.

mod figures;
pub mod sqlite;

pub use figures::{COMMIT_BOUNDS_MICROSECONDS, COMMIT_BUCKETS, StoreFigures};
