//! The table as it lies in `tests/vectors/`, one file for each operation or subject.

use std::collections::BTreeMap;
use std::path::Path;

use callsign_protocol::version::ApiVersion;
use serde::Deserialize;

use super::headers::HeaderFact;
use crate::ordered_json::Json;

/// Everything in the folder.
pub struct Table {
    /// Each with the name of its file.
    pub facts: Vec<(String, Fact)>,
    pub headers: Vec<HeaderFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    facts: Vec<Fact>,
    #[serde(default)]
    headers: Vec<HeaderFact>,
}

/// A request and what the live service answers to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub scenario: String,
    /// Which page and recording says so.
    pub source: String,
    /// One version, or `2021-03-07..` for it and all later ones.
    versions: String,
    #[serde(default)]
    pub given: Given,
    pub request: Asked,
    pub answer: Answer,
}

/// What is there before the request.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Whose id stands in the path, or belongs to the custom id of the request.
    pub identity: Option<Identity>,
    pub custom_id: Option<String>,
    /// Whether it got a token just before.
    #[serde(default)]
    pub token: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    Own,
    Foreign,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub method: String,
    /// With `{id}` for the identity.
    pub path: String,
    /// Another api-version than those of the fact.
    pub version: Option<String>,
    #[serde(default)]
    pub signed: Signed,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Each is sent in a request of its own, with Entra tokens and what they say in place of `{entra token}` and its kind; without
    /// any, no body is sent.
    #[serde(default)]
    bodies: Vec<Json>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    #[default]
    WithTheKey,
    WithAnotherKey,
    BeforeTheBodyWasChanged,
    SixMinutesAgo,
    ForInSixMinutes,
    WithDate,
    WithXMsDateBesideAnOldDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub status: u16,
    /// The body with its members in order. Ids, tokens and times are judged by their form: any text stands for them.
    #[serde(default)]
    pub body: Json,
    /// How the error's text ends, where nobody recorded how it begins.
    pub message_ends: Option<String>,
    /// Whether `api-supported-versions` is sent, where that is known.
    pub lists_versions: Option<bool>,
}

impl Signed {
    /// Whether nothing but who calls depends on the signature.
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::WithTheKey)
    }
}

impl Fact {
    /// The versions in which it holds and which the server knows.
    pub fn versions(&self) -> Vec<ApiVersion> {
        let version =
            |text: &str| text.parse().unwrap_or_else(|_| panic!("{}: {text} is no version", self.scenario));
        match self.versions.strip_suffix("..") {
            Some(since) => ApiVersion::ALL.into_iter().filter(|other| *other >= version(since)).collect(),
            None => vec![version(&self.versions)],
        }
    }
}

impl Asked {
    pub fn bodies(&self) -> Vec<Option<&Json>> {
        if self.bodies.is_empty() { vec![None] } else { self.bodies.iter().map(Some).collect() }
    }
}

impl Table {
    pub fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
        let mut paths: Vec<_> =
            std::fs::read_dir(&folder).expect("tests/vectors").map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let mut table = Self { facts: Vec::new(), headers: Vec::new() };
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).expect("a table");
            let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            table.facts.extend(file.facts.into_iter().map(|fact| (name.clone(), fact)));
            table.headers.extend(file.headers);
        }
        table
    }
}
