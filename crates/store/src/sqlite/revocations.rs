//! Feeds of revocations in their tables.

use async_trait::async_trait;
use callsign_core::store::{Revocations, StoreError};
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::{Cursor, Entry, Position, View, incarnation};
use rusqlite::{Connection, Result as SqlResult, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::column::{ceiling_ms, count, parsed, stored_count};
use super::failure::{Failure, at};
use super::statement;

const TABLE: &str = "revocation";
const FEED_TABLE: &str = "feed";

/// Most entries that are forgotten in one step: it should not keep others waiting for long.
const FORGOTTEN_MAX: usize = 1_000;

pub(super) const BEGIN: &str =
    "INSERT INTO feed (resource, incarnation, count, digest) VALUES (?1, ?2, ?3, ?4)";

pub(super) const BEGIN_ANEW: &str = "
UPDATE feed SET incarnation = ?2, count = ?3, digest = ?4 WHERE resource = ?1";

pub(super) const END: &str = "DELETE FROM feed WHERE resource = ?1";

pub(super) const POSITION: &str = "
SELECT f.incarnation, f.count, f.digest, f.resource
FROM resource r JOIN feed f ON f.resource = r.key WHERE r.id = ?1";

pub(super) const APPEND: &str =
    "INSERT INTO revocation (resource, number, at_ms, entry) VALUES (?1, ?2, ?3, ?4)";

pub(super) const ADVANCE: &str = "UPDATE feed SET count = ?2, digest = ?3 WHERE resource = ?1";

/// One statement, for one reading. Without an entry there is still a row for the feed.
pub(super) const AFTER: &str = "
SELECT f.incarnation, f.count, v.number, v.entry
FROM resource r
JOIN feed f ON f.resource = r.key
LEFT JOIN revocation v ON v.resource = r.key AND v.number > ?2
WHERE r.id = ?1 ORDER BY v.number LIMIT ?3";

pub(super) const IN_FORCE: &str = "
SELECT f.incarnation, f.count, f.digest, f.resource, r.epoch, k1.generation, k2.generation
FROM resource r
JOIN feed f ON f.resource = r.key
JOIN access_key k1 ON k1.resource = r.key AND k1.slot = 1
JOIN access_key k2 ON k2.resource = r.key AND k2.slot = 2
WHERE r.id = ?1";

pub(super) const REVOKED_KEYS: &str = "SELECT key_id FROM revoked_signing_key";

pub(super) const ENTRIES: &str = "SELECT entry FROM revocation WHERE resource = ?1";

pub(super) const FORGETTABLE: &str = "
SELECT f.resource FROM feed f
WHERE (SELECT v.at_ms FROM revocation v WHERE v.resource = f.resource ORDER BY v.number LIMIT 1) < ?1";

pub(super) const FEED_COUNT: &str = "SELECT count FROM feed WHERE resource = ?1";

pub(super) const OLDEST: &str = "
SELECT number, at_ms FROM revocation WHERE resource = ?1 ORDER BY number LIMIT ?2";

pub(super) const FORGET: &str = "DELETE FROM revocation WHERE resource = ?1 AND number <= ?2";

pub(super) const FORGET_ALL: &str = "DELETE FROM revocation";

#[async_trait]
impl Revocations for SqliteStore {
    async fn feed_position(&self, resource: Uuid) -> Result<Option<Position>, StoreError> {
        let read =
            |connection: &Connection| position(connection, resource).map_err(at(FEED_TABLE, &resource));
        Ok(self.readers.read(read)?.map(|(_, position)| position))
    }

    async fn revocations_after(
        &self,
        resource: Uuid,
        after: Cursor,
        limit: usize,
    ) -> Result<Option<Vec<Entry>>, StoreError> {
        let read = |connection: &Connection| entries_after(connection, resource, (after, limit));
        self.readers.read(|connection| read(connection).map_err(at(TABLE, &resource)))
    }

    async fn revocation_view(&self, resource: Uuid) -> Result<Option<(Position, View)>, StoreError> {
        self.readers.read(|connection| view(connection, resource).map_err(at(TABLE, &resource)))
    }

    /// In steps of a bounded size: when a later one fails, the earlier ones stay, and doing all again is harmless.
    async fn forget_revocations(&self, before: Timestamp, keep_newest: u64) -> Result<u64, StoreError> {
        let before_ms = ceiling_ms(before);
        let feeds: Vec<i64> = self.readers.read(|connection| {
            statement::rows(connection, FORGETTABLE, [before_ms], |row| row.get(0))
                .map_err(at(FEED_TABLE, &"any"))
        })?;
        let mut forgotten = 0;
        for feed in feeds {
            let forget = move |connection: &Connection| {
                forget_some(connection, feed, (before_ms, keep_newest)).map_err(at(TABLE, &feed))
            };
            loop {
                let some = self.writer.run(forget).await?;
                forgotten += some as u64;
                if some < FORGOTTEN_MAX {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}

/// Begins the feed of a new resource.
pub(super) fn begin(connection: &Connection, resource: i64, epoch: u64) -> SqlResult<()> {
    let Position { incarnation, count, digest } = Position::start(incarnation(epoch));
    let values = (resource, stored_count(incarnation)?, stored_count(count)?, digest);
    statement::execute(connection, BEGIN, values).map(drop)
}

/// Begins the feed of a resource anew, in the incarnation of that epoch. Its entries have to be forgotten besides.
pub(super) fn begin_anew(connection: &Connection, resource: i64, epoch: u64) -> SqlResult<()> {
    let Position { incarnation, count, digest } = Position::start(incarnation(epoch));
    let values = (resource, stored_count(incarnation)?, stored_count(count)?, digest);
    statement::execute(connection, BEGIN_ANEW, values).map(drop)
}

/// Appends an entry to the feed of a resource. One that has no feed cannot revoke anything: nobody would learn of it.
pub(super) fn tell(
    connection: &Connection,
    resource: Uuid,
    at_instant: Timestamp,
    entry: &Entry,
) -> Result<(), Failure> {
    let append = || {
        let (feed, position) = position(connection, resource)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let next = position.after(entry);
        let number = stored_count(next.count)?;
        let values = params![feed, number, at_instant.unix_milliseconds(), entry.to_string()];
        statement::execute(connection, APPEND, values)?;
        statement::execute(connection, ADVANCE, (feed, number, next.digest)).map(drop)
    };
    append().map_err(at(FEED_TABLE, &resource))
}

fn position(connection: &Connection, resource: Uuid) -> SqlResult<Option<(i64, Position)>> {
    statement::row(connection, POSITION, [resource.into_bytes()], |row| Ok((row.get(3)?, position_in(row)?)))
}

fn position_in(row: &Row<'_>) -> SqlResult<Position> {
    Ok(Position { incarnation: count(row, 0)?, count: count(row, 1)?, digest: row.get(2)? })
}

fn entries_after(
    connection: &Connection,
    resource: Uuid,
    (after, limit): (Cursor, usize),
) -> SqlResult<Option<Vec<Entry>>> {
    let Ok(after_number) = i64::try_from(after.count) else { return Ok(None) };
    let limited = i64::try_from(limit.max(1)).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(AFTER)?;
    let mut rows = statement.query((resource.into_bytes(), after_number, limited))?;
    let mut entries = Vec::new();
    let mut is_first = true;
    while let Some(row) = rows.next()? {
        if std::mem::take(&mut is_first) {
            let next: Option<i64> = row.get(2)?;
            let is_at_end = after.count == count(row, 1)?;
            let continues = is_at_end || next.map(|next| next - 1) == Some(after_number);
            if after.incarnation != count(row, 0)? || !continues {
                return Ok(None);
            }
            if is_at_end {
                return Ok(Some(entries));
            }
        }
        entries.push(parsed(row, 3)?);
    }
    entries.truncate(limit);
    Ok(Some(entries).filter(|_| !is_first))
}

/// All in one transaction: what is answered belongs together.
fn view(connection: &Connection, resource: Uuid) -> SqlResult<Option<(Position, View)>> {
    let reading = connection.unchecked_transaction()?;
    let in_force = |row: &Row<'_>| {
        let view = View {
            resource_epoch: count(row, 4)?,
            generations: [count(row, 5)?, count(row, 6)?],
            ..View::default()
        };
        Ok((row.get::<_, i64>(3)?, position_in(row)?, view))
    };
    let found = statement::row(&reading, IN_FORCE, [resource.into_bytes()], in_force)?;
    let Some((feed, position, mut view)) = found else { return Ok(None) };
    view.revoked_keys = statement::rows(&reading, REVOKED_KEYS, [], |row| row.get(0))?;
    {
        let mut statement = reading.prepare_cached(ENTRIES)?;
        let mut rows = statement.query([feed])?;
        while let Some(row) = rows.next()? {
            view.merge(&parsed(row, 0)?);
        }
    }
    reading.finish()?;
    Ok(Some((position, view)))
}

/// From the front alone, up to the first entry that is young enough: what is left has no gap, whatever clocks did.
fn forget_some(connection: &Connection, feed: i64, (before_ms, keep_newest): (i64, u64)) -> SqlResult<usize> {
    let count: Option<i64> = statement::row(connection, FEED_COUNT, [feed], |row| row.get(0))?;
    let keep_newest = i64::try_from(keep_newest).unwrap_or(i64::MAX);
    let last_to_go = count.unwrap_or_default().saturating_sub(keep_newest);
    let oldest: Vec<(i64, i64)> =
        statement::rows(connection, OLDEST, (feed, FORGOTTEN_MAX as i64), |row| row.try_into())?;
    match oldest.iter().take_while(|(number, at_ms)| *at_ms < before_ms && *number <= last_to_go).last() {
        Some((last, _)) => statement::execute(connection, FORGET, (feed, last)),
        None => Ok(0),
    }
}
