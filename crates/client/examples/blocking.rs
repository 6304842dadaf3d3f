//! Use from a program without async: one runtime, kept as long as the client, waits for each call.
//!
//! `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use callsign_client::{AccessToken, CommunicationIdentityClient, CommunicationUserIdentifier, TokenScope};
use tokio::runtime::{Builder, Runtime};

/// The client as a program without async has it.
struct BlockingClient {
    client: CommunicationIdentityClient,
    runtime: Runtime,
}

impl BlockingClient {
    fn from_connection_string(connection_string: &str) -> anyhow::Result<Self> {
        let client = CommunicationIdentityClient::from_connection_string(connection_string, None)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime })
    }

    fn create_user(&self) -> azure_core::Result<CommunicationUserIdentifier> {
        self.runtime.block_on(self.client.create_user(None))?.into_model()
    }

    fn get_token(
        &self,
        user: &CommunicationUserIdentifier,
        scopes: &[TokenScope],
    ) -> azure_core::Result<AccessToken> {
        self.runtime.block_on(self.client.get_token(user, scopes, None))?.into_model()
    }

    fn delete_user(&self, user: &CommunicationUserIdentifier) -> azure_core::Result<()> {
        self.runtime.block_on(self.client.delete_user(user, None)).map(drop)
    }
}

fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it")?;
    blocking(&connection_string)
}

/// Creates a user, issues a token and deletes the user.
pub fn blocking(connection_string: &str) -> anyhow::Result<()> {
    let client = BlockingClient::from_connection_string(connection_string)?;
    let user = client.create_user()?;
    println!("created {user}");
    let token = client.get_token(&user, &[TokenScope::Chat])?;
    println!("issued a token until {}", token.expires_on);
    client.delete_user(&user)?;
    println!("deleted {user}");
    Ok(())
}
