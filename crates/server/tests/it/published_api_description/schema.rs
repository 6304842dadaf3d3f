//! Schemas: whether a body keeps to one, which members it asks for, and sample bodies that keep to it.

use serde_json::{Map, Value, json};

use super::description::Descriptions;
use crate::assignments::OBJECT;
use crate::forms;

/// A schema in its document.
#[derive(Clone, Copy)]
pub struct Schema<'a> {
    pub descriptions: &'a Descriptions,
    pub document: &'a Value,
    pub node: &'a Value,
}

impl<'a> Schema<'a> {
    /// The schema that a reference leads to, or itself.
    fn resolved(self) -> Self {
        match self.node["$ref"].as_str() {
            Some(reference) => {
                let (document, node) = self.descriptions.definition(self.document, reference);
                Self { document, node, ..self }.resolved()
            }
            None => self,
        }
    }

    fn below(self, node: &'a Value) -> Self {
        Self { node, ..self }
    }

    /// The declared members of an object.
    pub fn members(self) -> Vec<(&'a str, Self)> {
        let schema = self.resolved();
        let members = schema.node["properties"].as_object().into_iter().flatten();
        members.map(|(name, node)| (name.as_str(), schema.below(node))).collect()
    }

    /// The members without which an object is none.
    pub fn required(self) -> Vec<&'a str> {
        self.resolved().node["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Everything in which a body differs: a wrong type, a missing member, one that is not declared.
    pub fn violations(self, body: &Value, place: &str) -> Vec<String> {
        let schema = self.resolved();
        let is_right = match schema.node["type"].as_str() {
            Some("object") => return schema.object_violations(body, place),
            Some("array") => return schema.array_violations(body, place),
            Some("string") => body.as_str().is_some_and(|text| schema.takes(text)),
            Some("integer") => body.is_i64() || body.is_u64(),
            Some("boolean") => body.is_boolean(),
            other => panic!("no test for the type {other:?} at {place}"),
        };
        if is_right {
            Vec::new()
        } else {
            vec![format!("{place} is {body}, which is not what {} says", schema.node)]
        }
    }

    fn object_violations(self, body: &Value, place: &str) -> Vec<String> {
        let Some(object) = body.as_object() else {
            return vec![format!("{place} is no object: {body}")];
        };
        let missing = self.required().into_iter().filter(|name| !object.contains_key(*name));
        let mut violations: Vec<String> = missing.map(|name| format!("{place}.{name} is missing")).collect();
        let members = self.members();
        for (name, value) in object {
            let place = format!("{place}.{name}");
            match members.iter().find(|(other, _)| other == name) {
                Some((_, schema)) => violations.extend(schema.violations(value, &place)),
                None if self.node.get("additionalProperties").is_some() => {}
                None => violations.push(format!("{place} is not declared")),
            }
        }
        violations
    }

    fn array_violations(self, body: &Value, place: &str) -> Vec<String> {
        let Some(items) = body.as_array() else {
            return vec![format!("{place} is no list: {body}")];
        };
        let schema = self.below(&self.node["items"]);
        items
            .iter()
            .enumerate()
            .flat_map(|(at, item)| schema.violations(item, &format!("{place}[{at}]")))
            .collect()
    }

    fn takes(self, text: &str) -> bool {
        let format_is_right = match self.node["format"].as_str() {
            Some("date-time") => forms::round_trip(text).is_ok(),
            _ => true,
        };
        format_is_right
            && self.node["enum"].as_array().is_none_or(|words| words.iter().any(|word| word == text))
    }

    /// Declared members, at any depth, that a body does not have.
    pub fn unused_members(self, body: &Value, place: &str) -> Vec<String> {
        let below = |(name, schema): (&'a str, Self)| {
            let place = format!("{place}.{name}");
            match body.get(name) {
                Some(value) => schema.unused_members(value, &place),
                None => vec![place],
            }
        };
        self.members().into_iter().flat_map(below).collect()
    }

    /// An object with the required members.
    pub fn smallest_sample(self) -> Map<String, Value> {
        let required = self.required();
        self.largest_sample().into_iter().filter(|(name, _)| required.contains(&name.as_str())).collect()
    }

    /// An object with every declared member; each list holds every word that it may hold.
    pub fn largest_sample(self) -> Map<String, Value> {
        self.members().into_iter().map(|(name, schema)| (name.to_owned(), schema.sample(name))).collect()
    }

    fn sample(self, name: &str) -> Value {
        let schema = self.resolved();
        let node = schema.node;
        match node["type"].as_str() {
            Some("array") => match schema.below(&node["items"]).resolved().node.get("enum") {
                Some(words) => words.clone(),
                // The oldest version leaves the words of its only list, the scopes, open.
                None => json!(["chat"]),
            },
            Some("integer") => node["minimum"].clone(),
            Some("string") if node["format"] == "date-time" => json!("2020-07-20T00:00:00Z"),
            Some("string") if name.ends_with("Id") => json!(OBJECT),
            Some("string") if node.get("enum").is_some() => node["enum"][0].clone(),
            Some("string") => json!(format!("some {name}")),
            other => panic!("no sample for the type {other:?} of {name}"),
        }
    }
}
