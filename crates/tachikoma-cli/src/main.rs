//! `tachikoma`: the command line. Data goes to stdout, words for people to stderr.
//!
//! Each subcommand is a file of its own with its arguments and a `run` that gives the exit code:
//! 0 a result, 1 failed, 2 usage, 3 key or authorisation, 4 stopped by a limit, 130 interrupted.

mod decode;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Several language models deliberate on one goal.
#[derive(Parser)]
#[command(name = "tachikoma", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Decode(decode::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Decode(args) => decode::run(&args),
    }
}
