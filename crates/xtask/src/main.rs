//! `cargo xtask`: every command that people and CI run in this repository.
//!
//! The README names two of them, `serve` and `test`; the others are parts of these that are useful alone.
//! This program uses the standard library only: it is the first thing a newcomer compiles, and it must be
//! ready in seconds. It knows nothing of the product's types; it starts other programs and judges what
//! they say. One file per concern:
//!
//! - `project`: where things are (root, caches, target folder);
//! - `command`: running a program, with a time limit, and saying what happened;
//! - `tools`, `system`: installing what is missing, at pinned versions;
//! - `page`, `http`, `serve`: the static site and a server for it;
//! - `stages`, `test`: the stages of `cargo xtask test` and the table at its end;
//! - `children`: servers that run while a stage runs;
//! - `bench`: measured goals; `fuzz`: campaigns that look for inputs which break a promise; `tidy`: rules that no compiler checks.

mod bench;
mod children;
mod command;
mod fuzz;
mod http;
mod page;
mod project;
mod serve;
mod stages;
mod system;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--port N]   install what is missing, build the page, serve it on http://127.0.0.1:8787
  test [STAGE…]      install what the tests need and run all stages, or the named ones
  build              leave the static site in dist/ (for any static host, at any path)
  bench [NAME…]      measure against the goals: wire, wall, weight
  fuzz [TARGET…] [--seconds N]
                     look for inputs that break a codec or a parser; needs a C++ compiler (docs/fuzzing.md)
  soak [--seeds N] [--from N] [--minutes N]
                     simulate deliberations, whole and restarted at every event; ten minutes unless it is said
  tidy               the rules that no compiler checks
  tools              install the build tools only and print the folders they are in
  help               this text

Stages of `test`, in order:";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let result = match args.first().map(String::as_str) {
        Some("serve") => serve::run(rest),
        Some("build") => expect_nothing(rest).and_then(|()| page::build()),
        Some("test") => test::run(rest),
        Some("bench") => bench::run(rest),
        Some("fuzz") => fuzz::run(rest),
        Some("soak") => stages::soak(rest),
        Some("tidy") => expect_nothing(rest).and_then(|()| tidy::run()),
        Some("tools") => expect_nothing(rest).and_then(|()| tools::print()),
        None | Some("help" | "--help" | "-h") => {
            println!("{HELP}");
            for stage in stages::ALL {
                println!("  {:<12} {}", stage.name, stage.about);
            }
            Ok(())
        }
        Some(other) => Err(format!("there is no command `{other}`; `cargo xtask help` lists them")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn expect_nothing(rest: &[String]) -> Result<(), String> {
    match rest.first() {
        None => Ok(()),
        Some(unexpected) => Err(format!("unexpected argument `{unexpected}`; `cargo xtask help` shows the usage")),
    }
}
