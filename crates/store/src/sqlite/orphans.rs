//! What is left of a deleted resource: its identities, the floors of those who were deleted, its assignments and the entries of
//! its feed. Nobody sees them; they are removed a few at a time, between the writes of others.

use rusqlite::{Connection, Result};

use super::statement;

/// Most rows that one transaction removes: it should not keep others waiting for long.
const CHUNK_ROWS_MAX: u32 = 1_000;

/// A table that may hold orphans.
pub(super) struct Rows {
    /// The first resource key in it that is in `resource` no longer. It steps from key to key, so that a thousand million
    /// rows of one resource cost one look-up.
    pub(super) first_deleted: &'static str,
    /// A table without rowid has no `DELETE … LIMIT`: the chunk ends at its last row.
    pub(super) delete_chunk: &'static str,
}

pub(super) const TABLES: [Rows; 4] = [IDENTITIES, FLOORS, ASSIGNMENTS, REVOCATIONS];

pub(super) const IDENTITIES: Rows = Rows {
    first_deleted: "
WITH RECURSIVE owner (key) AS (
  SELECT min(resource) FROM identity
  UNION ALL
  SELECT (SELECT min(resource) FROM identity WHERE resource > owner.key) FROM owner WHERE owner.key IS NOT NULL
)
SELECT key FROM owner WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM resource) LIMIT 1",
    delete_chunk: "
DELETE FROM identity WHERE resource = ?1 AND identity <= coalesce(
  (SELECT identity FROM identity WHERE resource = ?1 ORDER BY identity LIMIT 1 OFFSET ?2 - 1),
  x'ffffffffffffffffffffffffffffffff')",
};

pub(super) const REVOCATIONS: Rows = Rows {
    first_deleted: "
WITH RECURSIVE owner (key) AS (
  SELECT min(resource) FROM revocation
  UNION ALL
  SELECT (SELECT min(resource) FROM revocation WHERE resource > owner.key) FROM owner WHERE owner.key IS NOT NULL
)
SELECT key FROM owner WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM resource) LIMIT 1",
    delete_chunk: "
DELETE FROM revocation WHERE resource = ?1 AND number <= coalesce(
  (SELECT number FROM revocation WHERE resource = ?1 ORDER BY number LIMIT 1 OFFSET ?2 - 1),
  9223372036854775807)",
};

pub(super) const FLOORS: Rows = Rows {
    first_deleted: "
WITH RECURSIVE owner (key) AS (
  SELECT min(resource) FROM identity_floor
  UNION ALL
  SELECT (SELECT min(resource) FROM identity_floor WHERE resource > owner.key) FROM owner WHERE owner.key IS NOT NULL
)
SELECT key FROM owner WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM resource) LIMIT 1",
    delete_chunk: "
DELETE FROM identity_floor WHERE resource = ?1 AND identity <= coalesce(
  (SELECT identity FROM identity_floor WHERE resource = ?1 ORDER BY identity LIMIT 1 OFFSET ?2 - 1),
  x'ffffffffffffffffffffffffffffffff')",
};

pub(super) const ASSIGNMENTS: Rows = Rows {
    first_deleted: "
WITH RECURSIVE owner (key) AS (
  SELECT min(resource) FROM assignment
  UNION ALL
  SELECT (SELECT min(resource) FROM assignment WHERE resource > owner.key) FROM owner WHERE owner.key IS NOT NULL
)
SELECT key FROM owner WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM resource) LIMIT 1",
    delete_chunk: "
DELETE FROM assignment WHERE resource = ?1 AND subject <= coalesce(
  (SELECT subject FROM assignment WHERE resource = ?1 ORDER BY subject LIMIT 1 OFFSET ?2 - 1), x'ff')",
};

/// Removes some orphans, in the transaction that is open; `false` when there was none.
pub(super) fn remove_some(connection: &Connection) -> Result<bool> {
    for table in &TABLES {
        let deleted: Option<i64> = statement::row(connection, table.first_deleted, [], |row| row.get(0))?;
        if let Some(resource) = deleted {
            statement::execute(connection, table.delete_chunk, (resource, CHUNK_ROWS_MAX))?;
            return Ok(true);
        }
    }
    Ok(false)
}
