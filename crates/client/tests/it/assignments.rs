//! Assignments: what the client sends is what the descriptions of the service publish, and what it makes of the answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use azure_core::error::ErrorKind;
use azure_core::http::pager::PagerOptions;
use azure_core::http::{Method, RetryOptions};
use callsign_client::error::{Failure, InvalidArgument, is_safe_to_retry};
use callsign_client::mock::{MockReply, MockTransport, RecordedRequest};
use callsign_client::{
    AssignmentsClient, AssignmentsClientListEntraAssignmentsOptions, AssignmentsClientOptions,
    CommunicationIdentityClient, EntraAssignment, EntraAssignmentRequest, EntraPrincipalType, ServiceError,
    TeamsExtensionAssignmentRequest, TeamsExtensionPrincipalType,
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::signed_in::SignedIn;

const TEXT: &str = "endpoint=https://id.example.com/blue;accesskey=c2VjcmV0";
// Those of the published examples.
const TENANT: &str = "3f14cf17-84d5-42c2-8689-a6365c474b4e";
const OBJECT: &str = "350adb03-7be9-4846-b078-35adb0d0e119";
const OTHER: &str = "d7233e76-d261-46c6-94b3-39073103ae81";
const CLIENT: &str = "07474a86-625a-452f-977b-db4e13f21260";

fn options(transport: &MockTransport) -> AssignmentsClientOptions {
    let mut client_options = transport.client_options().client_options;
    client_options.retry = RetryOptions::none();
    AssignmentsClientOptions { client_options, ..Default::default() }
}

fn client(transport: &MockTransport) -> AssignmentsClient {
    AssignmentsClient::from_connection_string(TEXT, Some(options(transport))).unwrap()
}

fn of_user() -> EntraAssignmentRequest {
    EntraAssignmentRequest::new(TENANT, EntraPrincipalType::User, [CLIENT])
}

fn entra(object: &str) -> Value {
    json!({ "objectId": object, "tenantId": TENANT, "principalType": "user", "clientIds": [CLIENT] })
}

fn page(objects: &[&str], next: Option<&str>) -> MockReply {
    let mut body = json!({ "value": objects.iter().map(|object| entra(object)).collect::<Vec<_>>() });
    if let Some(next) = next {
        body["nextLink"] = next.into();
    }
    MockReply::json(200, body.to_string())
}

fn objects(assignments: &[EntraAssignment]) -> Vec<&str> {
    assignments.iter().map(|assignment| assignment.object_id.as_str()).collect()
}

fn targets(transport: &MockTransport) -> Vec<String> {
    transport.requests().iter().map(RecordedRequest::target).collect()
}

/// Method, target, media type and body of the last request.
fn last(transport: &MockTransport) -> (Method, String, Option<String>, Value) {
    let requests = transport.requests();
    let request = requests.last().unwrap();
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(request.header("authorization").unwrap().starts_with("HMAC-SHA256 "));
    let body = match request.body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&request.body).unwrap(),
    };
    (request.method, request.target(), request.header("content-type").map(str::to_owned), body)
}

#[tokio::test]
async fn entra_assignments_are_put_read_and_deleted_as_published() {
    let (transport, target) = (
        MockTransport::new(),
        format!("/blue/access/entra/assignments/{OBJECT}?api-version=2025-03-02-preview"),
    );
    let client = client(&transport);
    for status in [201, 200] {
        transport.push(MockReply::json(status, entra(OBJECT).to_string()));
        let response = client.put_entra_assignment(OBJECT, &of_user(), None).await.unwrap();
        assert_eq!(u16::from(response.status()), status);
        let put = response.into_model().unwrap();
        assert_eq!((put.object_id.as_str(), put.tenant_id.as_str()), (OBJECT, TENANT));
        assert_eq!((put.principal_type, put.client_ids), (EntraPrincipalType::User, vec![CLIENT.to_owned()]));
        let body = json!({ "tenantId": TENANT, "principalType": "user", "clientIds": [CLIENT] });
        let media_type = Some("application/json".to_owned());
        assert_eq!(last(&transport), (Method::Put, target.clone(), media_type, body));
    }
    transport.push(MockReply::json(200, entra(OBJECT).to_string()));
    let read = client.get_entra_assignment(OBJECT, None).await.unwrap().into_model().unwrap();
    assert_eq!(read.client_ids, [CLIENT]);
    assert_eq!(last(&transport), (Method::Get, target.clone(), None, Value::Null));
    transport.push(MockReply::empty(204));
    client.delete_entra_assignment(OBJECT, None).await.unwrap();
    assert_eq!(last(&transport), (Method::Delete, target, None, Value::Null));
}

