//! *Metrics*: what the whole server did in the last hour or day.

use callsign_protocol::date::Timestamp;
use maud::{Markup, html};

use crate::http::site::Answer;
use crate::portal::chart::{Chart, Row, table};
use crate::portal::desk::Desk;
use crate::portal::measured::{Measured, Span, Step, quantile};
use crate::portal::route::Page;
use crate::portal::{frame, part};

const MEDIAN: u64 = 500;
const P99: u64 = 990;

pub(super) fn show(desk: &Desk<'_>) -> Answer {
    let span = if desk.form.get("last") == Some("day") { Span::Day } else { Span::Hour };
    let (service, telemetry) = (desk.service(), &desk.portal.telemetry);
    let now = service.clock.now();
    let so_far = telemetry.history.so_far(now, &telemetry.tally.totals(), &service.signing.figures());
    let measured = Measured::of(&telemetry.history, span, (now, &so_far));
    let view = View { measured, span, now };
    let content = html! {
        p.lead {
            "Of the whole server, all resources together, since it was started. Other tools read the same from its metrics in the form of \
             Prometheus."
        }
        (spans(desk, span))
        (view.requests())
        (view.latency())
        (view.tokens())
        (view.revoked())
        (view.batches())
    };
    frame::page(desk, "Metrics", &content)
}

fn spans(desk: &Desk<'_>, span: Span) -> Markup {
    let of = |wanted: Span| (span == wanted).then_some("true");
    html! {
        nav.row aria-label="Time" {
            a.button.small href=(desk.link(Page::Metrics, &[])) aria-current=[of(Span::Hour)] { "Last hour" }
            a.button.small href=(desk.link(Page::Metrics, &[("last", "day")])) aria-current=[of(Span::Day)] { "Last day" }
        }
    }
}

/// What is looked at.
struct View {
    measured: Measured,
    span: Span,
    now: Timestamp,
}

impl View {
    fn chart<'a>(&self, (id, title): (&'a str, &'a str), rows: Vec<Row>, table: Markup) -> Chart<'a> {
        let written: fn(u64) -> String = |count| count.to_string();
        let ends = (self.time_of(0), "now".to_owned());
        Chart { id, title, summary: String::new(), rows, ends, written, table }
    }

    fn row(&self, name: &'static str, class: &'static str, of: impl Fn(&Step) -> u64) -> Row {
        Row { name, class, values: self.measured.steps.iter().map(|step| Some(of(step))).collect() }
    }

    fn sum(&self, of: impl Fn(&Step) -> u64) -> u64 {
        self.measured.steps.iter().map(of).sum()
    }

