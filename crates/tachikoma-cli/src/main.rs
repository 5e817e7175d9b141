//! `tachikoma`: the command line. Data goes to stdout, words for people to stderr.
//!
//! Each subcommand is a file of its own with its arguments and a `run` that gives the exit code.

mod ask;
mod decode;
mod deliberate;
mod exit;
mod export;
mod input;
mod output;
mod panel;
mod plain;
mod progress;
mod providers;
mod spending;
mod stats;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Several language models deliberate on one goal.
#[derive(Parser)]
#[command(name = "tachikoma", version, about, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Deliberate(deliberate::Args),
    Ask(ask::Args),
    Providers(providers::Args),
    Models(providers::ModelsArgs),
    Export(export::Args),
    Stats(stats::Args),
    Decode(decode::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Deliberate(args) => deliberate::run(args),
        Command::Ask(args) => ask::run(args),
        Command::Providers(args) => providers::run(&args),
        Command::Models(args) => providers::run_models(&args),
        Command::Export(args) => export::run(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Decode(args) => decode::run(&args),
    }
}
