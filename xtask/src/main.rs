//! `cargo xtask`: the project's own chores. It owns what checks and drives the tree; nothing here is shipped.

mod crash;
mod docs;
mod server_process;
mod test;
mod tidy;

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
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().chore {
        Chore::Tidy(args) => tidy::run(&args),
        Chore::Docs(args) => docs::run(&args),
        Chore::Test(args) => test::run(args),
        Chore::Crash(args) => crash::run(args),
    }
}
