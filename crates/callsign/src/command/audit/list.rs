//! `callsign audit list`: the last records.

use std::collections::VecDeque;

use callsign_client::clock::{Clock as _, SystemClock};
use callsign_server::admin::{AUDIT_RECORDS_MAX, AuditEntry, AuditQuery};
use serde::Serialize;

use super::{head, records, time};
use crate::args::Place;
use crate::args::audit::List;
use crate::printer::{self, visible};

/// By how much more records are looked at, from the end on, when those that match were too few.
const WINDOW_GROWTH: u64 = 16;

/// A record as it is printed for programs.
#[derive(Serialize)]
struct Listed<'a> {
    number: u64,
    at: String,
    actor: &'a str,
    action: &'a str,
    resource: Option<&'a str>,
    resource_id: Option<&'a str>,
    subject: &'a str,
    changed: bool,
    detail: &'a str,
    hash: String,
}

pub(super) fn run(place: &Place, wanted: &List) -> anyhow::Result<()> {
    let last = last(place, wanted)?;
    let listed: Vec<Listed<'_>> = last.iter().map(listed).collect();
    wanted.output.page(&listed, || {
        let rows: Vec<[String; 7]> = last.iter().map(row).collect();
        printer::table(["number", "time", "who", "what", "resource", "subject", "outcome"], &rows)
    })
}

/// The last records that match, oldest first.
fn last(place: &Place, wanted: &List) -> anyhow::Result<VecDeque<AuditEntry>> {
    let count = usize::try_from(wanted.last).unwrap_or(usize::MAX);
    let since = wanted.since.map(|moment| moment.instant(SystemClock.now()));
    let mut query = AuditQuery {
        resource: wanted.resource.clone(),
        subject: wanted.identity.map(|id| id.to_string()),
        since_unix_ms: since
            .map(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)),
        after: 0,
        limit: AUDIT_RECORDS_MAX,
    };
    let (head, is_filtered) = (head(place)?.number, query.resource.is_some() || query.subject.is_some());
    let mut window = u64::from(wanted.last);
    loop {
        query.after = head.saturating_sub(window);
        let found = matching(place, query.clone(), count)?;
        // Numbers have no gap: without a filter so many records from the end are as many as were asked for.
        if found.len() >= count || !is_filtered || window >= head {
            return Ok(found);
        }
        window = window.saturating_mul(WINDOW_GROWTH);
    }
}

/// The last `count` of the records that match, oldest first.
fn matching(place: &Place, mut query: AuditQuery, count: usize) -> anyhow::Result<VecDeque<AuditEntry>> {
    let mut last = VecDeque::new();
    loop {
        let page = records(place, &query)?;
        let is_whole = page.len() == AUDIT_RECORDS_MAX;
        query.after = page.last().map_or(query.after, |record| record.number);
        last.extend(page);
        last.drain(..last.len().saturating_sub(count));
        if !is_whole {
            return Ok(last);
        }
    }
}

fn listed(record: &AuditEntry) -> Listed<'_> {
    Listed {
        number: record.number,
        at: time(record),
        actor: &record.actor,
        action: &record.action,
        resource: record.resource.as_deref(),
        resource_id: record.resource_id.as_deref(),
        subject: &record.subject,
        changed: record.changed,
        detail: &record.detail,
        hash: record.hash.to_string(),
    }
}

fn row(record: &AuditEntry) -> [String; 7] {
    let resource = record.resource.as_ref().or(record.resource_id.as_ref());
    [
        record.number.to_string(),
        time(record),
        visible(&record.actor),
        visible(&record.action),
        resource.cloned().unwrap_or_default(),
        visible(&record.subject),
        outcome(record).to_owned(),
    ]
}

const fn outcome(record: &AuditEntry) -> &'static str {
    if record.changed { "changed" } else { "unchanged" }
}
