//! Cases that are one JSON file each: `tests/<folder>/<case>.json`.

use std::path::Path;

use serde::de::DeserializeOwned;

/// All cases of a folder with their names, in order.
///
/// # Panics
/// When the folder or a file cannot be read.
#[must_use]
pub fn cases<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(&root).unwrap_or_else(|e| panic!("{}: {e}", root.display()));
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name.clone(), serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{name}: {e}")))
    };
    paths.iter().map(read).collect()
}
