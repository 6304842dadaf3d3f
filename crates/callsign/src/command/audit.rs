//! `callsign audit`: shows, checks and exports the records of who did what.

mod export;
mod list;
mod verify;

use callsign_protocol::date::Timestamp;
use callsign_server::admin::{AUDIT_RECORDS_MAX, AuditEntry, AuditMark, AuditQuery, Reply, Request};

use super::{ask, unexpected};
use crate::args::Place;
use crate::args::audit::Audit;

pub(super) fn run(place: &Place, audit: Audit) -> anyhow::Result<()> {
    match audit {
        Audit::List(wanted) => list::run(place, &wanted),
        Audit::Verify(wanted) => verify::run(place, &wanted),
        Audit::Export(wanted) => export::run(place, &wanted),
    }
}

/// The end of the chain, as it is kept apart from the records.
fn head(place: &Place) -> anyhow::Result<AuditMark> {
    match ask(place, Request::AuditHead {})?.reply {
        Reply::AuditHead(head) => Ok(head),
        _ => Err(unexpected()),
    }
}

/// The next records, as many as one answer holds.
fn records(place: &Place, query: &AuditQuery) -> anyhow::Result<Vec<AuditEntry>> {
    match ask(place, Request::AuditRecords(query.clone()))?.reply {
        Reply::AuditRecords { records } => Ok(records),
        _ => Err(unexpected()),
    }
}

/// All records that come after `after` and not after `last`, page by page.
fn each_page(
    place: &Place,
    (after, last): (u64, u64),
    mut visit: impl FnMut(Vec<AuditEntry>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut query = AuditQuery { after, ..AuditQuery::default() };
    while query.after < last {
        let left = usize::try_from(last - query.after).unwrap_or(usize::MAX);
        query.limit = left.min(AUDIT_RECORDS_MAX);
        let page = records(place, &query)?;
        // Records can be missing; that they are is for the check to say.
        let Some(end) = page.last().map(|record| record.number) else { break };
        query.after = end;
        visit(page)?;
    }
    Ok(())
}

/// When it was done, to the millisecond.
fn time(record: &AuditEntry) -> String {
    Timestamp::from_unix_milliseconds(record.at_unix_ms).to_round_trip()
}