#[tokio::test]
async fn teams_extension_assignments_are_put_read_and_deleted_as_published() {
    for version in [None, Some("2025-06-30"), Some("2025-03-02-preview")] {
        let transport = MockTransport::new();
        let mut options = options(&transport);
        if let Some(version) = version {
            version.clone_into(&mut options.teams_extension_api_version);
        }
        let client = AssignmentsClient::from_connection_string(TEXT, Some(options)).unwrap();
        let version = version.unwrap_or("2026-09-23");
        let target = format!(
            "/blue/access/teamsExtension/tenants/{TENANT}/assignments/{OBJECT}?api-version={version}"
        );
        let bare = TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipalType::ResourceAccount);
        let named = bare.clone().with_client_ids([CLIENT]);
        for (wanted, body) in [
            (bare, json!({ "principalType": "resourceAccount" })),
            (named, json!({ "principalType": "resourceAccount", "clientIds": [CLIENT] })),
        ] {
            let mut reply = body.clone();
            (reply["objectId"], reply["tenantId"]) = (OBJECT.into(), TENANT.into());
            for status in [201, 200] {
                transport.push(MockReply::json(status, reply.to_string()));
                let put = client.put_teams_extension_assignment(TENANT, OBJECT, &wanted, None).await.unwrap();
                let put = put.into_model().unwrap();
                assert_eq!(put.principal_type, TeamsExtensionPrincipalType::ResourceAccount);
                assert_eq!((put.tenant_id.as_str(), put.client_ids), (TENANT, wanted.client_ids.clone()));
                let media_type = Some("application/json".to_owned());
                assert_eq!(last(&transport), (Method::Put, target.clone(), media_type, body.clone()));
            }
        }
        let reply = json!({ "objectId": OBJECT, "tenantId": TENANT, "principalType": "user" });
        transport.push(MockReply::json(200, reply.to_string()));
        let read = client.get_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap();
        assert_eq!(read.into_model().unwrap().client_ids, None);
        assert_eq!(last(&transport), (Method::Get, target.clone(), None, Value::Null));
        transport.push(MockReply::empty(204));
        client.delete_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap();
        assert_eq!(last(&transport), (Method::Delete, target, None, Value::Null));
    }
}

#[tokio::test]
async fn an_update_is_a_merge_patch_and_may_be_answered_by_a_list_or_by_nothing() {
    let transport = MockTransport::new();
    let client = client(&transport);
    let changes = BTreeMap::from([(OBJECT.to_owned(), Some(of_user())), (OTHER.to_owned(), None)]);
    // The published example.
    let body = json!({
        OBJECT: { "principalType": "user", "tenantId": TENANT, "clientIds": [CLIENT] },
        OTHER: null,
    });
    for (reply, expected) in [(page(&[OBJECT], None), &[OBJECT][..]), (MockReply::empty(204), &[])] {
        transport.push(reply);
        let put = client.update_entra_assignments(&changes, None).await.unwrap().into_model().unwrap();
        assert_eq!((objects(&put.value), put.next_link), (expected.to_vec(), None));
        let target = "/blue/access/entra/assignments?api-version=2025-03-02-preview".to_owned();
        let media_type = Some("application/merge-patch+json".to_owned());
        assert_eq!(last(&transport), (Method::Patch, target, media_type, body.clone()));
    }
}

