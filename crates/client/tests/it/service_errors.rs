//! Errors: each one that was recorded of the live service and that the server of this workspace gives, as the client tells it.

use std::sync::Arc;
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::{ClientOptions, RetryOptions};
use azure_core::time::OffsetDateTime;
use callsign_client::clock::Clock;
use callsign_client::error::{Failure, is_safe_to_retry};
use callsign_client::mock::{MockReply, MockTransport};
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserAndTokenOptions,
    CommunicationIdentityClientGetTokenOptions, CommunicationIdentityClientOptions,
    CommunicationUserIdentifier, KeyCredential, ServiceError, TokenScope,
};

use crate::house::{FOREIGN, House, OLDEST, PREVIEW};

/// Status, code, text and target, as `live-behaviour.md` §1.2 lists them.
type Expected = (u16, &'static str, &'static str, Option<&'static str>);

const NOT_OWNED: Expected =
    (401, "IdentityNotOwned", "Provided identity doesn't belong to the resource.", None);
const DENIED: Expected = (401, "Denied", "Denied by the resource provider.", None);

fn check(error: &azure_core::Error, (status, code, message, target): Expected) -> ServiceError {
    let read = ServiceError::try_from(error).unwrap_or_else(|_| panic!("{error:?}"));
    assert_eq!(
        (read.status, read.code.as_deref(), read.message.as_str(), read.target.as_deref()),
        (status, Some(code), message, target)
    );
    assert!(!read.is_safe_to_retry(), "{error}");
    let text = error.to_string();
    let id = read.request_id.clone().expect("the service repeats the request's id");
    for word in [&status.to_string(), code, message, target.unwrap_or_default(), &id, "not safe to retry"] {
        assert!(text.contains(word), "{text}: {word}");
    }
    assert!(read.correlation_vector.is_some());
    read
}

fn lifetime(minutes: u64) -> Option<CommunicationIdentityClientGetTokenOptions<'static>> {
    let token_expires_in = Some(Duration::from_secs(60 * minutes));
    Some(CommunicationIdentityClientGetTokenOptions { token_expires_in, ..Default::default() })
}

#[test]
fn every_recorded_error_of_the_identity_routes_is_told_in_full() {
    House::during(async |house| {
        for version in ["2022-10-01", "2023-10-01", PREVIEW, "2025-06-30", "2026-09-23"] {
            let client = house.client(version);
            let user = client.create_user(None).await.unwrap().into_model().unwrap();
            let chat = [TokenScope::Chat];
            for (minutes, text) in [
                (59, "ExpiresInMinutes value 59 is invalid. Value must be within the [60, 1440] interval."),
                (
                    1441,
                    "ExpiresInMinutes value 1441 is invalid. Value must be within the [60, 1440] interval.",
                ),
            ] {
                let expected = (400, "ValidationError", text, Some("ExpiresInMinutes"));
                check(&client.get_token(&user, &chat, lifetime(minutes)).await.unwrap_err(), expected);
                let options = CommunicationIdentityClientCreateUserAndTokenOptions {
                    token_expires_in: Some(Duration::from_secs(60 * minutes)),
                    ..Default::default()
                };
                check(&client.create_user_and_token(&chat, Some(options)).await.unwrap_err(), expected);
            }
            let no_scope =
                (400, "ValidationError", "Invalid scopes - Scopes field is required.", Some("scopes"));
            check(&client.get_token(&user, &[], None).await.unwrap_err(), no_scope);
            let foreign = CommunicationUserIdentifier::new(FOREIGN);
            check(&client.get_token(&foreign, &chat, None).await.unwrap_err(), NOT_OWNED);
            check(&client.revoke_tokens(&foreign, None).await.unwrap_err(), NOT_OWNED);
            check(&client.delete_user(&foreign, None).await.unwrap_err(), NOT_OWNED);
        }
    });
}

#[test]
fn a_wrong_key_is_denied_in_every_operation() {
    House::during(async |house| {
        let credential = KeyCredential::new("d3Jvbmc=").unwrap();
        let client =
            CommunicationIdentityClient::with_key_credential(house.http(), credential, None).unwrap();
        let user = CommunicationUserIdentifier::new(FOREIGN);
        let errors = [
            client.create_user(None).await.unwrap_err(),
            client.create_user_and_token(&[TokenScope::Chat], None).await.unwrap_err(),
            client.get_token(&user, &[TokenScope::Chat], None).await.unwrap_err(),
            client.revoke_tokens(&user, None).await.unwrap_err(),
            client.delete_user(&user, None).await.unwrap_err(),
        ];
        for error in errors {
            check(&error, DENIED);
            assert_eq!(Failure::of(&error), Failure::Denied);
        }
    });
}

