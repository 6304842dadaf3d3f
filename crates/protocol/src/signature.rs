//! Access-key authentication: the string to sign, its signature, and the spellings that official clients sign.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::access_key::AccessKey;

/// `x-ms-content-sha256` of an empty body.
pub const EMPTY_BODY_SHA256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const SCHEME: &str = "HMAC-SHA256";
const SIGNATURE_BYTES: usize = 32;

/// Base64 of the body's SHA-256, as `x-ms-content-sha256` carries it.
#[must_use]
pub fn content_sha256(body: &[u8]) -> String {
    if body.is_empty() {
        return EMPTY_BODY_SHA256.to_owned();
    }
    STANDARD.encode(digest::digest(&digest::SHA256, body))
}

/// The header that a client put into its signature as the date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateHeader {
    /// `x-ms-date`, which every current client signs.
    XMsDate,
    /// `Date`, which old clients and the certified connector sign (`wire-contract.md` §6.1).
    Date,
}

impl DateHeader {
    /// The header's name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::XMsDate => "x-ms-date",
            Self::Date => "date",
        }
    }
}

/// A parsed `Authorization: HMAC-SHA256 SignedHeaders=…&Signature=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Which header holds the signed date.
    pub date_header: DateHeader,
    /// The signature's 32 bytes.
    pub signature: [u8; SIGNATURE_BYTES],
}

/// Why an `Authorization` header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedAuthorization {
    /// It is of another scheme.
    #[error("the Authorization header does not begin with 'HMAC-SHA256 '")]
    OtherScheme,
    /// The list of signed headers is not one of the two known ones.
    #[error("SignedHeaders must be 'x-ms-date;host;x-ms-content-sha256' or 'date;host;x-ms-content-sha256'")]
    SignedHeaders,
    /// The signature is not base64 of 32 bytes.
    #[error("Signature is not base64 of 32 bytes")]
    Signature,
}

impl Authorization {
    /// Reads the header's value.
    ///
    /// # Errors
    /// [`MalformedAuthorization`] when the scheme, the list of headers or the signature is not as every client sends it.
    pub fn parse(value: &str) -> Result<Self, MalformedAuthorization> {
        let (scheme, rest) = value.split_once(' ').ok_or(MalformedAuthorization::OtherScheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(MalformedAuthorization::OtherScheme);
        }
        let (headers, signature) =
            rest.trim_start().split_once('&').ok_or(MalformedAuthorization::SignedHeaders)?;
        let headers = headers.strip_prefix("SignedHeaders=").ok_or(MalformedAuthorization::SignedHeaders)?;
        let date_header = match headers.to_ascii_lowercase().as_str() {
            "x-ms-date;host;x-ms-content-sha256" => DateHeader::XMsDate,
            "date;host;x-ms-content-sha256" => DateHeader::Date,
            _ => return Err(MalformedAuthorization::SignedHeaders),
        };
        let signature = signature
            .strip_prefix("Signature=")
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(MalformedAuthorization::Signature)?;
        Ok(Self { date_header, signature })
    }

    /// Writes the header's value as every current client does.
    #[must_use]
    pub fn to_header_value(&self) -> String {
        format!(
            "{SCHEME} SignedHeaders={};host;x-ms-content-sha256&Signature={}",
            self.date_header.name(),
            STANDARD.encode(self.signature)
        )
    }
}

/// What a client signs of its request, each part as it goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedParts<'a> {
    /// Upper case.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The value of the date header that is signed.
    pub date: &'a str,
    /// The `Host` header.
    pub host: &'a str,
    /// Base64 of the body's SHA-256.
    pub content_sha256: &'a str,
}

impl SignedParts<'_> {
    /// `VERB\npath?query\ndate;host;hash` (`wire-contract.md` §6.1).
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        let Self { method, target, date, host, content_sha256 } = self;
        let mut text = String::with_capacity(
            method.len() + target.len() + date.len() + host.len() + content_sha256.len() + 4,
        );
        for part in [method, "\n", target, "\n", date, ";", host, ";", content_sha256] {
            text.push_str(part);
        }
        text
    }
}

/// An access key, prepared for signing and checking.
#[derive(Clone)]
pub struct RequestKey(hmac::Key);

impl std::fmt::Debug for RequestKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RequestKey(…)")
    }
}

impl RequestKey {
    /// Prepares the key.
    #[must_use]
    pub fn new(key: &AccessKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.expose_bytes()))
    }

    /// Signs a string.
    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> [u8; SIGNATURE_BYTES] {
        let mut signature = [0; SIGNATURE_BYTES];
        let tag = hmac::sign(&self.0, string_to_sign.as_bytes());
        for (to, from) in signature.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        signature
    }

    /// Whether the signature is this key's, in constant time.
    #[must_use]
    pub fn verifies(&self, string_to_sign: &str, signature: &[u8; SIGNATURE_BYTES]) -> bool {
        hmac::verify(&self.0, string_to_sign.as_bytes(), signature).is_ok()
    }
}

