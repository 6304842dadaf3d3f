//! The directory against the server of this workspace.

use azure_core::credentials::Secret;
use azure_core::http::pager::Page as _;
use azure_core::time::{Duration, OffsetDateTime};
use callsign_client::error::Failure;
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserOptions, CommunicationUserIdentifier,
    DirectoryClient, DirectoryClientListIdentitiesOptions, DirectoryClientListLogsOptions,
    DirectoryClientPruneIdentitiesOptions, IdentityStatus, KeyCredential, ServiceError, TokenScope,
};
use futures_util::TryStreamExt as _;

use crate::house::{FOREIGN, House, PREVIEW};

fn directory(house: &House) -> DirectoryClient {
    DirectoryClient::from(&house.newest())
}

async fn user(client: &CommunicationIdentityClient) -> CommunicationUserIdentifier {
    client.create_user(None).await.unwrap().into_model().unwrap()
}

async fn token(client: &CommunicationIdentityClient, user: &CommunicationUserIdentifier) -> Secret {
    client.get_token(user, &[TokenScope::Chat], None).await.unwrap().into_model().unwrap().token
}

async fn listed(
    directory: &DirectoryClient,
    options: DirectoryClientListIdentitiesOptions,
) -> Vec<CommunicationUserIdentifier> {
    let identities = directory.list_identities(Some(options)).unwrap();
    identities.map_ok(|identity| identity.user).try_collect().await.unwrap()
}

#[test]
fn identities_are_listed_over_several_pages_by_what_is_known_of_them() {
    House::during(async |house| {
        let (client, directory) = (house.client(PREVIEW), directory(house));
        let began = OffsetDateTime::now_utc() - Duration::SECOND;
        let mut users = Vec::new();
        for number in 0..7 {
            let options = CommunicationIdentityClientCreateUserOptions {
                custom_id: Some(format!("user & {number}")),
                ..Default::default()
            };
            users.push(client.create_user(Some(options)).await.unwrap().into_model().unwrap());
        }
        token(&client, &users[3]).await;
        let mut sorted = users.clone();
        sorted.sort();
        let two = DirectoryClientListIdentitiesOptions { page_size: Some(2), ..Default::default() };
        assert_eq!(listed(&directory, two.clone()).await, sorted);
        let mut pages = directory.list_identities(Some(two.clone())).unwrap().into_pages();
        let first = pages.try_next().await.unwrap().unwrap().into_model().unwrap();
        assert!(first.next_link.is_some() && first.into_items().await.unwrap().len() == 2);

        let named = DirectoryClientListIdentitiesOptions {
            custom_id: Some("user & 3".to_owned()),
            ..Default::default()
        };
        let found: Vec<_> = directory.list_identities(Some(named)).unwrap().try_collect().await.unwrap();
        assert_eq!((&found[0].user, found[0].custom_id.as_deref()), (&users[3], Some("user & 3")));
        assert!(found[0].created_on >= began && found[0].last_token_issued_at.unwrap() >= began);

        let never = DirectoryClientListIdentitiesOptions { never_issued: true, ..two.clone() };
        let never = listed(&directory, never).await;
        assert!(never.len() == 6 && !never.contains(&users[3]));
        let after = |last_issued_after, created_after| DirectoryClientListIdentitiesOptions {
            last_issued_after,
            created_after,
            ..two.clone()
        };
        assert_eq!(listed(&directory, after(Some(began), Some(began))).await, users[3..4]);
        let later = OffsetDateTime::now_utc() + Duration::HOUR;
        assert_eq!(listed(&directory, after(None, Some(later))).await, []);
        let before = |last_issued_before, created_before| DirectoryClientListIdentitiesOptions {
            last_issued_before,
            created_before,
            ..two.clone()
        };
        assert_eq!(listed(&directory, before(Some(later), None)).await, users[3..4]);
        assert_eq!(listed(&directory, before(None, Some(began))).await, []);
    });
}

#[test]
fn more_than_a_thousand_are_deleted_and_revoked_and_each_is_answered() {
    House::during(async |house| {
        let (client, directory) = (house.newest(), directory(house));
        let mut users = Vec::new();
        for _ in 0..3 {
            users.push(user(&client).await);
        }
        let token = token(&client, &users[0]).await;
        let resource = users[0].id().strip_prefix("8:acs:").unwrap().split('_').next().unwrap();
        let absent = |number| {
            CommunicationUserIdentifier::new(format!(
                "8:acs:{resource}_00000000-0000-0000-0000-{number:012x}"
            ))
        };
        let mut all: Vec<_> = (0..1_000).map(absent).collect();
        all.extend(users.clone());
        let revoked: Vec<_> = directory.revoke_identities(&all, None).unwrap().try_collect().await.unwrap();
        assert!(revoked.iter().map(|change| &change.user).eq(&all));
        assert!(revoked[..1_000].iter().all(|change| change.status == IdentityStatus::Absent));
        assert!(revoked[1_000..].iter().all(|change| change.status == IdentityStatus::Revoked));
        assert!(!directory.introspect(&token, None).await.unwrap().into_model().unwrap().active);

        let deleted: Vec<_> = directory.delete_identities(&all, None).unwrap().try_collect().await.unwrap();
        assert!(deleted[1_000..].iter().all(|change| change.status == IdentityStatus::Deleted));
        let again: Vec<_> = directory.delete_identities(&users, None).unwrap().try_collect().await.unwrap();
        assert!(again.iter().all(|change| change.status == IdentityStatus::Absent));
        assert_eq!(listed(&directory, Default::default()).await, []);
    });
}

