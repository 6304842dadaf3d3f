//! Microsoft Entra from end to end: credentials of `azure_identity` and a user's tokens of the development authority, against the server of
//! this workspace, over https.

use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use callsign_client::error::Failure;
use callsign_client::{
    AccessToken, AssignmentsClient, AssignmentsClientOptions, CommunicationIdentityClient,
    CommunicationIdentityClientOptions, CommunicationTokenCredential, DirectoryClient,
    EntraAssignmentRequest, EntraCommunicationTokenCredentialOptions, EntraPrincipalType, Introspection,
    ServiceError, TeamsExtensionAssignmentRequest, TeamsExtensionPrincipalType, TokenScope,
};
use futures_util::TryStreamExt as _;

use crate::alice::{self, APPLICATION, Alice, OBJECT, READER, SECRET, TENANT};
use crate::house::House;

const MANAGE_CALLS: &str = "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls";
const TEAMS: [&str; 2] = [
    "https://auth.msft.communication.azure.com/Teams.ManageCalls",
    "https://auth.msft.communication.azure.com/Teams.ManageChats",
];

fn client(house: &House, credential: Arc<dyn TokenCredential>) -> CommunicationIdentityClient {
    let options = CommunicationIdentityClientOptions {
        client_options: house.client_options(),
        ..CommunicationIdentityClientOptions::default()
    };
    CommunicationIdentityClient::new(house.https(), credential, Some(options)).unwrap()
}

fn assignments(house: &House) -> AssignmentsClient {
    let options = AssignmentsClientOptions { client_options: house.client_options(), ..Default::default() };
    let credential = house.service_principal(TENANT, APPLICATION, SECRET);
    AssignmentsClient::new(house.https(), credential, Some(options)).unwrap()
}

fn exchange(house: &House, scopes: &[&str]) -> CommunicationTokenCredential {
    let scopes = (!scopes.is_empty()).then(|| scopes.iter().map(ToString::to_string).collect());
    let options = EntraCommunicationTokenCredentialOptions {
        scopes,
        client_options: house.client_options(),
        ..Default::default()
    };
    let alice = Arc::new(Alice::of(house));
    CommunicationTokenCredential::with_entra(house.https(), alice, Some(options)).unwrap()
}

/// What the server says of a token.
async fn told(house: &House, token: &Secret) -> Introspection {
    let directory = DirectoryClient::from(&house.newest());
    directory.introspect(token, None).await.unwrap().into_model().unwrap()
}

/// The status and code of a refusal.
fn refusal(error: &azure_core::Error) -> (u16, Option<String>, Option<String>) {
    let refusal = ServiceError::try_from(error).unwrap_or_else(|_| panic!("{error:?}"));
    (refusal.status, refusal.code, refusal.target)
}

#[test]
fn a_service_principal_does_all_by_the_tenants_name_and_by_its_id() {
    House::during_with(alice::is_known, async |house| {
        for tenant in ["adfs", TENANT] {
            let client = client(house, house.service_principal(tenant, APPLICATION, SECRET));
            let created = client.create_user_and_token(&[TokenScope::Chat], None).await.unwrap();
            let created = created.into_model().unwrap();
            client.get_token(&created.user, &[TokenScope::Voip], None).await.unwrap();
            client.revoke_tokens(&created.user, None).await.unwrap();
            assert!(!told(house, &created.access_token.token).await.active);
            client.delete_user(&created.user, None).await.unwrap();
            let assignments = AssignmentsClient::from(&client);
            assert_eq!(assignments.list_entra_assignments(None).unwrap().try_next().await.unwrap(), None);
        }
    });
}

#[test]
fn an_application_without_the_role_is_denied_and_a_wrong_secret_is_told_in_entras_words() {
    House::during_with(alice::is_known, async |house| {
        let reader = client(house, house.service_principal("adfs", READER, SECRET));
        let denied = reader.create_user(None).await.unwrap_err();
        assert_eq!(refusal(&denied), (401, Some("Denied".to_owned()), None));
        assert_eq!(Failure::of(&denied), Failure::Denied);
        assert!(Failure::of(&denied).hint().contains("role"), "{}", Failure::of(&denied).hint());

        let stranger = client(house, house.service_principal("adfs", APPLICATION, "s3cr3t"));
        let unknown = stranger.create_user(None).await.unwrap_err();
        assert_eq!(Failure::of(&unknown), Failure::Credential, "{unknown:?}");
        assert!(unknown.to_string().contains("AADSTS7000215"), "{unknown}");
        assert!(!format!("{unknown} {unknown:?}").contains("s3cr3t"), "{unknown:?}");
    });
}