/// Every spelling of target and host that an official client may have signed, the one that arrived first.
///
/// The list is closed (`wire-contract.md` §6.1, acceptance rule 4): decoding anything else would let one signature
/// cover two routes. `resource_prefix` is the name in the path when the resource was found by `/<name>/…`.
#[must_use]
pub fn signed_spellings(target: &str, host: &str, resource_prefix: Option<&str>) -> Vec<(String, String)> {
    let mut targets = vec![target.to_owned()];
    for other in [with_id_colons(target, true), with_id_colons(target, false)].into_iter().flatten() {
        if other != target {
            targets.push(other);
        }
    }
    // Older Python versions sign the path of an http endpoint without its leading slash.
    targets.extend(target.strip_prefix('/').map(str::to_owned));
    let mut hosts = vec![host.to_owned(), format!("{host}/")];
    hosts.extend(resource_prefix.map(|name| format!("{host}/{name}")));
    let hosts = &hosts;
    targets.iter().flat_map(|target| hosts.iter().map(move |host| (target.clone(), host.clone()))).collect()
}

/// The target with the colons of its id segment written `%3A` or literally; `None` when it has no id segment.
/// `%3a` is left alone: no client writes it, and with it a target with one flipped bit would still verify.
fn with_id_colons(target: &str, encoded: bool) -> Option<String> {
    let path_end = target.find('?').unwrap_or(target.len());
    let (path, query) = target.split_at_checked(path_end)?;
    let (before, rest) = path.split_once("/identities/")?;
    let (id, after) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
    let literal = id.replace("%3A", ":");
    let id = if encoded { literal.replace(':', "%3A") } else { literal };
    Some(format!("{before}/identities/{id}{after}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(base64: &str) -> RequestKey {
        RequestKey::new(&base64.parse().unwrap())
    }

    #[test]
    fn the_values_of_the_official_unit_tests_come_out() {
        // `hmac-vectors.json`, sdkVectors: the SDKs' own unit tests use a key of one byte.
        for (value, expected) in [
            ("banana", "88EC05aAS9iXnaimtNO78JLjiPtfWryQB/5QYEzEsu8="),
            ("😀", "1rudJKjn2Zi+3hRrBG29wIF6pD6YyAeQR1ZcFtXoKAU="),
        ] {
            assert_eq!(STANDARD.encode(key("pw==").sign(value)), expected);
        }
    }

    #[test]
    fn an_empty_body_has_the_documented_hash() {
        assert_eq!(STANDARD.encode(digest::digest(&digest::SHA256, b"")), EMPTY_BODY_SHA256);
        assert_eq!(content_sha256(b"{}"), "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
    }

    #[test]
    fn authorization_reads_back_in_both_date_forms() {
        for date_header in [DateHeader::XMsDate, DateHeader::Date] {
            let authorization = Authorization { date_header, signature: [5; 32] };
            assert_eq!(Authorization::parse(&authorization.to_header_value()), Ok(authorization));
        }
    }

    #[test]
    fn other_authorization_headers_are_refused_by_name() {
        use MalformedAuthorization::{OtherScheme, Signature, SignedHeaders};
        for (value, expected) in [
            ("", OtherScheme),
            ("Bearer x", OtherScheme),
            ("HMAC-SHA256", OtherScheme),
            ("HMAC-SHA256 Credential=x&SignedHeaders=host&Signature=", SignedHeaders),
            ("HMAC-SHA256 SignedHeaders=host&Signature=AAAA", SignedHeaders),
            ("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256;&Signature=AAAA", SignedHeaders),
            ("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=AAAA", Signature),
            ("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=%%%", Signature),
            ("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&signature=AAAA", Signature),
        ] {
            assert_eq!(Authorization::parse(value), Err(expected), "{value}");
        }
    }

    #[test]
    fn the_spellings_are_a_closed_list() {
        let spellings =
            signed_spellings("/identities/8%3Aacs%3Aa%2Fb/:revokeAccessTokens?x=%3A", "h:1", Some("dev"));
        let targets: Vec<_> = spellings.iter().map(|(target, _)| target.as_str()).step_by(3).collect();
        assert_eq!(
            targets,
            [
                "/identities/8%3Aacs%3Aa%2Fb/:revokeAccessTokens?x=%3A",
                "/identities/8:acs:a%2Fb/:revokeAccessTokens?x=%3A",
                "identities/8%3Aacs%3Aa%2Fb/:revokeAccessTokens?x=%3A",
            ]
        );
        let hosts: Vec<_> = spellings.iter().take(3).map(|(_, host)| host.as_str()).collect();
        assert_eq!(hosts, ["h:1", "h:1/", "h:1/dev"]);
    }

    #[test]
    fn only_the_id_segment_of_the_path_is_respelled() {
        let respelled = |target: &str| {
            let all = signed_spellings(target, "h", None);
            all.iter().map(|(target, _)| target.clone()).step_by(2).nth(1).unwrap()
        };
        assert_eq!(respelled("/my-identities/identities/a:b/x"), "/my-identities/identities/a%3Ab/x");
        assert_eq!(respelled("/identities?x=/identities/a:b"), "identities?x=/identities/a:b");
    }

    #[test]
    fn one_key_does_not_verify_for_another() {
        let signature = key("pw==").sign("text");
        assert!(key("pw==").verifies("text", &signature));
        assert!(!key("pg==").verifies("text", &signature));
        assert!(!key("pw==").verifies("Text", &signature));
    }
}
