//! Token-signing keys in their tables, and the wrapping of all keys.

use std::collections::BTreeSet;

use async_trait::async_trait;
use callsign_core::directory::audit::Deed;
use callsign_core::store::{
    Keys, RevokedSigningKey, Rewrapped, SigningKeyChange, StoreError, StoredSigningKey, new_signing_keys,
};
use callsign_core::wrapping::Wrapped;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::Entry;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Error, Result as SqlResult, Row};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{count, guid, instant, parsed};
use super::failure::{Failure, at};
use super::{audit, resources, revocations, statement};

const TABLE: &str = "signing_key";
const REVOKED_TABLE: &str = "revoked_signing_key";

pub(super) const LIST: &str = "
SELECT key_id, algorithm, created_ms, activates_ms, wrapped FROM signing_key ORDER BY activates_ms, key_id";

pub(super) const LIST_REVOKED: &str =
    "SELECT key_id, revoked_ms FROM revoked_signing_key ORDER BY revoked_ms, key_id";

pub(super) const IDS: &str = "SELECT key_id FROM signing_key";

pub(super) const ADD: &str = "
INSERT INTO signing_key (key_id, algorithm, created_ms, activates_ms, wrapped) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(super) const ACTIVATE: &str = "UPDATE signing_key SET activates_ms = ?2 WHERE key_id = ?1";

pub(super) const REMOVE: &str = "DELETE FROM signing_key WHERE key_id = ?1";

pub(super) const REMOVE_ALL: &str = "DELETE FROM signing_key";

pub(super) const REVOKE: &str = "INSERT INTO revoked_signing_key (key_id, revoked_ms) VALUES (?1, ?2)";

pub(super) const REWRAP: &str = "UPDATE signing_key SET wrapped = ?2 WHERE key_id = ?1";

pub(super) const ACCESS_KEYS: &str = "
SELECT r.id, k.slot, k.generation FROM resource r JOIN access_key k ON k.resource = r.key";

pub(super) const REWRAP_ACCESS_KEY: &str = "
UPDATE access_key SET wrapped = ?3 WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND slot = ?2";

#[async_trait]
impl Keys for SqliteStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let read = |connection: &Connection| statement::rows(connection, LIST, [], signing_key);
        self.readers.read(|connection| read(connection).map_err(at(TABLE, &"any")))
    }

    async fn revoked_signing_keys(&self) -> Result<Vec<RevokedSigningKey>, StoreError> {
        let revoked =
            |row: &Row<'_>| Ok(RevokedSigningKey { key_id: row.get(0)?, revoked_at: instant(row, 1)? });
        let read = |connection: &Connection| statement::rows(connection, LIST_REVOKED, [], revoked);
        self.readers.read(|connection| read(connection).map_err(at(REVOKED_TABLE, &"any")))
    }

    async fn change_signing_keys(&self, change: &SigningKeyChange, deed: &Deed) -> Result<bool, StoreError> {
        let (change, deed) = (change.clone(), deed.clone());
        self.writer.run(move |connection| change_keys(connection, &change, &deed)).await
    }

    async fn rewrap(&self, rewrapped: &Rewrapped, deed: &Deed) -> Result<bool, StoreError> {
        let (rewrapped, deed) = (rewrapped.clone(), deed.clone());
        self.writer.run(move |connection| rewrap(connection, &rewrapped, &deed)).await
    }
}

fn signing_key(row: &Row<'_>) -> SqlResult<StoredSigningKey> {
    Ok(StoredSigningKey {
        key_id: row.get(0)?,
        algorithm: parsed(row, 1)?,
        created_at: instant(row, 2)?,
        activates_at: instant(row, 3)?,
        wrapped: Wrapped(row.get(4)?),
    })
}

fn add(connection: &Connection, key: &StoredSigningKey) -> SqlResult<()> {
    let (created_ms, activates_ms) =
        (key.created_at.unix_milliseconds(), key.activates_at.unix_milliseconds());
    let values = (&key.key_id, key.algorithm.as_str(), created_ms, activates_ms, &key.wrapped.0);
    statement::execute(connection, ADD, values).map(drop)
}