#[tokio::test]
async fn a_list_follows_the_links_and_keeps_to_its_own_endpoint_and_version() {
    let transport = MockTransport::new();
    let inside =
        "https://inside:8443/access/entra/assignments?api-version=2025-03-02-preview&continuationToken=x%2By";
    transport.push(page(&[OBJECT, OTHER], Some(inside)));
    transport.push(page(&[], Some("?%24skip=2")));
    transport.push(page(&[CLIENT], Some("")));
    let listed: Vec<_> =
        client(&transport).list_entra_assignments(None).unwrap().try_collect().await.unwrap();
    assert_eq!(objects(&listed), [OBJECT, OTHER, CLIENT]);
    assert_eq!(
        targets(&transport),
        [
            "/blue/access/entra/assignments?api-version=2025-03-02-preview",
            "/blue/access/entra/assignments?continuationToken=x%2By&api-version=2025-03-02-preview",
            "/blue/access/entra/assignments?%24skip=2&api-version=2025-03-02-preview",
        ]
    );
    for request in transport.requests() {
        assert_eq!((request.method, request.url.host_str()), (Method::Get, Some("id.example.com")));
    }
}

#[tokio::test]
async fn a_list_goes_on_from_the_link_of_another_one() {
    let transport = MockTransport::new();
    let client = client(&transport);
    transport.push(page(&[OBJECT], Some("/access/entra/assignments?continuationToken=x")));
    let mut pages = client.list_entra_assignments(None).unwrap().into_pages();
    pages.next().await.unwrap().unwrap();
    transport.push(page(&[OTHER], None));
    let options = AssignmentsClientListEntraAssignmentsOptions {
        method_options: PagerOptions { continuation: pages.into_continuation(), ..Default::default() },
    };
    let rest: Vec<_> = client.list_entra_assignments(Some(options)).unwrap().try_collect().await.unwrap();
    assert_eq!(objects(&rest), [OTHER]);
    assert!(targets(&transport)[1].contains("continuationToken=x"), "{transport:?}");
}

#[tokio::test(start_paused = true)]
async fn every_call_may_be_repeated() {
    let transport = MockTransport::new();
    let with_retries = AssignmentsClientOptions {
        client_options: transport.client_options().client_options,
        ..Default::default()
    };
    let client = AssignmentsClient::from_connection_string(TEXT, Some(with_retries)).unwrap();
    let lost = MockReply::broken_connection;
    let teams = TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipalType::User);
    let reply = || MockReply::json(200, entra(OBJECT).to_string());
    let changes = BTreeMap::from([(OBJECT.to_owned(), None)]);
    for reply in [lost(), reply(), lost(), reply(), lost(), reply(), lost(), reply()] {
        transport.push(reply);
    }
    client.put_entra_assignment(OBJECT, &of_user(), None).await.unwrap();
    client.get_entra_assignment(OBJECT, None).await.unwrap();
    client.put_teams_extension_assignment(TENANT, OBJECT, &teams, None).await.unwrap();
    client.get_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap();
    for _ in 0..3 {
        transport.push(lost());
        transport.push(MockReply::empty(204));
    }
    client.update_entra_assignments(&changes, None).await.unwrap();
    client.delete_entra_assignment(OBJECT, None).await.unwrap();
    client.delete_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap();
    transport.push(lost());
    transport.push(page(&[OBJECT], None));
    client.list_entra_assignments(None).unwrap().try_next().await.unwrap();
    assert_eq!(transport.requests().len(), 16);
}

