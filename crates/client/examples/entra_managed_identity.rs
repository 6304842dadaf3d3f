//! Signs in with Microsoft Entra as the managed identity of the machine: what a program does that runs in Azure, without any secret.
//!
//! `COMMUNICATION_SERVICES_ENDPOINT` says which resource; on Azure all else is there. While a Callsign server runs with `--dev-entra`,
//! `callsign env` sets `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` as App Service does.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use azure_identity::ManagedIdentityCredential;
use callsign_client::{CommunicationIdentityClient, TokenScope};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    entra_managed_identity().await
}

/// Creates a user with a token, and deletes it.
pub async fn entra_managed_identity() -> anyhow::Result<()> {
    let endpoint = std::env::var("COMMUNICATION_SERVICES_ENDPOINT")
        .context("COMMUNICATION_SERVICES_ENDPOINT is not set; it is the https address of the resource")?;
    let client = CommunicationIdentityClient::new(&endpoint, ManagedIdentityCredential::new(None)?, None)?;

    let created = client.create_user_and_token(&[TokenScope::Chat], None).await?.into_model()?;
    println!("the managed identity created {}", created.user);
    client.delete_user(&created.user, None).await?;
    println!("and deleted it");
    Ok(())
}
