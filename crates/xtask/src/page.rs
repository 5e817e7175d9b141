//! Building the page into `dist/`, unless it is already built from the sources at hand.
//!
//! Trunk does the work (`Trunk.toml`, `www/index.html`); nothing is changed afterwards, so that `trunk build`
//! alone gives the same page.

use crate::{command, project, tools};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What the page is made of. The crates of the page and all that they depend on inside the project.
const SOURCES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "rust-toolchain.toml",
    ".cargo",
    "crates/tachikoma-forge",
    "crates/tachikoma-pdf",
    "crates/tachikoma-web",
    "crates/tachikoma-ui",
    "prompts",
    "www",
];

/// Builds the page for release when its sources have changed since the last build.
pub(crate) fn build() -> Result<(), String> {
    let stamp_file = project::target().join("xtask").join("page-is-built-from");
    let stamp = stamp(&project::root(), SOURCES)?;
    let index = project::dist().join("index.html");
    if index.is_file() && std::fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        eprintln!("the page in dist/ is up to date");
        return Ok(());
    }
    let path = tools::ready()?;
    eprintln!("building the page (some minutes the first time) …");
    let started = Instant::now();
    let _ = std::fs::remove_file(&stamp_file);
    let trunk = find_trunk(&path);
    let mut build = command::program(trunk);
    // Trunk refuses NO_COLOR=1, which many terminals and CI systems set, and wants `true`.
    build.args(["build", "--release"]).env("PATH", &path).env_remove("NO_COLOR");
    command::run(&mut build)?;
    let kept = stamp_file.parent().map(std::fs::create_dir_all);
    kept.unwrap_or(Ok(()))
        .and_then(|()| std::fs::write(&stamp_file, stamp))
        .map_err(|error| format!("cannot write {}: {error}", stamp_file.display()))?;
    eprintln!("built the page into dist/ in {} s", started.elapsed().as_secs());
    Ok(())
}

/// `Command` searches our own `PATH`, not the one we give to the child.
fn find_trunk(path: &std::ffi::OsStr) -> PathBuf {
    let programs = std::env::split_paths(path).map(|folder| folder.join("trunk"));
    programs.into_iter().find(|program| program.is_file()).unwrap_or_else(|| PathBuf::from("trunk"))
}

/// A text that changes when any byte or name of the sources does.
fn stamp(root: &Path, sources: &[&str]) -> Result<String, String> {
    let mut files = Vec::new();
    for source in sources {
        collect(&root.join(source), &mut files).map_err(|error| format!("cannot read {source}: {error}"))?;
    }
    files.sort();
    // FNV-1a: enough to notice a change, and no dependency. Nobody gains by a collision.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for file in &files {
        let bytes = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        mix(file.strip_prefix(root).unwrap_or(file).to_string_lossy().as_bytes());
        mix(&(bytes.len() as u64).to_le_bytes());
        mix(&bytes);
    }
    Ok(format!("{hash:016x} {} files\n", files.len()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_follows_contents_and_names() {
        let root = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let folder = root.join("www/deep");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.css"), "one").unwrap();
        let first = stamp(&root, &["www"]).unwrap();
        assert_eq!(stamp(&root, &["www"]).unwrap(), first);
        std::fs::write(folder.join("a.css"), "two").unwrap();
        let second = stamp(&root, &["www"]).unwrap();
        assert_ne!(second, first);
        std::fs::rename(folder.join("a.css"), folder.join("b.css")).unwrap();
        assert_ne!(stamp(&root, &["www"]).unwrap(), second);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
