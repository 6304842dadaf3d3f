//! What is asked, and of whom.

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::connection_string::ConnectionString;
use callsign_protocol::date::Timestamp;
use callsign_protocol::signature::{Authorization, DateHeader, RequestKey, SignedParts, content_sha256};

/// A server, and what it is asked again and again.
#[derive(Clone)]
pub(crate) struct Target {
    /// `host:port`
    pub(super) authority: String,
    asked: Asked,
    /// The status of its answers; 503 is borne.
    pub(super) expected_status: u16,
}

/// A request.
#[derive(Clone)]
enum Asked {
    /// A POST that is signed anew each second; the paths take turns.
    Signed { key: AccessKey, paths: Vec<String>, body: &'static str },
    /// Always the same bytes.
    Constant(String),
}

impl Target {
    /// A signed POST to the server of a connection string, over plain http.
    pub(crate) fn signed(
        connection_string: &str,
        (paths, body): (Vec<String>, &'static str),
        expected_status: u16,
    ) -> anyhow::Result<Self> {
        let parsed: ConnectionString = connection_string.parse()?;
        let key = parsed.access_key().clone();
        Ok(Self { authority: authority(&parsed), asked: Asked::Signed { key, paths, body }, expected_status })
    }

    /// Bytes that need no signature, to that `host:port`.
    pub(crate) fn constant(authority: &str, request: &str) -> Self {
        let asked = Asked::Constant(request.to_owned());
        Self { authority: authority.to_owned(), asked, expected_status: 200 }
    }

    /// A GET of the same server that needs no signature.
    pub(crate) fn public(&self, path: &str) -> Self {
        let host = &self.authority;
        Self::constant(host, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n"))
    }

    /// Whether each request is like the one before it within a second.
    pub(super) fn is_one(&self) -> bool {
        !matches!(&self.asked, Asked::Signed { paths, .. } if paths.len() > 1)
    }

    /// The request of that turn at that second.
    pub(super) fn request(&self, turn: usize, second: i64) -> Vec<u8> {
        match &self.asked {
            Asked::Constant(request) => request.clone().into_bytes(),
            Asked::Signed { key, paths, body } => {
                let path = paths.get(turn % paths.len().max(1)).map_or("/", String::as_str);
                self.signed_request((key, path, body), second).into_bytes()
            }
        }
    }

    fn signed_request(&self, (key, path, body): (&AccessKey, &str, &str), second: i64) -> String {
        let date = Timestamp::from_unix_seconds(second).to_imf_fixdate();
        let hash = content_sha256(body.as_bytes());
        let host = &self.authority;
        let parts = SignedParts { method: "POST", target: path, date: &date, host, content_sha256: &hash };
        let signature = RequestKey::new(key).sign(&parts.string_to_sign());
        let authorization = Authorization { date_header: DateHeader::XMsDate, signature }.to_header_value();
        format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nx-ms-date: {date}\r\nx-ms-content-sha256: {hash}\r\nauthorization: {authorization}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len(),
        )
    }
}

fn authority(parsed: &ConnectionString) -> String {
    parsed.endpoint().trim_start_matches("http://").trim_end_matches('/').to_owned()
}
