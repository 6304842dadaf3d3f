//! `cargo xtask`: the project's own chores. It owns what checks and drives the tree; nothing here is shipped.

mod accel;
mod api;
mod bench;
mod conversation;
mod crash;
mod differential;
mod docs;
mod environment;
mod instructions;
mod portal;
mod server_process;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of the Callsign workspace")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check the rules of the house: budgets, names, rooms, the grid, documents
    Tidy(tidy::Args),
    /// Run the commands that README.md and docs/guide show, and compare what they print
    Docs(docs::Args),
    /// Run every test of the project
    Test(test::Args),
    /// Kill the server again and again, and check that nothing acknowledged is lost
    Crash(crash::Args),
    /// Measure what the documents promise, in release, and print figures with their goals
    Bench(bench::Args),
    /// Count the instructions of the hot paths, and compare them with bench/instructions.json
    Instructions(instructions::Args),
    /// Take pictures of the portal's pages into docs/guide/portal
    PortalScreenshots(portal::Args),
    /// Compare our verifier with those of others on mutated tokens
    Differential(differential::Args),
    /// Compare the public API of the crates with the lists in docs/reference/api, or write the lists
    Api(api::Args),
    /// Fetch the library that signs eight at once into target/accel, and print its path
    Accel(accel::Args),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Tidy(args) => tidy::run(&args),
        Chore::Docs(args) => docs::run(&args),
        Chore::Test(args) => test::run(args),
        Chore::Crash(args) => crash::run(args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Instructions(args) => instructions::run(&args),
        Chore::PortalScreenshots(args) => portal::screenshots(&args),
        Chore::Differential(args) => differential::run(&args),
        Chore::Api(args) => api::run(&args),
        Chore::Accel(args) => accel::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes in one line: a backtrace of a chore tells nothing.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
