//! The compact form: three parts, a header that says nothing but which key signed, and that key's signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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
}

impl HeaderType<'_> {
    fn accepts(self, typ: Option<&str>) -> bool {
        match self {
            Self::Exactly(expected) => typ == Some(expected),
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
    let payload_end = decode(payload, &mut bytes)?;
    let header_end = decode(header, &mut bytes)?;
    decode(signature, &mut bytes)?;
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

/// Decodes a part behind what is there already, and says where it ends.
fn decode(part: &str, bytes: &mut Vec<u8>) -> Result<usize, Rejection> {
    URL_SAFE_NO_PAD.decode_vec(part, bytes).map_err(|_| Rejection::Malformed)?;
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
