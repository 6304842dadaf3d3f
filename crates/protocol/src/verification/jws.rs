//! The compact form: three parts, a header that says nothing but which key signed, and that key's signature.

use base64::Engine;

use super::Rejection;
use super::object::Object;
use crate::algorithm::Algorithm;
use crate::key_set::VerifyingKey;

/// Members by which a header brings a key along. A verifier that followed one would trust whoever wrote the token.
const KEY_MEMBERS: [&str; 4] = ["jwk", "jku", "x5c", "x5u"];

/// The `typ` that a header must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderType<'a> {
    /// That one, to the letter.
    Exactly(&'a str),
    /// That of an access token of any issuer: `JWT`, `at+jwt` (RFC 9068 §2.1), or none.
    OfAccessToken,
    /// That of an id token: `JWT` or none, and no access token's own (RFC 9068 §5).
    OfIdToken,
}

impl HeaderType<'_> {
    fn accepts(self, typ: Option<&str>) -> bool {
        match self {
            Self::Exactly(expected) => typ == Some(expected),
            Self::OfIdToken => typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")),
            Self::OfAccessToken => typ.is_none_or(|typ| {
                ["JWT", "at+jwt", "application/at+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known))
            }),
        }
    }
}

/// What a published key signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPayload {
    /// The decoded payload. Nothing of it was looked at.
    pub payload: Vec<u8>,
    /// The key that signed it: still to be compared with those that are revoked.
    pub key_id: String,
}

/// Checks the form and the signature of a JWS of that `typ`, of at most `bytes_max` bytes. `key` finds a published key by
/// its id; the algorithm is the key's, never the header's.
///
/// # Errors
/// [`Rejection`], the first reason found.
pub fn signed_payload<'k>(
    jws: &str,
    typ: HeaderType<'_>,
    bytes_max: usize,
    key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<SignedPayload, Rejection> {
    if jws.len() > bytes_max {
        return Err(Rejection::Oversized);
    }
    let (signed, signature) = jws.rsplit_once('.').ok_or(Rejection::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Rejection::Malformed)?;
    // One buffer for the three of them, with room for their rounding; the payload first, as it is what is left in the end.
    let mut bytes = Vec::with_capacity(jws.len() / 4 * 3 + 6);
    let engine = base64url();
    let payload_end = decode(&engine, payload, &mut bytes)?;
    let header_end = decode(&engine, header, &mut bytes)?;
    decode(&engine, signature, &mut bytes)?;
    let (decoded, signature) = bytes.split_at_checked(header_end).ok_or(Rejection::Malformed)?;
    let (_, header) = decoded.split_at_checked(payload_end).ok_or(Rejection::Malformed)?;

    let (key_id, algorithm) = read_header(header, typ)?;
    let key = key(&key_id).filter(|key| key.kid() == key_id).ok_or(Rejection::KeyUnknown)?;
    if key.algorithm() != algorithm {
        return Err(Rejection::AlgorithmNotAllowed);
    }
    if !key.verifies(signed.as_bytes(), signature) {
        return Err(Rejection::SignatureWrong);
    }
    bytes.truncate(payload_end);
    Ok(SignedPayload { payload: bytes, key_id })
}

/// Unpadded base64url, vectorised where the processor can: a token has a thousand characters of it.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
fn base64url() -> impl Engine {
    base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD)
}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
fn base64url() -> impl Engine {
    base64::engine::general_purpose::URL_SAFE_NO_PAD
}

/// Decodes a part behind what is there already, and says where it ends.
fn decode(engine: &impl Engine, part: &str, bytes: &mut Vec<u8>) -> Result<usize, Rejection> {
    engine.decode_vec(part, bytes).map_err(|_| Rejection::Malformed)?;
    Ok(bytes.len())
}

/// The key that the header names and the algorithm it speaks of, once the header is one that ours could be.
fn read_header(json: &[u8], typ: HeaderType<'_>) -> Result<(String, Algorithm), Rejection> {
    let header = Object::parse(json)?;
    // What these members hold may be an object, so they are refused by name before the header's form is.
    if KEY_MEMBERS.into_iter().any(|name| header.has(name)) {
        return Err(Rejection::EmbeddedKey);
    }
    // `b64` changes what is signed. Without `crit` readers disagree on it, so it never stands in a token (RFC 7797 §6).
    if header.has("crit") || header.has("b64") {
        return Err(Rejection::CriticalHeader);
    }
    let header = header.plain()?;
    let algorithm = header.text("alg").and_then(|word| word.parse().ok());
    let algorithm = algorithm.ok_or(Rejection::AlgorithmNotAllowed)?;
    // A `typ` that is no text is no `typ` that anybody expects.
    if !typ.accepts(header.text("typ").or(header.has("typ").then_some(""))) {
        return Err(Rejection::TypeWrong);
    }
    Ok((header.text("kid").ok_or(Rejection::KeyUnknown)?.to_owned(), algorithm))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn both(text: &str) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        (base64url().decode(text).ok(), URL_SAFE_NO_PAD.decode(text).ok())
    }

    proptest! {
        /// Long texts, which the vectorised engine takes 32 characters of at a time, with and without a character of any kind.
        #[test]
        fn both_engines_decode_alike(before in "[A-Za-z0-9_-]{0,100}", other: char, behind in "[A-Za-z0-9_-]{0,100}") {
            for text in [format!("{before}{behind}"), format!("{before}{other}{behind}")] {
                let (vectorised, plain) = both(&text);
                prop_assert_eq!(vectorised, plain);
            }
        }
    }

    #[test]
    fn every_byte_in_every_lane_is_decoded_or_refused_alike() {
        for lane in 0..32 {
            for other in 0..=127_u8 {
                let mut text = "A".repeat(96).into_bytes();
                text[32 + lane] = other;
                let (vectorised, plain) = both(std::str::from_utf8(&text).unwrap());
                assert_eq!(vectorised, plain, "{other} in lane {lane}");
            }
        }
    }
}
