//! The description of our own surface as OpenAPI 3.1, made from the same rows that are served.

use std::collections::BTreeMap;

use callsign_core::Error;
use callsign_core::store::StoreError;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::description::{Description, Parameter};
use super::input::{FORM, JSON};
use super::problem::{PROBLEM_TYPE, Problem};
use crate::authenticate::Denial;
use crate::http::bounds::BODY_BYTES_MAX;
use crate::http::error::{InputFault, Refusal};
use crate::http::route::{Own, Protocol, Route, own_rows};

/// Where the description stands.
pub(crate) const OPEN_API_PATH: &str = "/callsign/v1/openapi.json";

/// The names of the two ways to authenticate.
const ACCESS_KEY: &str = "accessKey";
const TOKEN: &str = "token";

/// The description of Callsign's own surface.
#[must_use]
pub fn openapi() -> Value {
    let mut generator = generator();
    let problem = generator.subschema_for::<Problem>();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in own_rows() {
        if let Protocol::Own(own) = &route.protocol {
            let operation = operation(&route, own, &mut generator);
            paths.entry(route.path).or_default().insert(route.method.as_str().to_lowercase(), operation);
        }
    }
    paths.entry(OPEN_API_PATH).or_default().insert("get".to_owned(), own_description());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Callsign",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What Callsign offers beside the protocol of ACS Identity: checks of tokens, feeds of \
                            revocations, and work on many identities at once. Each request is for the one resource whose \
                            key signs it, or that it names.",
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": { "Problem": {
                "description": "A problem of RFC 9457.",
                "content": { PROBLEM_TYPE: { "schema": problem } },
            } },
            "securitySchemes": { ACCESS_KEY: security_scheme(), TOKEN: token_scheme() },
        },
    })
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.meta_schema = None;
            settings.definitions_path = "/components/schemas".into();
        })
        .into_generator()
}

fn security_scheme() -> Value {
    json!({
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "HMAC-SHA256 with an access key of the resource, as the protocol of ACS has it: `Authorization: \
                        HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=<base64>`. What is signed is \
                        `<method>\\n<path and query>\\n<x-ms-date>;<host>;<x-ms-content-sha256>`; the last is the base64 of \
                        the SHA-256 of the body.",
    })
}

fn token_scheme() -> Value {
    json!({
        "type": "http",
        "scheme": "bearer",
        "description": "A token of Microsoft Entra, or of another issuer that the server trusts, for the audience                         `https://communication.azure.com`. Its caller needs the role that `x-least-role` names, or one above it:                         reader, issuer, contributor.",
    })
}

fn operation(route: &Route, own: &Own, generator: &mut SchemaGenerator) -> Value {
    let description = (own.describe)();
    let mut operation = Map::new();
    let mut set = |name: &str, value: Value| operation.insert(name.to_owned(), value);
    set("operationId", route.operation.as_str().into());
    set("summary", description.summary.into());
    if !description.about.is_empty() {
        set("description", description.about.into());
    }
    set("security", json!([{ ACCESS_KEY: [] }, { TOKEN: [] }]));
    // Roles are no scopes of a token: the server's configuration says who has which.
    set("x-least-role", route.access.as_str().into());
    if !description.parameters.is_empty() {
        set("parameters", description.parameters.iter().map(parameter).collect());
    }
    if let Some((media_type, schema)) = description.request {
        let schema = schema(generator);
        set("requestBody", json!({ "required": true, "content": { media_type: { "schema": schema } } }));
    }
    set("responses", responses(&description, route.body_bytes_max, generator));
    operation.into()
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.about,
        "schema": parameter.schema,
    })
}

fn responses(description: &Description, body_bytes_max: usize, generator: &mut SchemaGenerator) -> Value {
    let (media_type, schema) = description.reply;
    let mut responses = Map::new();
    let schema = schema(generator);
    responses.insert(
        "200".to_owned(),
        json!({ "description": "As asked.", "content": { media_type: { "schema": schema } } }),
    );
    if description.tagged {
        responses.insert("304".to_owned(), json!({ "description": "The reader has it already." }));
    }
    let mut refusals = every_row_refuses(body_bytes_max);
    if description.request.is_some() || !description.parameters.is_empty() {
        refusals.push(InputFault::Unknown { name: String::new() }.into());
    }
    if let Some((media_type @ (FORM | JSON), _)) = description.request {
        refusals.push(InputFault::MediaType { expected: media_type }.into());
    }
    refusals.extend(description.refusals.iter().cloned());
    responses.extend(problems(&refusals));
    responses.into()
}

/// By status, with the codes that it may come with.
fn problems(refusals: &[Refusal]) -> Map<String, Value> {
    let mut codes: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for facts in refusals.iter().map(Refusal::facts) {
        let codes = codes.entry(facts.status.as_u16()).or_default();
        if !codes.contains(&facts.code) {
            codes.push(facts.code);
        }
    }
    let response = |codes: Vec<&str>| json!({ "$ref": "#/components/responses/Problem", "description": format!("`{}`", codes.join("`, `")) });
    codes.into_iter().map(|(status, codes)| (status.to_string(), response(codes))).collect()
}

/// What may happen on every row.
fn every_row_refuses(bytes_max: usize) -> Vec<Refusal> {
    vec![
        Refusal::BodyUnreadable,
        Refusal::Denied(Denial::NoCredentials),
        Refusal::BodyTooSlow,
        Refusal::BodyTooLarge { bytes_max },
        Refusal::UriTooLong,
        Refusal::Throttled { retry_after_seconds: 1 },
        Refusal::HeadersTooLarge,
        Refusal::Internal(String::new()),
        Refusal::Rule(Error::Unavailable(StoreError::Unavailable { reason: String::new() })),
    ]
}

/// The row of the description itself, which needs no key.
fn own_description() -> Value {
    let mut refusals = every_row_refuses(BODY_BYTES_MAX);
    refusals.retain(|refusal| {
        matches!(refusal, Refusal::UriTooLong | Refusal::HeadersTooLarge | Refusal::BodyUnreadable)
    });
    let mut responses = problems(&refusals);
    let document =
        json!({ "description": "This document.", "content": { JSON: { "schema": { "type": "object" } } } });
    responses.insert("200".to_owned(), document);
    responses.insert("304".to_owned(), json!({ "description": "The reader has it already." }));
    json!({
        "operationId": "GetOpenApi",
        "summary": "This description.",
        "security": [],
        "responses": responses,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_described_and_the_reverse() {
        let document = openapi();
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            described.extend(
                methods.as_object().unwrap().keys().map(|method| (path.clone(), method.to_uppercase())),
            );
        }
        let rows = own_rows().into_iter().map(|route| (route.path.to_owned(), route.method.to_string()));
        let mut served: BTreeSet<_> = rows.collect();
        served.insert((OPEN_API_PATH.to_owned(), "GET".to_owned()));
        assert_eq!(described, served);
    }
}
