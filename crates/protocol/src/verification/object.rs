//! JSON objects of plain values in which no member stands twice: RFC 8725 §2.4 wants one reading of a token, and only one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::Rejection;

/// What serde says of a repeated member, to be found again in its error.
const REPEATED: &str = "a member stands twice";

/// A value without parts of its own.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Plain {
    Text(String),
    Whole(i64),
    Other(OtherPlain),
}

/// Values that no claim of ours has. They may stand in a token and are never read.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum OtherPlain {
    Bool(bool),
    Number(f64),
    Null(()),
}

/// The members of a JSON object, in order.
#[derive(Debug, Default)]
pub(super) struct Object(Vec<(String, Plain)>);

impl Object {
    /// Reads an object.
    pub(super) fn parse(json: &[u8]) -> Result<Self, Rejection> {
        serde_json::from_slice(json).map_err(|error| {
            if error.to_string().starts_with(REPEATED) {
                Rejection::DuplicateMember
            } else {
                Rejection::NoObject
            }
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    fn get(&self, name: &str) -> Option<&Plain> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// A member that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Plain::Text(text) => Some(text),
            Plain::Whole(_) | Plain::Other(_) => None,
        }
    }

    /// A member that is a whole number.
    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Plain::Whole(number) => Some(*number),
            Plain::Text(_) | Plain::Other(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of plain values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object::default();
        while let Some(name) = map.next_key::<String>()? {
            if object.has(&name) {
                return Err(A::Error::custom(REPEATED));
            }
            object.0.push((name, map.next_value()?));
        }
        Ok(object)
    }
}
