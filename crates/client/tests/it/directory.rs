//! The directory of Callsign: what the client sends and reads, page by page, and what it says when something else answers.

use azure_core::error::ErrorKind;
use azure_core::http::Method;
use azure_core::http::RetryOptions;
use azure_core::http::pager::PagerOptions;
use azure_core::time::{OffsetDateTime, parse_rfc3339};
use callsign_client::error::{Failure, InvalidArgument};
use callsign_client::mock::{MockReply, MockTransport, RecordedRequest};
use callsign_client::{
    CommunicationIdentityClient, CommunicationUserIdentifier, DirectoryClient,
    DirectoryClientChangeIdentitiesOptions, DirectoryClientListIdentitiesOptions,
    DirectoryClientPruneIdentitiesOptions, IdentityStatus, ListedIdentity, ServiceError,
};
use futures_util::{StreamExt as _, TryStreamExt as _};

const TEXT: &str = "endpoint=https://id.example.com/blue;accesskey=c2VjcmV0";

fn directory(transport: &MockTransport) -> DirectoryClient {
    let mut options = transport.client_options();
    options.client_options.retry = RetryOptions::none();
    DirectoryClient::from_connection_string(TEXT, Some(options)).unwrap()
}

fn instant(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn page(ids: &[&str], next: Option<&str>) -> MockReply {
    let listed = |id: &&str| serde_json::json!({"id": id, "createdAt": "2026-10-01T07:05:09.123+00:00"});
    let identities: Vec<_> = ids.iter().map(listed).collect();
    let mut body = serde_json::json!({"identities": identities});
    if let Some(next) = next {
        body["nextLink"] = next.into();
    }
    MockReply::json(200, body.to_string())
}

fn users(count: usize) -> Vec<CommunicationUserIdentifier> {
    (0..count).map(|number| CommunicationUserIdentifier::new(format!("8:acs:a_{number}"))).collect()
}

fn ids(listed: &[ListedIdentity]) -> Vec<&str> {
    listed.iter().map(|identity| identity.user.id()).collect()
}

fn targets(transport: &MockTransport) -> Vec<String> {
    transport.requests().iter().map(RecordedRequest::target).collect()
}

fn body(request: &RecordedRequest) -> serde_json::Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_list_follows_the_links_and_keeps_to_its_own_endpoint() {
    let transport = MockTransport::new();
    transport.push(page(
        &["8:acs:a_1", "8:acs:a_2"],
        Some("https://inside:8443/callsign/v1/identities?pageSize=2&continuation=x%2By"),
    ));
    transport.push(page(&[], Some("?continuation=z")));
    transport.push(page(&["8:acs:a_3"], None));
    let listed: Vec<_> = directory(&transport).list_identities(None).unwrap().try_collect().await.unwrap();
    assert_eq!(ids(&listed), ["8:acs:a_1", "8:acs:a_2", "8:acs:a_3"]);
    assert_eq!(
        targets(&transport),
        [
            "/blue/callsign/v1/identities",
            "/blue/callsign/v1/identities?pageSize=2&continuation=x%2By",
            "/blue/callsign/v1/identities?continuation=z",
        ]
    );
    for request in transport.requests() {
        assert_eq!((request.method, request.url.host_str()), (Method::Get, Some("id.example.com")));
        assert!(request.header("authorization").unwrap().starts_with("HMAC-SHA256 "));
    }
}

#[tokio::test]
async fn every_filter_is_sent_by_its_name_and_none_unasked() {
    let transport = MockTransport::new();
    transport.push(page(&[], None));
    let options = DirectoryClientListIdentitiesOptions {
        created_after: Some(instant(0)),
        created_before: Some(instant(1_790_838_309)),
        last_issued_after: Some(instant(60)),
        last_issued_before: Some(parse_rfc3339("1970-01-01T02:02:00+02:00").unwrap()),
        never_issued: true,
        custom_id: Some("bob & alice".to_owned()),
        page_size: Some(1_000),
        ..Default::default()
    };
    let none: Vec<_> =
        directory(&transport).list_identities(Some(options)).unwrap().try_collect().await.unwrap();
    assert_eq!(none, []);
    assert_eq!(
        targets(&transport),
        [
            "/blue/callsign/v1/identities?createdAfter=1970-01-01T00%3A00%3A00Z&createdBefore=2026-10-01T07%3A05%3A09Z\
          &lastIssuedAfter=1970-01-01T00%3A01%3A00Z&lastIssuedBefore=1970-01-01T02%3A02%3A00%2B02%3A00\
          &neverIssued=true&customId=bob+%26+alice&pageSize=1000"
        ]
    );
    for page_size in [0, 1_001] {
        let options =
            DirectoryClientListIdentitiesOptions { page_size: Some(page_size), ..Default::default() };
        let refused = directory(&transport).list_identities(Some(options)).unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(InvalidArgument::PageSize)), "{refused}");
    }
}

