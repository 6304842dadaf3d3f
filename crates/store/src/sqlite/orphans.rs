//! Identities whose resource was deleted. Nobody sees them; they are removed a few at a time, between the writes of others.

use rusqlite::{Connection, OptionalExtension, Result};

/// Most identities that one transaction removes: it should not keep others waiting for long.
const CHUNK_IDENTITIES_MAX: u32 = 1_000;

/// The first resource key in `identity` that is in `resource` no longer. It steps from key to key, so that a thousand
/// million identities of one resource cost one look-up.
const FIRST_DELETED: &str = "
WITH RECURSIVE owner (key) AS (
  SELECT min(resource) FROM identity
  UNION ALL
  SELECT (SELECT min(resource) FROM identity WHERE resource > owner.key) FROM owner WHERE owner.key IS NOT NULL
)
SELECT key FROM owner WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM resource) LIMIT 1";

/// A table without rowid has no `DELETE … LIMIT`: the chunk ends at its last identity.
const DELETE_CHUNK: &str = "
DELETE FROM identity WHERE resource = ?1 AND identity <= coalesce(
  (SELECT identity FROM identity WHERE resource = ?1 ORDER BY identity LIMIT 1 OFFSET ?2 - 1),
  x'ffffffffffffffffffffffffffffffff')";

/// Removes some orphans, in the transaction that is open; `false` when there was none.
pub(super) fn remove_some(connection: &Connection) -> Result<bool> {
    let deleted: Option<i64> =
        connection.prepare_cached(FIRST_DELETED)?.query_row([], |row| row.get(0)).optional()?;
    let Some(resource) = deleted else { return Ok(false) };
    connection.prepare_cached(DELETE_CHUNK)?.execute((resource, CHUNK_IDENTITIES_MAX))?;
    Ok(true)
}
