//! A request as it arrived, and where it is not what the table says.

use std::collections::BTreeMap;

use azure_core::time::parse_rfc7231;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsign_client::mock::RecordedRequest;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::{RequestKey, content_sha256};
use serde_json::Value;

use super::call::{ENTRA_TOKEN, HOST, KEY};
use super::table::{Authentication, Sent};

pub struct Arrived<'a> {
    pub request: &'a RecordedRequest,
    pub version: &'a str,
    pub user: Option<&'a str>,
}

impl Arrived<'_> {
    pub fn differences(&self, sent: &Sent, authentication: &Authentication) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, is: String, wanted: String| {
            if is != wanted {
                differences.push(format!("{what} is {is}, wanted {wanted}"));
            }
        };
        let url = &self.request.url;
        compare("method", self.request.method.as_ref().to_owned(), sent.method.clone());
        compare("host", url.host_str().unwrap_or_default().to_owned(), HOST.to_owned());
        // An id's colons may be escaped or not; clients do both (`wire-contract.md` §6.1).
        let path = url.path().replace("%3A", ":");
        compare("path", path, sent.path.replace("{id}", self.user.unwrap_or_default()));
        let query: Vec<_> = url.query_pairs().into_owned().collect();
        compare("query", format!("{query:?}"), format!("{:?}", self.filled(&sent.query)));
        let body = self.body();
        if body != sent.body {
            differences.push(format!("body is {body}, wanted {}", sent.body));
        }
        for (name, wanted) in sent.headers.iter().chain(&authentication.headers) {
            let is = self.request.header(name);
            if !self.fits(is, wanted.as_deref()) {
                differences.push(format!("{name} is {is:?}, wanted {wanted:?}"));
            }
        }
        differences
    }

    fn filled(&self, query: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let fill = |value: &String| value.replace("{api-version}", self.version);
        query.iter().map(|(name, value)| (name.clone(), fill(value))).collect()
    }

    /// The body's members with their types and values; null where no byte was sent.
    fn body(&self) -> Value {
        let bytes = &self.request.body;
        if bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from("bytes that are no JSON"))
    }

    fn fits(&self, is: Option<&str>, wanted: Option<&str>) -> bool {
        let (Some(is), Some(wanted)) = (is, wanted) else { return is == wanted };
        match wanted {
            "{date}" => is.len() == "Sun, 06 Nov 1994 08:49:37 GMT".len() && parse_rfc7231(is).is_ok(),
            "{digest of the body}" => is == content_sha256(&self.request.body),
            "Bearer {entra token}" => is.strip_prefix("Bearer ") == Some(ENTRA_TOKEN),
            _ => match wanted.strip_suffix("{signature}") {
                Some(scheme) => is.strip_prefix(scheme).is_some_and(|signature| self.is_signed(signature)),
                None => is == wanted,
            },
        }
    }

    /// Whether it is this key's signature of method, target, date, host and digest (`wire-contract.md` §6.1).
    fn is_signed(&self, signature: &str) -> bool {
        let header = |name| self.request.header(name).unwrap_or_default();
        let signed = format!(
            "{}\n{}\n{};{HOST};{}",
            self.request.method.as_ref(),
            self.request.target(),
            header("x-ms-date"),
            header("x-ms-content-sha256")
        );
        let key: AccessKey = KEY.parse().unwrap();
        let signature: Option<[u8; 32]> =
            STANDARD.decode(signature).ok().and_then(|bytes| bytes.try_into().ok());
        signature.is_some_and(|signature| RequestKey::new(&key).verifies(&signed, &signature))
    }
}
