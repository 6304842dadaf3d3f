//! How a record is written: in the columns of `ACSAuthIncomingOperations`, so that queries and tools for that table go on working
//! (`clients.md` E), and what that table does not have, each beginning with `Callsign`.

use std::borrow::Cow;
use std::net::IpAddr;

use callsign_protocol::date::Timestamp;
use callsign_protocol::scope::{Scope, Scopes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::Record;
use super::agent::Agent;
use super::trace_context::{TraceContext, hex};
use crate::config::RequestLevel;

const CATEGORY: &str = "AuthOperational";
const TYPE: &str = "ACSAuthIncomingOperations";
const NANOSECONDS_PER_TICK: i128 = 100;

/// A record of one request.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "LogRecord", deny_unknown_fields)]
pub(crate) struct Columns<'a> {
    /// When the request was answered.
    #[schemars(extend("format" = "date-time"))]
    time_generated: String,
    /// What was asked, such as `CreateToken`; `Bad Route` where no route was found.
    operation_name: Cow<'a, str>,
    /// The `api-version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation_version: Option<Cow<'a, str>>,
    /// `AuthOperational`
    category: Cow<'a, str>,
    /// The id of the exchange, which the reply carries as `MS-CV`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
    /// Who asked: the published table says "the request sender's identity", and a sender is the holder of an access key or a principal
    /// of Entra. The user whose token it was about is another one, and stands in `CallsignIdentityId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Cow<'a, str>>,
    /// `Succeeded` or `Failed`
    result_type: Cow<'a, str>,
    /// The HTTP status.
    result_signature: String,
    /// The HTTP status in words.
    result_description: Cow<'a, str>,
    /// How long it took, in whole milliseconds.
    duration_ms: u64,
    /// `Informational`, `Warning` where the request was at fault, `Error` where the server was
    level: Cow<'a, str>,
    /// The path, without the query. What stands in it and might be a secret is left out.
    #[serde(rename = "URI")]
    uri: Cow<'a, str>,
    /// The scopes that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<Cow<'a, str>>,
    /// The client, as it named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sdk_type: Option<Cow<'a, str>>,
    /// What the client runs on, as it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    platform_type: Option<Cow<'a, str>>,
    /// Where the request came from. The published table does not list it, and the published queries use it.
    caller_ip_address: IpAddr,
    /// `ACSAuthIncomingOperations`
    #[serde(rename = "Type")]
    table: Cow<'a, str>,
    /// The verb.
    callsign_method: Cow<'a, str>,
    /// The identity in question, `8:acs:<guid>_<guid>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callsign_identity_id: Option<Cow<'a, str>>,
    /// The name of the resource that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callsign_resource: Option<Cow<'a, str>>,
    /// Its guid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "uuid"))]
    callsign_resource_id: Option<Cow<'a, str>>,
    /// The code of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callsign_error_code: Option<Cow<'a, str>>,
    /// Why a token that was asked about is not good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callsign_token_reason: Option<Cow<'a, str>>,
    /// The caller's own id of the request, its `x-ms-client-request-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callsign_client_request_id: Option<Cow<'a, str>>,
    /// The trace that the caller was in, from its `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callsign_trace_id: Option<Cow<'a, str>>,
    /// How long it took, in microseconds.
    callsign_duration_microseconds: u64,
}

impl<'a> From<&'a Record> for Columns<'a> {
    fn from(record: &'a Record) -> Self {
        let scopes = record.scopes.as_ref().map_or(&[][..], Scopes::as_slice);
        Self {
            time_generated: record.time.to_round_trip(),
            operation_name: borrowed(&record.operation),
            operation_version: record.version.as_deref().map(Cow::Borrowed),
            category: CATEGORY.into(),
            correlation_id: record.exchange_id.as_deref().map(Cow::Borrowed),
            identity: record.sender.as_deref().map(Cow::Borrowed),
            result_type: record.result().into(),
            result_signature: record.status.to_string(),
            result_description: borrowed(&record.description),
            duration_ms: record.microseconds / 1000,
            level: match record.level() {
                RequestLevel::Informational => "Informational",
                RequestLevel::Warning => "Warning",
                RequestLevel::Error => "Error",
            }
            .into(),
            uri: Cow::Borrowed(&record.path),
            scopes: scopes.iter().map(|scope| Cow::Borrowed(scope.as_str())).collect(),
            sdk_type: record.agent.sdk.as_deref().map(Cow::Borrowed),
            platform_type: record.agent.platform.as_deref().map(Cow::Borrowed),
            caller_ip_address: record.source,
            table: TYPE.into(),
            callsign_method: borrowed(&record.method),
            callsign_identity_id: record.identity.as_deref().map(Cow::Borrowed),
            callsign_resource: record.resource.as_ref().map(|(_, name)| Cow::Borrowed(&**name)),
            callsign_resource_id: record.resource.as_ref().map(|(id, _)| id.to_string().into()),
            callsign_error_code: record.error_code.as_deref().map(Cow::Borrowed),
            callsign_token_reason: record.token_reason.as_deref().map(Cow::Borrowed),
            callsign_client_request_id: record.client_request_id.as_deref().map(Cow::Borrowed),
            callsign_trace_id: record.trace.map(|trace| format!("{:032x}", trace.trace_id).into()),
            callsign_duration_microseconds: record.microseconds,
        }
    }
}

