//! Facts about headers, which hold for every answer of a kind, whatever was asked.

use callsign_protocol::date::Timestamp;
use serde::Deserialize;

use crate::forms::{self, Moment};
use crate::request::Reply;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderFact {
    header: String,
    on: Kind,
    is: Value,
    source: String,
}

/// Which answers a fact is about.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    EveryAnswer,
    SuccessWithBody,
    NoContent,
    Error,
    Ok,
    AllButOk,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Value {
    Absent,
    CorrelationVector,
    Milliseconds,
    DateOfNow,
    LengthOfBody,
    ClientRequestId,
    #[serde(untagged)]
    Text(String),
}

/// An answer and what is known of its request.
pub struct Answered<'a> {
    pub reply: &'a Reply,
    pub moment: Moment,
    pub client_request_id: &'a str,
}

/// What differs, if the fact is about the answer.
pub fn difference(fact: &HeaderFact, answered: &Answered<'_>) -> Option<String> {
    let reply = answered.reply;
    let is_about_it = match fact.on {
        Kind::EveryAnswer => true,
        Kind::SuccessWithBody => reply.status < 300 && reply.status != 204,
        Kind::NoContent => reply.status == 204,
        Kind::Error => reply.status >= 400,
        Kind::Ok => reply.status == 200,
        Kind::AllButOk => reply.status != 200,
    };
    let value = reply.header(&fact.header);
    let is_right = match (&fact.is, value) {
        (Value::Absent, value) => value.is_none(),
        (_, None) => false,
        (Value::Text(text), Some(value)) => text == value,
        (Value::CorrelationVector, Some(value)) => forms::correlation_vector(value),
        (Value::Milliseconds, Some(value)) => forms::milliseconds(value),
        (Value::DateOfNow, Some(value)) => {
            Timestamp::parse_imf_fixdate(value).is_some_and(|date| answered.moment.is_followed_by(date, 0))
        }
        (Value::LengthOfBody, Some(value)) => value == reply.body.len().to_string(),
        (Value::ClientRequestId, Some(value)) => value == answered.client_request_id,
    };
    let (header, is, source) = (&fact.header, &fact.is, &fact.source);
    (is_about_it && !is_right).then(|| format!("{header}: {is:?}, ours {value:?} ({source})"))
}
