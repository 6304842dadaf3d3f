//! What every call puts on the wire in every api-version, compared with the table in `tests/vectors/client/`.

mod arrived;
mod call;
mod table;

use std::collections::BTreeSet;

use arrived::Arrived;
use azure_core::http::RetryOptions;
use call::Credential;
use callsign_client::CommunicationIdentityClient;
use callsign_client::mock::{MockReply, MockTransport};
use callsign_protocol::version::ApiVersion;
use table::{Authentication, Row, Sent, Table};

/// Every operation with every wish that it takes.
const CALLS: [&str; 11] = [
    "create_user",
    "create_user custom_id",
    "create_user_and_token",
    "create_user_and_token custom_id expires_in_minutes",
    "create_user_and_token expires_in_minutes",
    "delete_user",
    "get_token",
    "get_token expires_in_minutes",
    "get_token_for_teams_user",
    "get_user_detail",
    "revoke_tokens",
];

#[test]
fn the_table_has_every_call_in_every_version() {
    let table = Table::read();
    let written: BTreeSet<_> = table
        .calls
        .iter()
        .flat_map(|row| row.sources.keys().map(|version| (row.call(), version.clone())))
        .collect();
    let wanted: BTreeSet<_> = CALLS
        .iter()
        .flat_map(|call| ApiVersion::ALL.map(|version| ((*call).to_owned(), version.to_string())))
        .collect();
    let missing: Vec<_> = wanted.difference(&written).collect();
    let unknown: Vec<_> = written.difference(&wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}; unknown: {unknown:?}");
    for row in &table.calls {
        for (version, source) in &row.sources {
            let names_its_source = source.starts_with("recorded with ") || source.contains("wire-contract §");
            assert!(names_its_source, "{} in {version}: {source}", row.call());
        }
    }
    let credentials: Vec<_> = table.authentication.iter().map(|with| with.credential).collect();
    assert_eq!(credentials, [Credential::Key, Credential::Entra]);
}

#[tokio::test]
async fn every_call_sends_what_the_table_says() {
    let table = Table::read();
    let mut differences = Vec::new();
    for (row, version, authentication) in table.cases() {
        let Some(sent) = &row.sent else { continue };
        let (request, outcome) = made(row, version, authentication.credential, sent.success).await;
        let arrived = Arrived { request: &request, version, user: row.given.user.as_deref() };
        let mut found = arrived.differences(sent, authentication);
        found.extend(outcome.err().map(|error| format!("{} is no success: {error}", sent.success)));
        differences.extend(found.into_iter().map(|found| named(row, version, authentication, &found)));
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[tokio::test]
async fn another_status_than_the_tables_is_no_success() {
    let table = Table::read();
    for (row, version, authentication) in table.cases() {
        let Some(Sent { success, .. }) = &row.sent else { continue };
        for other in [200, 201, 202, 204].into_iter().filter(|other| other != success) {
            let (_, outcome) = made(row, version, authentication.credential, other).await;
            assert!(outcome.is_err(), "{}", named(row, version, authentication, &other.to_string()));
        }
    }
}

#[tokio::test]
async fn what_a_version_cannot_say_is_refused_before_anything_is_sent() {
    let table = Table::read();
    for (row, version, authentication) in table.cases().filter(|(row, ..)| row.sent.is_none()) {
        let transport = MockTransport::new();
        let client = client(&transport, version, authentication.credential);
        let refused = row.given.made_with(&client, &row.operation).await.unwrap_err();
        assert!(refused.to_string().contains(version), "{}: {refused}", row.call());
        assert!(transport.requests().is_empty(), "{} in {version}", row.call());
    }
}

fn named(row: &Row, version: &str, authentication: &Authentication, what: &str) -> String {
    let source = &row.sources[version];
    format!("{} in {version} with {:?}: {what} ({source})", row.call(), authentication.credential)
}

fn client(transport: &MockTransport, version: &str, credential: Credential) -> CommunicationIdentityClient {
    let mut options = transport.client_options();
    options.api_version = version.to_owned();
    options.client_options.retry = RetryOptions::none();
    credential.client(options)
}

/// The one request that a call makes, and how it ends when the reply has this status.
async fn made(
    row: &Row,
    version: &str,
    credential: Credential,
    status: u16,
) -> (callsign_client::mock::RecordedRequest, azure_core::Result<()>) {
    let transport = MockTransport::new();
    transport.push(if status == 204 { MockReply::empty(status) } else { MockReply::json(status, "{}") });
    let outcome = row.given.made_with(&client(&transport, version, credential), &row.operation).await;
    let requests = transport.requests();
    let [request] = requests.as_slice() else {
        panic!("{} in {version}: {requests:?}; {outcome:?}", row.call())
    };
    (request.clone(), outcome)
}
