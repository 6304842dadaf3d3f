//! Named values: parameters of a query, fields of a form, members of a JSON object. Each is there at most once, and none is
//! left over when all is read.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::http::error::InputFault;

/// Characters of a caller's word that an error repeats.
const ECHO_CHARACTERS_MAX: usize = 64;

/// Values by name.
#[derive(Debug)]
pub(crate) struct Fields<V>(BTreeMap<String, V>);

impl<V> Fields<V> {
    fn of(pairs: impl IntoIterator<Item = (String, V)>) -> Result<Self, InputFault> {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if fields.contains_key(&name) {
                return Err(InputFault::Repeated { name: cut(&name) });
            }
            fields.insert(name, value);
        }
        Ok(Self(fields))
    }

    /// Takes the value of that name.
    pub(super) fn take(&mut self, name: &'static str) -> Option<V> {
        self.0.remove(name)
    }

    /// Takes the value of that name, which has to be there.
    pub(super) fn required(&mut self, name: &'static str) -> Result<V, InputFault> {
        self.take(name).ok_or_else(|| super::value::missing(name))
    }

    /// Reads what it knows, and refuses what is left.
    pub(super) fn read<T>(
        mut self,
        read: impl FnOnce(&mut Self) -> Result<T, InputFault>,
    ) -> Result<T, InputFault> {
        let read = read(&mut self)?;
        match self.0.pop_first() {
            None => Ok(read),
            Some((name, _)) => Err(InputFault::Unknown { name: cut(&name) }),
        }
    }
}

impl Fields<String> {
    /// Decodes a query or a form.
    pub(super) fn encoded(text: &[u8]) -> Result<Self, InputFault> {
        Self::of(form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())))
    }
}

/// Reads a JSON object.
pub(super) fn json_members(body: &[u8]) -> Result<Fields<Value>, InputFault> {
    let members: Members = serde_json::from_slice(body).map_err(|error| not_an_object(&error))?;
    Fields::of(members.0)
}

/// What is JSON but no object would be repeated in full.
fn not_an_object(error: &serde_json::Error) -> InputFault {
    let detail = if error.is_data() { "it is JSON of another kind".to_owned() } else { error.to_string() };
    InputFault::NotAnObject { detail }
}

/// The start of a caller's word.
pub(super) fn cut(word: &str) -> String {
    word.chars().take(ECHO_CHARACTERS_MAX).collect()
}

/// Members as they came, also those that are repeated: serde_json's own map keeps the last one and says nothing.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(fault: &InputFault) -> &str {
        match fault {
            InputFault::Unknown { name } | InputFault::Repeated { name } => name,
            InputFault::Invalid { name, .. } => name,
            InputFault::NotAnObject { .. } => "body",
            InputFault::MediaType { .. } => "media type",
        }
    }

    #[test]
    fn what_is_left_over_repeated_or_missing_is_named() {
        let query = |text: &str| {
            let fault = Fields::encoded(text.as_bytes())
                .and_then(|fields| fields.read(|fields| Ok((fields.required("a")?, fields.take("b")))));
            fault.map_err(|fault| name(&fault).to_owned())
        };
        assert_eq!(query("a=x%20y+z&b="), Ok(("x y z".to_owned(), Some(String::new()))));
        assert_eq!(query("&a=1&"), Ok(("1".to_owned(), None)));
        assert_eq!(query("b=1"), Err("a".to_owned()));
        assert_eq!(query("a=1&A=1"), Err("A".to_owned()));
        assert_eq!(query("a=1&%61=2"), Err("a".to_owned()));
        assert_eq!(query(&format!("a=1&{}=", "x".repeat(1000))), Err("x".repeat(64)));
    }

    #[test]
    fn a_json_object_is_read_and_nothing_else() {
        let members = |text: &str| json_members(text.as_bytes()).map(|fields| fields.0.len());
        assert_eq!(members(" {\"a\":1,\"b\":{\"a\":[]}} "), Ok(2));
        for text in ["", "[]", "null", "\"a\"", "{", "{}x", "\u{feff}{}", "{\"a\":\"\\ud800\"}"] {
            assert_eq!(name(&members(text).unwrap_err()), "body", "{text}");
        }
        assert_eq!(name(&members("{\"a\":1,\"\\u0061\":2}").unwrap_err()), "a");
        assert_eq!(name(&json_members(b"{\"a\":\"\xff\"}").unwrap_err()), "body");
        let fault = members(&format!("\"{}\"", "secret".repeat(10_000))).unwrap_err();
        assert_eq!(fault, InputFault::NotAnObject { detail: "it is JSON of another kind".to_owned() });
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(name(&members(&deep).unwrap_err()), "body");
    }
}
