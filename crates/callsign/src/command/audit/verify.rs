//! `callsign audit verify`: walks the whole chain. The check is made here, not by whoever keeps the records.

use callsign_server::admin::{AuditCheck, AuditMark, AuditQuery, BrokenAudit};
use serde::Serialize;

use super::{each_page, head, records};
use crate::args::Place;
use crate::args::audit::Verify;
use crate::command::progress::Progress;
use crate::exit::Fault;
use crate::printer;

/// What was found.
#[derive(Serialize)]
struct Verified {
    /// How many records there are.
    records: u64,
    /// The last one: number and hash.
    head: String,
}

pub(super) fn run(place: &Place, wanted: &Verify) -> anyhow::Result<()> {
    // Asked for first: what is written from now on is not looked at.
    let kept = head(place)?;
    let mut check = AuditCheck::new(wanted.head);
    let mut progress = Progress::new(Some(kept.number), !wanted.output.only_show_errors);
    each_page(place, (0, kept.number), |page| {
        progress.advance(page.len());
        page.iter().try_for_each(|record| check.follow(record)).map_err(broken)
    })?;
    progress.end();
    check.end(kept).map_err(broken)?;
    check_nothing_behind(place, kept)?;
    let found = Verified { records: kept.number, head: kept.to_string() };
    wanted.output.page(&found, || {
        printer::list("", &[("records", found.records.to_string()), ("head", found.head.clone())])
    })?;
    wanted.output.tell("The audit chain holds. Note its head elsewhere, and give it to callsign audit verify --head later.\n");
    Ok(())
}

/// Records behind the head were put there past the server, unless the head has moved on by now.
fn check_nothing_behind(place: &Place, kept: AuditMark) -> anyhow::Result<()> {
    let next = records(place, &AuditQuery { after: kept.number, limit: 1, ..AuditQuery::default() })?;
    match next.first() {
        Some(record) if head(place)? == kept => {
            Err(broken(BrokenAudit::Behind { number: record.number, kept: kept.number }))
        }
        _ => Ok(()),
    }
}

fn broken(broken: BrokenAudit) -> anyhow::Error {
    let hint = match broken {
        BrokenAudit::Another(_) | BrokenAudit::Before { .. } => {
            "Was a backup put back? Then a record tells of it: callsign audit list. If not, compare"
        }
        _ => "Compare",
    };
    let text = format!("{broken}\nHint: {hint} it with an export or a backup that was made before.");
    Fault::new(text).into()
}