#[test]
fn a_replaced_key_is_used_at_once() {
    House::during(async |house| {
        let credential = KeyCredential::new("d3Jvbmc=").unwrap();
        let client =
            CommunicationIdentityClient::with_key_credential(house.http(), credential.clone(), None).unwrap();
        check(&client.create_user(None).await.unwrap_err(), DENIED);
        credential.update(&house.key().expose_base64()).unwrap();
        client.create_user(None).await.unwrap();
    });
}

#[derive(Debug)]
struct SlowBy(azure_core::time::Duration);

impl Clock for SlowBy {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() - self.0
    }
}

#[test]
fn a_wrong_clock_an_unknown_version_and_a_deleted_user_are_told_apart() {
    House::during(async |house| {
        let slow = house.credential().with_clock(Arc::new(SlowBy(azure_core::time::Duration::HOUR)));
        let client = CommunicationIdentityClient::with_key_credential(house.http(), slow, None).unwrap();
        let error = client.create_user(None).await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::Clock, "{error}");

        let error = house.client("2019-01-01").create_user(None).await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::ApiVersion, "{error}");

        let client = house.newest();
        let user = client.create_user(None).await.unwrap().into_model().unwrap();
        client.delete_user(&user, None).await.unwrap();
        let error = client.get_token(&user, &[TokenScope::Chat], None).await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::NotFound, "{error}");

        let nobody = CommunicationUserIdentifier::new("not an id/at all?");
        let error = client.get_token(&nobody, &[TokenScope::Chat], None).await.unwrap_err();
        assert_eq!(ServiceError::try_from(&error).unwrap().target.as_deref(), Some("id"), "{error}");
        assert_eq!(Failure::of(&error), Failure::Refused);
    });
}

#[test]
fn errors_of_the_oldest_version_are_told_as_well() {
    House::during(async |house| {
        let client = house.client(OLDEST);
        let error = client
            .get_token(&CommunicationUserIdentifier::new(FOREIGN), &[TokenScope::Chat], None)
            .await
            .unwrap_err();
        check(&error, NOT_OWNED);
    });
}

fn without_retries() -> Option<CommunicationIdentityClientOptions> {
    let client_options = ClientOptions { retry: RetryOptions::none(), ..ClientOptions::default() };
    Some(CommunicationIdentityClientOptions {
        client_options,
        ..CommunicationIdentityClientOptions::default()
    })
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    // Bound and not listening any more: nobody answers at this port.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let credential = KeyCredential::new("a2V5").unwrap();
    let client =
        CommunicationIdentityClient::with_key_credential(&endpoint, credential, without_retries()).unwrap();
    let error = client.create_user(None).await.unwrap_err();
    assert_eq!((Failure::of(&error), error.kind()), (Failure::Unreachable, &ErrorKind::Connection));
    assert!(is_safe_to_retry(&error));
    assert!(error.to_string().contains("cannot be reached at 127.0.0.1:"), "{error}");
}

async fn answer(reply: MockReply) -> azure_core::Error {
    let transport = MockTransport::new();
    transport.push(reply);
    let mut options = transport.client_options();
    options.client_options.retry = RetryOptions::none();
    let text = "endpoint=https://contoso.communication.azure.com/;accesskey=a2V5";
    let client = CommunicationIdentityClient::from_connection_string(text, Some(options)).unwrap();
    match client.create_user(None).await {
        Ok(reply) => reply.into_model().unwrap_err(),
        Err(error) => error,
    }
}

#[tokio::test]
async fn replies_that_are_not_the_services_own_keep_their_status() {
    let error = answer(MockReply::empty(502)).await;
    let read = ServiceError::try_from(&error).unwrap();
    assert_eq!((read.status, read.code, read.message.as_str()), (502, None, "Bad Gateway"));
    assert!(read.request_id.is_some(), "the id that was sent stands in");

    let error = answer(MockReply::json(429, "<html>slow down</html>")).await;
    assert_eq!(Failure::of(&error), Failure::Throttled);
    assert!(is_safe_to_retry(&error), "{error}");

    for (reply, failure) in [
        (MockReply::json(201, "<html>welcome</html>"), Failure::Reply),
        (MockReply::json(200, r#"{"identity":{"id":"8:acs:a_b"}}"#), Failure::Reply),
        (MockReply::json(404, "<html>nothing here</html>"), Failure::Reply),
        (MockReply::error(404, "NotFound", "No."), Failure::Refused),
        (MockReply::broken_connection(), Failure::Interrupted),
        (MockReply::error(503, "ServiceUnavailable", "Later."), Failure::ServerFault),
    ] {
        let error = answer(reply).await;
        assert_eq!(Failure::of(&error), failure, "{error}");
        assert!(!is_safe_to_retry(&error), "a create could have happened: {error}");
    }
}