#[test]
fn one_wrong_id_and_nothing_of_its_request_is_done() {
    House::during(async |house| {
        let (client, directory) = (house.newest(), directory(house));
        let mine = user(&client).await;
        for (wrong, code) in [(FOREIGN, "IdentityNotOwned"), ("8:acs:wrong", "ValidationError")] {
            let ids = [mine.clone(), CommunicationUserIdentifier::new(wrong)];
            let refused = directory.delete_identities(&ids, None).unwrap().try_next().await.unwrap_err();
            assert_eq!(ServiceError::try_from(&refused).unwrap().code.as_deref(), Some(code), "{refused}");
            assert_eq!(Failure::of(&refused), Failure::Refused);
        }
        assert_eq!(listed(&directory, Default::default()).await, [mine]);
    });
}

#[test]
fn a_dry_run_names_whom_the_prune_deletes() {
    House::during(async |house| {
        let (client, directory) = (house.newest(), directory(house));
        let (first, second) = (user(&client).await, user(&client).await);
        let mut both = vec![first, second];
        both.sort();
        let (before, later) =
            (OffsetDateTime::now_utc() - Duration::HOUR, OffsetDateTime::now_utc() + Duration::HOUR);
        let pruned = async |since, dry_run| {
            let options = DirectoryClientPruneIdentitiesOptions { dry_run, ..Default::default() };
            let ids = directory.prune_identities(since, Some(options)).unwrap();
            ids.try_collect::<Vec<_>>().await.unwrap()
        };
        assert_eq!(pruned(before, false).await, []);
        assert_eq!(pruned(later, true).await, both);
        assert_eq!(listed(&directory, Default::default()).await, both);
        assert_eq!(pruned(later, false).await, both);
        assert_eq!(listed(&directory, Default::default()).await, []);
    });
}

#[test]
fn a_token_is_good_until_it_is_revoked_and_nothing_else_is() {
    House::during(async |house| {
        let (client, directory) = (house.newest(), directory(house));
        let user = user(&client).await;
        let token = token(&client, &user).await;
        let good = directory.introspect(&token, None).await.unwrap().into_model().unwrap();
        assert!(good.active);
        assert_eq!((good.user.as_ref(), good.scopes.as_slice()), (Some(&user), &[TokenScope::Chat][..]));
        assert_eq!(good.expires_on.unwrap() - good.issued_on.unwrap(), Duration::DAY);
        assert!(good.issuer.is_some() && good.token_id.is_some());
        client.revoke_tokens(&user, None).await.unwrap();
        for dead in [&token, &Secret::from("no token at all"), &Secret::from("a&b=c")] {
            let answer = directory.introspect(dead, None).await.unwrap().into_model().unwrap();
            assert!(!answer.active && answer.user.is_none() && answer.scopes.is_empty());
        }
        let refused = directory.introspect(&Secret::from(""), None).await.unwrap_err();
        assert_eq!(ServiceError::try_from(&refused).unwrap().target.as_deref(), Some("token"), "{refused}");
    });
}

#[test]
fn a_wrong_key_is_denied_and_a_resource_below_a_path_is_reached() {
    House::during(async |house| {
        let wrong = KeyCredential::new("d3Jvbmc=").unwrap();
        let stranger = DirectoryClient::with_key_credential(house.http(), wrong, None).unwrap();
        let refused = stranger.list_identities(None).unwrap().try_next().await.unwrap_err();
        assert_eq!(Failure::of(&refused), Failure::Denied, "{refused}");
        assert_eq!(ServiceError::try_from(&refused).unwrap().code.as_deref(), Some("Denied"));

        let client = house.newest();
        let both = [user(&client).await, user(&client).await];
        let below = format!("{}/{}", house.http(), house.server.ready().resource);
        let directory = DirectoryClient::with_key_credential(&below, house.credential(), None).unwrap();
        let single = DirectoryClientListIdentitiesOptions { page_size: Some(1), ..Default::default() };
        assert_eq!(listed(&directory, single).await.len(), both.len());
    });
}

#[test]
fn records_of_requests_are_answered_and_followed() {
    House::during(async |house| {
        let (client, directory) = (house.newest(), directory(house));
        let (one, other) = (user(&client).await, user(&client).await);
        token(&client, &one).await;
        let about = DirectoryClientListLogsOptions { user: Some(one.clone()), ..Default::default() };
        let page = directory.list_logs(Some(about.clone())).await.unwrap().into_model().unwrap();
        let names: Vec<_> = page.records.iter().map(|record| record.operation_name.as_str()).collect();
        assert_eq!(names, ["CreateIdentity", "CreateToken"]);
        let last = page.records.last().unwrap();
        assert_eq!(
            (last.result_signature.as_str(), last.scopes.as_slice()),
            ("200", ["chat".to_owned()].as_slice())
        );
        assert!(last.sdk_type.as_deref().unwrap().starts_with("azsdk-rust-"), "{last:?}");
        token(&client, &other).await;
        token(&client, &one).await;
        let after =
            DirectoryClientListLogsOptions { after: Some(page.next), wait_seconds: Some(30), ..about };
        let news = directory.list_logs(Some(after)).await.unwrap().into_model().unwrap();
        assert_eq!(news.records.len(), 1);
        assert_eq!(news.records[0].callsign_identity_id.as_deref(), Some(one.id()));
    });
}
