//! `tachikoma`: the command line. Data goes to stdout, words for people to stderr.
//!
//! Each subcommand is a file of its own with its arguments and a `run` that gives the exit code.

mod ask;
mod attach;
mod course;
mod decode;
mod deliberate;
mod desk;
mod detect;
mod doctor;
mod edit;
mod exit;
mod export;
mod follow_up;
mod fork;
mod guard;
mod import;
mod input;
mod models;
mod output;
mod panel;
mod plain;
mod progress;
mod providers;
mod pull;
mod reach;
mod rm;
mod saved;
mod spending;
mod stats;
mod verify;
mod wishes;

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
    FollowUp(follow_up::Args),
    Edit(edit::Args),
    Fork(fork::Args),
    Ask(ask::Args),
    Providers(providers::Args),
    Models(models::Args),
    Show(models::ShowArgs),
    Pull(pull::Args),
    Rm(rm::Args),
    Detect(detect::Args),
    Doctor(doctor::Args),
    Export(export::Args),
    Import(import::Args),
    Verify(verify::Args),
    Stats(stats::Args),
    Decode(decode::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Deliberate(args) => deliberate::run(args),
        Command::FollowUp(args) => follow_up::run(args),
        Command::Edit(args) => edit::run(args),
        Command::Fork(args) => fork::run(args),
        Command::Ask(args) => ask::run(args),
        Command::Providers(args) => providers::run(&args),
        Command::Models(args) => models::run(args),
        Command::Show(args) => models::run_show(args),
        Command::Pull(args) => pull::run(args),
        Command::Rm(args) => rm::run(args),
        Command::Detect(args) => detect::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Decode(args) => decode::run(&args),
    }
}
