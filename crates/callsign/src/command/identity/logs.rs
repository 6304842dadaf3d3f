//! `callsign logs`: records of requests, printed as they come.

use anyhow::bail;
use callsign_client::clock::{Clock as _, SystemClock};
use callsign_client::{CommunicationUserIdentifier, DirectoryClient, DirectoryClientListLogsOptions};
use serde_json::Value;

use super::{Needs, Session};
use crate::args::logs::Logs;
use crate::args::{Form, Place};
use crate::printer::{Columns, Flow};

/// How long the server holds a request that follows, in seconds.
const WAIT_SECONDS: u16 = 25;

/// As wide as instants and the longest names are; the last column has no width to keep.
const COLUMNS: Columns<5> =
    Columns { head: [("time", 25), ("operation", 24), ("status", 6), ("ms", 5), ("identity", 0)], cells };

pub(crate) fn run(place: &Place, wanted: &Logs) -> anyhow::Result<()> {
    if wanted.follow && matches!(wanted.output.form_or(Form::Jsonl), Form::Jsonc | Form::Yaml) {
        bail!(
            "--follow prints records as they come, and this form needs all of them; use -o jsonl, json, table or tsv"
        );
    }
    let session =
        Session::open(place, &wanted.connection, Needs { many: true, custom_id: false }, &wanted.output)?;
    let directory = DirectoryClient::from(&session.client);
    let mut flow = Flow::new(&wanted.output, COLUMNS);
    if wanted.follow {
        flow = flow.line_by_line();
    }
    let mut options = options(wanted);
    loop {
        let asked = options.clone();
        let page = session.one(async { directory.list_logs(Some(asked)).await?.into_model() })?;
        let records = page.records.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
        flow.push(records)?;
        if !wanted.follow {
            return flow.end();
        }
        (options.after, options.wait_seconds) = (Some(page.next), Some(WAIT_SECONDS));
    }
}

fn options(wanted: &Logs) -> DirectoryClientListLogsOptions<'static> {
    let now = SystemClock.now();
    DirectoryClientListLogsOptions {
        user: wanted.identity.clone().map(CommunicationUserIdentifier::new),
        operation: wanted.operation.clone(),
        status: wanted.status.clone(),
        since: wanted.since.map(|moment| moment.instant(now)),
        page_size: Some(wanted.last),
        ..DirectoryClientListLogsOptions::default()
    }
}

/// What is told to fractions of a second elsewhere is told to seconds here.
fn cells(item: &Value) -> [String; 5] {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let time = text("TimeGenerated");
    let time = time.split_once('.').map_or(time.clone(), |(seconds, _)| format!("{seconds}+00:00"));
    let duration = item.get("DurationMs").map(ToString::to_string).unwrap_or_default();
    [time, text("OperationName"), text("ResultSignature"), duration, text("CallsignIdentityId")]
}
