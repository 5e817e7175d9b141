//! The guides of `docs/providers`, held against the table: every provider in exactly one of them, with its
//! variables, its address and the page on which its key is got, and every guide with the parts that people look for.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::path::PathBuf;

use tachikoma_forge::llm::ProviderRegistry;

/// Providers that are registered at run time and have a guide all the same.
const NO_ROW: [&str; 1] = ["browser"];
/// What every guide has to say.
const PARTS: [&str; 4] = ["## Settings", "## From a page", "## Limits", "## Tested"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/providers")
}

/// The guides by file name, without the overview.
fn guides() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder()).expect("docs/providers is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let named = paths.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path));
    let guides = named.filter(|(name, _)| name.ends_with(".md") && name != "README.md");
    guides.map(|(name, path)| (name, std::fs::read_to_string(path).expect("it is text"))).collect()
}

/// The rows of tables that begin with a name, as name and row.
fn named(guide: &str) -> impl Iterator<Item = (&str, &str)> {
    guide.lines().filter_map(|line| Some((line.strip_prefix("| `")?.split('`').next()?, line)))
}

#[test]
fn every_provider_is_in_exactly_one_guide_with_what_it_needs() {
    let guides = guides();
    let registry = ProviderRegistry::new();
    for row in registry.list_providers() {
        let all =
            guides.iter().flat_map(|(file, guide)| named(guide).map(move |(name, line)| (file, guide, name, line)));
        let found: Vec<_> = all.filter(|(_, _, name, _)| *name == row.name).collect();
        let [(file, guide, _, line)] = found.as_slice() else {
            panic!("{}: named by {} guides", row.name, found.len());
        };
        for variable in row.key_env.iter().chain(row.url_env) {
            assert!(line.contains(&format!("`{variable}`")), "{file}: {} lacks {variable}", row.name);
        }
        for alias in row.aliases {
            assert!(line.contains(&format!("`{alias}`")), "{file}: {} lacks its other name {alias}", row.name);
        }
        if let Some(url) = row.base_url {
            assert!(line.contains(&format!("`{url}`")), "{file}: {} lacks {url}", row.name);
        }
        if let Some(url) = row.key_url {
            assert!(guide.contains(url), "{file}: nobody learns where to get a key for {}", row.name);
        }
    }
}

#[test]
fn a_guide_names_nothing_that_is_not_there_and_says_what_was_tested() {
    let registry = ProviderRegistry::new();
    let guides = guides();
    assert!(guides.len() > 5, "the guides are gone");
    for (file, guide) in &guides {
        for (name, _) in named(guide) {
            assert!(registry.row(name).is_some_and(|row| row.name == name) || NO_ROW.contains(&name), "{file}: {name}");
        }
        for part in PARTS {
            assert_eq!(guide.lines().filter(|line| *line == part).count(), 1, "{file}: {part}");
        }
        let tested = guide.split("## Tested").nth(1).unwrap_or_default().to_lowercase();
        assert!(tested.contains("not live"), "{file} promises what nobody tried");
    }
}

#[test]
fn the_overview_and_the_readme_lead_to_every_guide() {
    let overview = std::fs::read_to_string(folder().join("README.md")).expect("the overview is there");
    let readme = std::fs::read_to_string(folder().join("../../README.md")).expect("the README is there");
    assert!(readme.contains("(docs/providers/README.md)"));
    for (file, guide) in guides() {
        let line = overview.lines().find(|line| line.contains(&format!("({file})")));
        let line = line.unwrap_or_else(|| panic!("the overview does not lead to {file}"));
        for (name, _) in named(&guide) {
            assert!(line.contains(&format!("`{name}`")), "the overview does not say that {name} is in {file}");
        }
    }
}
