//! How long a start takes, to the first token.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use super::figure::{Figure, Goal, median};
use crate::conversation::{Conversation, Signer};
use crate::server_process::{self, ServerProcess};

/// Starts on an empty folder.
const STARTS: usize = 7;

/// On an empty folder: keys, certificates and the first identity are made on the way.
pub(super) fn on_empty_folders(callsign: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut milliseconds = Vec::new();
    for _ in 0..STARTS {
        let data_dir = tempfile::Builder::new().prefix("callsign-bench-").tempdir()?;
        let (server, took) = to_first_token(callsign, data_dir.path(), None)?;
        milliseconds.push(took);
        server.stop()?;
    }
    let name = "start on an empty folder to the first token, ms".to_owned();
    Ok(vec![Figure { name, value: median(milliseconds), goal: Some(Goal::AtMost(300.0)) }])
}

/// Starts a server, has it issue a token for an identity, a new one where none is named, and answers how many milliseconds it took.
pub(super) fn to_first_token(
    callsign: &Path,
    data_dir: &Path,
    identity: Option<&str>,
) -> anyhow::Result<(ServerProcess, f64)> {
    let started = Instant::now();
    let server = ServerProcess::start(callsign, data_dir)?;
    let authority = server.addresses().http_authority().context("an http address")?;
    let signer = Signer::new(authority, &server_process::access_key(callsign, data_dir)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut conversation = Conversation::open(&signer).await?;
        let made = match identity {
            Some(identity) => identity.to_owned(),
            None => conversation.create(None).await?.done()?,
        };
        conversation.issue(&made).await?.done()
    })?;
    Ok((server, started.elapsed().as_secs_f64() * 1e3))
}
