//! JSON objects in which no member stands twice (RFC 7515 §4, RFC 7519 §4): a token has one reading, and only one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Rejection;
use super::scan::{self, Scanned};

/// Most members of a header or a payload. Ours have 3 and 13; the search for repeated ones compares each with each.
const MEMBERS_MAX: usize = 64;

/// As many members as fit without growing: those of our payload.
const MEMBERS_EXPECTED: usize = 16;

/// The value of a member.
#[derive(Debug, Clone, PartialEq)]
enum Value<'a> {
    Text(Cow<'a, str>),
    Whole(i64),
    /// Of a kind that nothing of ours has. It may stand in a token and is never read.
    OtherPlain,
    /// An object or an array.
    Nested,
}

/// A member's name, its escapes resolved: two spellings of one name are one name.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of a JSON object, in order.
#[derive(Debug)]
pub(super) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    /// Whether a member stands twice, and whether one holds an object or an array. Both are kept until a reader asks, who may
    /// have something worse to say.
    repeats: bool,
    nests: bool,
}

impl<'a> Object<'a> {
    /// Reads an object, whatever its members hold.
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, Rejection> {
        let json = std::str::from_utf8(json).map_err(|_| Rejection::NoObject)?;
        match Self::scan(json) {
            Some(object) => Ok(object),
            None => serde_json::from_str(json).map_err(|_| Rejection::NoObject),
        }
    }

    fn scan(json: &'a str) -> Option<Self> {
        let mut object = Self::empty();
        let complete = scan::members(json, |(name, value)| {
            let value = match value {
                Scanned::Text(text) => Value::Text(Cow::Borrowed(text)),
                Scanned::Whole(number) => Value::Whole(number),
            };
            // One too many is refused below; more would only cost time.
            if object.members.len() <= MEMBERS_MAX {
                object.take(Cow::Borrowed(name), value);
            }
        });
        (complete && object.members.len() <= MEMBERS_MAX).then_some(object)
    }

    fn empty() -> Self {
        Self { members: Vec::with_capacity(MEMBERS_EXPECTED), repeats: false, nests: false }
    }

    /// Out of line, each member is copied once more, and the copy waits for the writes before it: a seventh of the time of reading.
    #[inline(always)]
    fn take(&mut self, name: Cow<'a, str>, value: Value<'a>) {
        self.repeats |= self.has(&name);
        self.nests |= value == Value::Nested;
        self.members.push((name, value));
    }

    /// The object, if its members are plain and each of them stands once.
    pub(super) fn plain(self) -> Result<Self, Rejection> {
        if self.repeats {
            return Err(Rejection::DuplicateMember);
        }
        if self.nests { Err(Rejection::NoObject) } else { Ok(self) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(other, _)| is_same(other, name)).map(|(_, value)| value)
    }

    /// A member that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            Value::Whole(_) | Value::OtherPlain | Value::Nested => None,
        }
    }

    /// A member that is a whole number.
    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Whole(number) => Some(*number),
            Value::Text(_) | Value::OtherPlain | Value::Nested => None,
        }
    }
}

/// Many names of claims have three letters, and differ in the first or the last: a look at these is quicker than a comparison.
fn is_same(one: &str, other: &str) -> bool {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    a.len() == b.len() && a.first() == b.first() && a.last() == b.last() && a == b
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object of at most {MEMBERS_MAX} members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::empty();
        while let Some((Name(name), value)) = map.next_entry()? {
            if object.members.len() == MEMBERS_MAX {
                return Err(A::Error::invalid_length(MEMBERS_MAX + 1, &self));
            }
            object.take(name, value);
        }
        Ok(object)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::OtherPlain, Value::Whole))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::OtherPlain)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::OtherPlain)
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::OtherPlain)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Nested)
    }
}
