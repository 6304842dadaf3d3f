//! What a row of our own surface takes and answers, for its description.

use schemars::{Schema, SchemaGenerator};

use super::input::{FORM, JSON};
use crate::http::error::Refusal;

/// Makes a schema, and notes what it refers to.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A parameter in a query or header.
pub(crate) struct Parameter {
    pub(super) name: &'static str,
    /// `query` or `header`.
    pub(super) place: &'static str,
    pub(super) required: bool,
    pub(super) about: &'static str,
    pub(super) schema: Schema,
}

impl Parameter {
    /// A parameter of the query that may be left out.
    pub(crate) const fn query(name: &'static str, about: &'static str, schema: Schema) -> Self {
        Self { name, place: "query", required: false, about, schema }
    }

    /// A header that may be left out.
    pub(crate) const fn header(name: &'static str, about: &'static str, schema: Schema) -> Self {
        Self { name, place: "header", required: false, about, schema }
    }

    /// The same, not to be left out.
    pub(crate) fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// The media type and the form of a body.
pub(crate) type Body = (&'static str, SchemaOf);

/// A row's description.
pub(crate) struct Description {
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) request: Option<Body>,
    pub(super) reply: Body,
    /// Whether a reader that has the reply already is told so.
    pub(super) tagged: bool,
    /// One of each kind of refusal that other rows do not have.
    pub(super) refusals: Vec<Refusal>,
}

impl Description {
    /// A row that answers with a body of that media type.
    pub(crate) const fn answering(summary: &'static str, reply: Body) -> Self {
        Self {
            summary,
            about: "",
            parameters: Vec::new(),
            request: None,
            reply,
            tagged: false,
            refusals: Vec::new(),
        }
    }

    /// A row that answers with JSON.
    pub(crate) const fn json(summary: &'static str, reply: SchemaOf) -> Self {
        Self::answering(summary, (JSON, reply))
    }

    /// The same with more to say.
    pub(crate) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// The same with parameters.
    pub(crate) fn with(self, parameters: Vec<Parameter>) -> Self {
        Self { parameters, ..self }
    }

    /// The same, taking a JSON object.
    pub(crate) fn taking_json(self, request: SchemaOf) -> Self {
        Self { request: Some((JSON, request)), ..self }
    }

    /// The same, taking a form.
    pub(crate) fn taking_form(self, request: SchemaOf) -> Self {
        Self { request: Some((FORM, request)), ..self }
    }

    /// The same under an entity tag.
    pub(crate) fn tagged(self) -> Self {
        Self { tagged: true, ..self }
    }

    /// The same with refusals of its own.
    pub(crate) fn refusing(self, refusals: Vec<Refusal>) -> Self {
        Self { refusals, ..self }
    }
}
