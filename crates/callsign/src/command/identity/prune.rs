//! `callsign identity user prune`: deletes identities that got no token for long, after they were counted.

use std::time::Duration;

use azure_core::http::PageIterator;
use azure_core::http::Response;
use azure_core::time::OffsetDateTime;
use callsign_client::clock::{Clock as _, SystemClock};
use callsign_client::{DirectoryClient, DirectoryClientPruneIdentitiesOptions, PrunedIdentities};
use callsign_protocol::date::Timestamp;
use futures_util::TryStreamExt as _;
use futures_util::future::{Either, select};
use serde_json::{Value, json};

use super::{Needs, Session};
use crate::args::identity::user::Prune;
use crate::args::{Output, Place};
use crate::command::bulk::{Ledger, interrupted};
use crate::command::confirm::{ask_unless, can_be_confirmed};
use crate::command::progress::Progress;
use crate::command::refusal;
use crate::exit::{Fault, PARTLY};
use crate::printer::{Columns, Flow};

const COLUMNS: Columns<1> =
    Columns { head: [("id", 0)], cells: |item| [item.as_str().unwrap_or_default().to_owned()] };

/// One prune, or the trial of one.
struct Work<'a> {
    session: &'a Session,
    directory: DirectoryClient,
    unused_since: OffsetDateTime,
    output: &'a Output,
}

/// How a prune ended.
enum End {
    Done,
    Failed(Fault),
    Interrupted,
}

pub(super) fn run(place: &Place, wanted: &Prune) -> anyhow::Result<()> {
    if !wanted.dry_run {
        can_be_confirmed(wanted.yes)?;
    }
    let unused_since = SystemClock.now() - wanted.unused_for;
    let needs = Needs { many: true, custom_id: false };
    let session = Session::open(place, &wanted.connection, needs, &wanted.output)?;
    let directory = DirectoryClient::from(&session.client);
    let work = Work { session: &session, directory, unused_since, output: &wanted.output };
    let mut ledger = Ledger::open(wanted.out.as_deref())?;
    wanted.output.tell_notes(&ledger.notes);
    if wanted.dry_run {
        return work.tried(&mut ledger);
    }
    let mut total = None;
    if !wanted.yes {
        let count = work.counted()?;
        if count == 0 {
            wanted.output.tell(&format!("No identity was unused since {}.\n", work.since()));
            return Ok(());
        }
        let (identities, have) = if count == 1 { ("identity", "has") } else { ("identities", "have") };
        let consequence =
            format!("{count} {identities} that {have} got no token since {} will be deleted.", work.since());
        ask_unless(wanted.yes, &consequence)?;
        total = Some(count);
    }
    work.deleted(&mut ledger, total)
}

impl Work<'_> {
    fn since(&self) -> String {
        Timestamp::from_unix_seconds(self.unused_since.unix_timestamp()).to_whole_seconds_utc()
    }

    fn pages(&self, dry_run: bool) -> anyhow::Result<PageIterator<Response<PrunedIdentities>>> {
        let options = DirectoryClientPruneIdentitiesOptions { dry_run, ..Default::default() };
        Ok(self.directory.prune_identities(self.unused_since, Some(options))?.into_pages())
    }

    fn progress(&self, total: Option<u64>) -> Progress {
        Progress::new(total, !self.output.only_show_errors)
    }

    /// How many there are.
    fn counted(&self) -> anyhow::Result<u64> {
        let (mut pages, mut progress, mut count) = (self.pages(true)?, self.progress(None), 0);
        while let Some(ids) = self.session.one(next(&mut pages))? {
            progress.advance(ids.len());
            count += ids.len() as u64;
        }
        progress.end();
        Ok(count)
    }

    /// Prints who would be deleted, or keeps their ids where a file was named.
    fn tried(&self, ledger: &mut Ledger) -> anyhow::Result<()> {
        let (mut pages, mut count) = (self.pages(true)?, 0_u64);
        let mut flow = (!ledger.is_kept()).then(|| Flow::new(self.output, COLUMNS));
        while let Some(ids) = self.session.one(next(&mut pages))? {
            count += ids.len() as u64;
            match &mut flow {
                Some(flow) => flow.push(ids.iter().map(|id| json!(id)).collect::<Vec<Value>>())?,
                None => ids.iter().try_for_each(|id| ledger.keep(id))?,
            }
        }
        flow.map_or(Ok(()), Flow::end)?;
        ledger.close()?;
        self.output.tell(&format!("{count} would be deleted; none was\n"));
        Ok(())
    }

    /// Deletes batch by batch. Ctrl-C lets the batch that is under way come to its end.
    fn deleted(&self, ledger: &mut Ledger, total: Option<u64>) -> anyhow::Result<()> {
        let (mut pages, mut progress, mut count) = (self.pages(false)?, self.progress(total), 0_u64);
        let end = self.session.runtime.block_on(async {
            let mut interrupt = Box::pin(interrupted());
            let mut is_interrupted = false;
            loop {
                let batch = Box::pin(next(&mut pages));
                let batch = match select(batch, &mut interrupt).await {
                    Either::Left((batch, _)) => batch,
                    Either::Right(((), batch)) => {
                        is_interrupted = true;
                        batch.await
                    }
                };
                match batch {
                    Ok(None) => return anyhow::Ok(End::Done),
                    Ok(Some(ids)) => {
                        ids.iter().try_for_each(|id| ledger.keep(id))?;
                        count += ids.len() as u64;
                        progress.advance(ids.len());
                    }
                    Err(error) => return Ok(End::Failed(refusal::of(&error, &self.session.chosen))),
                }
                if is_interrupted {
                    return Ok(End::Interrupted);
                }
            }
        })?;
        ledger.close()?;
        self.told(&end, count, progress.end())
    }

    fn told(&self, end: &End, count: u64, took: Duration) -> anyhow::Result<()> {
        let summary = format!("deleted {count} in {:.1} s", took.as_secs_f64());
        let reason = match end {
            End::Done => {
                self.output.tell(&format!("{summary}\n"));
                return Ok(());
            }
            // Nothing was done, so that there is nothing to tell but the reason.
            End::Failed(fault) if count == 0 => {
                return Err(Fault { text: fault.text.clone(), ..*fault }.into());
            }
            End::Failed(fault) => fault.text.as_str(),
            End::Interrupted => "it was interrupted",
        };
        let text = format!("{summary}\nStopped: {reason}\nHint: The same command again deletes the rest.");
        Err(Fault { code: PARTLY, text }.into())
    }
}

/// The ids of the next batch; `None` when there are no more.
async fn next(
    pages: &mut PageIterator<Response<PrunedIdentities>>,
) -> azure_core::Result<Option<Vec<String>>> {
    let Some(page) = pages.try_next().await? else { return Ok(None) };
    let batch = page.into_model()?;
    Ok(Some(batch.identities.iter().map(|user| user.id().to_owned()).collect()))
}
