//! The tables, how they came to be, and how a file is known to be ours.

use rusqlite::{Connection, Result, TransactionBehavior};

use super::failure::{Failure, at};

/// `CSGN`, in the header of every file of ours (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4353_474E;

/// Migration n takes a file from schema n to schema n + 1. One that was released is never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema/0001_first.sql")];

/// The schema that this release reads and writes.
pub(super) const KNOWN: usize = MIGRATIONS.len();

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody's: it is empty.
    Nobody,
    /// Ours, with a schema that this release knows.
    Callsign,
    /// That of a later release of ours.
    NewerCallsign {
        /// The schema it has.
        schema: i64,
    },
    /// Another program's.
    Another,
}

/// Finds out whose the file is. It only reads.
pub(super) fn owner(connection: &Connection) -> Result<Owner> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let schema = number("PRAGMA user_version")?;
    Ok(match number("PRAGMA application_id")? {
        0 if tables == 0 && schema == 0 => Owner::Nobody,
        application_id if application_id != i64::from(APPLICATION_ID) => Owner::Another,
        _ if usize::try_from(schema).is_ok_and(|schema| schema <= KNOWN) => Owner::Callsign,
        _ => Owner::NewerCallsign { schema },
    })
}

/// Takes the file to the schema of this release, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let present: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let missing = MIGRATIONS.iter().skip(usize::try_from(present).unwrap_or(KNOWN));
    if missing.len() == 0 {
        return Ok(());
    }
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", KNOWN as i64)?;
    transaction.commit()
}

pub(super) fn limit_pages(connection: &Connection, pages_max: u32) -> Result<(), Failure> {
    let limit = format!("PRAGMA max_page_count = {pages_max}");
    connection.execute_batch(&limit).map_err(at("the whole file", &pages_max))
}
