//! Identities in their table.

use async_trait::async_trait;
use callsign_core::store::{Identities, Identity, Standing, StoreError};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use rusqlite::{Connection, OptionalExtension, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{count, guid, instant, stored_count};
use super::failure::{Failure, at};

const TABLE: &str = "identity";

/// Most notes of issues in one step: it should not keep others waiting for long.
const NOTES_MAX: usize = 1_000;

const CREATE: &str = "
INSERT INTO identity (resource, identity, created_ms, epoch, last_issued_ms, custom_id)
SELECT key, ?2, ?3, ?4, ?5, ?6 FROM resource WHERE id = ?1
ON CONFLICT DO NOTHING";

const STANDING: &str = "
SELECT i.identity, i.created_ms, i.epoch, i.last_issued_ms, i.custom_id, r.epoch, k1.generation, k2.generation
FROM resource r
JOIN identity i ON i.resource = r.key AND i.identity = ?2
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
WHERE r.id = ?1";

const STANDING_BY_CUSTOM_ID: &str = "
SELECT i.identity, i.created_ms, i.epoch, i.last_issued_ms, i.custom_id, r.epoch, k1.generation, k2.generation
FROM resource r
JOIN identity i ON i.resource = r.key AND i.custom_id = ?2
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
WHERE r.id = ?1";

const RAISE_EPOCH: &str = "
UPDATE identity SET epoch = epoch + 1
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity = ?2
RETURNING epoch";

const DELETE: &str = "
DELETE FROM identity WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity = ?2";

const MERGE_LAST_ISSUED: &str = "
UPDATE identity SET last_issued_ms = ?3
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity = ?2
  AND (last_issued_ms IS NULL OR last_issued_ms < ?3)";

#[async_trait]
impl Identities for SqliteStore {
    async fn create_identity(&self, identity: &Identity) -> Result<Option<Standing>, StoreError> {
        let wanted = identity.clone();
        self.writer.run(move |connection| create(connection, &wanted)).await
    }

    async fn standing(&self, id: IdentityId) -> Result<Option<Standing>, StoreError> {
        self.readers.read(|connection| standing(connection, id))
    }

    async fn raise_identity_epoch(&self, id: IdentityId) -> Result<Option<u64>, StoreError> {
        self.writer.run(move |connection| raise_epoch(connection, id).map_err(at(TABLE, &id))).await
    }

    async fn delete_identity(&self, id: IdentityId) -> Result<bool, StoreError> {
        let delete = move |connection: &mut Connection| {
            Ok(connection.prepare_cached(DELETE)?.execute(key_of(id))? > 0)
        };
        self.writer.run(move |connection| delete(connection).map_err(at(TABLE, &id))).await
    }

    /// In steps of a bounded size: when a later one fails, the earlier ones stay, and doing all again is harmless.
    async fn merge_last_issued(&self, notes: &[(IdentityId, Timestamp)]) -> Result<(), StoreError> {
        let mut in_order_of_table = notes.to_vec();
        in_order_of_table.sort_unstable();
        for notes in in_order_of_table.chunks(NOTES_MAX) {
            let notes = notes.to_vec();
            self.writer.run(move |connection| merge(connection, &notes)).await?;
        }
        Ok(())
    }
}

fn key_of(id: IdentityId) -> ([u8; 16], [u8; 16]) {
    (id.resource().into_bytes(), id.local().into_bytes())
}

fn create(connection: &Connection, wanted: &Identity) -> Result<Option<Standing>, Failure> {
    insert(connection, wanted).map_err(at(TABLE, &wanted.id))?;
    let standing = standing(connection, wanted.id)?;
    match &wanted.custom_id {
        Some(custom_id) if standing.is_none() => {
            standing_by_custom_id(connection, wanted.id.resource(), custom_id)
        }
        _ => Ok(standing),
    }
}

fn insert(connection: &Connection, wanted: &Identity) -> SqlResult<()> {
    let (resource, local) = key_of(wanted.id);
    connection.prepare_cached(CREATE)?.execute(params![
        resource,
        local,
        wanted.created_at.unix_milliseconds(),
        stored_count(wanted.epoch)?,
        wanted.last_issued_at.map(Timestamp::unix_milliseconds),
        wanted.custom_id,
    ])?;
    Ok(())
}

fn standing(connection: &Connection, id: IdentityId) -> Result<Option<Standing>, Failure> {
    let read = || {
        let mut statement = connection.prepare_cached(STANDING)?;
        statement.query_row(key_of(id), |row| standing_in(row, id.resource())).optional()
    };
    read().map_err(at(TABLE, &id))
}

fn standing_by_custom_id(
    connection: &Connection,
    resource: Uuid,
    custom_id: &str,
) -> Result<Option<Standing>, Failure> {
    let read = || {
        let mut statement = connection.prepare_cached(STANDING_BY_CUSTOM_ID)?;
        statement.query_row((resource.into_bytes(), custom_id), |row| standing_in(row, resource)).optional()
    };
    // The custom id may tell who somebody is: the resource is enough to find the row by.
    read().map_err(at(TABLE, &resource))
}

fn standing_in(row: &Row<'_>, resource: Uuid) -> SqlResult<Standing> {
    let last_issued_ms: Option<i64> = row.get(3)?;
    Ok(Standing {
        identity: Identity {
            id: IdentityId::from_parts(resource, guid(row, 0)?),
            created_at: instant(row, 1)?,
            epoch: count(row, 2)?,
            last_issued_at: last_issued_ms.map(Timestamp::from_unix_milliseconds),
            custom_id: row.get(4)?,
        },
        resource_epoch: count(row, 5)?,
        generations: [count(row, 6)?, count(row, 7)?],
    })
}

fn raise_epoch(connection: &Connection, id: IdentityId) -> SqlResult<Option<u64>> {
    let mut statement = connection.prepare_cached(RAISE_EPOCH)?;
    let mut rows = statement.query(key_of(id))?;
    let raised = rows.next()?.map(|row| count(row, 0)).transpose()?;
    // A statement is done after its last row, not at its first.
    while rows.next()?.is_some() {}
    Ok(raised)
}

fn merge(connection: &mut Connection, notes: &[(IdentityId, Timestamp)]) -> Result<(), Failure> {
    let all = "the notes of issues";
    let savepoint = connection.savepoint().map_err(at(TABLE, &all))?;
    for (id, last_issued_at) in notes {
        let (resource, local) = key_of(*id);
        let note = (resource, local, last_issued_at.unix_milliseconds());
        let mut statement = savepoint.prepare_cached(MERGE_LAST_ISSUED).map_err(at(TABLE, id))?;
        statement.execute(note).map_err(at(TABLE, id))?;
    }
    savepoint.commit().map_err(at(TABLE, &all))
}

#[cfg(test)]
mod tests {
    use callsign_core::store::contract::sample;
    use rusqlite::StatementStatus;

    use super::super::open::set_up_caches;
    use super::super::schema::migrate;
    use super::*;

    const STATEMENTS: [&str; 6] =
        [CREATE, STANDING, STANDING_BY_CUSTOM_ID, RAISE_EPOCH, DELETE, MERGE_LAST_ISSUED];

    fn empty() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        set_up_caches(&connection, 1_024).unwrap();
        migrate(&mut connection).unwrap();
        connection
    }

    /// A scan would make every request as slow as the table is long.
    #[test]
    fn every_statement_finds_its_row_by_an_index() {
        let connection = empty();
        for sql in STATEMENTS {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<SqlResult<Vec<_>>>();
            let steps = steps.unwrap();
            assert!(!steps.is_empty() && !steps.iter().any(|step| step.contains("SCAN")), "{sql}\n{steps:?}");
        }
    }

    #[test]
    fn every_statement_is_planned_once() {
        let mut connection = empty();
        for local in 0..5 {
            let wanted = sample::named_identity(1, local, &local.to_string());
            assert_eq!(create(&connection, &wanted).unwrap(), None);
            merge(&mut connection, &[(wanted.id, wanted.created_at)]).unwrap();
            for sql in [RAISE_EPOCH, DELETE] {
                connection.prepare_cached(sql).unwrap().query(key_of(wanted.id)).unwrap().next().unwrap();
            }
        }
        for sql in STATEMENTS {
            let statement = connection.prepare_cached(sql).unwrap();
            assert!(statement.get_status(StatementStatus::Run) > 1, "{sql}");
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }
}
