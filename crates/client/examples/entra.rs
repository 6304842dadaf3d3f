//! Signs in with Microsoft Entra as whoever is signed in to `az` or `azd`: what a program does on the machine of who develops it.
//!
//! `COMMUNICATION_SERVICES_ENDPOINT` says which resource. Bearer tokens go over https only.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use azure_identity::DeveloperToolsCredential;
use callsign_client::error::Failure;
use callsign_client::{CommunicationIdentityClient, TokenScope};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    entra().await
}

/// Creates a user with a token, and deletes it; says what to do when that fails.
pub async fn entra() -> anyhow::Result<()> {
    let endpoint = std::env::var("COMMUNICATION_SERVICES_ENDPOINT")
        .context("COMMUNICATION_SERVICES_ENDPOINT is not set; it is the https address of the resource")?;
    let client = CommunicationIdentityClient::new(&endpoint, DeveloperToolsCredential::new(None)?, None)?;

    let created = match client.create_user_and_token(&[TokenScope::Chat], None).await {
        Ok(created) => created.into_model()?,
        Err(error) => {
            println!("{}", Failure::of(&error).hint());
            return Err(error.into());
        }
    };
    println!("created {} with a token until {}", created.user, created.access_token.expires_on);

    client.delete_user(&created.user, None).await?;
    println!("deleted {}", created.user);
    Ok(())
}
