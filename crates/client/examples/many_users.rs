//! Many users at once: a bounded number of calls under way, progress, and each failure told by name.
//!
//! `cargo run --release --example many_users -- 200` creates 200 users and deletes them again.
//! `COMMUNICATION_SERVICES_CONNECTION_STRING` says which resource.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it does")]

use anyhow::Context as _;
use callsign_client::{CommunicationIdentityClient, CommunicationUserIdentifier};
use futures_util::{StreamExt as _, stream};

/// How many calls are under way at once. Azure takes 1000 creates in 30 seconds; after that it answers 429, and the client waits.
const UNDER_WAY_MAX: usize = 16;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("COMMUNICATION_SERVICES_CONNECTION_STRING is not set; `callsign env` prints it")?;
    let count: usize = match std::env::args().nth(1) {
        Some(text) => text.parse().context("how many users? give a number, such as 200")?,
        None => 50,
    };
    many_users(&connection_string, count).await
}

/// Creates that many users and deletes them again.
pub async fn many_users(connection_string: &str, count: usize) -> anyhow::Result<()> {
    let client = CommunicationIdentityClient::from_connection_string(connection_string, None)?;

    let users = create(&client, count).await;
    println!("created {} of {count} users", users.len());

    let left = delete(&client, &users).await;
    println!("deleted {} of {} users", users.len() - left.len(), users.len());
    for user in left {
        println!("left: {user}");
    }
    Ok(())
}

async fn create(client: &CommunicationIdentityClient, count: usize) -> Vec<CommunicationUserIdentifier> {
    let calls = (1..=count).map(async |_| client.create_user(None).await?.into_model());
    let mut outcomes = stream::iter(calls).buffer_unordered(UNDER_WAY_MAX);
    let mut users = Vec::new();
    let mut done = 0;
    while let Some(outcome) = outcomes.next().await {
        done += 1;
        match outcome {
            Ok(user) => users.push(user),
            Err(error) => eprintln!("not created: {error}"),
        }
        progress("creating", done, count);
    }
    users
}

/// Deletes the users and answers those that are left.
async fn delete<'a>(
    client: &CommunicationIdentityClient,
    users: &'a [CommunicationUserIdentifier],
) -> Vec<&'a CommunicationUserIdentifier> {
    let calls = users.iter().map(async |user| (user, client.delete_user(user, None).await));
    let mut outcomes = stream::iter(calls).buffer_unordered(UNDER_WAY_MAX);
    let mut left = Vec::new();
    let mut done = 0;
    while let Some((user, outcome)) = outcomes.next().await {
        done += 1;
        if let Err(error) = outcome {
            eprintln!("not deleted: {user}: {error}");
            left.push(user);
        }
        progress("deleting", done, users.len());
    }
    left
}

/// One line on stderr that is written over, so that stdout stays for results.
fn progress(verb: &str, done: usize, count: usize) {
    eprint!("\r{verb} {done} of {count}");
    if done == count {
        eprintln!();
    }
}
