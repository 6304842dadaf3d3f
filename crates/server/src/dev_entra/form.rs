//! Fields of forms and queries. Those that nobody here knows are left alone: MSAL sends a dozen of them.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;

use super::answer::{Fault, Refusal, cut};
use crate::http::site::Visit;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Fields by name. An empty one is none (RFC 6749 §3.2).
#[derive(Debug)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Decodes a form or a query, in which no field may stand twice (RFC 6749 §3.2).
    pub(super) fn read(text: &[u8]) -> Result<Self, Refusal> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if fields.insert(name.to_string(), value.into_owned()).is_some() {
                let sentence = format!("The parameter '{}' is duplicated. Send it once.", cut(&name));
                return Err(Refusal::new(Fault::FieldRepeated, sentence));
            }
        }
        Ok(Self(fields))
    }

    /// Decodes the form in the body of a request.
    pub(super) fn posted(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let media_type = visit.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        if !essence.trim().eq_ignore_ascii_case(MEDIA_TYPE) {
            let sentence = format!("The body is no form. Send fields with the Content-Type {MEDIA_TYPE}.");
            return Err(Refusal::new(Fault::MediaTypeWrong, sentence));
        }
        Self::read(visit.body)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::new(Fault::FieldMissing, format!("The required field '{name}' is missing. Send it."))
        })
    }
}