#[test]
fn a_users_token_is_exchanged_as_soon_and_as_long_as_an_assignment_covers_the_user() {
    House::during_with(alice::is_known, async |house| {
        let assignments = assignments(house);
        let refused = exchange(house, &[]).get_token().await.unwrap_err();
        assert_eq!(refusal(&refused), (403, Some("Forbidden".to_owned()), None));

        let wanted = EntraAssignmentRequest::new(TENANT, EntraPrincipalType::User, [APPLICATION]);
        assignments.put_entra_assignment(OBJECT, &wanted, None).await.unwrap();
        for (scopes, allowed) in [
            (&[][..], &["chat", "chat.join", "chat.join.limited", "voip", "voip.join"][..]),
            (&["https://communication.azure.com/clients/VoIP"], &["voip"]),
        ] {
            let credential = exchange(house, scopes);
            let token = credential.get_token().await.unwrap();
            assert_eq!(credential.get_token().await.unwrap(), token, "one that lives is kept");
            let told = told(house, &token.token).await;
            let mut words: Vec<_> = told.scopes.iter().map(TokenScope::as_str).collect();
            words.sort_unstable();
            assert_eq!(words, allowed);
            let user = told.user.unwrap();
            assert!(user.id().ends_with(&format!("_wf_{TENANT}_{OBJECT}")), "{user}");
            assert_eq!(told.expires_on.unwrap(), token.expires_on);
        }

        let token = exchange(house, &[]).get_token().await.unwrap();
        assignments.delete_entra_assignment(OBJECT, None).await.unwrap();
        assert!(!told(house, &token.token).await.active);
        let refused = exchange(house, &[]).get_token().await.unwrap_err();
        assert_eq!(Failure::of(&refused), Failure::Denied, "{refused}");
    });
}

#[test]
fn a_token_of_the_teams_extension_is_exchanged_where_the_user_is_assigned() {
    House::during_with(alice::is_known, async |house| {
        let assignments = assignments(house);
        let refused = exchange(house, &[MANAGE_CALLS]).get_token().await.unwrap_err();
        assert_eq!(refusal(&refused), (403, Some("Forbidden".to_owned()), None));

        let of_user = TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipalType::User);
        assignments.put_teams_extension_assignment(TENANT, OBJECT, &of_user, None).await.unwrap();
        let token = exchange(house, &[MANAGE_CALLS]).get_token().await.unwrap();
        let told = told(house, &token.token).await;
        assert_eq!((told.active, told.scopes.as_slice()), (true, &[TokenScope::Voip][..]));
        let user = told.user.unwrap();
        assert!(user.id().ends_with(&format!("_{TENANT}_{OBJECT}")) && !user.id().contains("_wf_"), "{user}");

        let elsewhere = of_user.with_client_ids(["another application"]);
        assignments.put_teams_extension_assignment(TENANT, OBJECT, &elsewhere, None).await.unwrap();
        let refused = exchange(house, &[MANAGE_CALLS]).get_token().await.unwrap_err();
        assert_eq!(refusal(&refused).0, 403);
    });
}

#[test]
fn a_teams_users_token_is_exchanged_for_that_user_and_that_application_only() {
    House::during_with(alice::is_known, async |house| {
        let client = client(house, house.service_principal("adfs", APPLICATION, SECRET));
        let entra = Alice::of(house).get_token(&TEAMS, None).await.unwrap().token;
        let token = client.get_token_for_teams_user(&entra, APPLICATION, OBJECT, None).await.unwrap();
        let token = token.into_model().unwrap();
        let ends = AccessToken::try_from(entra.clone()).unwrap().expires_on;
        assert_eq!(token.expires_on, ends, "it ends with the Entra token");
        assert!(told(house, &token.token).await.active);

        for (application, object, target) in [(TENANT, OBJECT, "appId"), (APPLICATION, TENANT, "userId")] {
            let refused =
                client.get_token_for_teams_user(&entra, application, object, None).await.unwrap_err();
            let expected = (400, Some("ValidationError".to_owned()), Some(target.to_owned()));
            assert_eq!(refusal(&refused), expected);
        }
        let other = Alice::of(house).get_token(&[MANAGE_CALLS], None).await.unwrap().token;
        for wrong in [other, Secret::from("s3cr3t")] {
            let refused =
                client.get_token_for_teams_user(&wrong, APPLICATION, OBJECT, None).await.unwrap_err();
            assert_eq!(refusal(&refused), (401, Some("InvalidAccessToken".to_owned()), None));
            assert!(!format!("{refused} {refused:?}").contains(wrong.secret()));
        }
    });
}
