//! Assignments against the server of this workspace, over https.

use std::collections::{BTreeMap, BTreeSet};

use azure_core::http::pager::Page as _;
use callsign_client::error::Failure;
use callsign_client::{
    AssignmentsClient, AssignmentsClientOptions, EntraAssignmentRequest, EntraPrincipalType, KeyCredential,
    ServiceError, TeamsExtensionAssignmentRequest, TeamsExtensionPrincipalType,
};
use futures_util::TryStreamExt as _;

use crate::house::House;

const TENANT: &str = "3f14cf17-84d5-42c2-8689-a6365c474b4e";
const OBJECT: &str = "350adb03-7be9-4846-b078-35adb0d0e119";
const CLIENT: &str = "07474a86-625a-452f-977b-db4e13f21260";

fn options(house: &House) -> AssignmentsClientOptions {
    AssignmentsClientOptions { client_options: house.client_options(), ..Default::default() }
}

fn assignments(house: &House) -> AssignmentsClient {
    AssignmentsClient::with_key_credential(house.https(), house.credential(), Some(options(house))).unwrap()
}

fn of_user() -> EntraAssignmentRequest {
    EntraAssignmentRequest::new(TENANT, EntraPrincipalType::User, [CLIENT])
}

/// As many object ids as a test wants, in order.
fn object(number: u32) -> String {
    format!("{number:08x}-7be9-4846-b078-35adb0d0e119")
}

/// The status, the code, the target and the kind of a refusal.
fn refusal(error: &azure_core::Error) -> (u16, String, Option<String>, Failure) {
    let refusal = ServiceError::try_from(error).unwrap_or_else(|_| panic!("{error:?}"));
    (refusal.status, refusal.code.unwrap(), refusal.target, Failure::of(error))
}

#[test]
fn an_entra_assignment_is_put_replaced_read_and_deleted() {
    House::during(async |house| {
        let client = assignments(house);
        let first = client.put_entra_assignment(OBJECT, &of_user(), None).await.unwrap();
        assert_eq!(u16::from(first.status()), 201);
        let mut other = of_user();
        other.client_ids.push("another".to_owned());
        let second = client.put_entra_assignment(OBJECT, &other, None).await.unwrap();
        assert_eq!(u16::from(second.status()), 200);
        let read = client.get_entra_assignment(OBJECT, None).await.unwrap().into_model().unwrap();
        assert_eq!(read, second.into_model().unwrap());
        assert_eq!((read.object_id.as_str(), read.client_ids), (OBJECT, other.client_ids));
        for _ in 0..2 {
            client.delete_entra_assignment(OBJECT, None).await.unwrap();
        }
        let gone = client.get_entra_assignment(OBJECT, None).await.unwrap_err();
        assert_eq!(refusal(&gone), (404, "AssignmentNotFound".to_owned(), None, Failure::NotFound));
    });
}

#[test]
fn a_teams_extension_assignment_is_put_read_and_deleted_in_every_version_that_has_it() {
    House::during(async |house| {
        for version in ["2025-03-02-preview", "2025-06-30", "2026-09-23"] {
            let options = AssignmentsClientOptions {
                teams_extension_api_version: version.to_owned(),
                ..options(house)
            };
            let client =
                AssignmentsClient::with_key_credential(house.https(), house.credential(), Some(options));
            let client = client.unwrap();
            for principal in [TeamsExtensionPrincipalType::User, TeamsExtensionPrincipalType::ResourceAccount]
            {
                let bare = TeamsExtensionAssignmentRequest::new(principal.clone());
                for wanted in [bare.clone(), bare.with_client_ids([CLIENT])] {
                    let put = client.put_teams_extension_assignment(TENANT, OBJECT, &wanted, None).await;
                    let put = put.unwrap().into_model().unwrap();
                    assert_eq!((&put.principal_type, &put.client_ids), (&principal, &wanted.client_ids));
                    let read = client.get_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap();
                    assert_eq!(read.into_model().unwrap(), put, "{version}");
                }
            }
            client.delete_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap();
            let gone = client.get_teams_extension_assignment(TENANT, OBJECT, None).await.unwrap_err();
            assert_eq!(Failure::of(&gone), Failure::NotFound, "{gone}");
        }
    });
}