#[tokio::test]
async fn a_list_that_failed_goes_on_where_it_ended() {
    let transport = MockTransport::new();
    transport.push(page(&["8:acs:a_1"], Some("/callsign/v1/identities?neverIssued=true&continuation=x")));
    transport.push(MockReply::error(503, "ServiceUnavailable", "Later."));
    let client = directory(&transport);
    let mut pages = client.list_identities(None).unwrap().into_pages();
    assert_eq!(ids(&pages.next().await.unwrap().unwrap().into_model().unwrap().identities), ["8:acs:a_1"]);
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(Failure::of(&error), Failure::ServerFault);
    assert!(pages.next().await.is_none());

    let method_options = PagerOptions { continuation: pages.into_continuation(), ..Default::default() };
    assert!(method_options.continuation.is_none(), "a stream that has ended forgets its place");
    transport.push(page(&["8:acs:a_1"], Some("?continuation=x")));
    let mut pages = client.list_identities(None).unwrap().into_pages();
    pages.next().await.unwrap().unwrap();
    transport.push(page(&["8:acs:a_2"], None));
    let options = DirectoryClientListIdentitiesOptions {
        method_options: PagerOptions { continuation: pages.into_continuation(), ..Default::default() },
        ..Default::default()
    };
    let rest: Vec<_> = client.list_identities(Some(options)).unwrap().try_collect().await.unwrap();
    assert_eq!(ids(&rest), ["8:acs:a_2"]);
}

