//! Signs requests as every current client does, over the protocol's own words.

use anyhow::Context;
use bytes::Bytes;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::date::Timestamp;
use callsign_protocol::signature::{Authorization, DateHeader, RequestKey, SignedParts, content_sha256};
use http_body_util::Full;
use hyper::Request;

/// An address and a key of its resource.
pub(crate) struct Signer {
    authority: String,
    key: RequestKey,
}

impl Signer {
    pub(crate) fn new(authority: &str, access_key: &AccessKey) -> Self {
        Self { authority: authority.to_owned(), key: RequestKey::new(access_key) }
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

/// A request for this path and query, signed now.
pub(crate) fn signed(
    signer: &Signer,
    method: &str,
    target: &str,
    body: Bytes,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let date = now().to_imf_fixdate();
    let content_sha256 = content_sha256(&body);
    let parts =
        SignedParts { method, target, date: &date, host: &signer.authority, content_sha256: &content_sha256 };
    let authorization = Authorization {
        date_header: DateHeader::XMsDate,
        signature: signer.key.sign(&parts.string_to_sign()),
    };
    Request::builder()
        .method(method)
        .uri(target)
        .header("host", &signer.authority)
        .header("x-ms-date", &date)
        .header("x-ms-content-sha256", &content_sha256)
        .header("authorization", authorization.to_header_value())
        .header("content-type", "application/json")
        .body(Full::new(body))
        .with_context(|| format!("{method} {target} is no request"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server under test checks the date against the machine's clock"
)]
fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_seconds(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_request_verifies_with_its_key() {
        let access_key = AccessKey::from_bytes(vec![7; 64]).unwrap();
        let signer = Signer::new("127.0.0.1:1", &access_key);
        let request = signed(&signer, "POST", "/identities?api-version=x", Bytes::from("{}")).unwrap();
        let header = |name| request.headers().get(name).unwrap().to_str().unwrap();
        let parts = SignedParts {
            method: "POST",
            target: "/identities?api-version=x",
            date: header("x-ms-date"),
            host: "127.0.0.1:1",
            content_sha256: header("x-ms-content-sha256"),
        };
        let signature = Authorization::parse(header("authorization")).unwrap().signature;
        assert!(RequestKey::new(&access_key).verifies(&parts.string_to_sign(), &signature));
        assert_eq!(header("host"), "127.0.0.1:1");
    }
}
