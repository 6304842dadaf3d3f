//! Every operation in every api-version, against the server of this workspace.

use std::time::Duration;

use azure_core::time::OffsetDateTime;
use callsign_client::error::InvalidArgument;
use callsign_client::mock::{MockReply, MockTransport};
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserAndTokenOptions,
    CommunicationIdentityClientCreateUserOptions, CommunicationIdentityClientGetTokenOptions,
    CommunicationUserIdentifier, ServiceError, TokenScope,
};
use callsign_protocol::version::ApiVersion;

use crate::house::{House, OLDEST, PREVIEW};

const HOUR: Duration = Duration::from_secs(3600);

/// How many minutes a token lives from now on, rounded: the clocks of server and test are one.
fn minutes_left(expires_on: OffsetDateTime) -> i64 {
    (expires_on - OffsetDateTime::now_utc() + azure_core::time::Duration::seconds(30)).whole_minutes()
}

async fn user(client: &CommunicationIdentityClient) -> CommunicationUserIdentifier {
    client.create_user(None).await.unwrap().into_model().unwrap()
}

fn named(custom_id: &str) -> Option<CommunicationIdentityClientCreateUserOptions<'static>> {
    Some(CommunicationIdentityClientCreateUserOptions {
        custom_id: Some(custom_id.to_owned()),
        ..Default::default()
    })
}

#[test]
fn create_issue_revoke_and_delete_work_in_every_version() {
    House::during(async |house| {
        for version in ApiVersion::ALL {
            let client = house.client(version.as_str());
            let user = user(&client).await;
            let token = client.get_token(&user, &[TokenScope::Chat, TokenScope::Voip], None).await.unwrap();
            let token = token.into_model().unwrap();
            assert_eq!(minutes_left(token.expires_on), 1440, "{version}");
            assert_eq!(token.token.secret().split('.').count(), 3);
            assert_eq!(
                u16::from(client.revoke_tokens(&user, None).await.unwrap().status()),
                204,
                "{version}"
            );
            assert_eq!(u16::from(client.delete_user(&user, None).await.unwrap().status()), 204, "{version}");
            if version > ApiVersion::V2020_07_20Preview2 {
                let error = client.get_token(&user, &[TokenScope::Chat], None).await.unwrap_err();
                assert_eq!(
                    ServiceError::try_from(&error).unwrap().code.as_deref(),
                    Some("IdentityNotFound"),
                    "{version}"
                );
            }
        }
    });
}

#[test]
fn a_user_and_its_token_come_in_one_call_in_every_version_but_the_oldest() {
    House::during(async |house| {
        for version in ApiVersion::ALL.into_iter().filter(|version| version.has_create_body()) {
            let client = house.client(version.as_str());
            let created = client.create_user_and_token(&[TokenScope::Voip], None).await.unwrap();
            assert_eq!(u16::from(created.status()), 201, "{version}");
            let created = created.into_model().unwrap();
            assert!(created.user.id().starts_with("8:acs:"));
            assert_eq!(minutes_left(created.access_token.expires_on), 1440, "{version}");
        }
        let refused =
            house.client(OLDEST).create_user_and_token(&[TokenScope::Voip], None).await.unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(InvalidArgument::NotInVersion { .. })), "{refused}");
        assert!(refused.to_string().contains("2020-07-20-preview2"), "{refused}");
    });
}

#[test]
fn a_lifetime_counts_in_the_versions_that_have_it() {
    House::during(async |house| {
        for version in ApiVersion::ALL {
            let client = house.client(version.as_str());
            let expected = if version.has_lifetime() { 60 } else { 1440 };
            let options = CommunicationIdentityClientGetTokenOptions {
                token_expires_in: Some(HOUR),
                ..Default::default()
            };
            let user = user(&client).await;
            let token = client.get_token(&user, &[TokenScope::Chat], Some(options)).await.unwrap();
            assert_eq!(minutes_left(token.into_model().unwrap().expires_on), expected, "{version}");
            if !version.has_create_body() {
                continue;
            }
            let options = CommunicationIdentityClientCreateUserAndTokenOptions {
                token_expires_in: Some(HOUR),
                ..Default::default()
            };
            let created = client.create_user_and_token(&[TokenScope::Chat], Some(options)).await.unwrap();
            assert_eq!(
                minutes_left(created.into_model().unwrap().access_token.expires_on),
                expected,
                "{version}"
            );
        }
    });
}

#[test]
fn every_scope_is_sent_by_its_word() {
    House::during(async |house| {
        let client = house.newest();
        let user = user(&client).await;
        let scopes = ["chat", "voip", "chat.join", "chat.join.limited", "voip.join"].map(TokenScope::from);
        let token = client.get_token(&user, &scopes, None).await.unwrap().into_model().unwrap();
        assert_eq!(
            claim(token.token.secret(), "acsScope"),
            "chat,voip,chat.join,chat.join.limited,voip.join"
        );
    });
}

