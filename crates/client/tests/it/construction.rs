//! Making clients and credentials: what is accepted, what is refused in which words, and that no secret shows.

use std::sync::Arc;

use azure_core::credentials::{AccessToken as EntraToken, Secret, TokenCredential, TokenRequestOptions};
use callsign_client::error::{Failure, InvalidArgument};
use callsign_client::mock::{MockReply, MockTransport};
use callsign_client::{
    AccessToken, CommunicationIdentityClient, CommunicationIdentityClientOptions,
    CommunicationTokenCredential, CommunicationUserIdentifier, KeyCredential, TokenScope,
};

const SECRET: &str = "c2VjcmV0LXNlY3JldA==";

#[derive(Debug)]
struct NoEntra;

#[async_trait::async_trait]
impl TokenCredential for NoEntra {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<EntraToken> {
        panic!("nothing here asks Entra")
    }
}

fn refusal(error: azure_core::Error) -> InvalidArgument {
    assert_eq!(Failure::of(&error), Failure::Argument, "{error}");
    assert!(!format!("{error} {error:?}").contains("c2VjcmV0"), "{error:?}");
    error.into_downcast().unwrap()
}

#[test]
fn a_connection_string_in_any_accepted_spelling_makes_a_client() {
    for text in [
        format!("endpoint=https://contoso.communication.azure.com/;accesskey={SECRET}"),
        format!("endpoint=https://contoso.communication.azure.com;accesskey={SECRET};"),
        format!("AccessKey={SECRET}; Endpoint=https://contoso.communication.azure.com//"),
        format!("endpoint=contoso.communication.azure.com;foo=bar;accesskey={SECRET}\n"),
    ] {
        let client = CommunicationIdentityClient::from_connection_string(&text, None).unwrap();
        assert_eq!(client.endpoint().as_str(), "https://contoso.communication.azure.com/", "{text}");
        assert!(!format!("{client:?}").contains("c2VjcmV0"), "{client:?}");
    }
}

#[test]
fn a_malformed_connection_string_is_refused_and_not_repeated() {
    for (text, words) in [
        (String::new(), "the connection string is empty"),
        (SECRET.trim_end_matches('=').to_owned(), "part 1 of the connection string has no '='"),
        (format!("accesskey={SECRET}"), "has no endpoint"),
        ("endpoint=https://h/".to_owned(), "has no accesskey"),
        ("endpoint=https://h/;accesskey=c2VjcmV0!".to_owned(), "not base64"),
        (format!("endpoint=ftp://h/;accesskey={SECRET}"), "neither https nor http"),
        (format!("endpoint=https://u:{SECRET}@h/;accesskey={SECRET}"), "user name or a password"),
        (format!("endpoint=http://contoso.communication.azure.com/;accesskey={SECRET}"), "use https"),
    ] {
        let error = CommunicationIdentityClient::from_connection_string(&text, None).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        refusal(error);
    }
}

#[test]
fn plain_http_needs_a_key_and_this_machine() {
    let with_key = |endpoint| {
        CommunicationIdentityClient::with_key_credential(endpoint, KeyCredential::new(SECRET).unwrap(), None)
    };
    for endpoint in [
        "http://localhost:8080",
        "http://127.0.0.1:8080/",
        "http://[::1]:8080",
        "https://contoso.communication.azure.com",
    ] {
        with_key(endpoint).unwrap();
    }
    let refused = refusal(with_key("http://contoso.communication.azure.com:8080").unwrap_err());
    assert_eq!(
        refused,
        InvalidArgument::PlainHttp { host: "contoso.communication.azure.com:8080".to_owned() }
    );
    let refused =
        CommunicationIdentityClient::new("http://localhost:8080", Arc::new(NoEntra), None).unwrap_err();
    assert_eq!(refusal(refused), InvalidArgument::PlainHttpBearer);
}

#[test]
fn an_application_id_at_which_azure_core_would_panic_is_refused() {
    let with_id = |id: &str| {
        let mut options = CommunicationIdentityClientOptions::default();
        options.client_options.user_agent.application_id = Some(id.to_owned());
        let credential = KeyCredential::new(SECRET).unwrap();
        CommunicationIdentityClient::with_key_credential("https://h", credential, Some(options))
    };
    with_id("my-app/1.0".replace('/', ".").as_str()).unwrap();
    for id in ["", "a b", "ä", "0123456789012345678901234"] {
        assert_eq!(refusal(with_id(id).unwrap_err()), InvalidArgument::ApplicationId, "{id}");
    }
}

#[tokio::test]
async fn a_users_id_cannot_lead_to_another_path() {
    let transport = MockTransport::new();
    let text = format!("endpoint=https://h/;accesskey={SECRET}");
    let client =
        CommunicationIdentityClient::from_connection_string(&text, Some(transport.client_options())).unwrap();
    for id in ["", ".", ".."] {
        let error = client.delete_user(&CommunicationUserIdentifier::new(id), None).await.unwrap_err();
        assert_eq!(refusal(error), InvalidArgument::UserId);
    }
    for id in ["../identities", "a/b?c#d", "%2e%2e"] {
        transport.push(MockReply::empty(204));
        client.delete_user(&CommunicationUserIdentifier::new(id), None).await.unwrap();
    }
    let targets: Vec<_> = transport.requests().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(
        targets,
        ["/identities/..%2Fidentities", "/identities/a%2Fb%3Fc%23d", "/identities/%252e%252e"]
    );
}

#[tokio::test]
async fn no_secret_shows_in_any_debug_form() {
    let token = "c2VjcmV0.dG9rZW4.c2ln";
    let transport = MockTransport::new();
    transport.push(MockReply::json(
        201,
        format!(r#"{{"identity":{{"id":"8:acs:a_b"}},"accessToken":{{"token":"{token}","expiresOn":"2026-11-21T00:00:00+00:00"}}}}"#),
    ));
    transport.push(MockReply::error(400, "ValidationError", "No."));
    let credential = KeyCredential::new(SECRET).unwrap();
    let options = transport.client_options();
    let shown_before = format!("{credential:?} {options:?}");
    let client =
        CommunicationIdentityClient::with_key_credential("https://h", credential, Some(options)).unwrap();
    let response = client.create_user_and_token(&[TokenScope::Chat], None).await.unwrap();
    let shown_response = format!("{response:?}");
    let model = response.into_model().unwrap();
    let entra_token = Secret::from(SECRET);
    let error = client.get_token_for_teams_user(&entra_token, "a", "u", None).await.unwrap_err();
    let held =
        CommunicationTokenCredential::new(AccessToken::new(token, model.access_token.expires_on)).unwrap();
    let shown = format!(
        "{shown_before} {client:?} {shown_response} {model:?} {error} {error:?} {held:?} {transport:?}"
    );
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
    assert_eq!(model.access_token.token.secret(), token);
}
