//! Who may know whom: between the crates, and between the rooms of the core.
//!
//! The tables below are the drawing of ARCHITECTURE.md as data. What stands in a row may be named directly;
//! what is reachable along the rows may be named too, since an arrow past a room is no arrow back.

use super::{File, paths};

type Table = &'static [(&'static str, &'static [&'static str])];

/// The rooms of the core.
const ROOMS: Table = &[
    ("cost", &["types"]),
    ("driver", &["engine", "llm"]),
    ("engine", &["protocol"]),
    ("export", &["session"]),
    ("llm", &["wire", "types"]),
    ("prompt", &["types"]),
    ("protocol", &["prompt", "session"]),
    ("metrics", &["session"]),
    ("panel", &["protocol"]),
    ("session", &["cost"]),
    ("types", &[]),
    ("verify", &["protocol"]),
    ("wire", &["types"]),
];

/// The crates of the project, by their names in manifests.
const CRATES: Table = &[
    ("tachikoma-cli", &["tachikoma-native"]),
    ("tachikoma-forge", &[]),
    ("tachikoma-native", &["tachikoma-forge", "tachikoma-pdf"]),
    ("tachikoma-pdf", &[]),
    ("tachikoma-tests", &["tachikoma-forge", "tachikoma-native", "tachikoma-ui"]),
    ("tachikoma-ui", &["tachikoma-web"]),
    ("tachikoma-web", &["tachikoma-forge"]),
    ("xtask", &[]),
];

/// A room of the core that names a room above it or beside it.
pub(super) fn check_module(file: &File) -> Vec<String> {
    let Some(inside) = file.path.strip_prefix("crates/tachikoma-forge/src/") else { return Vec::new() };
    let Some(inside) = inside.strip_suffix(".rs") else { return Vec::new() };
    let parts: Vec<&str> = inside.split('/').collect();
    let room = parts[0];
    if room == "lib" {
        return Vec::new();
    }
    if !is_in(ROOMS, room) {
        return vec![format!("{}: the room `{room}` is not drawn (tidy/layers.rs, ARCHITECTURE.md)", file.path)];
    }
    let code = paths::code(&file.text);
    let mut named = paths::below(&code, "crate");
    // `super::` repeated up to the root of the crate. In an inline module it ends lower; the names of rooms
    // are not used for anything else, so that this does not matter.
    let depth = parts.len() - usize::from(parts.last() == Some(&"mod"));
    named.extend(paths::below(&code, &vec!["super"; depth].join("::")));
    let mut complaints = Vec::new();
    for (line, path) in named {
        let other = path.split("::").next().unwrap_or_default();
        if is_in(ROOMS, other) && other != room && !reaches(ROOMS, room, other) {
            complaints.push(format!("{}:{line}: `{room}` must not know `{other}`", file.path));
        }
    }
    complaints
}

/// A crate that depends on a crate of the project that it must not know.
pub(super) fn check_manifest(file: &File) -> Vec<String> {
    let is_member = file.path == "tests/Cargo.toml" || file.path.starts_with("crates/");
    if !is_member || !file.path.ends_with("/Cargo.toml") {
        return Vec::new();
    }
    let Some(name) = crate::project::quoted_value(&file.text, "name") else {
        return vec![format!("{}: no name", file.path)];
    };
    if !is_in(CRATES, &name) {
        return vec![format!("{}: the crate `{name}` is not drawn (tidy/layers.rs, ARCHITECTURE.md)", file.path)];
    }
    let mut complaints = Vec::new();
    let mut section = "";
    for (number, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        }
        // Both `[dependencies.name]` and `name = …` below `[dependencies]`.
        let key = match section.rsplit_once("dependencies.") {
            Some((_, key)) if line.starts_with('[') => key,
            _ if section.ends_with("dependencies") => line.split(['.', '=', ' ']).next().unwrap_or_default(),
            _ => continue,
        };
        // The tests of a crate may use what crosses crates: the scripted server, the fixtures.
        let for_tests = section.contains("dev-dependencies") && key == "tachikoma-tests";
        if is_in(CRATES, key) && !for_tests && !reaches(CRATES, &name, key) {
            complaints.push(format!("{}:{}: `{name}` must not depend on `{key}`", file.path, number + 1));
        }
    }
    complaints
}

fn is_in(table: Table, name: &str) -> bool {
    table.iter().any(|(known, _)| *known == name)
}

fn reaches(table: Table, from: &str, to: &str) -> bool {
    let row = table.iter().find(|(name, _)| *name == from);
    row.is_some_and(|(_, next)| next.iter().any(|name| *name == to || reaches(table, name, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, code: &str) -> String {
        check_module(&File::new(&format!("crates/tachikoma-forge/src/{path}"), code)).join("\n")
    }

    #[test]
    fn arrows_along_the_drawing_pass() {
        assert_eq!(module("driver/mod.rs", "use crate::{engine::X, llm::Y, session::Z, wire::W};"), "");
        assert_eq!(module("engine/retry.rs", "use crate::session::S; use crate::types::T;"), "");
        assert_eq!(module("llm/mod.rs", "use super::wire::sse; use super::types::T; use crate::llm::key;"), "");
        assert_eq!(module("lib.rs", "pub use crate::driver::D;"), "");
    }

    #[test]
    fn arrows_back_are_caught() {
        for (path, code) in [
            ("llm/mod.rs", "use crate::protocol::P;"),
            ("llm/codec/mod.rs", "use crate::{types::T, session::S};"),
            ("protocol/mod.rs", "fn f() -> crate::llm::L {}"),
            ("engine/mod.rs", "use crate::driver;"),
            ("session/fold.rs", "use super::super::protocol::P;"),
            ("types/mod.rs", "use super::session::S;"),
            ("prompt.rs", "use super::protocol::P;"),
            ("wire/sse.rs", "use crate::llm::L;"),
        ] {
            assert!(module(path, code).contains("must not know"), "{path}: {code}");
        }
        assert!(module("extras/mod.rs", "").contains("is not drawn"));
    }

    fn manifest(name: &str, dependencies: &str) -> String {
        let text = format!("[package]\nname = \"{name}\"\n\n{dependencies}\n");
        check_manifest(&File::new("crates/x/Cargo.toml", &text)).join("\n")
    }

    #[test]
    fn dependencies_between_crates_follow_the_drawing() {
        assert_eq!(manifest("tachikoma-ui", "[dependencies]\ntachikoma-forge.workspace = true\nleptos = \"1\""), "");
        assert_eq!(
            manifest("tachikoma-native", "[dev-dependencies]\ntachikoma-tests = { path = \"../../tests\" }"),
            ""
        );
        for (name, dependencies) in [
            ("tachikoma-forge", "[dependencies]\ntachikoma-native.workspace = true"),
            ("tachikoma-web", "[dependencies]\ntachikoma-ui = { path = \"../tachikoma-ui\" }"),
            ("tachikoma-cli", "[target.'cfg(unix)'.dependencies]\ntachikoma-web.workspace = true"),
            ("tachikoma-native", "[dependencies.tachikoma-tests]\nworkspace = true"),
            ("tachikoma-forge", "[dev-dependencies]\ntachikoma-native = \"1\""),
            ("xtask", "[build-dependencies]\ntachikoma-forge.workspace = true"),
        ] {
            assert!(manifest(name, dependencies).contains("must not depend"), "{name}: {dependencies}");
        }
        assert!(manifest("tachikoma-new", "").contains("is not drawn"));
    }
}
