//! `cargo xtask fuzz`: campaigns of libFuzzer on the functions of `tachikoma_tests::fuzzed`, started by hand.
//!
//! The program `tests/fuzz` is built with the instrumentation that cargo-fuzz asks for, which the stable compiler
//! has; it needs a C++ compiler for libFuzzer itself, and nothing else. A target is known by its folder in
//! `tests/fuzz/corpus`. It begins with that folder and with the fixtures of its name; what it finds is worked on in
//! `target/fuzz`. Afterwards the files that reach the most are chosen for the folder (`corpus`), and one line
//! goes to `docs/fuzzing.md`. An input that breaks a promise stays in `target/fuzz/artifacts` and is an error here.

mod corpus;

use crate::{command, project};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a campaign lasts, unless it is said.
const SECONDS: u64 = 300;
/// The longest input, in bytes, unless one that is kept is longer: most formats show what they have in less.
const LONGEST: u64 = 4096;
/// What instruments the code, as cargo-fuzz passes it when it uses no sanitizer.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1";

/// What a campaign says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    executions: u64,
    /// Branches of the code that were taken, as often as it matters.
    features: u64,
}

/// Runs the campaigns one after the other.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let (names, seconds) = read(arguments)?;
    let known = targets()?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        return Err(format!("nothing is fuzzed by the name `{unknown}`; there are {}", known.join(", ")));
    }
    let program = build()?;
    let chosen = known.iter().filter(|name| names.is_empty() || names.contains(name));
    let mut broken = Vec::new();
    for name in chosen {
        eprintln!("\n── {name}, {seconds} s");
        if seconds == 0 {
            let kept = corpus::choose(&program, name, &[&folder("found", name)?, &corpora().join(name)])?;
            eprintln!("{kept} files");
        } else if campaign(&program, name, seconds)? {
            broken.push(name.as_str());
        }
    }
    let _ = fs::remove_file(&program);
    match broken.is_empty() {
        true => Ok(()),
        false => Err(format!("inputs that break a promise lie in target/fuzz/artifacts: {}", broken.join(", "))),
    }
}

fn read(arguments: &[String]) -> Result<(Vec<String>, u64), String> {
    let (mut names, mut seconds) = (Vec::new(), SECONDS);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().and_then(|text| text.parse().ok());
            seconds = number.ok_or("--seconds wants a number; 0 only chooses anew from what was found")?;
        } else {
            names.push(argument.clone());
        }
    }
    Ok((names, seconds))
}

fn corpora() -> PathBuf {
    project::root().join("tests/fuzz/corpus")
}

/// Where campaigns work.
fn work() -> PathBuf {
    project::target().join("fuzz")
}

