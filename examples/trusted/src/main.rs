//! Runs the service on this machine's port 5000, as the published sample does. TLS is for what stands before it.

use anyhow::Context as _;
use callsign_trusted::{Issuer, service};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let variable = |name: &str| {
        std::env::var(name).with_context(|| format!("{name} is not set; README.md says what it is"))
    };
    let connection_string = variable("COMMUNICATION_SERVICES_CONNECTION_STRING")?;
    let issuer = Issuer::discover(&variable("TRUSTED_DISCOVERY")?, &variable("TRUSTED_AUDIENCE")?).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await.context("port 5000 is taken")?;
    let stop = async {
        // Without a signal handler it runs until it is killed.
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, service(&connection_string, issuer)?).with_graceful_shutdown(stop).await?;
    Ok(())
}
