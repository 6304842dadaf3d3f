//! Token-signing keys in their table.

use async_trait::async_trait;
use callsign_core::store::{SigningKeys, StoreError, StoredSigningKey};
use callsign_core::wrapping::Wrapped;
use rusqlite::{Connection, Result as SqlResult, Row};

use super::SqliteStore;
use super::column::instant;
use super::failure::at;

const TABLE: &str = "signing_key";

const LIST: &str =
    "SELECT key_id, created_ms, activates_ms, wrapped FROM signing_key ORDER BY activates_ms, key_id";

const ADD: &str = "
INSERT INTO signing_key (key_id, created_ms, activates_ms, wrapped) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO NOTHING";

#[async_trait]
impl SigningKeys for SqliteStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        self.readers.read(|connection| list(connection).map_err(at(TABLE, &"any")))
    }

    async fn add_signing_key(&self, key: &StoredSigningKey) -> Result<bool, StoreError> {
        let key = key.clone();
        self.writer.run(move |connection| add(connection, &key).map_err(at(TABLE, &key.key_id))).await
    }
}

fn list(connection: &Connection) -> SqlResult<Vec<StoredSigningKey>> {
    connection.prepare_cached(LIST)?.query_map([], signing_key)?.collect()
}

fn signing_key(row: &Row<'_>) -> SqlResult<StoredSigningKey> {
    Ok(StoredSigningKey {
        key_id: row.get(0)?,
        created_at: instant(row, 1)?,
        activates_at: instant(row, 2)?,
        wrapped: Wrapped(row.get(3)?),
    })
}

fn add(connection: &Connection, key: &StoredSigningKey) -> SqlResult<bool> {
    let added = connection.prepare_cached(ADD)?.execute((
        &key.key_id,
        key.created_at.unix_milliseconds(),
        key.activates_at.unix_milliseconds(),
        &key.wrapped.0,
    ))?;
    Ok(added > 0)
}
