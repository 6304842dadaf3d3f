//! The table as it lies in `tests/vectors/client/client_requests.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::call::{Credential, Given};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub authentication: Vec<Authentication>,
    pub calls: Vec<Row>,
}

/// What every request has that is made with a credential.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authentication {
    pub credential: Credential,
    #[serde(rename = "source")]
    _source: String,
    pub headers: Headers,
}

/// A header's value, or null where it must not be sent. Words in braces stand for what differs from request to request.
pub type Headers = BTreeMap<String, Option<String>>;

/// A call, and what it sends in some versions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub operation: String,
    pub given: Given,
    /// The versions for which it holds, and how that is known of each.
    pub sources: BTreeMap<String, String>,
    /// Null where the call must be refused and nothing sent.
    pub sent: Option<Sent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// Null where no byte is sent.
    pub body: Value,
    pub headers: Headers,
    /// The one status that means success.
    pub success: u16,
}

impl Row {
    /// The operation and the wishes that go with it.
    pub fn call(&self) -> String {
        let mut words = vec![self.operation.as_str()];
        words.extend(self.given.custom_id.as_ref().map(|_| "custom_id"));
        words.extend(self.given.expires_in_minutes.map(|_| "expires_in_minutes"));
        words.join(" ")
    }
}

impl Table {
    pub fn read() -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/client/client_requests.json");
        let text = std::fs::read_to_string(&path).expect("the table of requests");
        serde_json::from_str(&text).expect("a table of requests")
    }

    /// Every row in every version for which it holds, with every credential.
    pub fn cases(&self) -> impl Iterator<Item = (&Row, &str, &Authentication)> {
        self.calls.iter().flat_map(move |row| {
            row.sources.keys().flat_map(move |version| {
                self.authentication.iter().map(move |with| (row, version.as_str(), with))
            })
        })
    }
}
