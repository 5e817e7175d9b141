//! `cargo xtask tidy`: the rules of this project that no compiler checks.
//!
//! Each rule is a function from text to complaints, so that a test can plant a violation and see it caught:
//! - `text`: how files begin, how long they are, what none may contain;
//! - `layers`: which crate and which room of the core may know which;
//! - `purity`: the core reaches no socket, clock, randomness, runtime or JS;
//! - `prompts`: the prompt files and the code agree;
//! - `paths`: how the other rules read paths out of Rust sources (no rule itself).

mod layers;
mod paths;
mod prompts;
mod purity;
mod text;

use crate::project;
use std::path::Path;

/// A file of the project: its path from the root, with `/`, and its contents.
pub(crate) struct File {
    path: String,
    text: String,
}

/// Runs all rules and prints what they complain about.
pub(crate) fn run() -> Result<(), String> {
    let files = files(&project::root())?;
    let mut complaints = Vec::new();
    for file in &files {
        complaints.extend(text::check(file));
        complaints.extend(layers::check_module(file));
        complaints.extend(layers::check_manifest(file));
        complaints.extend(purity::check_source(file));
    }
    complaints.extend(prompts::check(&files));
    complaints.extend(purity::check_tree()?);
    for warning in files.iter().filter_map(text::warning) {
        eprintln!("warning: {warning}");
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        count => Err(format!("{count} rules broken")),
    }
}

/// Every text file that belongs to the project. What tools make, and what is no text, is left out.
fn files(root: &Path) -> Result<Vec<File>, String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                if !is_made_by_tools(&path) {
                    folders.push(path);
                }
            } else if entry.file_name() != ".git"
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                found.push(File { path: relative(root, &path), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn is_made_by_tools(folder: &Path) -> bool {
    let names = [".git", "target", "dist", "node_modules", "tests/journeys/out", "tests/fuzz/corpus"];
    names.iter().any(|name| folder.ends_with(name))
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_make_is_not_looked_at() {
        let root = std::env::temp_dir().join(format!("xtask-tidy-{}", std::process::id()));
        for folder in
            ["src", "target/debug", "tests/journeys/out", "tests/journeys/node_modules/x", "tests/fuzz/corpus/sse"]
        {
            std::fs::create_dir_all(root.join(folder)).unwrap();
            std::fs::write(root.join(folder).join("a.txt"), "x").unwrap();
        }
        std::fs::write(root.join("src/picture.png"), [0xff, 0xfe, 0x00]).unwrap();
        let paths: Vec<_> = files(&root).unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(paths, ["src/a.txt"]);
        std::fs::remove_dir_all(root).unwrap();
    }
}
