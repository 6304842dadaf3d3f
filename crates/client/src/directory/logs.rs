//! Records of requests, in the columns of the Log Analytics table `ACSAuthIncomingOperations`.

use azure_core::fmt::SafeDebug;
use serde::{Deserialize, Deserializer, Serialize};

use crate::models::read;

/// A record of one request. What begins with `callsign_` is no column of the published table. Written as JSON it is what the server sent.
#[derive(Clone, PartialEq, Eq, SafeDebug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct LogRecord {
    /// When it was answered, as RFC 3339 writes it.
    #[safe(true)]
    pub time_generated: String,
    /// What was asked, such as `CreateToken`; `Bad Route` where no route was found.
    #[safe(true)]
    pub operation_name: String,
    /// The `api-version`.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_version: Option<String>,
    /// `AuthOperational`
    #[safe(true)]
    pub category: String,
    /// The id of the exchange, which its reply carried as `MS-CV`.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// `Succeeded` or `Failed`
    #[safe(true)]
    pub result_type: String,
    /// The HTTP status.
    #[safe(true)]
    pub result_signature: String,
    /// The HTTP status in words.
    #[safe(true)]
    pub result_description: String,
    /// How long it took, in milliseconds.
    #[safe(true)]
    pub duration_ms: u64,
    /// `Informational`, `Warning` or `Error`
    #[safe(true)]
    pub level: String,
    /// The path.
    #[serde(rename = "URI")]
    pub uri: String,
    /// The scopes that were asked for.
    #[safe(true)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The client, as it named itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk_type: Option<String>,
    /// What the client ran on, as it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_type: Option<String>,
    /// Where it came from.
    pub caller_ip_address: String,
    /// `ACSAuthIncomingOperations`
    #[safe(true)]
    #[serde(rename = "Type")]
    pub table: String,
    /// The verb.
    #[safe(true)]
    pub callsign_method: String,
    /// The identity in question.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_identity_id: Option<String>,
    /// The name of the resource.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_resource: Option<String>,
    /// The guid of the resource.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_resource_id: Option<String>,
    /// The code of the refusal.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_error_code: Option<String>,
    /// Why a token that was asked about was not good.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_token_reason: Option<String>,
    /// The caller's own id of the request.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_client_request_id: Option<String>,
    /// The trace that the caller was in.
    #[safe(true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign_trace_id: Option<String>,
    /// How long it took, in microseconds.
    #[safe(true)]
    pub callsign_duration_microseconds: u64,
}

/// Some records.
#[derive(Clone, SafeDebug)]
#[non_exhaustive]
pub struct LogPage {
    /// Those that match, oldest first.
    pub records: Vec<LogRecord>,
    /// What to give as [`after`](crate::DirectoryClientListLogsOptions::after) for those that come later.
    #[safe(true)]
    pub next: String,
}

#[derive(Deserialize)]
struct Reply {
    records: Vec<LogRecord>,
    next: String,
}

impl<'de> Deserialize<'de> for LogPage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Reply { records, next } = read(deserializer)?;
        Ok(Self { records, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"records":[{"TimeGenerated":"2026-10-01T07:05:09+00:00","OperationName":"CreateToken","Category":"AuthOperational","Identity":"key:1:0","ResultType":"Succeeded","ResultSignature":"200","ResultDescription":"OK","DurationMs":1,"Level":"Informational","URI":"/identities/8:acs:a_b/:issueAccessToken","Scopes":["chat"],"CallerIpAddress":"192.0.2.1","Type":"ACSAuthIncomingOperations","CallsignMethod":"POST","CallsignIdentityId":"8:acs:a_b","CallsignDurationMicroseconds":1234}],"next":"1-2"}"#;

    #[test]
    fn a_record_is_written_as_it_was_read_and_shows_no_address() {
        let page: LogPage = serde_json::from_str(PAGE).unwrap();
        let sent: serde_json::Value = serde_json::from_str(PAGE).unwrap();
        assert_eq!(serde_json::to_value(&page.records).unwrap(), sent["records"]);
        assert_eq!(page.next, "1-2");
        assert!(!format!("{page:?}").contains("192.0.2.1"), "{page:?}");
        let error = serde_json::from_str::<LogPage>(r#"{"records":["s3cr3t"],"next":""}"#).unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
}