fn borrowed(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

impl Record {
    /// `Succeeded` or `Failed`.
    pub(crate) const fn result(&self) -> &'static str {
        if self.status < 400 { "Succeeded" } else { "Failed" }
    }

    /// Whose fault it was.
    pub(crate) const fn level(&self) -> RequestLevel {
        match self.status {
            ..400 => RequestLevel::Informational,
            400..500 => RequestLevel::Warning,
            500.. => RequestLevel::Error,
        }
    }

    /// One line of JSON with its line feed.
    pub(crate) fn to_line(&self) -> Vec<u8> {
        // Columns are texts and numbers: serde_json has nothing to refuse.
        let mut line = serde_json::to_vec(&Columns::from(self)).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads a line back; `None` when it is no record.
    pub(crate) fn from_line(line: &[u8]) -> Option<Self> {
        let columns: Columns<'static> = serde_json::from_slice(line).ok()?;
        let (scopes, boxed) = (columns.scopes.iter(), |text: Cow<'_, str>| Box::<str>::from(text));
        let scopes = Scopes::new(scopes.filter_map(|word| word.parse::<Scope>().ok()));
        let name = columns.callsign_resource.map(boxed);
        let resource = columns.callsign_resource_id.and_then(|id| Uuid::try_parse(&id).ok());
        Some(Self {
            time: instant(&columns.time_generated)?,
            operation: columns.operation_name,
            version: columns.operation_version,
            method: columns.callsign_method,
            exchange_id: columns.correlation_id.map(boxed),
            client_request_id: columns.callsign_client_request_id.map(boxed),
            sender: columns.identity.map(boxed),
            resource: resource.zip(name),
            identity: columns.callsign_identity_id.map(boxed),
            status: columns.result_signature.parse().ok()?,
            description: columns.result_description,
            error_code: columns.callsign_error_code,
            token_reason: columns.callsign_token_reason,
            microseconds: columns.callsign_duration_microseconds,
            path: boxed(columns.uri),
            scopes,
            agent: Agent { sdk: columns.sdk_type.map(boxed), platform: columns.platform_type.map(boxed) },
            trace: columns.callsign_trace_id.and_then(|id| earlier_trace(&id)),
            source: columns.caller_ip_address,
        })
    }
}

/// A trace of an earlier run: nobody sends it on.
fn earlier_trace(id: &str) -> Option<TraceContext> {
    hex(id, 32).map(|trace_id| TraceContext { trace_id, parent_id: 0, is_sampled: false })
}

fn instant(text: &str) -> Option<Timestamp> {
    let nanoseconds = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
    i64::try_from(nanoseconds / NANOSECONDS_PER_TICK).ok().map(Timestamp::from_unix_ticks)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::telemetry) fn sample() -> Record {
        Record {
            time: Timestamp::from_unix_ticks(17_446_519_472_078_535),
            operation: "CreateToken".into(),
            version: Some("2026-09-23".into()),
            method: "POST".into(),
            exchange_id: Some("AAAAAAAAAAAAAAAAAAAAAA.0".into()),
            client_request_id: Some("r-1".into()),
            sender: Some("key primary".into()),
            resource: Some((Uuid::from_u128(1), "default".into())),
            identity: Some("8:acs:a_b".into()),
            status: 200,
            description: "OK".into(),
            error_code: None,
            token_reason: None,
            microseconds: 1_234,
            path: "/identities/8:acs:a_b/:issueAccessToken".into(),
            scopes: Scopes::new([Scope::Chat, Scope::Voip]),
            agent: Agent { sdk: Some("azsdk-x/1".into()), platform: Some("Python/3".into()) },
            trace: earlier_trace("4bf92f3577b34da6a3ce929d0e0e4736"),
            source: IpAddr::from([192, 0, 2, 1]),
        }
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let refused = Record {
            version: None,
            exchange_id: None,
            client_request_id: None,
            sender: None,
            resource: None,
            identity: None,
            status: 503,
            error_code: Some("ServiceUnavailable".into()),
            token_reason: Some("revoked".into()),
            scopes: None,
            trace: None,
            agent: Agent::default(),
            ..sample()
        };
        for record in [sample(), refused] {
            let line = record.to_line();
            assert_eq!(Record::from_line(&line), Some(record), "{}", String::from_utf8_lossy(&line));
        }
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for line in ["", "{}", "[]", "{\"TimeGenerated\":\"yesterday\"}", "x"] {
            assert_eq!(Record::from_line(line.as_bytes()), None, "{line}");
        }
    }
}
