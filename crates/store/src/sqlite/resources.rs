//! Resources and their access keys in their tables.

use async_trait::async_trait;
use callsign_core::directory::audit::Deed;
use callsign_core::store::{Resources, StoreError, StoredKey, StoredResource, StoredSigningKey};
use callsign_core::wrapping::Wrapped;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::revocation::{Entry, first_epoch, incarnation};
use rusqlite::{Connection, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{count, guid, instant, parsed, stored_count, stored_texts, texts};
use super::failure::{Failure, at};
use super::{audit, keys, revocations, statement};

const TABLE: &str = "resource";

pub(super) const LIST: &str = "
SELECT r.id, r.name, r.data_location, r.signing_algorithm, r.created_ms, r.epoch, r.port, r.hosts,
  k1.generation, k1.wrapped, k2.generation, k2.wrapped
FROM resource r
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
ORDER BY r.key";

pub(super) const IDS: &str = "SELECT id FROM resource ORDER BY key";

pub(super) const CREATE: &str = "
INSERT INTO resource (id, name, data_location, signing_algorithm, created_ms, epoch, port, hosts)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT DO NOTHING";

pub(super) const CREATE_KEY: &str = "
INSERT INTO access_key (resource, slot, generation, wrapped) VALUES (?1, ?2, ?3, ?4)";

pub(super) const ALGORITHM: &str = "SELECT signing_algorithm FROM resource WHERE id = ?1";

pub(super) const SET_ALGORITHM: &str = "UPDATE resource SET signing_algorithm = ?2 WHERE id = ?1";

pub(super) const REPLACE_KEY: &str = "
UPDATE access_key SET generation = ?3, wrapped = ?4
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND slot = ?2 AND generation = ?3 - 1";

pub(super) const GENERATION: &str = "
SELECT generation FROM access_key WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND slot = ?2";

pub(super) const RAISE_EPOCH: &str = "UPDATE resource SET epoch = epoch + 1 WHERE id = ?1 RETURNING epoch";

pub(super) const EPOCHS: &str = "SELECT key, epoch FROM resource";

pub(super) const SET_EPOCH: &str = "UPDATE resource SET epoch = ?2 WHERE key = ?1";

pub(super) const DELETE: &str = "DELETE FROM resource WHERE id = ?1 RETURNING key, name";

pub(super) const DELETE_KEYS: &str = "DELETE FROM access_key WHERE resource = ?1";

#[async_trait]
impl Resources for SqliteStore {
    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError> {
        let read = |connection: &Connection| statement::rows(connection, LIST, [], resource);
        self.readers.read(|connection| read(connection).map_err(at(TABLE, &"any")))
    }

    async fn create_resource(&self, resource: &StoredResource, deed: &Deed) -> Result<bool, StoreError> {
        let (wanted, deed) = (resource.clone(), deed.clone());
        self.writer.run(move |connection| create(connection, &wanted, &deed)).await
    }

    /// Answers when the resource is gone. Its identities, its assignments and the entries of its feed are invisible from then
    /// on and are removed afterwards.
    async fn delete_resource(&self, id: Uuid, deed: &Deed) -> Result<bool, StoreError> {
        let (deed, orphans_may_be_left) = (deed.clone(), self.writer.orphans());
        let delete = move |connection: &Connection| {
            let deleted = delete(connection, id, &deed)?;
            orphans_may_be_left();
            Ok(deleted)
        };
        self.writer.run(delete).await
    }

    async fn set_signing_algorithm(
        &self,
        id: Uuid,
        algorithm: Algorithm,
        deed: &Deed,
    ) -> Result<bool, StoreError> {
        let deed = deed.clone();
        self.writer.run(move |connection| set_algorithm(connection, (id, algorithm), &deed)).await
    }

    async fn replace_access_key(
        &self,
        id: Uuid,
        (slot, key): (KeySlot, &StoredKey),
        deed: &Deed,
    ) -> Result<Option<u64>, StoreError> {
        let (key, deed) = (key.clone(), deed.clone());
        self.writer.run(move |connection| replace_key(connection, (id, slot), &key, &deed)).await
    }

    async fn raise_resource_epoch(&self, id: Uuid, deed: &Deed) -> Result<Option<u64>, StoreError> {
        let deed = deed.clone();
        self.writer.run(move |connection| raise_epoch(connection, id, &deed)).await
    }

    async fn begin_incarnation(
        &self,
        incarnation: u64,
        keys: &[StoredSigningKey],
        deed: &Deed,
    ) -> Result<(), StoreError> {
        let (keys, deed) = (keys.to_vec(), deed.clone());
        self.writer.run(move |connection| begin_incarnation(connection, incarnation, &keys, &deed)).await
    }
}

/// The guids of all resources, oldest first.
pub(super) fn ids(connection: &Connection) -> Result<Vec<Uuid>, Failure> {
    statement::rows(connection, IDS, [], |row| guid(row, 0)).map_err(at(TABLE, &"any"))
}

fn resource(row: &Row<'_>) -> SqlResult<StoredResource> {
    Ok(StoredResource {
        id: guid(row, 0)?,
        name: parsed(row, 1)?,
        data_location: parsed(row, 2)?,
        signing_algorithm: parsed(row, 3)?,
        created_at: instant(row, 4)?,
        epoch: count(row, 5)?,
        port: row.get(6)?,
        hosts: texts(row, 7)?,
        keys: [
            StoredKey { generation: count(row, 8)?, wrapped: Wrapped(row.get(9)?) },
            StoredKey { generation: count(row, 10)?, wrapped: Wrapped(row.get(11)?) },
        ],
    })
}

fn create(connection: &Connection, wanted: &StoredResource, deed: &Deed) -> Result<bool, Failure> {
    let created = insert(connection, wanted).map_err(at(TABLE, &wanted.id))?;
    audit::note(connection, deed, (Some(wanted.id), wanted.name.as_str()), created)?;
    Ok(created)
}

fn insert(connection: &Connection, wanted: &StoredResource) -> SqlResult<bool> {
    let values = params![
        wanted.id.into_bytes(),
        wanted.name.as_str(),
        wanted.data_location.as_str(),
        wanted.signing_algorithm.as_str(),
        wanted.created_at.unix_milliseconds(),
        stored_count(wanted.epoch)?,
        wanted.port,
        stored_texts(&wanted.hosts)?,
    ];
    if statement::execute(connection, CREATE, values)? == 0 {
        return Ok(false);
    }
    let resource = connection.last_insert_rowid();
    for (slot, key) in KeySlot::BOTH.into_iter().zip(&wanted.keys) {
        let values = (resource, slot.number(), stored_count(key.generation)?, &key.wrapped.0);
        statement::execute(connection, CREATE_KEY, values)?;
    }
    revocations::begin(connection, resource, wanted.epoch)?;
    Ok(true)
}

fn delete(connection: &Connection, id: Uuid, deed: &Deed) -> Result<bool, Failure> {
    let key_and_name = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let remove = || {
        let deleted = statement::row(connection, DELETE, [id.into_bytes()], key_and_name)?;
        let Some((key, name)) = deleted else { return Ok(None) };
        statement::execute(connection, DELETE_KEYS, [key])?;
        statement::execute(connection, revocations::END, [key])?;
        Ok(Some(name))
    };
    let name = remove().map_err(at(TABLE, &id))?;
    audit::note(connection, deed, (Some(id), name.as_deref().unwrap_or_default()), name.is_some())?;
    Ok(name.is_some())
}

fn set_algorithm(
    connection: &Connection,
    (id, algorithm): (Uuid, Algorithm),
    deed: &Deed,
) -> Result<bool, Failure> {
    let set = || {
        let present: Option<String> =
            statement::row(connection, ALGORITHM, [id.into_bytes()], |row| row.get(0))?;
        let changed = present.as_deref().is_some_and(|present| present != algorithm.as_str());
        if changed {
            statement::execute(connection, SET_ALGORITHM, (id.into_bytes(), algorithm.as_str()))?;
        }
        Ok((present.is_some(), changed))
    };
    let (present, changed) = set().map_err(at(TABLE, &id))?;
    audit::note(connection, deed, (Some(id), algorithm.as_str()), changed)?;
    Ok(present)
}

fn replace_key(
    connection: &Connection,
    (id, slot): (Uuid, KeySlot),
    key: &StoredKey,
    deed: &Deed,
) -> Result<Option<u64>, Failure> {
    let place = (id.into_bytes(), slot.number());
    let replace = || {
        let values = (place.0, place.1, stored_count(key.generation)?, &key.wrapped.0);
        let replaced = statement::execute(connection, REPLACE_KEY, values)? > 0;
        Ok((replaced, statement::row(connection, GENERATION, place, |row| count(row, 0))?))
    };
    let (replaced, in_force) = replace().map_err(at("access_key", &id))?;
    if let (true, Some(generation)) = (replaced, in_force) {
        revocations::tell(connection, id, deed.at, &Entry::AccessKey { slot, generation })?;
    }
    audit::note(connection, deed, (Some(id), slot.as_str()), replaced)?;
    Ok(in_force)
}

fn raise_epoch(connection: &Connection, id: Uuid, deed: &Deed) -> Result<Option<u64>, Failure> {
    let raised = statement::row(connection, RAISE_EPOCH, [id.into_bytes()], |row| count(row, 0))
        .map_err(at(TABLE, &id))?;
    if let Some(epoch) = raised {
        revocations::tell(connection, id, deed.at, &Entry::Resource { epoch })?;
    }
    let name = raised.map(|epoch| epoch.to_string()).unwrap_or_default();
    audit::note(connection, deed, (Some(id), &name), raised.is_some())?;
    Ok(raised)
}

fn begin_incarnation(
    connection: &Connection,
    next: u64,
    keys: &[StoredSigningKey],
    deed: &Deed,
) -> Result<(), Failure> {
    let begin = || {
        let key_and_epoch = |row: &Row<'_>| Ok((row.get(0)?, count(row, 1)?));
        let resources: Vec<(i64, u64)> = statement::rows(connection, EPOCHS, [], key_and_epoch)?;
        for (resource, epoch) in resources {
            let epoch = first_epoch(next.max(incarnation(epoch) + 1));
            statement::execute(connection, SET_EPOCH, (resource, stored_count(epoch)?))?;
            revocations::begin_anew(connection, resource, epoch)?;
        }
        statement::execute(connection, revocations::FORGET_ALL, []).map(drop)
    };
    begin().map_err(at(TABLE, &"any"))?;
    keys::replace_all(connection, keys)?;
    audit::note(connection, deed, (None, &next.to_string()), true)
}
