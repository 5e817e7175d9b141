//! `cargo xtask bench`: the goals that are figures, each measured and printed beside its limit.
//!
//! - `wire`: bytes to deltas, beside bare typed JSON reading of the same payloads in the same run;
//! - `wall`: a deliberation in real time beside its critical path;
//! - `weight`: what the first load of the page asks for, in a real browser.
//!
//! Each judges itself and fails when it misses its goal.

use crate::command;
use crate::stages::{self, Ready};

type Bench = (&'static str, fn() -> Result<(), String>);

const ALL: &[Bench] = &[
    ("wire", || cargo_bench("wire")),
    ("wall", || cargo_bench("wall")),
    ("weight", || stages::journeys(&mut Ready::default(), Some("weight"))),
];

pub(crate) fn run(names: &[String]) -> Result<(), String> {
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|(known, _)| known != name)) {
        let known: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no bench `{unknown}`; there are {}", known.join(", ")));
    }
    let mut missed = Vec::new();
    for (name, bench) in ALL.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name)) {
        eprintln!("\n── {name}");
        if let Err(message) = bench() {
            eprintln!("{name}: {message}");
            missed.push(*name);
        }
    }
    match missed.is_empty() {
        true => Ok(()),
        false => Err(format!("goals missed: {}", missed.join(", "))),
    }
}

fn cargo_bench(name: &str) -> Result<(), String> {
    command::run(command::program("cargo").args(["bench", "-q", "-p", "tachikoma-tests", "--bench", name]))
}
