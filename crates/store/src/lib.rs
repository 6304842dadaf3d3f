//! Store engines. Each implements the traits of `callsign_core::store` and nothing else; none knows HTTP or the server.

pub mod sqlite;
