//! Lets a user of Microsoft Entra exchange tokens at the resource, and says who may.
//!
//! `cargo run --release --example assignments -- <tenant> <user> <application>` takes the id of the tenant, the object id of the user and the client
//! id of the application that the user signs in to. `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::{Context as _, bail};
use callsign_client::{AssignmentsClient, EntraAssignmentRequest, EntraPrincipalType};
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it")?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tenant, user, application] = arguments.as_slice() else {
        bail!("who may? give the ids of the tenant, the user and the application");
    };
    assignments(&connection_string, tenant, user, application).await
}

/// Lets the user in, lists who may, and takes back what it gave.
pub async fn assignments(
    connection_string: &str,
    tenant: &str,
    user: &str,
    application: &str,
) -> anyhow::Result<()> {
    let client = AssignmentsClient::from_connection_string(connection_string, None)?;

    let wanted = EntraAssignmentRequest::new(tenant, EntraPrincipalType::User, [application]);
    client.put_entra_assignment(user, &wanted, None).await?;
    println!("{user} may exchange tokens that {application} got");

    let mut all = client.list_entra_assignments(None)?;
    while let Some(assignment) = all.try_next().await? {
        let applications = assignment.client_ids.join(", ");
        println!("the {} {} may, with {applications}", assignment.principal_type, assignment.object_id);
    }

    client.delete_entra_assignment(user, None).await?;
    println!("{user} may no more");
    Ok(())
}
