//! What is kept of a campaign: few and small files that together reach nearly all that was reached.
//!
//! libFuzzer says of each file what it reaches (the control file of `-set_cover_merge=1`). From that the files are
//! chosen one after the other: always the one that adds most for its size, until nothing is added or there are enough.

use crate::command;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most files of one target.
const MOST_FILES: usize = 56;
/// The most bytes of one target.
const MOST_BYTES: u64 = 48 * 1024;

/// A file, and what it reaches.
#[derive(Debug, Default, PartialEq, Eq)]
struct Input {
    path: PathBuf,
    bytes: u64,
    /// In order.
    reaches: Vec<u64>,
}

/// Chooses out of `from` and leaves the choice in the corpus of the target. Gives how many files that are.
pub(super) fn choose(program: &Path, name: &str, from: &[&Path]) -> Result<usize, String> {
    let into = super::corpora().join(name);
    let scratch = super::folder("merged", name)?;
    let control = super::work().join(format!("{name}.merge"));
    let _ = (fs::remove_dir_all(&scratch), fs::remove_file(&control));
    fs::create_dir_all(&scratch).map_err(|error| format!("cannot create {}: {error}", scratch.display()))?;
    let mut merge = command::program(program);
    merge.env("FUZZ_TARGET", name).arg("-set_cover_merge=1").arg(format!("-merge_control_file={}", control.display()));
    // How often a branch is taken matters to a search, and little to a test.
    merge.args([format!("-max_len={}", super::longest(&into)), "-use_counters=0".to_owned(), "-timeout=10".to_owned()]);
    merge.arg(&scratch).args(from);
    merge.stderr(std::process::Stdio::null());
    command::run_within(&mut merge, Duration::from_secs(600))?;
    let text = fs::read_to_string(&control).map_err(|error| format!("cannot read {}: {error}", control.display()))?;
    let chosen = chosen(inputs(&text)?);
    let kept: Vec<(PathBuf, Vec<u8>)> = chosen
        .iter()
        .map(|input| {
            let bytes = fs::read(&input.path).map_err(|e| format!("cannot read {}: {e}", input.path.display()))?;
            Ok((into.join(input.path.file_name().unwrap_or_default()), bytes))
        })
        .collect::<Result<_, String>>()?;
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", into.display());
    for entry in fs::read_dir(&into).map_err(failed)?.filter_map(Result::ok) {
        fs::remove_file(entry.path()).map_err(failed)?;
    }
    for (path, bytes) in &kept {
        fs::write(path, bytes).map_err(failed)?;
    }
    Ok(kept.len())
}

/// The files that a control file tells of: their number, a path each, and for each `STARTED n bytes` and
/// `FT n feature …`.
fn inputs(control: &str) -> Result<Vec<Input>, String> {
    let mut lines = control.lines();
    let mut number = || lines.next().and_then(|line| line.trim().parse::<usize>().ok());
    let count = number().ok_or("the control file of libFuzzer has another form")?;
    number();
    let mut inputs: Vec<Input> =
        lines.by_ref().take(count).map(|path| Input { path: path.into(), ..Input::default() }).collect();
    for line in lines {
        let mut words = line.split_whitespace();
        let (kind, at) = (words.next(), words.next().and_then(|word| word.parse::<usize>().ok()));
        let Some(input) = at.and_then(|at| inputs.get_mut(at)) else { continue };
        let mut numbers = words.filter_map(|word| word.parse::<u64>().ok());
        match kind {
            Some("STARTED") => input.bytes = numbers.next().unwrap_or(0),
            Some("FT") => input.reaches.extend(numbers),
            _ => {}
        }
    }
    Ok(inputs)
}

/// Always the one next that adds most for its size.
fn chosen(mut inputs: Vec<Input>) -> Vec<Input> {
    let (mut chosen, mut bytes) = (Vec::new(), 0);
    loop {
        inputs.retain(|input| !input.reaches.is_empty() && bytes + input.bytes <= MOST_BYTES);
        // The root of the size, as whole numbers: what reaches much may be large, and not arbitrarily so.
        let worth = |input: &Input| (input.reaches.len() as u64 * 1024) / (16 + input.bytes).isqrt();
        let best = (0..inputs.len()).max_by_key(|at| (worth(&inputs[*at]), std::cmp::Reverse(*at)));
        let Some(best) = best.filter(|_| chosen.len() < MOST_FILES) else { return chosen };
        let input = inputs.swap_remove(best);
        for other in &mut inputs {
            other.reaches.retain(|feature| input.reaches.binary_search(feature).is_err());
        }
        bytes += input.bytes;
        chosen.push(input);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_file_tells_what_each_file_reaches() {
        let text = "2\n0\nfound/a\nfound/b\nSTARTED 0 12\nFT 0 1 2 3\nCOV 0 1 7\nSTARTED 1 4\nFT 1 9\n";
        let read = inputs(text).unwrap();
        assert_eq!((read[0].bytes, read[0].reaches.len()), (12, 3));
        assert_eq!((read[1].path.as_path(), read[1].bytes), (Path::new("found/b"), 4));
        assert!(inputs("something else").is_err());
    }

    #[test]
    fn few_and_small_files_are_chosen() {
        let input = |name: &str, bytes, reaches: &[u64]| Input { path: name.into(), bytes, reaches: reaches.to_vec() };
        let all = vec![
            input("large", 4000, &[1, 2, 3]),
            input("small", 10, &[1, 2, 3]),
            input("other", 10, &[3, 4]),
            input("nothing new", 3000, &[2]),
            input("too large", MOST_BYTES + 1, &[5]),
        ];
        let names: Vec<_> = chosen(all).iter().map(|input| input.path.display().to_string()).collect();
        assert_eq!(names, ["small", "other"]);
        let many = (0..100).map(|n| input("n", 1, &[n])).collect();
        assert_eq!(chosen(many).len(), MOST_FILES);
    }
}
