//! The headers that are compared, each with what makes it comparable, and those that are not, each with the reason.

use callsign_protocol::date::Timestamp;

use super::recording::Exchange;
use crate::forms::{self, Moment};
use crate::request::Reply;

/// An answer and what it stands against.
pub struct Answered<'a> {
    pub recorded: &'a Exchange,
    pub reply: &'a Reply,
    pub moment: Moment,
    pub client_request_id: &'a str,
}

/// A header that is compared.
pub struct Compared {
    pub name: &'static str,
    /// What is compared of it, and why no more or why that.
    pub why: &'static str,
    check: fn(&Answered<'_>) -> Result<(), String>,
}

pub const COMPARED: [Compared; 10] = [
    Compared {
        name: "api-supported-versions",
        why: "there when it was recorded to be there, which tells early refusals from late ones; the list itself is ours: it \
              is sorted by date and names the version asked for",
        check: api_supported_versions,
    },
    Compared {
        name: "content-type",
        why: "exactly as recorded, also that 204 has none",
        check: content_type,
    },
    Compared {
        name: "content-length",
        why: "on successes with a body, as recorded since October 2021 (chunked before); its value is the length of our body",
        check: content_length,
    },
    Compared {
        name: "transfer-encoding",
        why: "chunked on errors, as recorded in all years",
        check: transfer_encoding,
    },
    Compared { name: "ms-cv", why: "the form only: it is random", check: ms_cv },
    Compared {
        name: "request-context",
        why: "the value, which never varied; sent since February 2021",
        check: request_context,
    },
    Compared {
        name: "x-processing-time",
        why: "the form only: it is a measurement",
        check: x_processing_time,
    },
    Compared {
        name: "x-ms-client-request-id",
        why: "the value that was sent, sent here on every request: recorders dropped or hid it",
        check: x_ms_client_request_id,
    },
    Compared { name: "date", why: "the form and the time of now", check: date },
    Compared {
        name: "accept-ranges",
        why: "as recorded in 2025; earlier recordings have none at all",
        check: accept_ranges,
    },
];

/// Recorded headers that say nothing of the service.
pub const NOT_COMPARED: [(&str, &str); 4] = [
    ("connection", "belongs to the connection; every request here asks for its end"),
    (
        "strict-transport-security",
        "left out on loopback and plain http: it would break a developer's other sites",
    ),
    ("x-azure-ref", "written by the front door before the service"),
    ("x-cache", "written by the front door before the service"),
];

/// Everything that differs, and every header on either side that has no place in the two lists.
pub fn differences(answered: &Answered<'_>) -> Vec<String> {
    let mut differences: Vec<String> = COMPARED
        .iter()
        .filter_map(|header| {
            (header.check)(answered)
                .err()
                .map(|difference| format!("{}: {difference} ({})", header.name, header.why))
        })
        .collect();
    let known = |name: &str| {
        COMPARED.iter().any(|header| header.name == name)
            || NOT_COMPARED.iter().any(|(other, _)| *other == name)
    };
    let recorded = answered.recorded.response.headers.keys().map(String::as_str);
    let ours = answered.reply.headers.iter().map(|(name, _)| name.as_str());
    differences.extend(
        recorded.chain(ours).filter(|name| !known(name)).map(|name| format!("{name}: a header of no list")),
    );
    differences
}

fn same(recorded: Option<&str>, ours: Option<&str>) -> Result<(), String> {
    if recorded == ours { Ok(()) } else { Err(format!("recorded {recorded:?}, ours {ours:?}")) }
}

fn of_form(text: Option<&str>, is_right: impl Fn(&str) -> bool) -> Result<(), String> {
    if text.is_some_and(is_right) { Ok(()) } else { Err(format!("ours is {text:?}")) }
}

fn api_supported_versions(answered: &Answered<'_>) -> Result<(), String> {
    let (recorded, ours) =
        (answered.recorded.header("api-supported-versions"), answered.reply.header("api-supported-versions"));
    let (Some(_), Some(list)) = (recorded, ours) else {
        return same(recorded, ours);
    };
    let versions: Vec<_> = list.split(", ").collect();
    let asked = answered.recorded.version().unwrap_or_default();
    if versions.is_sorted() && versions.contains(&asked) {
        Ok(())
    } else {
        Err(format!("ours is {list}, asked for {asked}"))
    }
}

fn content_type(answered: &Answered<'_>) -> Result<(), String> {
    same(answered.recorded.header("content-type"), answered.reply.header("content-type"))
}

fn content_length(answered: &Answered<'_>) -> Result<(), String> {
    let (recorded, reply) = (answered.recorded, answered.reply);
    let was_chunked_then = recorded.recorded_before("Fri, 01 Oct 2021") && recorded.response.status < 204;
    let length = reply.body.len().to_string();
    let wanted = (was_chunked_then || recorded.header("content-length").is_some()).then_some(length.as_str());
    same(wanted, reply.header("content-length"))
}

fn transfer_encoding(answered: &Answered<'_>) -> Result<(), String> {
    let wanted =
        answered.recorded.header("transfer-encoding").filter(|_| answered.recorded.response.status >= 400);
    same(wanted, answered.reply.header("transfer-encoding"))
}

fn ms_cv(answered: &Answered<'_>) -> Result<(), String> {
    of_form(answered.reply.header("ms-cv"), forms::correlation_vector)
}

fn request_context(answered: &Answered<'_>) -> Result<(), String> {
    let recorded = answered.recorded.header("request-context");
    let too_old = recorded.is_none() && answered.recorded.recorded_before("Mon, 01 Feb 2021");
    same(if too_old { Some("appId=") } else { recorded }, answered.reply.header("request-context"))
}

fn x_processing_time(answered: &Answered<'_>) -> Result<(), String> {
    of_form(answered.reply.header("x-processing-time"), forms::milliseconds)
}

fn x_ms_client_request_id(answered: &Answered<'_>) -> Result<(), String> {
    same(Some(answered.client_request_id), answered.reply.header("x-ms-client-request-id"))
}

fn date(answered: &Answered<'_>) -> Result<(), String> {
    let is_now = |text: &str| {
        Timestamp::parse_imf_fixdate(text).is_some_and(|date| answered.moment.is_followed_by(date, 0))
    };
    of_form(answered.reply.header("date"), is_now)
}

fn accept_ranges(answered: &Answered<'_>) -> Result<(), String> {
    let recorded = answered.recorded;
    if recorded.recorded_at().is_none() || recorded.recorded_before("Wed, 01 Jan 2025") {
        return Ok(());
    }
    same(recorded.header("accept-ranges"), answered.reply.header("accept-ranges"))
}
