//! Identities in their table.

use async_trait::async_trait;
use callsign_core::directory::audit::Deed;
use callsign_core::store::{Identities, Identity, IdentityPage, Listing, Standing, StoreError};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::revocation::{Entry, GONE};
use rusqlite::{Connection, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{ceiling_ms, count, guid, instant, stored_count, unreadable};
use super::failure::{Failure, at};
use super::{audit, revocations, statement};

const TABLE: &str = "identity";

/// Most notes of issues in one step: it should not keep others waiting for long.
const NOTES_MAX: usize = 1_000;

/// From so many identities on a step is a large one: each takes a tenth of a millisecond or less.
const LARGE: usize = 50;

pub(super) const CREATE: &str = "
INSERT INTO identity (resource, identity, created_ms, epoch, last_issued_ms, custom_id)
SELECT key, ?2, ?3, ?4, ?5, ?6 FROM resource WHERE id = ?1
ON CONFLICT DO NOTHING";

/// A user of Entra may come again, and the epochs of before are not to.
pub(super) const CREATE_OF_ENTRA: &str = "
INSERT INTO identity (resource, identity, created_ms, epoch, last_issued_ms, custom_id, entra_id)
SELECT key, ?2, ?3,
  max(?4, coalesce((SELECT o.epoch FROM identity_floor o WHERE o.resource = key AND o.identity = ?2), 0)), ?5, ?6, ?7
FROM resource WHERE id = ?1
ON CONFLICT DO NOTHING";

pub(super) const RAISE_FLOOR: &str = "
INSERT INTO identity_floor (resource, identity, epoch) SELECT key, ?2, ?3 FROM resource WHERE id = ?1
ON CONFLICT DO UPDATE SET epoch = max(epoch, ?3)";

pub(super) const STANDING: &str = "
SELECT i.identity, i.created_ms, i.epoch, i.last_issued_ms, i.custom_id, i.entra_id, r.epoch, k1.generation,
  k2.generation
FROM resource r
JOIN identity i ON i.resource = r.key AND i.identity = ?2 AND i.entra_id IS ?3
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
WHERE r.id = ?1";

pub(super) const STANDING_BY_CUSTOM_ID: &str = "
SELECT i.identity, i.created_ms, i.epoch, i.last_issued_ms, i.custom_id, i.entra_id, r.epoch, k1.generation,
  k2.generation
FROM resource r
JOIN identity i ON i.resource = r.key AND i.custom_id = ?2
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
WHERE r.id = ?1";

pub(super) const RAISE_EPOCH: &str = "
UPDATE identity SET epoch = epoch + 1
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity = ?2 AND entra_id IS ?3
RETURNING epoch";

pub(super) const DELETE: &str = "
DELETE FROM identity WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity = ?2 AND entra_id IS ?3
  AND (?4 IS NULL OR coalesce(last_issued_ms, created_ms) < ?4)
RETURNING epoch";

pub(super) const MERGE_LAST_ISSUED: &str = "
UPDATE identity SET last_issued_ms = ?4
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity = ?2 AND entra_id IS ?3
  AND (last_issued_ms IS NULL OR last_issued_ms < ?4)";

pub(super) const LIST: &str = "
SELECT identity, created_ms, epoch, last_issued_ms, custom_id, entra_id FROM identity
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity > ?2 ORDER BY identity";

pub(super) const LIST_BY_CUSTOM_ID: &str = "
SELECT identity, created_ms, epoch, last_issued_ms, custom_id, entra_id FROM identity
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND identity > ?2 AND custom_id = ?3";

pub(super) const COUNT_ISSUED_SINCE: &str = "
SELECT count(*) FROM identity
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND last_issued_ms >= ?2";

#[async_trait]
impl Identities for SqliteStore {
    async fn create_identity(
        &self,
        identity: &Identity,
        deed: &Deed,
    ) -> Result<Option<Standing>, StoreError> {
        let (wanted, deed) = (identity.clone(), deed.clone());
        self.writer.run(move |connection| create(connection, &wanted, &deed)).await
    }

    async fn standing(&self, id: IdentityId) -> Result<Option<Standing>, StoreError> {
        self.readers.read(|connection| standing(connection, id))
    }

    async fn raise_identity_epochs(
        &self,
        ids: &[IdentityId],
        deed: &Deed,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        let (ids, deed, large) = (ids.to_vec(), deed.clone(), ids.len() >= LARGE);
        let raise =
            move |connection: &Connection| ids.iter().map(|id| raise_epoch(connection, *id, &deed)).collect();
        if large { self.writer.run_large(raise).await } else { self.writer.run(raise).await }
    }

    async fn delete_identities(
        &self,
        ids: &[IdentityId],
        unused_since: Option<Timestamp>,
        deed: &Deed,
    ) -> Result<Vec<bool>, StoreError> {
        let (ids, deed, large) = (ids.to_vec(), deed.clone(), ids.len() >= LARGE);
        let delete = move |connection: &Connection| {
            ids.iter().map(|id| delete(connection, *id, unused_since, &deed)).collect()
        };
        if large { self.writer.run_large(delete).await } else { self.writer.run(delete).await }
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

    async fn list_identities(&self, resource: Uuid, listing: &Listing) -> Result<IdentityPage, StoreError> {
        let read = |connection: &Connection| page(connection, resource, listing);
        self.readers.read(|connection| read(connection).map_err(at(TABLE, &resource)))
    }

    async fn count_issued_since(&self, resource: Uuid, since: Timestamp) -> Result<u64, StoreError> {
        let values = (resource.into_bytes(), ceiling_ms(since));
        let read = |connection: &Connection| {
            statement::row(connection, COUNT_ISSUED_SINCE, values, |row| count(row, 0))
        };
        let counted = self.readers.read(|connection| read(connection).map_err(at(TABLE, &resource)))?;
        Ok(counted.unwrap_or_default())
    }
}

/// What tells a row: the resource, the local guid, and the whole id of a user of Entra. An id of another kind that has the same
/// guid in it finds nothing.
type RowKey = ([u8; 16], [u8; 16], Option<String>);

fn key_of(id: IdentityId) -> RowKey {
    let entra_id = id.is_of_entra().then(|| id.to_string());
    (id.resource().into_bytes(), id.local().into_bytes(), entra_id)
}

fn create(connection: &Connection, wanted: &Identity, deed: &Deed) -> Result<Option<Standing>, Failure> {
    let created = insert(connection, wanted).map_err(at(TABLE, &wanted.id))?;
    let mut found = standing(connection, wanted.id)?;
    if let (None, Some(custom_id)) = (&found, &wanted.custom_id) {
        found = standing_by_custom_id(connection, wanted.id.resource(), custom_id)?;
    }
    let answered = found.as_ref().map_or(wanted.id, |standing| standing.identity.id);
    audit::note(connection, deed, (Some(answered.resource()), &answered.to_string()), created)?;
    Ok(found)
}

fn insert(connection: &Connection, wanted: &Identity) -> SqlResult<bool> {
    let (resource, local, entra_id) = key_of(wanted.id);
    let created_ms = wanted.created_at.unix_milliseconds();
    let last_issued_ms = wanted.last_issued_at.map(Timestamp::unix_milliseconds);
    let (epoch, custom_id) = (stored_count(wanted.epoch)?, &wanted.custom_id);
    let inserted = if entra_id.is_some() {
        let values = params![resource, local, created_ms, epoch, last_issued_ms, custom_id, entra_id];
        statement::execute(connection, CREATE_OF_ENTRA, values)?
    } else {
        let values = params![resource, local, created_ms, epoch, last_issued_ms, custom_id];
        statement::execute(connection, CREATE, values)?
    };
    Ok(inserted > 0)
}

fn standing(connection: &Connection, id: IdentityId) -> Result<Option<Standing>, Failure> {
    let read = |row: &Row<'_>| standing_in(row, id.resource());
    statement::row(connection, STANDING, key_of(id), read).map_err(at(TABLE, &id))
}

fn standing_by_custom_id(
    connection: &Connection,
    resource: Uuid,
    custom_id: &str,
) -> Result<Option<Standing>, Failure> {
    let values = (resource.into_bytes(), custom_id);
    // The custom id may tell who somebody is: the resource is enough to find the row by.
    statement::row(connection, STANDING_BY_CUSTOM_ID, values, |row| standing_in(row, resource))
        .map_err(at(TABLE, &resource))
}

fn standing_in(row: &Row<'_>, resource: Uuid) -> SqlResult<Standing> {
    Ok(Standing {
        identity: identity_in(row, resource)?,
        resource_epoch: count(row, 6)?,
        generations: [count(row, 7)?, count(row, 8)?],
    })
}

fn identity_in(row: &Row<'_>, resource: Uuid) -> SqlResult<Identity> {
    let last_issued_ms: Option<i64> = row.get(3)?;
    let id = match row.get_ref(5)?.as_str_or_null()? {
        None => IdentityId::from_parts(resource, guid(row, 0)?),
        Some(entra_id) => IdentityId::read(entra_id, resource).map_err(|error| unreadable(5, error))?,
    };
    Ok(Identity {
        id,
        created_at: instant(row, 1)?,
        epoch: count(row, 2)?,
        last_issued_at: last_issued_ms.map(Timestamp::from_unix_milliseconds),
        custom_id: row.get(4)?,
    })
}

fn raise_epoch(connection: &Connection, id: IdentityId, deed: &Deed) -> Result<Option<u64>, Failure> {
    let raised = raise_and_tell(connection, id, deed.at)?;
    audit::note(connection, deed, (Some(id.resource()), &id.to_string()), raised.is_some())?;
    Ok(raised)
}

/// Revokes an identity's tokens as a part of another deed.
pub(super) fn raise_and_tell(
    connection: &Connection,
    id: IdentityId,
    at_instant: Timestamp,
) -> Result<Option<u64>, Failure> {
    let raised =
        statement::row(connection, RAISE_EPOCH, key_of(id), |row| count(row, 0)).map_err(at(TABLE, &id))?;
    if let Some(epoch) = raised {
        let entry = Entry::Identity { local: id.local(), epoch };
        revocations::tell(connection, id.resource(), at_instant, &entry)?;
    }
    Ok(raised)
}

fn delete(
    connection: &Connection,
    id: IdentityId,
    unused_since: Option<Timestamp>,
    deed: &Deed,
) -> Result<bool, Failure> {
    let (resource, local, entra_id) = key_of(id);
    let values = (resource, local, entra_id, unused_since.map(ceiling_ms));
    let deleted = statement::row(connection, DELETE, values, |row| count(row, 0)).map_err(at(TABLE, &id))?;
    if let Some(epoch) = deleted {
        let epoch = if id.is_of_entra() { raise_floor(connection, id, epoch + 1)? } else { GONE };
        let entry = Entry::Identity { local: id.local(), epoch };
        revocations::tell(connection, id.resource(), deed.at, &entry)?;
    }
    audit::note(connection, deed, (Some(id.resource()), &id.to_string()), deleted.is_some())?;
    Ok(deleted.is_some())
}

/// Nobody who comes again has an epoch below that.
fn raise_floor(connection: &Connection, id: IdentityId, epoch: u64) -> Result<u64, Failure> {
    let (resource, local, _) = key_of(id);
    let raise = || statement::execute(connection, RAISE_FLOOR, (resource, local, stored_count(epoch)?));
    raise().map(|_| epoch).map_err(at("identity_floor", &id))
}

fn merge(connection: &Connection, notes: &[(IdentityId, Timestamp)]) -> Result<(), Failure> {
    for (id, last_issued_at) in notes {
        let (resource, local, entra_id) = key_of(*id);
        let note = (resource, local, entra_id, last_issued_at.unix_milliseconds());
        statement::execute(connection, MERGE_LAST_ISSUED, note).map_err(at(TABLE, id))?;
    }
    Ok(())
}

/// No guid is before the empty blob, and all are after it.
fn page(connection: &Connection, resource: Uuid, listing: &Listing) -> SqlResult<IdentityPage> {
    let after = listing.after.map(Uuid::into_bytes);
    let after = after.as_ref().map_or(&[][..], |after| after);
    let custom_id = listing.filter.custom_id.as_ref();
    let mut statement =
        connection.prepare_cached(if custom_id.is_some() { LIST_BY_CUSTOM_ID } else { LIST })?;
    let read = |row: &Row<'_>| identity_in(row, resource);
    let rows = match custom_id {
        Some(custom_id) => statement.query_map((resource.into_bytes(), after, custom_id), read)?,
        None => statement.query_map((resource.into_bytes(), after), read)?,
    };
    IdentityPage::fill(listing, rows)
}
