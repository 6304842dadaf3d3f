//! How values are written in columns and read back.

use std::error::Error as StdError;
use std::str::FromStr;

use callsign_protocol::date::Timestamp;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Result, Row};
use uuid::Uuid;

/// A number that only rises, as SQLite's signed integer.
pub(super) fn stored_count(count: u64) -> Result<i64> {
    i64::try_from(count).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn count(row: &Row<'_>, index: usize) -> Result<u64> {
    let stored: i64 = row.get(index)?;
    u64::try_from(stored).map_err(|_| Error::IntegralValueOutOfRange(index, stored))
}

/// The first whole millisecond that is not before an instant. What is stored is whole, so it comes before the one when it
/// comes before the other.
pub(super) fn ceiling_ms(instant: Timestamp) -> i64 {
    let floor = instant.unix_milliseconds();
    floor.saturating_add(i64::from(Timestamp::from_unix_milliseconds(floor) < instant))
}

pub(super) fn guid(row: &Row<'_>, index: usize) -> Result<Uuid> {
    row.get(index).map(Uuid::from_bytes)
}

pub(super) fn instant(row: &Row<'_>, index: usize) -> Result<Timestamp> {
    row.get(index).map(Timestamp::from_unix_milliseconds)
}

pub(super) fn parsed<T>(row: &Row<'_>, index: usize) -> Result<T>
where
    T: FromStr<Err: StdError + Send + Sync + 'static>,
{
    let text = row.get_ref(index)?.as_str().map_err(|error| unreadable(index, error))?;
    text.parse().map_err(|error| unreadable(index, error))
}

pub(super) fn stored_texts(texts: &[String]) -> Result<String> {
    serde_json::to_string(texts).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn texts(row: &Row<'_>, index: usize) -> Result<Vec<String>> {
    let text = row.get_ref(index)?.as_str().map_err(|error: FromSqlError| unreadable(index, error))?;
    serde_json::from_str(text).map_err(|error| unreadable(index, error))
}

pub(super) fn unreadable(index: usize, error: impl StdError + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}
