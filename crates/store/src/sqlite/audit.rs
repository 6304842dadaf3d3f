//! The audit chain in its tables. Every step that changes something appends to it.

use async_trait::async_trait;
use callsign_core::directory::audit::{AuditFilter, Deed, Head, Record, Subject};
use callsign_core::store::{Audit, StoreError};
use rusqlite::{Connection, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{count, instant, stored_count};
use super::failure::{Failure, at};
use super::statement;

const TABLE: &str = "audit";

pub(super) const HEAD: &str = "SELECT number, hash FROM audit_head WHERE only = 1";

pub(super) const SET_HEAD: &str = "UPDATE audit_head SET number = ?1, hash = ?2 WHERE only = 1";

pub(super) const APPEND: &str = "
INSERT INTO audit (number, at_ms, actor, action, resource, subject, changed, detail, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(super) const LIST: &str = "
SELECT number, at_ms, actor, action, resource, subject, changed, detail, hash
FROM audit WHERE number > ?1 AND (?2 IS NULL OR resource = ?2) ORDER BY number";

pub(super) const LIST_OF_SUBJECT: &str = "
SELECT number, at_ms, actor, action, resource, subject, changed, detail, hash
FROM audit WHERE subject = ?3 AND number > ?1 AND (?2 IS NULL OR resource = ?2) ORDER BY number";

#[async_trait]
impl Audit for SqliteStore {
    async fn record(&self, deed: &Deed, subject: &Subject<'_>) -> Result<(), StoreError> {
        let (deed, name) = (deed.clone(), subject.name.to_owned());
        let (resource, changed) = (subject.resource, subject.changed);
        self.writer.run(move |connection| note(connection, &deed, (resource, &name), changed)).await
    }

    async fn audit_records(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.readers.read(|connection| {
            list(connection, filter, (after, limit)).map_err(at(TABLE, &format!("after {after}")))
        })
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.readers.read(|connection| head(connection).map_err(at("audit_head", &1)))
    }
}

/// Appends the record of a deed.
pub(super) fn note(
    connection: &Connection,
    deed: &Deed,
    (resource, name): (Option<Uuid>, &str),
    changed: bool,
) -> Result<(), Failure> {
    let append = || {
        let record = Record::following(&head(connection)?, deed, &Subject { resource, name, changed });
        let number = stored_count(record.number)?;
        let values = params![
            number,
            record.at.unix_milliseconds(),
            record.actor,
            record.action,
            record.resource.map(Uuid::into_bytes),
            record.subject,
            record.changed,
            record.detail,
            record.hash,
        ];
        statement::execute(connection, APPEND, values)?;
        statement::execute(connection, SET_HEAD, (number, record.hash)).map(drop)
    };
    append().map_err(at(TABLE, &"the next one"))
}

fn head(connection: &Connection) -> SqlResult<Head> {
    let read = |row: &Row<'_>| Ok(Head { number: count(row, 0)?, hash: row.get(1)? });
    connection.prepare_cached(HEAD)?.query_row([], read)
}

/// What an index can tell is asked of it; the filter itself decides.
fn list(
    connection: &Connection,
    filter: &AuditFilter,
    (after, limit): (u64, usize),
) -> SqlResult<Vec<Record>> {
    let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
    let resource = filter.resource.map(Uuid::into_bytes);
    let mut statement =
        connection.prepare_cached(if filter.subject.is_some() { LIST_OF_SUBJECT } else { LIST })?;
    let rows = match &filter.subject {
        Some(subject) => statement.query_map(params![after, resource, subject], record)?,
        None => statement.query_map(params![after, resource], record)?,
    };
    let wanted = |record: &SqlResult<Record>| record.as_ref().map_or(true, |record| filter.matches(record));
    rows.filter(wanted).take(limit).collect()
}

fn record(row: &Row<'_>) -> SqlResult<Record> {
    let resource: Option<[u8; 16]> = row.get(4)?;
    Ok(Record {
        number: count(row, 0)?,
        at: instant(row, 1)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        resource: resource.map(Uuid::from_bytes),
        subject: row.get(5)?,
        changed: row.get(6)?,
        detail: row.get(7)?,
        hash: row.get(8)?,
    })
}
