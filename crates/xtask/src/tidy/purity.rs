//! The core stands on nothing that an adapter must bring: no runtime, socket, clock, randomness, thread,
//! file, environment or JS.
//!
//! Two looks at it: what its dependencies are, for both targets and with all features, and what its own
//! sources name. Hash maps are refused too: their order differs from run to run, and the order of things
//! shows in prompts and journals.

use super::{File, paths};
use crate::command;

/// Crates that would bring a runtime, socket, clock, randomness or JS. A `*` at the end stands for any ending.
const FORBIDDEN_CRATES: &str = "async-io async-std chrono coarsetime crossbeam* fastrand getrandom gloo* hyper* instant \
    jiff js-sys leptos* mio oorandom polling quanta rand rand_core rayon* reqwest rustls* smol socket2 time tokio* \
    tracing-subscriber ureq uuid wasm-bindgen* wasm-timer web-sys web-time windows-sys";

/// Paths below `std`, with everything inside them. A bare `time` or `collections` would hide what is in it.
const FORBIDDEN_STD: &str = "collections::HashMap collections::HashSet collections::hash_map collections::hash_set env fs \
    hash::RandomState net process thread time::Instant time::SystemTime time::UNIX_EPOCH";
const HIDING_STD: &str = "* collections collections::* time time::*";

/// A crate that the core reaches and must not.
pub(super) fn check_tree() -> Result<Vec<String>, String> {
    let compiler = command::capture(command::program("rustc").arg("-vV"))?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    let mut complaints = Vec::new();
    for target in [host, "wasm32-unknown-unknown"] {
        let mut tree = command::program("cargo");
        // `normal`: what only runs while compiling never reaches the program.
        tree.args(["tree", "--package", "tachikoma-forge", "--all-features", "--edges", "normal", "--prefix", "none"]);
        tree.args(["--format", "{p}", "--target", target]);
        complaints.extend(in_tree(&command::capture(&mut tree)?, target));
    }
    Ok(complaints)
}

fn in_tree(tree: &str, target: &str) -> Vec<String> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<&str> = names.filter(|name| is_forbidden(name)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| format!("tachikoma-forge reaches the crate `{name}` on {target}")).collect()
}

fn is_forbidden(name: &str) -> bool {
    FORBIDDEN_CRATES.split_whitespace().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    })
}

/// A part of the standard library that the sources of the core must not name.
pub(super) fn check_source(file: &File) -> Vec<String> {
    let is_core = file.path.starts_with("crates/tachikoma-forge/src/") && file.path.ends_with(".rs");
    // A module of tests in a file of its own runs natively and may read fixtures.
    let is_test = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
    if !is_core || is_test {
        return Vec::new();
    }
    let is_inside = |path: &str, part: &str| path == part || path.starts_with(&format!("{part}::"));
    let mut complaints = Vec::new();
    for (line, path) in paths::below(&paths::code(&file.text), "std") {
        let hides = HIDING_STD.split(' ').any(|part| path == part);
        if hides || FORBIDDEN_STD.split_whitespace().any(|part| is_inside(&path, part)) {
            complaints.push(format!("{}:{line}: the core must not use `std::{path}`", file.path));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_crates_are_caught() {
        let tree = "tachikoma-forge v0.1.0\nserde v1.0.0\ntokio-util v0.7.0\ngetrandom v0.3.0 (*)\ngetrandom v0.3.0\n";
        let complaints = in_tree(tree, "wasm32-unknown-unknown");
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("`getrandom` on wasm32"), "{complaints:?}");
        assert!(in_tree("serde v1\nfutures v0.3\nmemchr v2\n", "host").is_empty());
    }

    #[test]
    fn forbidden_parts_of_std_are_caught() {
        let complaints = |code: &str| check_source(&File::new("crates/tachikoma-forge/src/engine/mod.rs", code)).len();
        for code in [
            "use std::time::{Duration, Instant};",
            "let now = std::time::SystemTime::now();",
            "use std::{fmt, fs::File};",
            "use std::collections::HashMap;",
            "use std::collections::{BTreeMap, HashSet};",
            "use std::net::TcpStream;",
            "std::thread::sleep(x);",
            "std::env::var(\"X\")",
            "use std::time::*;",
            "use std::time;",
        ] {
            assert_eq!(complaints(code), 1, "{code}");
        }
        assert_eq!(complaints("use std::time::Duration; use std::collections::BTreeMap; use std::sync::Arc;"), 0);
    }

    #[test]
    fn adapters_and_tests_may() {
        for path in [
            "crates/tachikoma-native/src/lib.rs",
            "crates/tachikoma-forge/src/engine/tests.rs",
            "crates/tachikoma-forge/tests/a.rs",
        ] {
            assert!(check_source(&File::new(path, "use std::fs;")).is_empty(), "{path}");
        }
    }
}
