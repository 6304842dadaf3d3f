//! `callsign identity user list`: the identities of a resource, printed as they come.

use std::io::IsTerminal as _;

use azure_core::time::OffsetDateTime;
use callsign_client::clock::{Clock as _, SystemClock};
use callsign_client::{DirectoryClient, DirectoryClientListIdentitiesOptions, ListedIdentity};
use callsign_protocol::date::Timestamp;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::{Needs, Session};
use crate::args::Place;
use crate::args::identity::user::List;
use crate::command::progress::Progress;
use crate::printer::{Columns, Flow};

/// Most identities that one page can have; larger pages are fewer requests.
const PAGE_SIZE_MAX: u16 = 1_000;
const NANOSECONDS_PER_TICK: i128 = 100;

/// As wide as ids and instants are; the last column has no width to keep.
const COLUMNS: Columns<4> =
    Columns { head: [("id", 79), ("created", 25), ("last issued", 25), ("custom id", 0)], cells };

pub(super) fn run(place: &Place, wanted: &List) -> anyhow::Result<()> {
    let needs = Needs { many: true, custom_id: false };
    let session = Session::open(place, &wanted.connection, needs, &wanted.output)?;
    let directory = DirectoryClient::from(&session.client);
    let mut pages = directory.list_identities(Some(options(wanted)))?.into_pages();
    let mut flow = Flow::new(&wanted.output, COLUMNS);
    // Where the list itself is seen to grow, a count would be in its way.
    let mut progress =
        Progress::new(None, !std::io::stdout().is_terminal() && !wanted.output.only_show_errors);
    let mut left = wanted.max.unwrap_or(u64::MAX);
    while left > 0 {
        let next = session.one(async {
            let page = pages.try_next().await?;
            page.map(|page| page.into_model()).transpose()
        })?;
        let Some(page) = next else { break };
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let items: Vec<Value> = page.identities.iter().take(most).map(item).collect();
        left = left.saturating_sub(items.len() as u64);
        progress.advance(items.len());
        flow.push(items)?;
    }
    progress.end();
    flow.end()
}

fn options(wanted: &List) -> DirectoryClientListIdentitiesOptions {
    let now = SystemClock.now();
    let page_size = wanted.max.and_then(|max| u16::try_from(max).ok()).unwrap_or(PAGE_SIZE_MAX);
    DirectoryClientListIdentitiesOptions {
        created_after: wanted.created_after.map(|moment| moment.instant(now)),
        created_before: wanted.created_before.map(|moment| moment.instant(now)),
        last_issued_after: wanted.last_issued_after.map(|moment| moment.instant(now)),
        last_issued_before: wanted.last_issued_before.map(|moment| moment.instant(now)),
        never_issued: wanted.never_issued,
        custom_id: wanted.custom_id.clone(),
        page_size: Some(page_size.min(PAGE_SIZE_MAX)),
        ..DirectoryClientListIdentitiesOptions::default()
    }
}

/// The members of the wire, all of them.
fn item(identity: &ListedIdentity) -> Value {
    json!({
        "createdAt": timestamp(identity.created_on).to_round_trip(),
        "customId": identity.custom_id,
        "id": identity.user.id(),
        "lastIssuedAt": identity.last_token_issued_at.map(|at| timestamp(at).to_round_trip()),
    })
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    let ticks = at.unix_timestamp_nanos() / NANOSECONDS_PER_TICK;
    Timestamp::from_unix_ticks(i64::try_from(ticks).unwrap_or(i64::MAX))
}

/// What is told to fractions of a second elsewhere is told to seconds here.
fn cells(item: &Value) -> [String; 4] {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let seconds = |name: &str| match text(name).split_once('.') {
        Some((seconds, _)) => format!("{seconds}+00:00"),
        None => text(name),
    };
    [text("id"), seconds("createdAt"), seconds("lastIssuedAt"), text("customId")]
}