fn claim(token: &str, name: &str) -> String {
    use base64::Engine as _;
    let payload =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    claims[name].as_str().unwrap().to_owned()
}

#[test]
fn the_same_custom_id_is_the_same_user_in_the_version_that_has_it_and_another_elsewhere() {
    House::during(async |house| {
        for version in ApiVersion::ALL.into_iter().filter(|version| version.has_create_body()) {
            let client = house.client(version.as_str());
            let first = client.create_user(named("alice@contoso.com")).await.unwrap().into_model().unwrap();
            let second = client.create_user(named("alice@contoso.com")).await.unwrap().into_model().unwrap();
            assert_eq!(first == second, version.has_custom_id(), "{version}");
        }
        let refused = house.client(OLDEST).create_user(named("alice@contoso.com")).await.unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(InvalidArgument::NotInVersion { .. })), "{refused}");
    });
}

#[test]
fn the_detail_of_a_user_tells_its_name_and_its_last_token() {
    House::during(async |house| {
        let client = house.client(PREVIEW);
        let user = client.create_user(named("bob")).await.unwrap().into_model().unwrap();
        let before = client.get_user_detail(&user, None).await.unwrap().into_model().unwrap();
        assert_eq!(
            (&before.user, before.custom_id.as_deref(), before.last_token_issued_at),
            (&user, Some("bob"), None)
        );

        let began = OffsetDateTime::now_utc() - azure_core::time::Duration::SECOND;
        client.get_token(&user, &[TokenScope::Chat], None).await.unwrap();
        let after = client.get_user_detail(&user, None).await.unwrap().into_model().unwrap();
        assert!(after.last_token_issued_at.is_some_and(|issued| issued >= began), "{after:?}");
    });
}

#[test]
fn the_detail_of_a_user_is_an_error_in_versions_without_it() {
    House::during(async |house| {
        for version in ApiVersion::ALL.into_iter().filter(|version| !version.has_custom_id()) {
            let client = house.client(version.as_str());
            let user = user(&client).await;
            let error = client.get_user_detail(&user, None).await.unwrap_err();
            let error = ServiceError::try_from(&error).unwrap();
            assert_eq!(
                (error.status, error.code.as_deref()),
                (400, Some("UnsupportedApiVersion")),
                "{version}"
            );
        }
    });
}

#[test]
fn clones_and_many_tasks_share_one_client() {
    House::during(async |house| {
        let client = house.newest();
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.create_user(None).await.unwrap().into_model().unwrap() })
            })
            .collect();
        let mut ids = std::collections::BTreeSet::new();
        for task in tasks {
            ids.insert(task.await.unwrap());
        }
        assert_eq!(ids.len(), 50);
    });
}

#[test]
fn a_resource_below_a_path_is_reached_with_and_without_a_slash() {
    House::during(async |house| {
        let name = &house.server.ready().resource;
        for endpoint in [format!("{}/{name}", house.http()), format!("{}/{name}//", house.http())] {
            let client =
                CommunicationIdentityClient::with_key_credential(&endpoint, house.credential(), None)
                    .unwrap();
            user(&client).await;
        }
    });
}

#[test]
fn a_call_that_is_given_up_does_not_spoil_the_client() {
    House::during(async |house| {
        let client = house.newest();
        for _ in 0..20 {
            // Polled once, so that it is under way, and dropped.
            let mut call = Box::pin(client.create_user(None));
            assert!(futures_util::poll!(&mut call).is_pending());
            drop(call);
        }
        user(&client).await;
    });
}

#[tokio::test]
async fn the_teams_exchange_says_who_is_expected_since_2022_06_01() {
    for version in ApiVersion::ALL {
        let transport = MockTransport::new();
        transport.push(MockReply::json(200, r#"{"token":"t","expiresOn":"2026-11-21T00:00:00+00:00"}"#));
        let mut options = transport.client_options();
        options.api_version = version.to_string();
        let text = "endpoint=https://contoso.communication.azure.com/;accesskey=a2V5";
        let client = CommunicationIdentityClient::from_connection_string(text, Some(options)).unwrap();
        client.get_token_for_teams_user(&"entra".into(), "app", "user", None).await.unwrap();
        let request = &transport.requests()[0];
        assert_eq!(request.target(), format!("/teamsUser/:exchangeAccessToken?api-version={version}"));
        let expected = match version >= ApiVersion::V2022_06_01 {
            true => r#"{"token":"entra","appId":"app","userId":"user"}"#,
            false => r#"{"token":"entra"}"#,
        };
        assert_eq!(request.body, expected, "{version}");
    }
}
