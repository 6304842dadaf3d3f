//! Retries: signed anew, when the service says so, and never of a create that may have happened.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request, RetryOptions};
use azure_core::time::OffsetDateTime;
use callsign_client::clock::Clock;
use callsign_client::error::{Failure, is_safe_to_retry};
use callsign_client::mock::{MockReply, MockTransport, RecordedRequest};
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserOptions,
    CommunicationIdentityClientOptions, CommunicationUserIdentifier, KeyCredential, TokenScope,
};
use callsign_protocol::signature::{Authorization, RequestKey, SignedParts, content_sha256};

use crate::house::PREVIEW;

const KEY: &str = "c2lnbiB3aXRoIHRoaXM=";
const ENDPOINT: &str = "https://contoso.communication.azure.com";

/// A clock that is a second later each time it is asked.
#[derive(Debug, Default)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_760_000_000 + self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

fn client(options: CommunicationIdentityClientOptions) -> CommunicationIdentityClient {
    let credential = KeyCredential::new(KEY).unwrap().with_clock(Arc::new(Ticking::default()));
    CommunicationIdentityClient::with_key_credential(ENDPOINT, credential, Some(options)).unwrap()
}

/// Checks the signature as a server does.
fn is_signed(request: &RecordedRequest) -> bool {
    let header = |name| request.header(name).unwrap_or_default();
    let hash = content_sha256(&request.body);
    let parts = SignedParts {
        method: request.method.as_ref(),
        target: &request.target(),
        date: header("x-ms-date"),
        host: "contoso.communication.azure.com",
        content_sha256: &hash,
    };
    let authorization = Authorization::parse(header("authorization")).unwrap();
    let key = RequestKey::new(&KEY.parse().unwrap());
    header("x-ms-content-sha256") == hash && key.verifies(&parts.string_to_sign(), &authorization.signature)
}

fn user() -> CommunicationUserIdentifier {
    CommunicationUserIdentifier::new("8:acs:a_b")
}

