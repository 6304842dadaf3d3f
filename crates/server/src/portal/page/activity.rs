//! *Activity*: what was done to one identity, and what was asked about it, newest first.

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use maud::{Markup, html};

use super::unexpected;
use crate::admin::{AUDIT_RECORDS_MAX, AuditEntry, AuditQuery, Reply, Request};
use crate::http::site::Answer;
use crate::portal::answer::{Fault, Problem};
use crate::portal::desk::Desk;
use crate::portal::route::Page;
use crate::portal::{frame, part};
use crate::telemetry::{Filter, Record};

const TITLE: &str = "Activity";
/// Most rows of a table.
const ROWS_MAX: usize = 200;
/// Most times that audit records are asked for, from the oldest on.
const READS_MAX: usize = 20;

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let Some(text) = desk.form.get("id") else {
        let lead = html! { p.lead { "Name an identity to see what was done to it. Below are the newest requests of the resource." } };
        let content = html! { (lead) (search("")) (requests(desk, None)) };
        return Ok(frame::page(desk, TITLE, &content));
    };
    let Ok(id) = IdentityId::read(text, desk.resource.stored.id) else {
        let sentence =
            "An id has the form 8:acs:<guid>_<guid>. The page Identities finds it by your own name for it.";
        let problem = Problem::new(Fault::Input, "That is no identity id", sentence);
        return Ok(frame::problem_with(desk, &problem, (TITLE, &search(text))));
    };
    let id = id.to_string();
    let records = records(desk, &id).await?;
    let content = html! {
        (search(&id))
        (changes(&records))
        (requests(desk, Some(&id)))
        div.row { (part::button_to(desk, Page::Identity, &[("id", &id)], "Open the identity")) }
    };
    Ok(frame::page(desk, TITLE, &content))
}

/// The newest audit records of the identity. They are listed from the oldest on.
async fn records(desk: &Desk<'_>, id: &str) -> Result<Vec<AuditEntry>, Problem> {
    let mut query = AuditQuery {
        resource: Some(desk.resource_name()),
        subject: Some(id.to_owned()),
        limit: AUDIT_RECORDS_MAX,
        ..AuditQuery::default()
    };
    let mut newest = Vec::new();
    for _ in 0..READS_MAX {
        let Reply::AuditRecords { records } =
            desk.carry_out(Request::AuditRecords(query.clone())).await?.reply
        else {
            return Err(unexpected());
        };
        let is_last = records.len() < AUDIT_RECORDS_MAX;
        query.after = records.last().map_or(query.after, |record| record.number);
        newest.extend(records);
        newest.drain(..newest.len().saturating_sub(ROWS_MAX));
        if is_last {
            break;
        }
    }
    newest.reverse();
    Ok(newest)
}

fn search(id: &str) -> Markup {
    html! {
        form.card method="get" action=(Page::Activity.path()) role="search" {
            div {
                label for="id" { "Identity" }
                div.copied {
                    input.code type="search" id="id" name="id" value=(id) maxlength="256" spellcheck="false" autocomplete="off";
                    button.primary type="submit" { "Show" }
                }
            }
        }
    }
}

fn changes(records: &[AuditEntry]) -> Markup {
    html! {
        section.part aria-labelledby="changes" {
            h2 id="changes" { "Changes" }
            p.quiet { "From the audit chain, which keeps every change for good." }
            @if records.is_empty() {
                div.card { p { "Nothing was changed." } }
            } @else {
                (part::scrolling("Table of changes", &html! {
                    table {
                        thead { tr {
                            th scope="col" { "When" }
                            th scope="col" { "What" }
                            th scope="col" { "Who" }
                            th.number scope="col" { "Record" }
                        } }
                        tbody { @for record in records { (change(record)) } }
                    }
                }))
            }
        }
    }
}

fn change(record: &AuditEntry) -> Markup {
    html! {
        tr {
            td.time { (part::instant(Timestamp::from_unix_milliseconds(record.at_unix_ms))) }
            td {
                (words(&record.action))
                @if !record.changed { " " span.tag { "changed nothing" } }
                @if !record.detail.is_empty() { " " span.quiet { (record.detail) } }
            }
            td.breaks { (record.actor) }
            td.number { (record.number) }
        }
    }
}

/// `revoke_access_tokens` as people write it.
fn words(action: &str) -> String {
    part::capital(&action.replace('_', " "))
}

fn requests(desk: &Desk<'_>, id: Option<&str>) -> Markup {
    let filter = Filter {
        resource: Some(desk.resource.stored.id),
        identity: id.map(str::to_owned),
        ..Filter::default()
    };
    let mut records = desk.portal.telemetry.journal.newest(&filter, ROWS_MAX).records;
    records.reverse();
    html! {
        section.part aria-labelledby="requests" {
            h2 id="requests" { "Requests" }
            p.quiet { "The newest that the server remembers; " code { "callsign logs" } " prints and follows them." }
            @if records.is_empty() {
                div.card { p { "There is none." } }
            } @else {
                (part::scrolling("Table of requests", &html! {
                    table {
                        thead { tr {
                            th scope="col" { "When" }
                            th scope="col" { "What" }
                            th scope="col" { "Status" }
                            th scope="col" { "Scopes" }
                            @if id.is_none() { th scope="col" { "Identity" } }
                            th scope="col" { "Who" }
                            th scope="col" { "From" }
                            th.number scope="col" { "Took" }
                        } }
                        tbody { @for record in &records { (request(desk, record, id.is_none())) } }
                    }
                }))
            }
        }
    }
}

fn request(desk: &Desk<'_>, record: &Record, names_identity: bool) -> Markup {
    let scopes = record.scopes.as_ref().map(|scopes| scopes.to_string().replace(',', ", "));
    html! {
        tr {
            td.time { (part::instant(record.time)) }
            td { (record.operation) @if record.operation == "Portal" { " " span.quiet { (record.path) } } }
            td { (status(record)) }
            td { (scopes.as_deref().unwrap_or("–")) }
            @if names_identity {
                td { @match record.identity.as_deref() {
                    Some(id) => a href=(desk.link(Page::Activity, &[("id", id)])) { code { (id) } },
                    None => "–",
                } }
            }
            td.breaks { (record.sender.as_deref().unwrap_or("–")) }
            td { (record.source) }
            td.number { (took(record.microseconds)) }
        }
    }
}

fn status(record: &Record) -> Markup {
    let code = record.error_code.as_deref().or(record.token_reason.as_deref());
    let kind = match record.status {
        200..=399 => "good",
        400..=499 => "warn",
        _ => "bad",
    };
    html! {
        span class={ "tag " (kind) } { (record.status) }
        @if let Some(code) = code { " " (code) }
    }
}

fn took(microseconds: u64) -> String {
    if microseconds < 1_000 {
        return format!("{microseconds} µs");
    }
    format!("{}.{} ms", microseconds / 1_000, microseconds % 1_000 / 100)
}
