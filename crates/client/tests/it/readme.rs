//! The snippets of README.md, word for word, and that they run.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
/// Lines without their indentation.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_snippet_of_the_readme_is_run_here() {
    let (readme, here) = (include_str!("../../README.md"), lines(include_str!("readme.rs")));
    let snippets: Vec<_> =
        readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(snippets.len(), 9);
    for snippet in snippets {
        let wanted = lines(snippet);
        assert!(here.windows(wanted.len()).any(|window| window == wanted), "not run here:\n{snippet}");
    }
}

mod first_steps {
    use std::time::Duration;

    use callsign_client::{
        CommunicationIdentityClient, CommunicationIdentityClientGetTokenOptions, TokenScope,
    };

    async fn first_steps(connection_string: &str) -> azure_core::Result<()> {
        let client = CommunicationIdentityClient::from_connection_string(connection_string, None)?;

        let user = client.create_user(None).await?.into_model()?;
        println!("created {user}");

        let options = CommunicationIdentityClientGetTokenOptions {
            token_expires_in: Some(Duration::from_secs(60 * 60)),
            ..Default::default()
        };
        let scopes = [TokenScope::Chat, TokenScope::Voip];
        let token = client.get_token(&user, &scopes, Some(options)).await?.into_model()?;
        println!("a token until {}: {} characters", token.expires_on, token.token.secret().len());

        client.revoke_tokens(&user, None).await?;
        client.delete_user(&user, None).await?;
        Ok(())
    }

    #[test]
    fn it_runs() {
        crate::house::House::during(async |house| first_steps(&house.connection_string()).await.unwrap());
    }
}

mod with_a_key {
    use callsign_client::{CommunicationIdentityClient, KeyCredential};

    fn with_a_key(endpoint: &str, key: &str) -> azure_core::Result<CommunicationIdentityClient> {
        CommunicationIdentityClient::with_key_credential(endpoint, KeyCredential::new(key)?, None)
    }

    #[test]
    fn it_runs() {
        crate::house::House::during(async |house| {
            let client = with_a_key(house.http(), &house.key().expose_base64()).unwrap();
            client.create_user(None).await.unwrap();
        });
    }
}

mod as_an_application {
    use azure_core::credentials::Secret;
    use azure_identity::ClientSecretCredential;
    use callsign_client::CommunicationIdentityClient;

    fn as_an_application(
        endpoint: &str,
        tenant: &str,
        application: &str,
        secret: Secret,
    ) -> azure_core::Result<CommunicationIdentityClient> {
        let credential = ClientSecretCredential::new(tenant, application.to_owned(), secret, None)?;
        CommunicationIdentityClient::new(endpoint, credential, None)
    }

    /// The application of Alice.
    pub fn client(endpoint: &str) -> CommunicationIdentityClient {
        use crate::alice::{APPLICATION, SECRET, TENANT};
        as_an_application(endpoint, TENANT, APPLICATION, SECRET.into()).unwrap()
    }
}

mod let_users_in {
    use std::sync::Arc;

    use azure_core::credentials::TokenCredential;
    use callsign_client::{
        AccessToken, AssignmentsClient, CommunicationTokenCredential, EntraAssignmentRequest,
        EntraPrincipalType,
    };

    async fn let_in(
        assignments: &AssignmentsClient,
        tenant: &str,
        user: &str,
        application: &str,
    ) -> azure_core::Result<()> {
        let wanted = EntraAssignmentRequest::new(tenant, EntraPrincipalType::User, [application]);
        assignments.put_entra_assignment(user, &wanted, None).await?;
        Ok(())
    }

    async fn exchange(endpoint: &str, user: Arc<dyn TokenCredential>) -> azure_core::Result<AccessToken> {
        let credential = CommunicationTokenCredential::with_entra(endpoint, user, None)?;
        credential.get_token().await
    }

    #[test]
    fn it_runs_where_the_variables_of_callsign_env_are_set() {
        use crate::alice::{self, APPLICATION, Alice, OBJECT, TENANT};
        if crate::own_process::is_this() {
            return crate::own_process::run(async {
                let endpoint = std::env::var("COMMUNICATION_SERVICES_ENDPOINT").unwrap();
                let client = super::as_an_application::client(&endpoint);
                let assignments = AssignmentsClient::from(&client);
                let_in(&assignments, TENANT, OBJECT, APPLICATION).await.unwrap();
                exchange(&endpoint, Arc::new(Alice::here())).await.unwrap();
            });
        }
        crate::house::House::during_with(alice::is_known, async |house| {
            let name = "readme::let_users_in::it_runs_where_the_variables_of_callsign_env_are_set";
            crate::own_process::again(house, name, &[]).await;
        });
    }
}

mod name_a_user {
    use callsign_client::{
        CommunicationIdentityClient, CommunicationIdentityClientCreateUserOptions,
        CommunicationIdentityClientOptions,
    };

    async fn name_a_user(connection_string: &str) -> azure_core::Result<()> {
        let options = CommunicationIdentityClientOptions {
            api_version: "2025-03-02-preview".to_owned(),
            ..Default::default()
        };
        let client = CommunicationIdentityClient::from_connection_string(connection_string, Some(options))?;

        let named = CommunicationIdentityClientCreateUserOptions {
            custom_id: Some("alice@contoso.com".to_owned()),
            ..Default::default()
        };
        let user = client.create_user(Some(named)).await?.into_model()?;
        let detail = client.get_user_detail(&user, None).await?.into_model()?;
        assert_eq!(detail.custom_id.as_deref(), Some("alice@contoso.com"));
        Ok(())
    }