#[test]
fn many_are_put_in_one_step_and_listed_over_several_pages() {
    House::during(async |house| {
        let client = assignments(house);
        let none: Vec<_> = client.list_entra_assignments(None).unwrap().try_collect().await.unwrap();
        assert_eq!(none, []);
        let all: BTreeSet<_> = (1..=230).map(object).collect();
        let changes: BTreeMap<_, _> = all.iter().map(|object| (object.clone(), Some(of_user()))).collect();
        let put = client.update_entra_assignments(&changes, None).await.unwrap().into_model().unwrap();
        assert_eq!(put.value.len(), all.len());

        let listed = client.list_entra_assignments(None).unwrap();
        let listed: Vec<_> = listed.map_ok(|one| one.object_id).try_collect().await.unwrap();
        assert!(listed.iter().eq(&all), "each once, in order: {listed:?}");
        let mut pages = client.list_entra_assignments(None).unwrap().into_pages();
        let mut sizes = Vec::new();
        while let Some(page) = pages.try_next().await.unwrap() {
            sizes.push(page.into_items().await.unwrap().len());
        }
        assert_eq!(sizes, [100, 100, 30]);

        let mut changes: BTreeMap<_, _> = all.iter().map(|object| (object.clone(), None)).collect();
        changes.insert(OBJECT.to_owned(), Some(of_user()));
        let put = client.update_entra_assignments(&changes, None).await.unwrap().into_model().unwrap();
        let left: Vec<_> = client.list_entra_assignments(None).unwrap().try_collect().await.unwrap();
        assert_eq!((left[0].object_id.as_str(), &left), (OBJECT, &put.value));
    });
}

#[test]
fn a_list_of_a_resource_below_a_path_stays_below_it() {
    House::during(async |house| {
        let below = format!("{}/{}", house.https(), house.server.ready().resource);
        let client =
            AssignmentsClient::with_key_credential(&below, house.credential(), Some(options(house))).unwrap();
        let changes: BTreeMap<_, _> = (1..=101).map(|number| (object(number), Some(of_user()))).collect();
        client.update_entra_assignments(&changes, None).await.unwrap();
        let listed: Vec<_> = client.list_entra_assignments(None).unwrap().try_collect().await.unwrap();
        assert_eq!(listed.len(), 101);
    });
}

#[test]
fn what_the_service_refuses_is_typed_and_nothing_is_done() {
    House::during(async |house| {
        let client = assignments(house);
        let invalid =
            |target: &str| (400, "ValidationError".to_owned(), Some(target.to_owned()), Failure::Refused);
        let error = client.put_entra_assignment("no-guid", &of_user(), None).await.unwrap_err();
        assert_eq!(refusal(&error), invalid("objectId"));
        let unknown = EntraAssignmentRequest::new(TENANT, "robot".into(), [CLIENT]);
        let error = client.put_entra_assignment(OBJECT, &unknown, None).await.unwrap_err();
        assert_eq!(refusal(&error), invalid("principalType"));
        let changes =
            BTreeMap::from([(OBJECT.to_owned(), Some(of_user())), (TENANT.to_owned(), Some(unknown))]);
        let error = client.update_entra_assignments(&changes, None).await.unwrap_err();
        assert_eq!(refusal(&error), invalid("principalType"));
        let left: Vec<_> = client.list_entra_assignments(None).unwrap().try_collect().await.unwrap();
        assert_eq!(left, []);

        let wrong = KeyCredential::new("d3Jvbmc=").unwrap();
        let stranger =
            AssignmentsClient::with_key_credential(house.https(), wrong, Some(options(house))).unwrap();
        let error = stranger.get_entra_assignment(OBJECT, None).await.unwrap_err();
        assert_eq!(refusal(&error), (401, "Denied".to_owned(), None, Failure::Denied));
        let stable =
            AssignmentsClientOptions { entra_api_version: "2026-09-23".to_owned(), ..options(house) };
        let client = AssignmentsClient::with_key_credential(house.https(), house.credential(), Some(stable));
        let error = client.unwrap().get_entra_assignment(OBJECT, None).await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::ApiVersion, "{error}");
    });
}
