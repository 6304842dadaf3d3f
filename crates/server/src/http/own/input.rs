//! The parts of a request that a message is read from: a query, a form or a JSON object, and headers.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use uuid::Uuid;

use super::fields::{Fields, json_members};
use crate::http::arrival::single_header;
use crate::http::error::InputFault;
use crate::http::exchange::Head;

/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// What a request says.
pub(crate) struct Input<'a> {
    /// Its headers.
    pub(crate) headers: &'a HeaderMap,
    /// Its path as it arrived.
    pub(crate) path: &'a str,
    /// Its query as it arrived.
    pub(crate) query: &'a str,
    /// The resource that its caller speaks for.
    pub(crate) resource: Uuid,
    body: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn new(head: Head<'a>, body: &'a [u8], resource: Uuid) -> Self {
        let (path, query) = head.target.split_once('?').unwrap_or((head.target, ""));
        Self { headers: &head.parts.headers, path, query, resource, body }
    }

    /// Reads the query, all of it.
    pub(super) fn query<T>(
        &self,
        read: impl FnOnce(&mut Fields<String>) -> Result<T, InputFault>,
    ) -> Result<T, InputFault> {
        Fields::encoded(self.query.as_bytes())?.read(read)
    }

    /// Reads a form, all of it. There is no query beside it.
    pub(super) fn form<T>(
        &self,
        read: impl FnOnce(&mut Fields<String>) -> Result<T, InputFault>,
    ) -> Result<T, InputFault> {
        self.query(|_| Ok(()))?;
        self.check_media_type(FORM)?;
        Fields::encoded(self.body)?.read(read)
    }

    /// Reads a JSON object, all of it. There is no query beside it.
    pub(super) fn json<T>(
        &self,
        read: impl FnOnce(&mut Fields<Value>) -> Result<T, InputFault>,
    ) -> Result<T, InputFault> {
        self.query(|_| Ok(()))?;
        self.check_media_type(JSON)?;
        json_members(self.body)?.read(read)
    }

    fn check_media_type(&self, expected: &'static str) -> Result<(), InputFault> {
        let sent = single_header(self.headers, &CONTENT_TYPE).unwrap_or_default();
        let essence = sent.split_once(';').map_or(sent, |(essence, _)| essence).trim();
        if essence.eq_ignore_ascii_case(expected) { Ok(()) } else { Err(InputFault::MediaType { expected }) }
    }
}
