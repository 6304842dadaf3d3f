//! `callsign audit export`: all records as lines of JSON, with which anybody can check the chain.
//!
//! The recipe: the hash of a record is the SHA-256 of the 32 bytes of `previous` followed by eight lines with a line feed between them and
//! none at the end: `number`, `at_unix_ms`, `actor`, `action`, `resource_id` (empty when null), `subject`, `changed` or
//! `unchanged`, `detail`. What is previous to the first record is zeros.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use callsign_server::admin::{AuditEntry, AuditHash, AuditMark};
use serde::Serialize;

use super::{each_page, head, time};
use crate::args::Place;
use crate::args::audit::Export;
use crate::command::progress::Progress;
use crate::printer;

/// A record, with the hash that the next one needs.
#[derive(Serialize)]
struct Exported<'a> {
    number: u64,
    at: String,
    at_unix_ms: i64,
    actor: &'a str,
    action: &'a str,
    resource_id: Option<&'a str>,
    subject: &'a str,
    changed: bool,
    detail: &'a str,
    previous: AuditHash,
    hash: AuditHash,
}

pub(super) fn run(place: &Place, wanted: &Export) -> anyhow::Result<()> {
    // Records that are written meanwhile are for another time.
    let kept = head(place)?;
    let last = match &wanted.out {
        Some(path) => to_file(place, wanted, (path, kept))?,
        None => {
            let is_wanted = !wanted.only_show_errors && !io::stdout().is_terminal();
            let progress = Progress::new(Some(kept.number), is_wanted);
            written(place, (kept.number, progress), &mut BufWriter::new(io::stdout().lock()))?
        }
    };
    if !wanted.only_show_errors {
        printer::tell(&format!("exported the records to {last}\n"));
    }
    Ok(())
}

/// The file gets its name when it is whole: an export that broke off ends with a record as well.
fn to_file(place: &Place, wanted: &Export, (path, kept): (&Path, AuditMark)) -> anyhow::Result<AuditMark> {
    if path.symlink_metadata().is_ok() {
        bail!("{} is there already; name a file that is not, or remove it first", path.display());
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(".unfinished");
    let draft = PathBuf::from(draft);
    let fault = || format!("the export to {} broke off", path.display());
    // What an export that broke off left behind, or a link that somebody put there to have another file overwritten.
    drop(fs::remove_file(&draft));
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
    let mut file = BufWriter::new(made.with_context(fault)?);
    let progress = Progress::new(Some(kept.number), !wanted.only_show_errors);
    let last = written(place, (kept.number, progress), &mut file).with_context(fault)?;
    file.get_ref().sync_all().with_context(fault)?;
    fs::rename(&draft, path).with_context(fault)?;
    Ok(last)
}

/// Writes every record up to that number, and answers the last one.
fn written(
    place: &Place,
    (last, mut progress): (u64, Progress),
    to: &mut impl Write,
) -> anyhow::Result<AuditMark> {
    let mut previous = AuditMark::default();
    each_page(place, (0, last), |page| {
        for record in &page {
            serde_json::to_writer(&mut *to, &exported(record, previous.hash)).map_err(io::Error::from)?;
            to.write_all(b"\n")?;
            previous = AuditMark { number: record.number, hash: record.hash };
        }
        progress.advance(page.len());
        Ok(())
    })?;
    to.flush()?;
    progress.end();
    Ok(previous)
}

fn exported(record: &AuditEntry, previous: AuditHash) -> Exported<'_> {
    Exported {
        number: record.number,
        at: time(record),
        at_unix_ms: record.at_unix_ms,
        actor: &record.actor,
        action: &record.action,
        resource_id: record.resource_id.as_deref(),
        subject: &record.subject,
        changed: record.changed,
        detail: &record.detail,
        previous,
        hash: record.hash,
    }
}
