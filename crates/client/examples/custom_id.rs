//! Users by your own names: creating with the same name again answers the same user, so that no table of ids is needed.
//!
//! Only api-version 2025-03-02-preview has this. `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserAndTokenOptions,
    CommunicationIdentityClientOptions, TokenScope,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it")?;
    custom_id(&connection_string).await
}

/// Signs one user in twice.
pub async fn custom_id(connection_string: &str) -> anyhow::Result<()> {
    let options = CommunicationIdentityClientOptions {
        api_version: "2025-03-02-preview".to_owned(),
        ..CommunicationIdentityClientOptions::default()
    };
    let client = CommunicationIdentityClient::from_connection_string(connection_string, Some(options))?;

    let mut user = None;
    for visit in ["first", "second"] {
        let named = CommunicationIdentityClientCreateUserAndTokenOptions {
            custom_id: Some("alice@contoso.com".to_owned()),
            ..Default::default()
        };
        let signed_in = client.create_user_and_token(&[TokenScope::Chat], Some(named)).await?.into_model()?;
        println!("on her {visit} visit Alice is {}", signed_in.user);
        user = Some(signed_in.user);
    }

    if let Some(user) = user {
        let detail = client.get_user_detail(&user, None).await?.into_model()?;
        println!("the service knows her as {}", detail.custom_id.unwrap_or_default());
        if let Some(issued) = detail.last_token_issued_at {
            println!("her last token was issued at {issued}");
        }
        client.delete_user(&user, None).await?;
        println!("deleted {user}");
    }
    Ok(())
}
