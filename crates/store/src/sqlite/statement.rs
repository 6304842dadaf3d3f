//! Statements that are prepared once and kept.

use rusqlite::{Connection, Params, Result, Row};

/// Runs one that answers nothing. Answers how many rows it changed.
pub(super) fn execute(connection: &Connection, sql: &str, values: impl Params) -> Result<usize> {
    connection.prepare_cached(sql)?.execute(values)
}

/// Runs one that answers one row at most.
pub(super) fn row<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let found = rows.next()?.map(read).transpose()?;
    // A statement that changes something is done after its last row, not at its first.
    while rows.next()?.is_some() {}
    Ok(found)
}

/// Runs one that answers any number of rows.
pub(super) fn rows<T, C: FromIterator<T>>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<C> {
    connection.prepare_cached(sql)?.query_map(values, read)?.collect()
}
