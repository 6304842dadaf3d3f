//! The exchange of an Entra user's token: nobody recorded it, so the replies are of the published shape (`live-behaviour.md` §5).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::Method;
use azure_core::time::{Duration, OffsetDateTime, to_rfc3339};
use callsign_client::error::{Failure, InvalidArgument};
use callsign_client::mock::{MockReply, MockTransport};
use callsign_client::{CommunicationTokenCredential, EntraCommunicationTokenCredentialOptions, ServiceError};

const ENDPOINT: &str = "https://contoso.communication.azure.com/";

/// Entra, as far as the exchange sees it.
#[derive(Debug, Default)]
struct Entra {
    asked: AtomicUsize,
    scopes: std::sync::Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl TokenCredential for Entra {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.scopes.lock().unwrap() = scopes.iter().map(ToString::to_string).collect();
        Ok(AccessToken::new("entra-token", OffsetDateTime::now_utc() + Duration::HOUR))
    }
}

fn options(transport: &MockTransport, scopes: &[&str]) -> Option<EntraCommunicationTokenCredentialOptions> {
    let scopes = (!scopes.is_empty()).then(|| scopes.iter().map(ToString::to_string).collect());
    let client_options = transport.client_options().client_options;
    Some(EntraCommunicationTokenCredentialOptions { scopes, client_options, ..Default::default() })
}

fn exchanged(token: &str, lives: Duration) -> MockReply {
    let expires_on = to_rfc3339(&(OffsetDateTime::now_utc() + lives));
    MockReply::json(
        200,
        format!(
            r#"{{"identity":{{"id":"8:acs:a_wf_b_c"}},"accessToken":{{"token":"{token}","expiresOn":"{expires_on}"}}}}"#
        ),
    )
}

#[tokio::test]
async fn each_kind_of_scope_has_its_route_and_its_version() {
    let manage_calls = "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls";
    for (scopes, asked, target) in [
        (
            &[][..],
            "https://communication.azure.com/clients/.default",
            "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview",
        ),
        (
            &["https://communication.azure.com/clients/VoIP"],
            "https://communication.azure.com/clients/VoIP",
            "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview",
        ),
        (&[manage_calls], manage_calls, "/access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30"),
    ] {
        let (transport, entra) = (MockTransport::new(), Arc::new(Entra::default()));
        transport.push(exchanged("acs-token", Duration::HOUR));
        let credential =
            CommunicationTokenCredential::with_entra(ENDPOINT, entra.clone(), options(&transport, scopes))
                .unwrap();
        assert_eq!(transport.requests().len(), 0, "nothing is sent before a token is wanted");

        let token = credential.get_token().await.unwrap();
        assert_eq!(token.token.secret(), "acs-token");
        credential.get_token().await.unwrap();

        let requests = transport.requests();
        assert_eq!(requests.len(), 1, "a token that lives is kept");
        let request = &requests[0];
        assert_eq!((request.method, request.target().as_str()), (Method::Post, target));
        assert_eq!(
            (request.header("authorization"), &request.body[..]),
            (Some("Bearer entra-token"), &b"{}"[..])
        );
        assert_eq!(
            (request.header("content-type"), request.header("accept")),
            (Some("application/json"), Some("application/json"))
        );
        assert_eq!(*entra.scopes.lock().unwrap(), [asked]);
    }
}

#[tokio::test]
async fn a_token_about_to_end_is_exchanged_again() {
    let (transport, entra) = (MockTransport::new(), Arc::new(Entra::default()));
    transport.push(exchanged("first", Duration::MINUTE));
    transport.push(exchanged("second", Duration::HOUR));
    let credential =
        CommunicationTokenCredential::with_entra(ENDPOINT, entra.clone(), options(&transport, &[])).unwrap();
    for expected in ["first", "second", "second"] {
        assert_eq!(credential.get_token().await.unwrap().token.secret(), expected);
    }
    assert_eq!(
        (transport.requests().len(), entra.asked.load(Ordering::SeqCst)),
        (2, 1),
        "Entra's own token lives on"
    );
}

#[tokio::test]
async fn a_refused_exchange_tells_why_and_a_reply_without_token_is_not_quoted() {
    let transport = MockTransport::new();
    transport.push(MockReply::error(403, "Forbidden", "The user has no licence."));
    transport.push(MockReply::json(200, r#"{"accessToken":"s3cr3t"}"#));
    transport.push(MockReply::json(201, r#"{"accessToken":"s3cr3t"}"#));
    let credential = CommunicationTokenCredential::with_entra(
        ENDPOINT,
        Arc::new(Entra::default()),
        options(&transport, &[]),
    )
    .unwrap();
    let refused = credential.get_token().await.unwrap_err();
    let service_error = ServiceError::try_from(&refused).unwrap();
    assert_eq!((service_error.status, service_error.message.as_str()), (403, "The user has no licence."));
    for _ in 0..2 {
        let unreadable = credential.get_token().await.unwrap_err();
        assert_eq!(Failure::of(&unreadable), Failure::Reply, "{unreadable}");
        assert!(!format!("{unreadable} {unreadable:?}").contains("s3cr3t"));
    }
}

#[test]
fn plain_http_and_mixed_scopes_are_refused() {
    let with = |endpoint, scopes: &[&str]| {
        CommunicationTokenCredential::with_entra(
            endpoint,
            Arc::new(Entra::default()),
            options(&MockTransport::new(), scopes),
        )
    };
    let refused = with("http://localhost:8080", &[]).unwrap_err();
    assert_eq!(refused.downcast_ref(), Some(&InvalidArgument::PlainHttpBearer));
    let mixed = [
        "https://communication.azure.com/clients/VoIP",
        "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls",
    ];
    let refused = with(ENDPOINT, &mixed).unwrap_err();
    assert_eq!(refused.downcast_ref(), Some(&InvalidArgument::EntraScopes));
}