    #[test]
    fn it_runs() {
        crate::house::House::during(async |house| name_a_user(&house.connection_string()).await.unwrap());
    }
}

mod who_is_there {
    use azure_core::time::OffsetDateTime;
    use callsign_client::{CommunicationUserIdentifier, DirectoryClient, IdentityStatus};
    use futures_util::TryStreamExt as _;

    async fn forget_before(directory: &DirectoryClient, then: OffsetDateTime) -> azure_core::Result<()> {
        let mut identities = directory.list_identities(None)?;
        while let Some(identity) = identities.try_next().await? {
            println!("{} of {}", identity.user, identity.created_on);
        }
        let mut pruned = directory.prune_identities(then, None)?;
        while let Some(user) = pruned.try_next().await? {
            println!("{user} got no token since, and is deleted");
        }
        Ok(())
    }

    async fn sign_out(
        directory: &DirectoryClient,
        users: &[CommunicationUserIdentifier],
    ) -> azure_core::Result<usize> {
        let changes: Vec<_> = directory.revoke_identities(users, None)?.try_collect().await?;
        Ok(changes.iter().filter(|change| change.status == IdentityStatus::Revoked).count())
    }

    #[test]
    fn it_runs() {
        crate::house::House::during(async |house| {
            let (client, directory) = (house.newest(), DirectoryClient::from(&house.newest()));
            let user = client.create_user(None).await.unwrap().into_model().unwrap();
            assert_eq!(sign_out(&directory, &[user.clone(), user]).await.unwrap(), 2);
            forget_before(&directory, OffsetDateTime::UNIX_EPOCH).await.unwrap();
        });
    }
}

mod explain {
    use callsign_client::error::Failure;
    use callsign_client::{
        CommunicationIdentityClient, CommunicationUserIdentifier, ServiceError, TokenScope,
    };

    async fn explain(client: &CommunicationIdentityClient, user: &CommunicationUserIdentifier) -> String {
        let Err(error) = client.get_token(user, &[TokenScope::Chat], None).await else {
            return "no trouble".to_owned();
        };
        match ServiceError::try_from(&error) {
            Ok(refusal) => format!("{} {}", refusal.status, refusal.code.unwrap_or_default()),
            Err(_) => format!("{}. {}", Failure::of(&error), Failure::of(&error).hint()),
        }
    }

    #[test]
    fn it_runs() {
        let foreign = CommunicationUserIdentifier::new(crate::house::FOREIGN);
        crate::house::House::during(async |house| {
            let client = house.newest();
            assert_eq!(explain(&client, &foreign).await, "401 IdentityNotOwned");
            let user = client.create_user(None).await.unwrap().into_model().unwrap();
            assert_eq!(explain(&client, &user).await, "no trouble");
        });
    }

    #[tokio::test]
    async fn it_runs_without_a_service() {
        let endpoint = "https://contoso.communication.azure.com";
        let client =
            CommunicationIdentityClient::new(endpoint, std::sync::Arc::new(super::NoEntra), None).unwrap();
        let told = explain(&client, &CommunicationUserIdentifier::new("8:acs:a_b")).await;
        assert!(told.starts_with("no token could be got for the service. "), "{told}");
    }
}

mod hold_a_token {
    use azure_core::credentials::Secret;
    use callsign_client::{CommunicationTokenCredential, TokenRefreshOptions};

    async fn ask_the_back_end() -> azure_core::Result<Secret> {
        Ok(Secret::from("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjQwMDAwMDAwMDB9.c2ln"))
    }

    async fn hold_a_token() -> azure_core::Result<()> {
        let options = TokenRefreshOptions { refresh_proactively: true, ..Default::default() };
        let credential = CommunicationTokenCredential::with_refresher(ask_the_back_end, Some(options));

        let token = credential.get_token().await?;
        assert_eq!(token.expires_on.year(), 2096);

        credential.dispose();
        Ok(())
    }

    #[tokio::test]
    async fn it_runs() {
        hold_a_token().await.unwrap();
    }
}

mod a_full_service_is_told {
    use callsign_client::mock::{MockReply, MockTransport};
    use callsign_client::{CommunicationIdentityClient, ServiceError};

    async fn a_full_service_is_told() -> azure_core::Result<()> {
        let transport = MockTransport::new();
        transport.push(MockReply::error(403, "Forbidden", "No more users."));
        let connection_string = "endpoint=https://contoso.communication.azure.com/;accesskey=c2VjcmV0";
        let options = Some(transport.client_options());
        let client = CommunicationIdentityClient::from_connection_string(connection_string, options)?;

        let error = client.create_user(None).await.unwrap_err();

        assert_eq!(ServiceError::try_from(&error).map(|refusal| refusal.status), Ok(403));
        assert_eq!(transport.requests().len(), 1);
        Ok(())
    }

    #[tokio::test]
    async fn it_runs() {
        a_full_service_is_told().await.unwrap();
    }
}

#[derive(Debug)]
struct NoEntra;

#[async_trait::async_trait]
impl TokenCredential for NoEntra {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, "nobody signed in"))
    }
}
