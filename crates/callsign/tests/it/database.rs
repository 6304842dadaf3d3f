//! The database of a stopped server, changed past it.

use rusqlite::{Connection, Params};

use crate::binary::Home;

/// Runs a statement on the file and answers how many rows it changed.
pub(crate) fn execute(home: &Home, statement: &str, parameters: impl Params) -> usize {
    let connection = Connection::open(home.data_dir().join("callsign.db")).unwrap();
    connection.execute(statement, parameters).unwrap()
}