#[tokio::test]
async fn refusals_are_typed_and_another_success_is_none() {
    let transport = MockTransport::new();
    let client = client(&transport);
    transport.push(MockReply::error(404, "AssignmentNotFound", "There is no such assignment."));
    let error = client.get_entra_assignment(OBJECT, None).await.unwrap_err();
    assert_eq!(ServiceError::try_from(&error).unwrap().status, 404);
    assert_eq!((Failure::of(&error), is_safe_to_retry(&error)), (Failure::NotFound, false));
    assert!(error.to_string().starts_with("get_entra_assignment: 404 AssignmentNotFound: "), "{error}");

    // Azure has these paths: one that is not there is no sign of another service.
    transport.push(MockReply::empty(404));
    let error = client.list_entra_assignments(None).unwrap().try_next().await.unwrap_err();
    assert_ne!(Failure::of(&error), Failure::NeedsCallsign, "{error}");

    transport.push(MockReply::empty(202));
    let error = client.delete_entra_assignment(OBJECT, None).await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::Reply, "{error}");
    for body in ["s3cr3t", r#"{"value":["s3cr3t"]}"#, r#"{"value":[],"nextLink":"https://["}"#] {
        transport.push(MockReply::json(200, body));
        let error = client.list_entra_assignments(None).unwrap().try_next().await.unwrap_err();
        assert_eq!((error.kind(), Failure::of(&error)), (&ErrorKind::DataConversion, Failure::Reply));
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
    }
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_path() {
    let transport = MockTransport::new();
    let client = client(&transport);
    let teams = TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipalType::User);
    for id in ["", ".", ".."] {
        for error in [
            client.delete_entra_assignment(id, None).await.unwrap_err(),
            client.get_entra_assignment(id, None).await.unwrap_err(),
            client.put_entra_assignment(id, &of_user(), None).await.unwrap_err(),
            client.delete_teams_extension_assignment(id, OBJECT, None).await.unwrap_err(),
            client.get_teams_extension_assignment(TENANT, id, None).await.unwrap_err(),
            client.put_teams_extension_assignment(id, OBJECT, &teams, None).await.unwrap_err(),
        ] {
            assert_eq!(error.downcast_ref(), Some(&InvalidArgument::EntraId), "{error}");
        }
    }
    assert_eq!(transport.requests().len(), 0);
    transport.push(MockReply::empty(204));
    client.delete_entra_assignment("../x?y", None).await.unwrap();
    assert!(targets(&transport)[0].starts_with("/blue/access/entra/assignments/..%2Fx%3Fy?"));
}

#[tokio::test]
async fn words_that_are_not_known_here_are_sent_and_read_as_they_are() {
    let transport = MockTransport::new();
    let client = client(&transport);
    let reply =
        json!({ "objectId": OBJECT, "tenantId": TENANT, "principalType": "teamsResourceAccount", "more": 1 });
    transport.push(MockReply::json(201, reply.to_string()));
    let wanted = TeamsExtensionAssignmentRequest::new("teamsResourceAccount".into());
    let put = client.put_teams_extension_assignment(TENANT, OBJECT, &wanted, None).await.unwrap();
    let other = TeamsExtensionPrincipalType::Other("teamsResourceAccount".to_owned());
    assert_eq!(put.into_model().unwrap().principal_type, other);
    assert_eq!(last(&transport).3, json!({ "principalType": "teamsResourceAccount" }));
}

#[tokio::test]
async fn an_entra_credential_does_as_well_over_https_only() {
    let transport = MockTransport::new();
    let endpoint = "https://contoso.communication.azure.com";
    let client =
        AssignmentsClient::new(endpoint, Arc::new(SignedIn("entra-token")), Some(options(&transport)));
    transport.push(MockReply::empty(204));
    client.unwrap().delete_entra_assignment(OBJECT, None).await.unwrap();
    assert_eq!(transport.requests()[0].header("authorization"), Some("Bearer entra-token"));
    let plain = AssignmentsClient::new("http://localhost:1", Arc::new(SignedIn("t")), None).unwrap_err();
    assert_eq!(plain.downcast_ref(), Some(&InvalidArgument::PlainHttpBearer));
}

#[test]
fn it_is_made_from_a_client_that_is_there_and_shows_no_key() {
    let client = CommunicationIdentityClient::from_connection_string(TEXT, None).unwrap();
    let assignments = AssignmentsClient::from(&client);
    assert_eq!(assignments.endpoint(), client.endpoint());
    let shown = format!("{assignments:?}");
    assert!(shown.contains("2025-03-02-preview") && shown.contains("2026-09-23"), "{shown}");
    assert!(!shown.contains("c2VjcmV0"));
}
