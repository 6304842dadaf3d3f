//! The paths of the server: `callsign serve` under callgrind, asked over one connection.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use super::callgrind;
use super::path::{HotPath, Operation};
use crate::accel;
use crate::conversation::{Conversation, Signer};
use crate::server_process::{self, ServerProcess};

/// One thread of each kind, and signatures made one by one.
const SETTINGS: [(&str, &str); 3] =
    [("CALLSIGN_THREADS_IO", "1"), ("CALLSIGN_THREADS_SIGNING", "1"), (accel::LIBRARY_VARIABLE, "off")];

/// A data folder whose keys are made: under valgrind that would take long.
pub(super) struct Prepared {
    binary: PathBuf,
    data_dir: TempDir,
}

impl Prepared {
    pub(super) fn new() -> anyhow::Result<Self> {
        let binary = server_process::build(false)?;
        let data_dir = tempfile::Builder::new().prefix("callsign-instructions-").tempdir()?;
        ServerProcess::start(&binary, data_dir.path())?.stop()?;
        Ok(Self { binary, data_dir })
    }

    /// Leaves the dumps of the path.
    pub(super) fn run(&self, path: HotPath, operation: Operation, dump: &Path) -> anyhow::Result<()> {
        let mut serve = server_process::serve(&self.binary, self.data_dir.path());
        serve.envs(SETTINGS);
        let server = ServerProcess::start_command(callgrind::under(&serve, path, dump))?;
        let key = server_process::access_key(&self.binary, self.data_dir.path())?;
        let authority = server.addresses().http_authority().context("the server has no plain listener")?;
        let signer = Signer::new(authority, &key);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime
            .block_on(converse(&signer, operation, path.rounds()))
            .with_context(|| format!("under valgrind; the server said:\n{}", server.tail()))?;
        let status = server.stop()?;
        if !status.success() {
            bail!("the server under valgrind ended with {status} after SIGTERM");
        }
        Ok(())
    }
}

async fn converse(signer: &Signer, operation: Operation, rounds: [usize; 3]) -> anyhow::Result<()> {
    let mut conversation = Conversation::open(signer).await?;
    let id = conversation.create(None).await?.done()?;
    for round in rounds {
        // The marker.
        conversation.show(&id).await?.done()?;
        for _ in 0..round {
            match operation {
                Operation::Issue => drop(conversation.issue(&id).await?.done()?),
                Operation::Create => drop(conversation.create(None).await?.done()?),
            }
        }
    }
    conversation.show(&id).await?.done().map(drop)
}
