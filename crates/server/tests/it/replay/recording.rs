//! The recorded exchanges as they were kept: what was asked, what the live service answered, and when.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use callsign_protocol::date::Timestamp;
use serde::Deserialize;

use crate::ordered_json::Json;
use crate::reference;

/// One request to the live service and its answer.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    /// Where it stands in the file, from 0; the file names the same source and step several times.
    #[serde(skip)]
    pub number: usize,
    pub source: String,
    pub sdk: String,
    pub step: u32,
    /// With `{id}` for the identity.
    pub route: String,
    /// `hmac`, `bearer`, or `unknown` when the recorder dropped the header.
    pub auth: String,
    pub request: RecordedRequest,
    pub response: RecordedResponse,
}

#[derive(Debug, Deserialize)]
pub struct RecordedRequest {
    pub method: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    /// Null when there was none, or when the recorder lost it.
    pub body: Json,
}

#[derive(Debug, Deserialize)]
pub struct RecordedResponse {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Json,
}

impl Exchange {
    pub fn version(&self) -> Option<&str> {
        self.request.query.get("api-version").map(String::as_str)
    }

    /// A header of the recorded answer, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.get(name).map(String::as_str)
    }

    /// When it was recorded, unless the recorder hid that.
    pub fn recorded_at(&self) -> Option<Timestamp> {
        self.header("date").and_then(Timestamp::parse_imf_fixdate)
    }

    /// Whether it is known to have been recorded before a day, written `Fri, 01 Oct 2021`.
    pub fn recorded_before(&self, day: &str) -> bool {
        let day = Timestamp::parse_imf_fixdate(&format!("{day} 00:00:00 GMT")).expect("a day");
        self.recorded_at().is_some_and(|recorded| recorded < day)
    }

    /// A member of the recorded error.
    pub fn error(&self, member: &str) -> Option<&str> {
        self.response.body.member("error")?.member(member)?.as_text()
    }

    /// Whether the caller was refused for its credentials, and not for what it asked.
    pub fn is_denied(&self) -> bool {
        self.error("code") == Some("Denied")
    }

    /// Whether the id was one of another resource; recorders hid ids, so the answer has to tell.
    pub fn is_for_a_foreign_id(&self) -> bool {
        self.error("code") == Some("IdentityNotOwned")
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.source.rsplit('/').next().unwrap_or_default();
        let file =
            [".json", ".yaml", ".js"].iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
        let version = self.version().unwrap_or("no version");
        let (sdk, step, method, route) = (&self.sdk, self.step, &self.request.method, &self.route);
        write!(formatter, "#{} {sdk} {file}, step {step} ({method} {route}, {version})", self.number)
    }
}

/// Everything that was recorded on the identity routes, in the order of the file.
pub fn read(folder: &Path) -> Vec<Exchange> {
    let text = reference::text(folder, "recordings/identity.json");
    let mut exchanges: Vec<Exchange> = serde_json::from_str(&text).expect("recorded exchanges");
    for (number, exchange) in exchanges.iter_mut().enumerate() {
        exchange.number = number;
        for headers in [&mut exchange.request.headers, &mut exchange.response.headers] {
            *headers = std::mem::take(headers)
                .into_iter()
                .map(|(name, value)| (name.to_lowercase(), value))
                .collect();
        }
    }
    exchanges
}

/// Runs of steps that belong together: a new one begins with another source or when the steps begin anew.
pub fn scenarios(exchanges: &[Exchange]) -> Vec<&[Exchange]> {
    exchanges.chunk_by(|before, after| before.source == after.source && before.step < after.step).collect()
}
