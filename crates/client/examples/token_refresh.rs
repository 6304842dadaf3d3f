//! A token that stays fresh while many tasks use it: what a chat or calling program holds.
//!
//! Here the program renews the token itself, with a connection string. A program in the hands of users asks its back end instead,
//! which alone has the key. `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use callsign_client::{
    CommunicationIdentityClient, CommunicationTokenCredential, TokenRefreshOptions, TokenScope,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it")?;
    token_refresh(&connection_string).await
}

/// Keeps a token fresh for three tasks.
pub async fn token_refresh(connection_string: &str) -> anyhow::Result<()> {
    let client = CommunicationIdentityClient::from_connection_string(connection_string, None)?;
    let created = client.create_user_and_token(&[TokenScope::Chat], None).await?.into_model()?;
    println!("{} has a token until {}", created.user, created.access_token.expires_on);

    let refresher = {
        let (client, user) = (client.clone(), created.user.clone());
        move || {
            let (client, user) = (client.clone(), user.clone());
            async move { client.get_token(&user, &[TokenScope::Chat], None).await?.into_model() }
        }
    };
    // With half of its life over, the token is renewed in the background; until then everybody gets this one.
    let options = TokenRefreshOptions {
        initial_token: Some(created.access_token),
        refresh_proactively: true,
        ..TokenRefreshOptions::default()
    };
    let credential = CommunicationTokenCredential::with_refresher(refresher, Some(options));

    let tasks: Vec<_> = (1..=3)
        .map(|number| {
            let credential = credential.clone();
            tokio::spawn(async move { credential.get_token().await.map(|token| (number, token.expires_on)) })
        })
        .collect();
    for task in tasks {
        let (number, expires_on) = task.await??;
        println!("task {number} works with a token until {expires_on}");
    }

    credential.dispose();
    client.delete_user(&created.user, None).await?;
    println!("deleted {}", created.user);
    Ok(())
}
