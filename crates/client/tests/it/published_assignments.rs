//! Assignments as the service's descriptions publish them: path, verb, media type, members and statuses of every operation.

use std::collections::{BTreeMap, BTreeSet};

use azure_core::http::RetryOptions;
use callsign_client::mock::{MockReply, MockTransport, RecordedRequest};
use callsign_client::{
    AssignmentsClient, AssignmentsClientOptions, EntraAssignmentRequest, EntraPrincipalType,
    TeamsExtensionAssignmentRequest, TeamsExtensionPrincipalType,
};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use crate::reference;

const TENANT: &str = "3f14cf17-84d5-42c2-8689-a6365c474b4e";
const OBJECT: &str = "350adb03-7be9-4846-b078-35adb0d0e119";
const CLIENT: &str = "07474a86-625a-452f-977b-db4e13f21260";
const TEXT: &str = "endpoint=https://contoso.communication.azure.com/;accesskey=c2VjcmV0";

/// The descriptions that have assignments, and how many operations on them each has.
const DESCRIPTIONS: [(&str, &str, usize); 3] = [
    ("2025-03-02-preview", "specs/identity-preview-2025-03-02-preview.json", 8),
    ("2025-06-30", "specs/identity-stable-2025-06-30.json", 3),
    ("2026-09-23", "specs/identity-stable-2026-09-23.json", 3),
];

/// An operation of a description.
struct Operation<'a> {
    description: &'a Value,
    version: &'a str,
    path: &'a str,
    verb: &'a str,
    published: &'a Value,
}

#[tokio::test]
async fn every_operation_is_called_as_published_and_answers_every_published_success() {
    for (version, name, count) in DESCRIPTIONS {
        let description: Value = match reference::text(name) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(reason) => return println!("{reason}"),
        };
        let paths = description["paths"].as_object().unwrap();
        let operations: Vec<_> = paths
            .iter()
            .filter(|(path, _)| path.contains("/assignments"))
            .flat_map(|(path, verbs)| verbs.as_object().unwrap().iter().map(move |verb| (path, verb)))
            .map(|(path, (verb, published))| Operation {
                description: &description,
                version,
                path,
                verb,
                published,
            })
            .collect();
        assert_eq!(operations.len(), count, "{version}");
        for operation in operations {
            operation.check().await;
        }
    }
}

impl Operation<'_> {
    async fn check(&self) {
        let published = self.published["responses"].as_object().unwrap();
        let successes: BTreeSet<u16> = published.keys().filter_map(|status| status.parse().ok()).collect();
        assert!(!successes.is_empty(), "{} {}", self.verb, self.path);
        for status in [200, 201, 202, 204] {
            let (request, outcome) = self.call(status).await;
            assert_eq!(
                outcome.is_ok(),
                successes.contains(&status),
                "{status}: {}: {outcome:?}",
                self.name()
            );
            self.check_request(&request);
        }
    }

    fn name(&self) -> String {
        format!("{} {} in {}", self.verb, self.path, self.version)
    }

    fn check_request(&self, request: &RecordedRequest) {
        assert_eq!(request.method.as_ref(), self.verb.to_uppercase());
        let path = self.path.replace("{tenantId}", TENANT).replace("{objectId}", OBJECT);
        assert_eq!(request.target(), format!("{path}?api-version={}", self.version));
        let parameters = self.published["parameters"].as_array().unwrap();
        let Some(body) = parameters.iter().find(|parameter| parameter["in"] == "body") else {
            assert_eq!((request.header("content-type"), request.body.len()), (None, 0), "{}", self.name());
            return;
        };
        // What an operation does not say, the description says for all.
        let media_types = self.published.get("consumes").unwrap_or(&self.description["consumes"]);
        let media_types = media_types.as_array().unwrap();
        assert!(media_types.contains(&json!(request.header("content-type"))), "{}", self.name());
        self.check_members(&body["schema"], &serde_json::from_slice(&request.body).unwrap());
    }

    /// All required members are there, and none that is not published.
    fn check_members(&self, schema: &Value, body: &Value) {
        let schema = self.resolved(schema);
        for (name, value) in body.as_object().unwrap() {
            match schema.get("additionalProperties") {
                Some(each) if !value.is_null() => self.check_members(each, value),
                Some(_) => {}
                None => assert!(schema["properties"].get(name).is_some(), "{name}: {}", self.name()),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(body.get(name.as_str().unwrap()).is_some(), "{name}: {}", self.name());
        }
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.map_or(schema, |pointer| self.description.pointer(pointer).unwrap())
    }

    /// The request that the client makes, and how the call ends when the reply has that status.
    async fn call(&self, status: u16) -> (RecordedRequest, azure_core::Result<()>) {
        let transport = MockTransport::new();
        let assignment =
            json!({ "objectId": OBJECT, "tenantId": TENANT, "principalType": "user", "clientIds": [CLIENT] });
        let reply = if self.path.ends_with("}") { assignment } else { json!({ "value": [assignment] }) };
        transport.push(match status {
            204 => MockReply::empty(status),
            _ => MockReply::json(status, reply.to_string()),
        });
        let mut client_options = transport.client_options().client_options;
        client_options.retry = RetryOptions::none();
        let options = AssignmentsClientOptions {
            entra_api_version: self.version.to_owned(),
            teams_extension_api_version: self.version.to_owned(),
            client_options,
        };
        let client = AssignmentsClient::from_connection_string(TEXT, Some(options)).unwrap();
        let outcome = self.called(&client).await;
        (transport.requests().pop().unwrap(), outcome)
    }

    async fn called(&self, client: &AssignmentsClient) -> azure_core::Result<()> {
        let entra = EntraAssignmentRequest::new(TENANT, EntraPrincipalType::User, [CLIENT]);
        let teams = TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipalType::User);
        let teams = teams.with_client_ids([CLIENT]);
        let changes = BTreeMap::from([(OBJECT.to_owned(), Some(entra.clone())), (CLIENT.to_owned(), None)]);
        match (self.verb, self.path.starts_with("/access/entra/"), self.path.ends_with('}')) {
            ("get", true, true) => client.get_entra_assignment(OBJECT, None).await?.into_model().map(drop),
            ("put", true, true) => {
                client.put_entra_assignment(OBJECT, &entra, None).await?.into_model().map(drop)
            }
            ("delete", true, true) => client.delete_entra_assignment(OBJECT, None).await.map(drop),
            ("get", true, false) => client.list_entra_assignments(None)?.try_next().await.map(drop),
            ("patch", true, false) => {
                client.update_entra_assignments(&changes, None).await?.into_model().map(drop)
            }
            ("get", false, true) => {
                client.get_teams_extension_assignment(TENANT, OBJECT, None).await?.into_model().map(drop)
            }
            ("put", false, true) => {
                let put = client.put_teams_extension_assignment(TENANT, OBJECT, &teams, None).await?;
                put.into_model().map(drop)
            }
            ("delete", false, true) => {
                client.delete_teams_extension_assignment(TENANT, OBJECT, None).await.map(drop)
            }
            _ => panic!("there is no call for {}", self.name()),
        }
    }
}
