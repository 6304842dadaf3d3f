//! The compact form: three parts, and a header that says nothing but which key signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::object::Object;
use super::{Rejection, TOKEN_BYTES_MAX};

/// Members by which a header brings a key along. A verifier that followed one would trust whoever wrote the token.
const KEY_MEMBERS: [&str; 4] = ["jwk", "jku", "x5c", "x5u"];

/// A token taken apart.
pub(super) struct Parts<'a> {
    /// What the signature is of.
    pub(super) signed: &'a str,
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, Rejection> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Rejection::Oversized);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Rejection::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Rejection::Malformed)?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejection::Malformed);
        Ok(Self {
            signed,
            header: decoded(header)?,
            payload: decoded(payload)?,
            signature: decoded(signature)?,
        })
    }
}

/// The key that the header names, once the header is one that our tokens could have.
pub(super) fn key_id(header: &[u8]) -> Result<String, Rejection> {
    // What these members hold may be an object, so they are refused by name before the header's form is.
    let value: Option<Value> = serde_json::from_slice(header).ok();
    let has = |name: &str| value.as_ref().is_some_and(|value| value.get(name).is_some());
    if KEY_MEMBERS.into_iter().any(has) {
        return Err(Rejection::EmbeddedKey);
    }
    if has("crit") {
        return Err(Rejection::CriticalHeader);
    }
    let header = Object::parse(header)?;
    if header.text("alg") != Some("RS256") {
        return Err(Rejection::AlgorithmNotAllowed);
    }
    if header.text("typ") != Some("JWT") {
        return Err(Rejection::TypeWrong);
    }
    header.text("kid").map(str::to_owned).ok_or(Rejection::KeyUnknown)
}
