//! Wire fixtures: where they are, and how their bytes are cut.

use std::fs;
use std::path::{Path, PathBuf};

/// Bodies up to this size are cut in two at every place, in bytes.
const SMALL: usize = 8 * 1024;
/// How many seeded splits a larger body gets.
const SPLITS: u64 = 1_000;

/// The folder of the fixtures.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wire")
}

/// The folders of cases within a folder, in order.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    cases.sort();
    cases
}

/// A file's bytes.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn read(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Runs a check for a body cut byte by byte and, by its size, in two at every place or at seeded splits.
pub fn check_splits(body: &[u8], mut check: impl FnMut(&[&[u8]])) {
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    check(&bytes);
    if body.len() <= SMALL {
        for at in 0..=body.len() {
            let (before, after) = body.split_at(at);
            check(&[before, after]);
        }
        return;
    }
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..SPLITS {
        // Xorshift: the splits only have to vary, and to be the same on every run.
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % (below as u64)).unwrap_or(0)
        };
        let mut cuts: Vec<usize> = (0..=next(12)).map(|_| next(body.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for to in cuts.into_iter().chain([body.len()]) {
            pieces.push(&body[from..to]);
            from = to;
        }
        check(&pieces);
    }
}
