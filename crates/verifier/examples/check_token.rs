//! Checks a token, revokes it, and is told within the second: the Rust part of `docs/guide/verify-tokens.md`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use callsign_client::{CommunicationIdentityClient, TokenScope};
use callsign_verifier::{Ended, Verifier};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")?;
    let client = CommunicationIdentityClient::from_connection_string(&connection_string, None)?;
    let made = client.create_user_and_token(&[TokenScope::ChatJoin], None).await?.into_model()?;
    let token = made.access_token.token.secret();

    let mut verifier = Verifier::builder(connection_string.parse()?);
    if let Ok(file) = std::env::var("SSL_CERT_FILE") {
        verifier = verifier.root_certificates(file);
    }
    let verifier = verifier.connect()?;
    verifier.ready().await;

    let user = verifier.verify(token).await?;
    println!("may send messages: {}", user.capabilities.may_send_messages());
    println!("may create threads: {}", user.capabilities.may_create_threads());

    let session = verifier.watch(&user);
    client.revoke_tokens(&made.user, None).await?;
    assert_eq!(session.await, Ended::Revoked);
    println!("the session ended");
    if let Err(refused) = verifier.verify(token).await {
        println!("{}", refused.code());
    }
    Ok(())
}
