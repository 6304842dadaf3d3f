//! Resources and their access keys in their tables.

use async_trait::async_trait;
use callsign_core::store::{Resources, StoreError, StoredKey, StoredResource};
use callsign_core::wrapping::Wrapped;
use callsign_protocol::access_key::KeySlot;
use rusqlite::{Connection, OptionalExtension, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{count, guid, instant, parsed, stored_count, stored_texts, texts};
use super::failure::at;

const TABLE: &str = "resource";

const LIST: &str = "
SELECT r.id, r.name, r.data_location, r.created_ms, r.epoch, r.port, r.hosts,
  k1.generation, k1.wrapped, k2.generation, k2.wrapped
FROM resource r
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
ORDER BY r.key";

const CREATE: &str = "
INSERT INTO resource (id, name, data_location, created_ms, epoch, port, hosts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO NOTHING";

const CREATE_KEY: &str = "
INSERT INTO access_key (resource, slot, generation, wrapped) VALUES (?1, ?2, ?3, ?4)";

const REPLACE_KEY: &str = "
UPDATE access_key SET generation = ?3, wrapped = ?4
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND slot = ?2 AND generation = ?3 - 1";

const GENERATION: &str = "
SELECT generation FROM access_key WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND slot = ?2";

const DELETE_KEYS: &str = "DELETE FROM access_key WHERE resource = (SELECT key FROM resource WHERE id = ?1)";

const DELETE: &str = "DELETE FROM resource WHERE id = ?1";

#[async_trait]
impl Resources for SqliteStore {
    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError> {
        self.readers.read(|connection| list(connection).map_err(at(TABLE, &"any")))
    }

    async fn create_resource(&self, resource: &StoredResource) -> Result<bool, StoreError> {
        let wanted = resource.clone();
        self.writer.run(move |connection| create(connection, &wanted).map_err(at(TABLE, &wanted.id))).await
    }

    /// Answers when the resource is gone. Its identities are invisible from then on and are removed afterwards.
    async fn delete_resource(&self, id: Uuid) -> Result<bool, StoreError> {
        let orphans_may_be_left = self.writer.orphans();
        let delete = move |connection: &mut Connection| {
            let deleted = delete(connection, id).map_err(at(TABLE, &id))?;
            orphans_may_be_left();
            Ok(deleted)
        };
        self.writer.run(delete).await
    }

    async fn replace_access_key(
        &self,
        id: Uuid,
        slot: KeySlot,
        key: &StoredKey,
    ) -> Result<Option<u64>, StoreError> {
        let key = key.clone();
        let replace = move |connection: &mut Connection| {
            replace_key(connection, (id, slot), &key).map_err(at("access_key", &id))
        };
        self.writer.run(replace).await
    }
}

fn list(connection: &Connection) -> SqlResult<Vec<StoredResource>> {
    connection.prepare_cached(LIST)?.query_map([], resource)?.collect()
}

fn resource(row: &Row<'_>) -> SqlResult<StoredResource> {
    Ok(StoredResource {
        id: guid(row, 0)?,
        name: parsed(row, 1)?,
        data_location: parsed(row, 2)?,
        created_at: instant(row, 3)?,
        epoch: count(row, 4)?,
        port: row.get(5)?,
        hosts: texts(row, 6)?,
        keys: [
            StoredKey { generation: count(row, 7)?, wrapped: Wrapped(row.get(8)?) },
            StoredKey { generation: count(row, 9)?, wrapped: Wrapped(row.get(10)?) },
        ],
    })
}

fn create(connection: &mut Connection, wanted: &StoredResource) -> SqlResult<bool> {
    let savepoint = connection.savepoint()?;
    let created = savepoint.prepare_cached(CREATE)?.execute(params![
        wanted.id.into_bytes(),
        wanted.name.as_str(),
        wanted.data_location.as_str(),
        wanted.created_at.unix_milliseconds(),
        stored_count(wanted.epoch)?,
        wanted.port,
        stored_texts(&wanted.hosts)?,
    ])?;
    if created > 0 {
        let resource = savepoint.last_insert_rowid();
        for (slot, key) in KeySlot::BOTH.into_iter().zip(&wanted.keys) {
            let key = (resource, slot.number(), stored_count(key.generation)?, &key.wrapped.0);
            savepoint.prepare_cached(CREATE_KEY)?.execute(key)?;
        }
    }
    savepoint.commit()?;
    Ok(created > 0)
}

fn delete(connection: &mut Connection, id: Uuid) -> SqlResult<bool> {
    let savepoint = connection.savepoint()?;
    savepoint.prepare_cached(DELETE_KEYS)?.execute([id.into_bytes()])?;
    let deleted = savepoint.prepare_cached(DELETE)?.execute([id.into_bytes()])?;
    savepoint.commit()?;
    Ok(deleted > 0)
}

fn replace_key(
    connection: &Connection,
    (id, slot): (Uuid, KeySlot),
    key: &StoredKey,
) -> SqlResult<Option<u64>> {
    let generation = stored_count(key.generation)?;
    let replacement = (id.into_bytes(), slot.number(), generation, &key.wrapped.0);
    connection.prepare_cached(REPLACE_KEY)?.execute(replacement)?;
    let mut statement = connection.prepare_cached(GENERATION)?;
    statement.query_row((id.into_bytes(), slot.number()), |row| count(row, 0)).optional()
}