/// Every target, by its folder.
fn targets() -> Result<Vec<String>, String> {
    let folder = corpora();
    let entries = fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// The program, instrumented.
fn build() -> Result<PathBuf, String> {
    let about = command::capture(command::program("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say its host")?;
    let mut cargo = command::program("cargo");
    cargo.args(["build", "--release", "--locked", "--manifest-path", "tests/fuzz/Cargo.toml", "--target", host]);
    cargo.arg("--target-dir").arg(work()).env("RUSTFLAGS", INSTRUMENTED);
    command::run(&mut cargo)?;
    let built = work().join(host).join("release/tachikoma-fuzz");
    // A campaign outlives the next build.
    let kept = work().join(format!("running-{}", std::process::id()));
    fs::copy(&built, &kept).map_err(|error| format!("cannot copy {}: {error}", built.display()))?;
    Ok(kept)
}

/// One campaign, and what is kept of it. Gives whether a promise was broken.
fn campaign(program: &Path, name: &str, seconds: u64) -> Result<bool, String> {
    let (found, artifacts) = (folder("found", name)?, folder("artifacts", name)?);
    let committed = corpora().join(name);
    let wire = project::root().join("tests/wire");
    let fixtures = [wire.join(name), wire.join("framing").join(name)].into_iter().filter(|path| path.is_dir());
    let log = work().join(format!("{name}.log"));
    let said = fs::File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let mut fuzz = command::program(program);
    fuzz.env("FUZZ_TARGET", name).arg(&found).arg(&committed).args(fixtures);
    fuzz.args([format!("-max_total_time={seconds}"), format!("-max_len={}", longest(&committed))]);
    fuzz.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    fuzz.arg(format!("-dict={}", project::root().join("tests/fuzz/words.dict").display()));
    fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
    fuzz.stderr(said);
    let ended = command::run_within(&mut fuzz, Duration::from_secs(seconds * 2 + 600));
    let said = fs::read_to_string(&log).unwrap_or_default();
    let figures = figures(&said);
    if let Err(message) = &ended {
        let why: Vec<&str> = said.lines().skip_while(|line| !line.contains("panicked at")).take(4).collect();
        eprintln!("{message}\n{}", why.join("\n"));
    }
    let kept = corpus::choose(program, name, &[&found, &committed])?;
    let broken = ended.is_err();
    let line = format!(
        "| {} | {name} | {seconds} | {} | {} | {kept} | {} |\n",
        today(),
        figures.executions,
        figures.features,
        u8::from(broken)
    );
    eprint!("{line}");
    let page = project::root().join("docs/fuzzing.md");
    let written = OpenOptions::new().append(true).open(&page).and_then(|mut file| file.write_all(line.as_bytes()));
    written.map_err(|error| format!("cannot write {}: {error}", page.display()))?;
    Ok(broken)
}

/// The longest input that a campaign tries.
fn longest(committed: &Path) -> u64 {
    let files = fs::read_dir(committed).into_iter().flatten().filter_map(Result::ok);
    files.filter_map(|file| Some(file.metadata().ok()?.len())).fold(LONGEST, u64::max)
}

/// A folder of one target, below one of all.
fn folder(of: &str, name: &str) -> Result<PathBuf, String> {
    let path = work().join(of).join(name);
    fs::create_dir_all(&path).map_err(|error| format!("cannot create {}: {error}", path.display()))?;
    Ok(path)
}

/// The figures of a campaign, out of what libFuzzer writes.
fn figures(said: &str) -> Said {
    let after = |line: &str, key: &str| line.split_once(key)?.1.split_whitespace().next()?.parse().ok();
    let executed = said.lines().find_map(|line| after(line, "stat::number_of_executed_units:"));
    // One that was broken off says how far it was in its last line.
    let begun = || said.lines().rev().find_map(|line| line.strip_prefix('#')?.split_whitespace().next()?.parse().ok());
    let features = said.lines().rev().filter(|line| line.starts_with('#')).find_map(|line| after(line, " ft: "));
    Said { executions: executed.or_else(begun).unwrap_or(0), features: features.unwrap_or(0) }
}

/// Today's date (UTC), from the days since 1970 with years that begin in March.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date(seconds / 86_400)
}

fn date(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_names_and_a_time() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(read(&[]).unwrap(), (Vec::new(), SECONDS));
        assert_eq!(read(&words("sse --seconds 20 json")).unwrap(), (words("sse json"), 20));
        for wrong in ["--seconds", "--seconds -1", "--seconds x"] {
            assert!(read(&words(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn figures_are_read_out_of_what_is_said() {
        let whole = "#2\tINITED cov: 10 ft: 11 corp: 1/1b\n#900\tDONE   cov: 329 ft: 1396 corp: 374/144Kb\n\
                     Done 900 runs\nstat::number_of_executed_units: 900\nstat::average_exec_per_sec: 7\n";
        assert_eq!(figures(whole), Said { executions: 900, features: 1396 });
        let broken = "#70\tNEW    cov: 3 ft: 44 corp: 4/4b\nthread panicked at x.rs:1:2:\n==1== ERROR: libFuzzer\n";
        assert_eq!(figures(broken), Said { executions: 70, features: 44 });
        assert_eq!(figures(""), Said::default());
    }

    #[test]
    fn days_become_dates() {
        for (days, wanted) in [(0, "1970-01-01"), (19_782, "2024-02-29"), (20_778, "2026-11-21")] {
            assert_eq!(date(days), wanted);
        }
    }
}