    fn in_words(&self) -> &'static str {
        match self.span {
            Span::Hour => "in the last hour, by the minute",
            Span::Day => "in the last day, by the quarter of an hour",
        }
    }

    /// When a step begins, in hours and minutes.
    fn time_of(&self, step: usize) -> String {
        let minutes = (self.span.steps() - step) * self.span.minutes_of_step();
        let at = self.now.plus_minutes(-i64::try_from(minutes).unwrap_or(0)).to_whole_seconds_utc();
        format!("{} UTC", at.get(11..16).unwrap_or_default())
    }

    /// The steps in which something happened, in numbers.
    fn steps(&self, head: &[&str], cells: impl Fn(&Step) -> Option<Vec<String>>) -> Markup {
        let rows = self.measured.steps.iter().enumerate().filter_map(|(place, step)| {
            let mut row = vec![self.time_of(place)];
            row.extend(cells(step)?);
            Some(row)
        });
        table(head, &rows.collect::<Vec<_>>())
    }

    fn requests(&self) -> Markup {
        let [good, at_fault, failed] =
            [0, 1, 2].map(|kind| move |step: &Step| step.requests.get(kind).copied().unwrap_or(0));
        let rows = vec![
            self.row("answered (1xx to 3xx)", "bar-good", good),
            self.row("at fault (4xx)", "bar-other", at_fault),
            self.row("failed (5xx)", "bar-bad", failed),
        ];
        let by_operation = self.measured.requests.iter();
        let numbers = by_operation.map(|((operation, status), count)| {
            vec![(*operation).to_owned(), status.to_string(), count.to_string()]
        });
        let numbers = table(&["Operation", "Status", "Requests"], &numbers.collect::<Vec<_>>());
        let summary = format!(
            "{} {}: {} were at fault, and {} failed.",
            self.sum(|step| step.requests.iter().sum()),
            self.in_words(),
            self.sum(at_fault),
            self.sum(failed)
        );
        Chart { summary, ..self.chart(("requests", "Requests by operation and status"), rows, numbers) }
            .bars()
    }

    fn latency(&self) -> Markup {
        let of = |step: &Step, part| quantile(&step.latency, part);
        let values = |part| self.measured.steps.iter().map(|step| of(step, part)).collect();
        let rows = vec![
            Row { name: "p50: half took no longer", class: "line", values: values(MEDIAN) },
            Row { name: "p99: 99 of 100 took no longer", class: "line-second", values: values(P99) },
        ];
        let numbers = self.measured.latencies.iter().map(|(operation, buckets)| {
            let part = |part| quantile(buckets, part).map(time).unwrap_or_default();
            vec![(*operation).to_owned(), part(MEDIAN), part(P99)]
        });
        let numbers = table(&["Operation", "p50", "p99"], &numbers.collect::<Vec<_>>());
        let summary = format!("How long requests took {}, as far as counts by size tell.", self.in_words());
        let chart = self.chart(("latency", "Latency"), rows, numbers);
        Chart { summary, written: time, ..chart }.lines()
    }

    fn tokens(&self) -> Markup {
        let rows = vec![self.row("tokens", "bar-good", |step| step.tokens)];
        let numbers =
            self.steps(&["From", "Tokens"], |step| (step.tokens > 0).then(|| vec![step.tokens.to_string()]));
        let summary = format!("{} {}.", self.sum(|step| step.tokens), self.in_words());
        Chart { summary, ..self.chart(("tokens", "Tokens issued"), rows, numbers) }.bars()
    }

    fn revoked(&self) -> Markup {
        let rows = vec![self.row("identities", "bar-other", |step| step.revoked)];
        let numbers = self.steps(&["From", "Identities"], |step| {
            (step.revoked > 0).then(|| vec![step.revoked.to_string()])
        });
        let summary =
            format!("{} lost tokens {}.", part::identities(self.sum(|step| step.revoked)), self.in_words());
        Chart { summary, ..self.chart(("revoked", "Revocations"), rows, numbers) }.bars()
    }

    fn batches(&self) -> Markup {
        let batches = self.measured.batches;
        let signatures: u64 = (1..).zip(batches).map(|(size, count): (u64, u64)| size * count).sum();
        let all: u64 = batches.iter().sum();
        let values = batches.iter().map(|count| Some(*count)).collect();
        let rows = vec![Row { name: "batches", class: "bar-good", values }];
        let numbers =
            (1..).zip(batches).map(|(size, count): (u64, u64)| vec![size.to_string(), count.to_string()]);
        let numbers = table(&["Signatures in a batch", "Batches"], &numbers.collect::<Vec<_>>());
        let summary = format!(
            "{signatures} signatures were made in {all} batches. A batch has 1 to 8 where the library that signs eight at once is there, and 1 elsewhere."
        );
        let chart = self.chart(("batches", "Signatures per batch"), rows, numbers);
        let ends = ("1 signature".to_owned(), "8 signatures".to_owned());
        Chart { summary, ends, ..chart }.bars()
    }
}

/// A time in microseconds, in the unit that fits, with two digits at least.
fn time(microseconds: u64) -> String {
    match microseconds {
        ..1_000 => format!("{microseconds} µs"),
        1_000..10_000 => format!("{}.{} ms", microseconds / 1_000, microseconds % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", microseconds / 1_000),
        _ => format!("{}.{} s", microseconds / 1_000_000, microseconds % 1_000_000 / 100_000),
    }
}
