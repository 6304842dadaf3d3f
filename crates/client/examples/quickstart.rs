//! The published access-token quickstart, step by step.
//!
//! `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource: one of Azure, or a Callsign server's (`callsign env`).
#![expect(clippy::print_stdout, reason = "a quickstart shows what it does")]

use std::process::ExitCode;
use std::time::Duration;

use azure_core::time::to_rfc3339;
use callsign_client::{
    AccessToken, CommunicationIdentityClient, CommunicationIdentityClientGetTokenOptions,
    CommunicationUserIdentifier, TokenScope,
};

#[tokio::main]
async fn main() -> ExitCode {
    println!("Azure Communication Services - Access Tokens Quickstart");
    let Ok(connection_string) = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING") else {
        println!("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it");
        return ExitCode::FAILURE;
    };
    match quickstart(&connection_string).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("Exception:\n{error}");
            ExitCode::FAILURE
        }
    }
}

/// The steps of the quickstart.
pub async fn quickstart(connection_string: &str) -> azure_core::Result<()> {
    // Authenticate the client.
    let client = CommunicationIdentityClient::from_connection_string(connection_string, None)?;

    // Create an identity.
    let identity = client.create_user(None).await?.into_model()?;
    println!("\nCreated an identity with ID: {identity}");

    // Issue an access token.
    let token = client.get_token(&identity, &[TokenScope::Voip], None).await?.into_model()?;
    println!("\nIssued an access token with 'voip' scope that expires at {}:", end(&token));
    println!("{}", token.token.secret());

    // Set a custom token expiration time.
    let one_hour = CommunicationIdentityClientGetTokenOptions {
        token_expires_in: Some(Duration::from_secs(60 * 60)),
        ..Default::default()
    };
    let token = client.get_token(&identity, &[TokenScope::Voip], Some(one_hour)).await?.into_model()?;
    println!("\nIssued an access token with custom expiration that expires at {}:", end(&token));
    println!("{}", token.token.secret());

    // Create an identity and issue an access token in one call.
    let second = client.create_user_and_token(&[TokenScope::Voip], None).await?.into_model()?;
    println!("\nCreated an identity with ID: {}", second.user);
    println!("\nIssued an access token with 'voip' scope that expires at {}:", end(&second.access_token));
    println!("{}", second.access_token.token.secret());

    // Refresh an access token: the same identity, found again by its id.
    let existing_identity = CommunicationUserIdentifier::new(identity.id());
    let token = client.get_token(&existing_identity, &[TokenScope::Voip], None).await?.into_model()?;
    println!("\nRefreshed the access token, which expires at {}:", end(&token));
    println!("{}", token.token.secret());

    // Revoke access tokens.
    client.revoke_tokens(&existing_identity, None).await?;
    println!("\nSuccessfully revoked all access tokens for identity with ID: {existing_identity}");

    // Delete an identity.
    for deleted in [&existing_identity, &second.user] {
        client.delete_user(deleted, None).await?;
        println!("\nDeleted the identity with ID: {deleted}");
    }
    Ok(())
}

/// The end of a token as the service writes it.
fn end(token: &AccessToken) -> String {
    to_rfc3339(&token.expires_on).replace('Z', "+00:00")
}
