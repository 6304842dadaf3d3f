//! The published API descriptions (Swagger 2.0), one for each version, and the operations that they describe.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::schema::Schema;
use crate::reference;

/// Every description, and the common files that they refer to.
pub struct Descriptions {
    /// By file name.
    documents: BTreeMap<String, Value>,
}

/// One verb on one path in one version.
pub struct Operation<'a> {
    pub version: &'a str,
    /// Upper case.
    pub method: String,
    pub path: &'a str,
    descriptions: &'a Descriptions,
    document: &'a Value,
    description: &'a Value,
}

impl Descriptions {
    pub fn read(folder: &Path) -> Self {
        let folder = folder.join("specs");
        let names = std::fs::read_dir(&folder)
            .expect("the folder of descriptions")
            .map(|entry| entry.unwrap().file_name());
        let names = names.filter_map(|name| name.into_string().ok()).filter(|name| name.ends_with(".json"));
        let read = |name: String| {
            (name.clone(), serde_json::from_str(&reference::text(&folder, &name)).expect("a description"))
        };
        Self { documents: names.map(read).collect() }
    }

    /// Every version of the identity API that is described, by its file name: one description says another inside.
    pub fn versions(&self) -> Vec<&str> {
        self.documents.keys().filter_map(|name| version(name)).collect()
    }

    /// Every operation of one version; none if there is no description of it.
    pub fn operations<'a>(&'a self, version_wanted: &str) -> Vec<Operation<'a>> {
        let mut operations = Vec::new();
        for (name, document) in &self.documents {
            let Some(version) = version(name).filter(|version| *version == version_wanted) else {
                continue;
            };
            for (path, methods) in document["paths"].as_object().expect("paths") {
                for (method, description) in methods.as_object().expect("methods") {
                    let method = method.to_uppercase();
                    operations.push(Operation {
                        version,
                        method,
                        path,
                        descriptions: self,
                        document,
                        description,
                    });
                }
            }
        }
        operations
    }

    /// A schema's reference, which leads to another definition of the same file or of a common one.
    pub fn definition<'a>(&'a self, document: &'a Value, reference: &str) -> (&'a Value, &'a Value) {
        let (file, pointer) = reference.split_once('#').expect("a reference");
        let document = if file.is_empty() { document } else { self.common(file) };
        (document, document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")))
    }

    /// `../../../Common/stable/2022-07-13/common.json` is kept as `common-stable-2022-07-13.json`.
    fn common(&self, file: &str) -> &Value {
        let (_, rest) = file.split_once("Common/").unwrap_or_else(|| panic!("{file} is no common file"));
        let name = format!("common-{}.json", rest.trim_end_matches("/common.json").replace('/', "-"));
        self.documents.get(&name).unwrap_or_else(|| panic!("{name} is not kept"))
    }
}

fn version(file_name: &str) -> Option<&str> {
    let name = file_name.strip_prefix("identity-")?.strip_suffix(".json")?;
    name.strip_prefix("stable-").or_else(|| name.strip_prefix("preview-"))
}

impl<'a> Operation<'a> {
    /// The statuses of success, and with each the schema of its body if it has one.
    pub fn successes(&self) -> BTreeMap<u16, Option<Schema<'a>>> {
        let responses = self.description["responses"].as_object().expect("responses");
        let statuses = responses
            .iter()
            .filter_map(|(status, response)| Some((status.parse().ok()?, self.schema(response))));
        statuses.collect()
    }

    /// The schema of every other answer, where one is described (the oldest version describes none).
    pub fn error(&self) -> Option<Schema<'a>> {
        self.description["responses"].get("default").and_then(|response| self.schema(response))
    }

    /// The schema of the request body.
    pub fn body(&self) -> Option<Schema<'a>> {
        self.parameters()
            .into_iter()
            .find(|parameter| parameter["in"] == "body")
            .and_then(|body| self.schema(body))
    }

    /// The names of parameters in the query without which a request is none.
    pub fn required_in_query(&self) -> Vec<&'a str> {
        let required = |parameter: &&Value| parameter["in"] == "query" && parameter["required"] == true;
        self.parameters()
            .into_iter()
            .filter(required)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect()
    }

    fn parameters(&self) -> Vec<&'a Value> {
        let resolved = |parameter: &'a Value| match parameter["$ref"].as_str() {
            Some(reference) => self.descriptions.definition(self.document, reference).1,
            None => parameter,
        };
        self.description["parameters"]
            .as_array()
            .map(|parameters| parameters.iter().map(resolved).collect())
            .unwrap_or_default()
    }

    fn schema(&self, holder: &'a Value) -> Option<Schema<'a>> {
        let node = holder.get("schema")?;
        Some(Schema { descriptions: self.descriptions, document: self.document, node })
    }
}

impl std::fmt::Display for Operation<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} in {}", self.method, self.path, self.version)
    }
}