/// Puts those keys in the place of all that are there.
pub(super) fn replace_all(connection: &Connection, keys: &[StoredSigningKey]) -> Result<(), Failure> {
    new_signing_keys(keys, &revoked_ids(connection)?).map_err(Failure::Refused)?;
    statement::execute(connection, REMOVE_ALL, []).map_err(at(TABLE, &"any"))?;
    keys.iter().try_for_each(|key| add(connection, key).map_err(at(TABLE, &key.key_id)))
}

fn revoked_ids(connection: &Connection) -> Result<BTreeSet<String>, Failure> {
    statement::rows(connection, revocations::REVOKED_KEYS, [], |row| row.get(0))
        .map_err(at(REVOKED_TABLE, &"any"))
}

fn change_keys(connection: &Connection, change: &SigningKeyChange, deed: &Deed) -> Result<bool, Failure> {
    let present = statement::rows(connection, IDS, [], |row| row.get(0)).map_err(at(TABLE, &"any"))?;
    let applies = change.applies_to(&present, &revoked_ids(connection)?);
    if applies {
        apply(connection, change).map_err(at(TABLE, &change.subject()))?;
        if let Some(key_id) = &change.revoke {
            revoke(connection, key_id, deed.at)?;
        }
    }
    audit::note(connection, deed, (None, change.subject()), applies)?;
    Ok(applies)
}

fn apply(connection: &Connection, change: &SigningKeyChange) -> SqlResult<()> {
    if let Some((key_id, activates_at)) = &change.activate {
        statement::execute(connection, ACTIVATE, (key_id, activates_at.unix_milliseconds()))?;
    }
    for key_id in change.remove.iter().chain(&change.revoke) {
        statement::execute(connection, REMOVE, [key_id])?;
    }
    change.add.iter().try_for_each(|key| add(connection, key))
}

fn revoke(connection: &Connection, key_id: &str, revoked_at: Timestamp) -> Result<(), Failure> {
    let values = (key_id, revoked_at.unix_milliseconds());
    statement::execute(connection, REVOKE, values).map_err(at(REVOKED_TABLE, &key_id))?;
    let entry = Entry::SigningKey { key_id: key_id.to_owned() };
    let mut resources = resources::ids(connection)?.into_iter();
    resources.try_for_each(|resource| revocations::tell(connection, resource, revoked_at, &entry))
}

fn rewrap(connection: &Connection, rewrapped: &Rewrapped, deed: &Deed) -> Result<bool, Failure> {
    let access_keys: BTreeSet<_> =
        statement::rows(connection, ACCESS_KEYS, [], access_key).map_err(at("access_key", &"any"))?;
    let signing_keys = statement::rows(connection, IDS, [], |row| row.get(0)).map_err(at(TABLE, &"any"))?;
    let same = rewrapped.is_of(&access_keys, &signing_keys);
    if same {
        for (resource, slot, key) in &rewrapped.access_keys {
            let values = (resource.into_bytes(), slot.number(), &key.wrapped.0);
            statement::execute(connection, REWRAP_ACCESS_KEY, values).map_err(at("access_key", resource))?;
        }
        for (key_id, wrapped) in &rewrapped.signing_keys {
            statement::execute(connection, REWRAP, (key_id, &wrapped.0)).map_err(at(TABLE, key_id))?;
        }
    }
    audit::note(connection, deed, (None, ""), same)?;
    Ok(same)
}

fn access_key(row: &Row<'_>) -> SqlResult<(Uuid, KeySlot, u64)> {
    let number: u8 = row.get(1)?;
    let slot = KeySlot::BOTH.into_iter().find(|slot| slot.number() == number);
    let unknown = || Error::from(FromSqlError::OutOfRange(i64::from(number)));
    Ok((guid(row, 0)?, slot.ok_or_else(unknown)?, count(row, 2)?))
}
