//! The directory of a Callsign server: who never got a token, and whom a prune would delete. Azure has none of this.
//!
//! `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource; `cargo run --release --example directory` changes nothing.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use azure_core::time::Duration;
use callsign_client::clock::{Clock as _, SystemClock};
use callsign_client::{
    DirectoryClient, DirectoryClientListIdentitiesOptions, DirectoryClientPruneIdentitiesOptions,
};
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it")?;
    directory(&connection_string).await
}

/// Says who never got a token, and how many users a prune would delete.
pub async fn directory(connection_string: &str) -> anyhow::Result<()> {
    let directory = DirectoryClient::from_connection_string(connection_string, None)?;

    let never_issued = DirectoryClientListIdentitiesOptions { never_issued: true, ..Default::default() };
    let mut identities = directory.list_identities(Some(never_issued))?;
    while let Some(identity) = identities.try_next().await? {
        println!("{} has no token since {}", identity.user, identity.created_on);
    }

    let unused_since = SystemClock.now() - Duration::days(90);
    let dry_run = DirectoryClientPruneIdentitiesOptions { dry_run: true, ..Default::default() };
    let unused: Vec<_> = directory.prune_identities(unused_since, Some(dry_run))?.try_collect().await?;
    println!("not used for 90 days: {}", unused.len());
    Ok(())
}
