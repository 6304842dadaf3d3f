//! Signs in with Microsoft Entra as an application that has a secret: what a program does that runs outside of Azure.
//!
//! `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` say which application, `COMMUNICATION_SERVICES_ENDPOINT` which resource,
//! and `AZURE_AUTHORITY_HOST` which authority when it is not Microsoft's. While a Callsign server runs with `--dev-entra`, `callsign env` sets
//! them all.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use azure_identity::ClientSecretCredential;
use callsign_client::{CommunicationIdentityClient, TokenScope};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    entra_service_principal().await
}

/// Creates a user with a token, and deletes it.
pub async fn entra_service_principal() -> anyhow::Result<()> {
    let [endpoint, tenant, application, secret] = [
        variable("COMMUNICATION_SERVICES_ENDPOINT")?,
        variable("AZURE_TENANT_ID")?,
        variable("AZURE_CLIENT_ID")?,
        variable("AZURE_CLIENT_SECRET")?,
    ];
    let credential = ClientSecretCredential::new(&tenant, application, secret.into(), None)?;
    let client = CommunicationIdentityClient::new(&endpoint, credential, None)?;

    let created = client.create_user_and_token(&[TokenScope::Chat], None).await?.into_model()?;
    println!("the application created {}", created.user);
    client.delete_user(&created.user, None).await?;
    println!("and deleted it");
    Ok(())
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| {
        format!("{name} is not set; `callsign env` prints it while callsign serve --dev-entra runs")
    })
}
