//! What campaigns of fuzzing found worth keeping, replayed: `tests/fuzz/corpus/<target>/`, and the wire fixtures
//! through the decoders.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use tachikoma_tests::fuzzed::{TARGETS, Target, named};
use tachikoma_tests::wire::{cases, read, root};

/// The most bytes of all inputs together: they are in everybody's clone.
const MOST_BYTES: usize = 1_500_000;
/// The most files of one target.
const MOST_FILES: usize = 60;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// Runs an input, and tells which one it is when a promise is broken.
fn replay(target: Target, file: &Path, broken: &mut Vec<String>) {
    let bytes = read(file);
    if catch_unwind(|| (target.run)(&bytes)).is_err() {
        broken.push(format!("{}: {}", target.name, file.display()));
    }
}

#[test]
fn every_target_has_inputs_and_every_folder_a_target() {
    let folders: BTreeSet<String> =
        files(&corpus()).iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(folders, targets);
    assert_eq!(TARGETS.len(), targets.len(), "a name stands in the table twice");
    let mut bytes = 0;
    for target in TARGETS {
        let inputs = files(&corpus().join(target.name));
        assert!((1..=MOST_FILES).contains(&inputs.len()), "{} has {} inputs", target.name, inputs.len());
        bytes += inputs.iter().map(|input| read(input).len()).sum::<usize>();
    }
    assert!(bytes <= MOST_BYTES, "{bytes}");
}

#[test]
fn no_kept_input_breaks_a_promise() {
    let mut broken = Vec::new();
    for target in TARGETS {
        // What every parser has to bear.
        catch_unwind(|| (target.run)(b"")).unwrap_or_else(|_| panic!("{}: nothing at all", target.name));
        files(&corpus().join(target.name)).iter().for_each(|file| replay(*target, file, &mut broken));
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn no_wire_fixture_breaks_a_promise() {
    let (mut broken, mut bodies) = (Vec::new(), 0);
    for folder in cases(&root()).into_iter().chain(cases(&root().join("framing"))) {
        let Some(target) = folder.file_name().and_then(|name| named(&name.to_string_lossy())) else { continue };
        for case in cases(&folder) {
            replay(target, &case.join("body"), &mut broken);
            bodies += 1;
        }
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
    assert!(bodies > 300, "the fixtures are gone: {bodies}");
}
