//! The binary `callsign`: reads arguments, runs one command, prints what it found and answers an exit code.

mod args;
mod command;
mod exit;
mod printer;
mod profile;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match args::Arguments::try_parse() {
        Ok(arguments) => exit::of(command::run(arguments)),
        Err(said) => exit::of_usage(&said),
    }
}