#[tokio::test]
async fn ids_go_out_a_thousand_at_once_and_each_is_answered() {
    let transport = MockTransport::new();
    let results = |users: &[CommunicationUserIdentifier], status: &str| {
        let results: Vec<_> =
            users.iter().map(|user| serde_json::json!({"id": user.id(), "status": status})).collect();
        MockReply::json(200, serde_json::json!({"results": results}).to_string())
    };
    let users = users(1_001);
    transport.push(results(&users[..1_000], "deleted"));
    transport.push(results(&users[1_000..], "absent"));
    let client = directory(&transport);
    let changes: Vec<_> = client.delete_identities(&users, None).unwrap().try_collect().await.unwrap();
    assert!(changes.iter().map(|change| &change.user).eq(&users));
    assert_eq!(changes[999].status, IdentityStatus::Deleted);
    assert_eq!(changes[1_000].status, IdentityStatus::Absent);
    let requests = transport.requests();
    assert_eq!(targets(&transport), ["/blue/callsign/v1/identities/delete"; 2]);
    assert_eq!(body(&requests[0])["ids"].as_array().unwrap().len(), 1_000);
    assert_eq!(requests[1].body, r#"{"ids":["8:acs:a_1000"]}"#);

    transport.push(results(&users[..1], "revoked"));
    let changes: Vec<_> = client.revoke_identities(&users[..1], None).unwrap().try_collect().await.unwrap();
    assert_eq!(changes[0].status, IdentityStatus::Revoked);
    assert_eq!(transport.requests()[2].target(), "/blue/callsign/v1/identities/revoke");

    let nobody: Vec<_> = client.revoke_identities(&[], None).unwrap().try_collect().await.unwrap();
    assert_eq!((nobody.len(), transport.requests().len()), (0, 3));
}

#[tokio::test]
async fn what_was_answered_before_a_failed_chunk_is_known_and_the_rest_can_follow() {
    let transport = MockTransport::new();
    let users = users(1_500);
    let client = directory(&transport);
    let done: Vec<_> =
        users[..1_000].iter().map(|user| serde_json::json!({"id": user.id(), "status": "revoked"})).collect();
    transport.push(MockReply::json(200, serde_json::json!({"results": done}).to_string()));
    transport.push(MockReply::no_connection());
    let mut changes = client.revoke_identities(&users, None).unwrap();
    let mut answered = 0;
    let error = loop {
        match changes.next().await.unwrap() {
            Ok(_) => answered += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((answered, Failure::of(&error)), (1_000, Failure::Unreachable));
    let continuation = changes.into_continuation();
    assert_eq!(continuation.as_ref().map(AsRef::as_ref), Some("1000"));
    transport.push(MockReply::json(200, r#"{"results":[]}"#));
    let options = DirectoryClientChangeIdentitiesOptions {
        method_options: PagerOptions { continuation, ..Default::default() },
    };
    let rest: Vec<_> = client.revoke_identities(&users, Some(options)).unwrap().try_collect().await.unwrap();
    assert_eq!(rest, []);
    assert_eq!(body(&transport.requests()[2])["ids"].as_array().unwrap().len(), 500);
}

#[tokio::test]
async fn a_prune_goes_on_until_there_is_no_more_to_look_at() {
    let transport = MockTransport::new();
    transport.push(MockReply::json(200, r#"{"identities":["8:acs:a_1"],"continuation":"x"}"#));
    transport.push(MockReply::json(200, r#"{"identities":[],"continuation":"y"}"#));
    transport.push(MockReply::json(200, r#"{"identities":["8:acs:a_2"]}"#));
    let options = DirectoryClientPruneIdentitiesOptions { dry_run: true, ..Default::default() };
    let client = directory(&transport);
    let pruned: Vec<_> =
        client.prune_identities(instant(0), Some(options)).unwrap().try_collect().await.unwrap();
    assert_eq!(
        pruned.iter().map(CommunicationUserIdentifier::id).collect::<Vec<_>>(),
        ["8:acs:a_1", "8:acs:a_2"]
    );
    let requests = transport.requests();
    let bodies: Vec<_> =
        requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert_eq!(
        bodies,
        [
            r#"{"unusedSince":"1970-01-01T00:00:00Z","dryRun":true}"#,
            r#"{"unusedSince":"1970-01-01T00:00:00Z","dryRun":true,"continuation":"x"}"#,
            r#"{"unusedSince":"1970-01-01T00:00:00Z","dryRun":true,"continuation":"y"}"#,
        ]
    );
}

#[tokio::test]
async fn an_introspection_sends_a_form_and_reads_what_is_there() {
    let transport = MockTransport::new();
    transport.push(MockReply::json(200, r#"{"active":false}"#));
    let reply = r#"{"active":true,"sub":"8:acs:a_b","scope":"chat voip.join","iat":60,"exp":3660,"iss":"https://id","jti":"j","more":1}"#;
    transport.push(MockReply::json(200, reply));
    let client = directory(&transport);
    let refused = client.introspect(&"a&b=c+d".into(), None).await.unwrap().into_model().unwrap();
    assert!(!refused.active && refused.user.is_none() && refused.scopes.is_empty());
    let request = &transport.requests()[0];
    assert_eq!(
        (request.target().as_str(), request.body.as_ref()),
        ("/blue/callsign/v1/introspect", &b"token=a%26b%3Dc%2Bd"[..])
    );
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));

    let good = client.introspect(&"t".into(), None).await.unwrap().into_model().unwrap();
    assert!(good.active);
    assert_eq!(good.user.unwrap().id(), "8:acs:a_b");
    assert_eq!(good.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(), ["chat", "voip.join"]);
    assert_eq!((good.issued_on, good.expires_on), (Some(instant(60)), Some(instant(3660))));
    assert_eq!((good.issuer.as_deref(), good.token_id.as_deref()), (Some("https://id"), Some("j")));
}

async fn answer(reply: MockReply) -> azure_core::Error {
    let transport = MockTransport::new();
    transport.push(reply);
    let mut listed = directory(&transport).list_identities(None).unwrap();
    listed.next().await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_problem_is_a_service_error_with_the_last_word_of_its_type() {
    let body = r#"{"type":"urn:callsign:problem:ValidationError","title":"Bad Request","status":400,"detail":"pageSize is a number.","target":"pageSize"}"#;
    let error = answer(MockReply::json(400, body).with_header("x-ms-client-request-id", "id-1")).await;
    let refusal = ServiceError::try_from(&error).unwrap();
    assert_eq!(
        (refusal.status, refusal.code.as_deref(), refusal.message.as_str(), refusal.target.as_deref()),
        (400, Some("ValidationError"), "pageSize is a number.", Some("pageSize"))
    );
    assert_eq!(Failure::of(&error), Failure::Refused);
    assert_eq!(
        error.to_string(),
        "list_identities: 400 ValidationError: pageSize is a number. (target pageSize; request id id-1; not safe to retry)"
    );
    let blank = answer(MockReply::json(503, r#"{"type":"about:blank","title":"Later"}"#)).await;
    let refusal = ServiceError::try_from(&blank).unwrap();
    assert_eq!(
        (refusal.code.as_deref(), refusal.message.as_str(), refusal.is_safe_to_retry()),
        (None, "Later", true)
    );
    let gone =
        answer(MockReply::json(404, r#"{"type":"urn:callsign:problem:NotFound","detail":"Gone."}"#)).await;
    assert_eq!(Failure::of(&gone), Failure::Refused, "{gone}");
}

#[tokio::test]
async fn a_service_without_the_path_is_not_callsign_and_that_is_said() {
    for (reply, status) in [
        (MockReply::empty(404), 404),
        (MockReply::error(404, "NotFound", "No such path."), 404),
        (MockReply::json(405, "<html></html>"), 405),
    ] {
        let error = answer(reply).await;
        assert_eq!(Failure::of(&error), Failure::NeedsCallsign);
        assert_eq!(
            error.to_string(),
            format!(
                "list_identities: this needs Callsign: id.example.com answered {status}. Azure cannot do it. Is the endpoint that of a \
                 Callsign server, and is the server as new as this program?"
            )
        );
    }
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_is_an_error_and_not_quoted() {
    for body in [r#"{"identities":["s3cr3t"]}"#, "s3cr3t", r#"{"identities":[],"nextLink":"https://["}"#] {
        let error = answer(MockReply::json(200, body)).await;
        assert_eq!(
            (error.kind(), Failure::of(&error)),
            (&ErrorKind::DataConversion, Failure::Reply),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
    }
}

#[test]
fn it_is_made_from_a_client_that_is_there_and_shows_no_key() {
    let client = CommunicationIdentityClient::from_connection_string(TEXT, None).unwrap();
    let directory = DirectoryClient::from(&client);
    assert_eq!(directory.endpoint(), client.endpoint());
    assert!(!format!("{directory:?}").contains("c2VjcmV0"));
    assert!(
        DirectoryClient::from_connection_string("endpoint=http://10.0.0.1;accesskey=a2V5", None).is_err()
    );
}
