//! Assignments in their table.

use async_trait::async_trait;
use callsign_core::directory::audit::Deed;
use callsign_core::store::{AssignmentChange, Assignments, StoreError, sole_holder};
use callsign_protocol::assignment::{Assignment, AssignmentKey};
use rusqlite::{Connection, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{guid, parsed, stored_texts, texts};
use super::failure::{Failure, at};
use super::{audit, identities, statement};

const TABLE: &str = "assignment";

/// First bytes of subjects.
const OF_ENTRA_USERS: u8 = 1;
const OF_TEAMS_EXTENSION: u8 = 2;

pub(super) const ONE: &str = "
SELECT tenant, principal, client_ids FROM assignment
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND subject = ?2";

pub(super) const LIST: &str = "
SELECT tenant, principal, client_ids, substr(subject, 2) FROM assignment
WHERE resource = (SELECT key FROM resource WHERE id = ?1) AND subject > ?2 AND subject < x'02' ORDER BY subject LIMIT ?3";

pub(super) const OWNER: &str = "SELECT key FROM resource WHERE id = ?1";

pub(super) const PUT: &str = "
INSERT INTO assignment (resource, subject, tenant, principal, client_ids) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET tenant = ?3, principal = ?4, client_ids = ?5";

pub(super) const REMOVE: &str = "DELETE FROM assignment WHERE resource = ?1 AND subject = ?2";

#[async_trait]
impl Assignments for SqliteStore {
    async fn assignments_of(
        &self,
        resource: Uuid,
        keys: &[AssignmentKey],
    ) -> Result<Vec<Assignment>, StoreError> {
        self.readers.read(|connection| all_of(connection, resource, keys))
    }

    async fn list_entra_assignments(
        &self,
        resource: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Assignment>, StoreError> {
        // All objects stand behind the kind alone.
        let after = after.map_or(vec![OF_ENTRA_USERS], |after| subject(AssignmentKey::Entra(after)));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let listed = |row: &Row<'_>| assignment(row, AssignmentKey::Entra(guid(row, 3)?));
        self.readers.read(|connection| {
            statement::rows(connection, LIST, (resource.into_bytes(), after, limit), listed)
                .map_err(at(TABLE, &resource))
        })
    }

    async fn change_assignments(
        &self,
        resource: Uuid,
        changes: &[AssignmentChange],
        deed: &Deed,
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let (changes, deed) = (changes.to_vec(), deed.clone());
        let change = move |connection: &Connection| {
            let owner = statement::row(connection, OWNER, [resource.into_bytes()], |row| row.get(0))
                .map_err(at("resource", &resource))?;
            let changed =
                changes.iter().map(|(key, wanted)| put(connection, (resource, owner), (*key, wanted), &deed));
            let were_there = changed.collect::<Result<Vec<_>, _>>()?;
            Ok(owner.map(|_| were_there))
        };
        self.writer.run_large(change).await
    }
}

fn subject(key: AssignmentKey) -> Vec<u8> {
    match key {
        AssignmentKey::Entra(object) => [&[OF_ENTRA_USERS][..], object.as_bytes()].concat(),
        AssignmentKey::TeamsExtension { tenant, object } => {
            [&[OF_TEAMS_EXTENSION][..], tenant.as_bytes(), object.as_bytes()].concat()
        }
    }
}

/// All in one transaction: what is answered belongs together.
fn all_of(
    connection: &Connection,
    resource: Uuid,
    keys: &[AssignmentKey],
) -> Result<Vec<Assignment>, Failure> {
    let reading = connection.unchecked_transaction().map_err(at(TABLE, &resource))?;
    let found = keys.iter().filter_map(|key| one(&reading, resource, *key).transpose());
    let found = found.collect::<Result<Vec<_>, _>>()?;
    reading.finish().map_err(at(TABLE, &resource))?;
    Ok(found)
}

fn one(connection: &Connection, resource: Uuid, key: AssignmentKey) -> Result<Option<Assignment>, Failure> {
    statement::row(connection, ONE, (resource.into_bytes(), subject(key)), |row| assignment(row, key))
        .map_err(at(TABLE, &key))
}

fn assignment(row: &Row<'_>, key: AssignmentKey) -> SqlResult<Assignment> {
    let has_list = row.get_ref(2)?.as_str_or_null()?.is_some();
    let client_ids = if has_list { Some(texts(row, 2)?) } else { None };
    Ok(Assignment { key, tenant: guid(row, 0)?, principal: parsed(row, 1)?, client_ids })
}

/// Puts or removes one. Answers whether there was one.
fn put(
    connection: &Connection,
    (resource, owner): (Uuid, Option<i64>),
    (key, wanted): (AssignmentKey, &Option<Assignment>),
    deed: &Deed,
) -> Result<bool, Failure> {
    let before = one(connection, resource, key)?;
    let changed = owner.is_some() && before != *wanted;
    if let Some(owner) = owner.filter(|_| changed) {
        write(connection, owner, (key, wanted.as_ref())).map_err(at(TABLE, &key))?;
    }
    let holder = before.as_ref().and_then(|before| sole_holder(resource, before));
    if let Some(id) = holder.filter(|_| changed) {
        identities::raise_and_tell(connection, id, deed.at)?;
    }
    audit::note(connection, deed, (Some(resource), &key.to_string()), changed)?;
    Ok(before.is_some())
}

fn write(
    connection: &Connection,
    owner: i64,
    (key, wanted): (AssignmentKey, Option<&Assignment>),
) -> SqlResult<()> {
    match wanted {
        None => statement::execute(connection, REMOVE, (owner, subject(key))),
        Some(wanted) => {
            let client_ids = wanted.client_ids.as_deref().map(stored_texts).transpose()?;
            let tenant = wanted.tenant.into_bytes();
            let values = params![owner, subject(key), tenant, wanted.principal.as_str(), client_ids];
            statement::execute(connection, PUT, values)
        }
    }
    .map(drop)
}
