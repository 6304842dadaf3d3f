//! *Identities*: a search by id or custom id, filters, and page after page.

use callsign_core::Error;
use callsign_core::operation::get_identity::get_identity;
use callsign_core::operation::list_identities::list_identities;
use callsign_core::store::{Identity, IdentityFilter, IdentityPage};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::CUSTOM_ID_CHARACTERS_MAX;
use maud::{Markup, html};
use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

use crate::http::site::Answer;
use crate::portal::answer::{Fault, Problem};
use crate::portal::desk::Desk;
use crate::portal::route::Page;
use crate::portal::{frame, part};

const PAGE_MAX: usize = 50;
const TITLE: &str = "Identities";
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// What is looked for.
struct Wanted {
    id: Option<IdentityId>,
    filter: IdentityFilter,
    after: Option<Uuid>,
}

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let done = desk.form.get("done") == Some("deleted");
    match find(desk).await {
        Ok(page) => Ok(frame::page(
            desk,
            TITLE,
            &html! {
                @if done { (part::good_news("The identity was deleted, and every token that it had is dead.")) }
                (search(desk))
                (found(desk, &page))
            },
        )),
        Err(problem) if problem.fault == Fault::Input => {
            Ok(frame::problem_with(desk, &problem, (TITLE, &search(desk))))
        }
        Err(problem) => Err(problem),
    }
}

async fn find(desk: &Desk<'_>) -> Result<IdentityPage, Problem> {
    let Wanted { id, filter, after } = wanted(desk)?;
    let (service, caller) = (desk.service(), desk.caller());
    let Some(id) = id else {
        let page = list_identities(service, &caller, filter, (after, PAGE_MAX)).await;
        return page.map_err(Problem::of_rule);
    };
    match get_identity(service, &caller, id).await {
        Ok(identity) => Ok(IdentityPage { identities: vec![identity], next: None }),
        Err(Error::IdentityNotFound | Error::IdentityNotOwned) => Ok(IdentityPage::default()),
        Err(error) => Err(Problem::of_rule(error)),
    }
}

fn wanted(desk: &Desk<'_>) -> Result<Wanted, Problem> {
    let form = &desk.form;
    let mut filter = IdentityFilter {
        created_after: form.get("from").map(|text| day(text, 0)).transpose()?,
        created_before: form.get("to").map(|text| day(text, 1)).transpose()?,
        last_issued_before: form.get("unused").map(|text| day(text, 0)).transpose()?,
        never_issued: form.get("never").is_some(),
        ..IdentityFilter::default()
    };
    let after = form.get("after").map(str::parse).transpose().map_err(|_| {
        Problem::new(Fault::Input, "This page is not there", "Begin with the first page again.")
    })?;
    let Some(text) = form.get("q") else {
        return Ok(Wanted { id: None, filter, after });
    };
    if text.chars().count() > CUSTOM_ID_CHARACTERS_MAX {
        let sentence = format!("Type at most {CUSTOM_ID_CHARACTERS_MAX} characters.");
        return Err(Problem::new(Fault::Input, "The search is too long", sentence));
    }
    if let Ok(id) = IdentityId::read(text, desk.resource.stored.id) {
        return Ok(Wanted { id: Some(id), filter, after });
    }
    filter.custom_id = Some(text.to_owned());
    Ok(Wanted { id: None, filter, after })
}

/// Midnight of a day, or of one so many later.
fn day(text: &str, later: i64) -> Result<Timestamp, Problem> {
    let wrong = |_| {
        Problem::new(Fault::Input, "A date cannot be read", "Write year, month and day, such as 2026-10-01.")
    };
    let midnight = Date::parse(text, DAY).map_err(wrong)?.midnight().assume_utc();
    Ok(Timestamp::from_unix_seconds(midnight.unix_timestamp()).plus_minutes(later * 24 * 60))
}

fn search(desk: &Desk<'_>) -> Markup {
    let typed = |name| desk.form.get(name).unwrap_or_default();
    // A field for a date takes nothing else.
    let typed_day = |name| desk.form.get(name).filter(|text| day(text, 0).is_ok()).unwrap_or_default();
    let is_filtered = ["from", "to", "unused", "never"].iter().any(|name| desk.form.get(name).is_some());
    html! {
        form.card method="get" action=(Page::Identities.path()) role="search" {
            (desk.form_resource())
            div {
                label for="q" { "Id or custom id" }
                div.copied {
                    input type="search" id="q" name="q" value=(typed("q")) maxlength=(CUSTOM_ID_CHARACTERS_MAX)
                        spellcheck="false" autocomplete="off" aria-describedby="q-hint";
                    button.primary type="submit" { "Search" }
                }
                p.hint id="q-hint" { "The whole id, 8:acs:…, or the whole custom id. Empty lists all." }
            }
            details open[is_filtered] {
                summary { "Filters" }
                div.fields {
                    div { label for="from" { "Created from" } input type="date" id="from" name="from" value=(typed_day("from")); }
                    div { label for="to" { "Created until" } input type="date" id="to" name="to" value=(typed_day("to")); }
                    div {
                        label for="unused" { "Last token before" }
                        input type="date" id="unused" name="unused" value=(typed_day("unused"));
                    }
                }
                div.choice {
                    input type="checkbox" id="never" name="never" value="yes" checked[desk.form.get("never").is_some()];
                    label for="never" { "Only those that never got a token" }
                }
            }
        }
    }
}

fn found(desk: &Desk<'_>, page: &IdentityPage) -> Markup {
    let fields = ["q", "from", "to", "unused", "never"];
    let kept: Vec<(&str, &str)> =
        fields.iter().filter_map(|name| Some((*name, desk.form.get(name)?))).collect();
    html! {
        @if page.identities.is_empty() {
            div.card { p {
                @if page.next.is_some() { "None of those that were looked at so far matches; look further." }
                @else { "No identity matches." }
            } }
        } @else {
            (part::scrolling("Identities that match", &html! {
                table {
                    thead { tr {
                        th scope="col" { "Identity" }
                        th scope="col" { "Custom id" }
                        th scope="col" { "Created" }
                        th scope="col" { "Last token" }
                    } }
                    tbody { @for identity in &page.identities { (row(desk, identity)) } }
                }
            }))
        }
        nav.row aria-label="Pages" {
            @if desk.form.get("after").is_some() {
                (part::button_to(desk, Page::Identities, &kept, "First page"))
            }
            @if let Some(next) = page.next {
                @let next = next.to_string();
                @let further = [kept.as_slice(), &[("after", next.as_str())]].concat();
                (part::button_to(desk, Page::Identities, &further, "Next page"))
            }
        }
    }
}

fn row(desk: &Desk<'_>, identity: &Identity) -> Markup {
    let id = identity.id.to_string();
    html! {
        tr {
            th scope="row" { a href=(desk.link(Page::Identity, &[("id", &id)])) { code { (id) } } }
            td.breaks { (identity.custom_id.as_deref().unwrap_or("–")) }
            td.time { (part::instant(identity.created_at)) }
            td.time {
                @match identity.last_issued_at { Some(at) => (part::instant(at)), None => "never" }
            }
        }
    }
}