fn token() -> MockReply {
    MockReply::json(200, r#"{"token":"t","expiresOn":"2026-11-21T00:00:00+00:00"}"#)
}

fn created() -> MockReply {
    MockReply::json(201, r#"{"identity":{"id":"8:acs:a_b"}}"#)
}

/// What leaves open whether the call was carried out.
fn ambiguous() -> Vec<MockReply> {
    let mut replies: Vec<_> =
        [408, 500, 502, 503, 504].map(|status| MockReply::error(status, "Fault", "Fault.")).into();
    replies.push(MockReply::broken_connection());
    replies
}

/// What says that the call was not carried out.
fn harmless() -> Vec<MockReply> {
    let refusal = |status| MockReply::error(status, "Busy", "Busy.");
    vec![
        MockReply::no_connection(),
        refusal(429),
        refusal(429).with_header("retry-after", "1"),
        refusal(503).with_header("retry-after", "1"),
        refusal(503).with_header("retry-after-ms", "5"),
        refusal(503).with_header("x-ms-retry-after-ms", "5"),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_try_is_signed_anew() {
    let transport = MockTransport::new();
    for reply in ambiguous().into_iter().chain(harmless()).take(8) {
        transport.push(reply);
    }
    transport.push(token());
    client(transport.client_options()).get_token(&user(), &[TokenScope::Chat], None).await.unwrap();
    let requests = transport.requests();
    assert_eq!(requests.len(), 9);
    assert!(requests.iter().all(is_signed));
    let different =
        |name| requests.iter().map(|request| request.header(name).unwrap()).collect::<BTreeSet<_>>().len();
    assert_eq!((different("x-ms-date"), different("authorization")), (9, 9));
    assert_eq!(different("x-ms-client-request-id"), 1, "one call keeps one id");
}

#[tokio::test(start_paused = true)]
async fn calls_that_may_be_done_twice_are_repeated_whatever_happened() {
    for reply in ambiguous().into_iter().chain(harmless()) {
        let transport = MockTransport::new();
        let client = client(transport.client_options());
        let script = |last: MockReply| {
            transport.push(reply.clone());
            transport.push(last);
        };
        script(token());
        client.get_token(&user(), &[TokenScope::Chat], None).await.unwrap();
        script(token());
        client.get_token_for_teams_user(&"t".into(), "a", "u", None).await.unwrap();
        script(MockReply::empty(204));
        client.revoke_tokens(&user(), None).await.unwrap();
        script(MockReply::empty(204));
        client.delete_user(&user(), None).await.unwrap();
        script(MockReply::json(200, r#"{"id":"8:acs:a_b"}"#));
        client.get_user_detail(&user(), None).await.unwrap();
        assert_eq!(transport.requests().len(), 10);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_is_repeated_only_when_it_was_certainly_not_carried_out() {
    for reply in harmless() {
        let transport = MockTransport::new();
        transport.push(reply);
        transport.push(created());
        client(transport.client_options()).create_user(None).await.unwrap();
        assert_eq!(transport.requests().len(), 2);
    }
    for reply in ambiguous() {
        let transport = MockTransport::new();
        transport.push(reply);
        transport.push(created());
        let error = client(transport.client_options()).create_user(None).await.unwrap_err();
        assert_eq!(transport.requests().len(), 1, "{error}");
        assert!(
            matches!(error.kind(), ErrorKind::Io | ErrorKind::HttpResponse { .. }),
            "the kind is kept: {error:?}"
        );
        assert!(!is_safe_to_retry(&error), "{error}");
        assert!(matches!(Failure::of(&error), Failure::Interrupted | Failure::ServerFault));
        assert!(error.to_string().contains("not safe to retry"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_with_a_custom_id_is_repeated_where_the_version_knows_it() {
    for (version, tries) in [(PREVIEW, 2), ("2026-09-23", 1)] {
        for reply in ambiguous() {
            let transport = MockTransport::new();
            transport.push(reply);
            transport.push(created());
            let mut options = transport.client_options();
            options.api_version = version.to_owned();
            let named = CommunicationIdentityClientCreateUserOptions {
                custom_id: Some("alice".to_owned()),
                ..Default::default()
            };
            let outcome = client(options).create_user(Some(named)).await;
            assert_eq!((outcome.is_ok(), transport.requests().len()), (tries == 2, tries), "{version}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for() {
    let http_date_in_the_past = "Thu, 01 Jan 2026 00:00:00 GMT";
    for (status, header, value, at_least) in [
        (429, "retry-after", "7", Duration::from_secs(7)),
        (503, "retry-after", "30", Duration::from_secs(30)),
        (503, "retry-after-ms", "4500", Duration::from_millis(4500)),
        (429, "retry-after", http_date_in_the_past, Duration::ZERO),
    ] {
        let transport = MockTransport::new();
        transport.push(MockReply::error(status, "Busy", "Busy.").with_header(header, value));
        transport.push(created());
        let began = tokio::time::Instant::now();
        client(transport.client_options()).create_user(None).await.unwrap();
        let waited = began.elapsed();
        assert!(
            waited >= at_least && waited < at_least + Duration::from_secs(2),
            "{status} {value}: {waited:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_stays_is_told_in_the_end_with_what_the_service_said() {
    let transport = MockTransport::new();
    for _ in 0..9 {
        transport.push(MockReply::error(500, "InternalServerError", "Something broke."));
    }
    let error = client(transport.client_options()).delete_user(&user(), None).await.unwrap_err();
    assert_eq!(transport.requests().len(), 9, "8 retries are azure_core's default");
    assert!(
        error.to_string().contains("Something broke.") && error.to_string().contains("a retry is safe"),
        "{error}"
    );
    assert!(is_safe_to_retry(&error));
}

#[tokio::test]
async fn refusals_are_not_repeated_and_retries_can_be_turned_off() {
    for status in [400, 401, 403, 404, 409, 413, 501] {
        let transport = MockTransport::new();
        transport.push(MockReply::error(status, "No", "No."));
        client(transport.client_options()).delete_user(&user(), None).await.unwrap_err();
        assert_eq!(transport.requests().len(), 1, "{status}");
    }
    let transport = MockTransport::new();
    transport.push(MockReply::error(503, "Busy", "Busy.").with_header("retry-after", "1"));
    let mut options = transport.client_options();
    options.client_options.retry = RetryOptions::none();
    client(options).delete_user(&user(), None).await.unwrap_err();
    assert_eq!(transport.requests().len(), 1);
}

/// A policy of a caller that changes everything that is signed.
#[derive(Debug)]
struct Meddling;

#[async_trait::async_trait]
impl Policy for Meddling {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        request.url_mut().query_pairs_mut().append_pair("added", "later");
        request.set_body(r#"{"scopes":["voip"]}"#);
        request.insert_header("x-ms-date", "yesterday");
        next[0].send(context, request, &next[1..]).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_callers_policies_change_is_signed() {
    for is_per_try in [true, false] {
        let transport = MockTransport::new();
        transport.push(token());
        let mut options = transport.client_options();
        let policies: &mut Vec<Arc<dyn Policy>> = match is_per_try {
            true => &mut options.client_options.per_try_policies,
            false => &mut options.client_options.per_call_policies,
        };
        policies.push(Arc::new(Meddling));
        client(options).get_token(&user(), &[TokenScope::Chat], None).await.unwrap();
        let requests = transport.requests();
        assert!(requests[0].target().ends_with("added=later") && requests[0].body.ends_with(b"[\"voip\"]}"));
        assert!(is_signed(&requests[0]), "{:?}", requests[0]);
    }
}
