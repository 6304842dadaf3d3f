//! Measures what the documents promise. `cargo xtask bench` builds and runs it, and makes a table of its figures, which go to stdout as JSON.

mod answer;
mod bare;
mod creates;
mod figure;
mod identities;
mod load;
mod peers;
mod process;
mod requests;
mod revocation;
mod snapshot;
mod tokens;
mod verifier;

use std::path::PathBuf;
use std::process::ExitCode;

use callsign_protocol::connection_string::ConnectionString;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "callsign-bench", about = "Measures what the documents promise")]
struct Arguments {
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Subcommand)]
enum Measure {
    /// From the answer to a revoke to its rejection by connected verifiers
    Revocation(revocation::Args),
    /// The offline check against the bare signature
    Verifier(Server),
    /// Size and loading of a snapshot of revocations
    Snapshot,
    /// Tokens a second, with and without the vectorised engine
    Tokens(tokens::Args),
    /// Durable creates a second
    Creates(creates::Args),
    /// Creates identities, and keeps the ids of some
    Fill(identities::Fill),
    /// Tokens of many identities against tokens of few
    Identities(identities::Args),
}

/// The server under test.
#[derive(clap::Args)]
pub(crate) struct Server {
    /// Its connection string
    #[arg(long, env = "COMMUNICATION_SERVICES_CONNECTION_STRING", hide_env_values = true)]
    pub(crate) connection_string: String,
    /// The certificates to trust
    #[arg(long, env = "SSL_CERT_FILE")]
    pub(crate) roots: PathBuf,
}

impl Server {
    /// The absolute address of a path.
    pub(crate) fn url(&self, path: &str) -> anyhow::Result<String> {
        let parsed: ConnectionString = self.connection_string.parse()?;
        Ok(format!("{}{path}", parsed.endpoint().trim_end_matches('/')))
    }

    /// A client that trusts the server.
    pub(crate) fn http(&self) -> anyhow::Result<reqwest::Client> {
        let roots = reqwest::Certificate::from_pem_bundle(&std::fs::read(&self.roots)?)?;
        Ok(reqwest::Client::builder().tls_certs_only(roots).build()?)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes in one line: a backtrace tells nothing of what was measured.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = match Arguments::parse().measure {
        Measure::Revocation(args) => runtime.block_on(revocation::run(&args))?,
        Measure::Verifier(server) => runtime.block_on(verifier::run(&server))?,
        Measure::Snapshot => snapshot::run(),
        Measure::Tokens(args) => tokens::run(&args)?,
        Measure::Creates(args) => creates::run(&args)?,
        Measure::Fill(args) => identities::fill(&args)?,
        Measure::Identities(args) => identities::run(&args)?,
    };
    figure::print(&figures);
    Ok(())
}
