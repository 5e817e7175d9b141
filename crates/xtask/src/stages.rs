//! The stages of `cargo xtask test`, in the order in which they run: quick ones first.
//!
//! A stage passes or fails. One may be skipped, since what it needs takes minutes to build: it says so, here and
//! in the table. Test files are found by walking folders, so that a new file is a new test without a list to keep.

use crate::children::{self, Server};
use crate::system::{self, System};
use crate::{command, http, page, project, tidy, tools};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const WASM: &str = "wasm32-unknown-unknown";

/// One line of the table at the end.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut Ready) -> Result<(), String>,
    pub(crate) skip: Option<Skip>,
}

/// For a stage that may be skipped: why it is, if it is.
type Skip = fn() -> Result<Option<String>, String>;

const fn stage(name: &'static str, about: &'static str, run: fn(&mut Ready) -> Result<(), String>) -> Stage {
    Stage { name, about, run, skip: None }
}

/// All stages.
pub(crate) const ALL: &[Stage] = &[
    stage("set-up", "tools and programs that the other stages need", Ready::everything),
    stage("format", "rustfmt", |_| cargo(&["fmt", "--all", "--check"])),
    stage("tidy", "rules that no compiler checks", |_| tidy::run()),
    stage("core", "the core compiles for the host and for wasm", core),
    stage("lint", "clippy for the host", lint),
    stage("lint-wasm", "clippy for wasm", lint_wasm),
    stage("unit", "unit tests", unit),
    stage("doc", "examples in the documentation", |_| cargo(&["test", "--workspace", "--doc", "-q"])),
    stage("integration", "wire fixtures, adapters, command line", integration),
    stage("simulation", "seeded deliberations with faults, in virtual time", simulation),
    stage("wasm", "tests in headless Chromium", wasm),
    stage("page", "the page in release", |_| page::build()),
    stage("journeys", "journeys through the page in Chromium", |ready| journeys(ready, None)),
    stage("peers", "against an emulator that others wrote", peers),
    Stage { skip: Some(llama_is_missing), ..stage("llama", "against the server of llama.cpp", llama) },
];

/// What stages need and share; found or installed when first asked for.
#[derive(Default)]
pub(crate) struct Ready {
    path: Option<OsString>,
    system: Option<System>,
    packages: bool,
}

impl Ready {
    fn everything(&mut self) -> Result<(), String> {
        self.path()?;
        self.system()?;
        self.packages()
    }

    /// `PATH` with the build tools on it.
    fn path(&mut self) -> Result<OsString, String> {
        match &self.path {
            Some(path) => Ok(path.clone()),
            None => Ok(self.path.insert(tools::ready()?).clone()),
        }
    }

    fn system(&mut self) -> Result<&System, String> {
        match &mut self.system {
            Some(system) => Ok(system),
            empty => Ok(empty.insert(system::ready()?)),
        }
    }

    /// The npm packages of the journeys, exactly as locked.
    fn packages(&mut self) -> Result<(), String> {
        if self.packages {
            return Ok(());
        }
        let folder = project::root().join("tests/journeys");
        let modified = |path: &str| std::fs::metadata(folder.join(path)).and_then(|data| data.modified()).ok();
        let installed = modified("node_modules/.package-lock.json");
        if installed.is_none() || installed < modified("package-lock.json") {
            eprintln!("installing the npm packages of the journeys …");
            let mut npm = Command::new(&self.system()?.npm);
            npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"]);
            // Chromium comes from the system.
            npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
            command::run_within(&mut npm, Duration::from_secs(600))?;
        }
        self.packages = true;
        Ok(())
    }
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    command::run(command::program("cargo").args(arguments))
}

fn core(_: &mut Ready) -> Result<(), String> {
    cargo(&["check", "-q", "-p", "tachikoma-forge"])?;
    cargo(&["check", "-q", "-p", "tachikoma-forge", "--target", WASM])
}

fn lint(_: &mut Ready) -> Result<(), String> {
    cargo(&["clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn lint_wasm(_: &mut Ready) -> Result<(), String> {
    cargo(&["clippy", "-q", "-p", "tachikoma-forge", "--target", WASM, "--", "-D", "warnings"])?;
    let page = ["-p", "tachikoma-web", "-p", "tachikoma-ui"];
    let mut arguments = vec!["clippy", "-q", "--target", WASM, "--all-targets"];
    arguments.extend(page);
    arguments.extend(["--", "-D", "warnings"]);
    cargo(&arguments)
}

fn unit(_: &mut Ready) -> Result<(), String> {
    cargo(&["test", "-q", "--workspace", "--lib", "--bins"])
}

/// `cargo xtask soak`: the same in earnest, for as long as somebody wants.
pub(crate) fn soak(arguments: &[String]) -> Result<(), String> {
    let mut soak = command::program("cargo");
    soak.args(["run", "-q"]).args(SIMULATION).args(["--bin", "soak", "--"]).args(arguments);
    command::run_within(&mut soak, Duration::MAX)
}

/// Every integration test that has no stage of its own. What needs a server of others is ignored here.
fn integration(_: &mut Ready) -> Result<(), String> {
    let names = test_files(&project::root())?;
    let mut arguments = vec!["test", "-q", "--workspace", "--exclude", SIMULATOR];
    for name in &names {
        arguments.extend(["--test", name]);
    }
    cargo(&arguments)
}

/// The crate of the simulations.
const SIMULATOR: &str = "tachikoma-simulation";
/// How it is built: little is compiled a second time for it.
const SIMULATION: [&str; 4] = ["--profile", "simulation", "-p", SIMULATOR];

fn simulation(_: &mut Ready) -> Result<(), String> {
    let test = |more: &[&str]| cargo(&[&["test", "-q"], &SIMULATION[..], &["--tests"], more].concat());
    // Told apart, since both figures matter to whoever waits.
    let begun = Instant::now();
    test(&["--no-run"])?;
    let built = begun.elapsed().as_secs();
    test(&[])?;
    eprintln!("built in {built} s, simulated in {} s", begun.elapsed().as_secs() - built);
    Ok(())
}

/// The names of all integration tests of the workspace, each once; but for those of the simulations.
fn test_files(root: &Path) -> Result<Vec<String>, String> {
    let mut folders = vec![root.join("tests/tests")];
    let crates = root.join("crates");
    let entries = std::fs::read_dir(&crates).map_err(|error| format!("cannot read {}: {error}", crates.display()))?;
    let entries = entries.filter_map(Result::ok).filter(|entry| entry.file_name() != SIMULATOR);
    folders.extend(entries.map(|entry| entry.path().join("tests")));
    let mut names = Vec::new();
    for entry in folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().filter_map(Result::ok) {
        let path = entry.path();
        let is_test = path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").is_file();
        if let Some(name) = path.file_stem().filter(|_| is_test) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// A program of the workspace, built as the tests use it.
fn built(package: &str, name: &str) -> Result<PathBuf, String> {
    let program = project::target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    // The same selection as the other stages: another one could choose other features and compile again.
    cargo(&["test", "-q", "--workspace", "--no-run"])?;
    if !program.is_file() {
        cargo(&["build", "-q", "-p", package, "--bin", name])?;
    }
    Ok(program)
}

/// The tests in the browser have its address compiled in: the same port each time spares compiling again.
fn scripted_server() -> Result<Server, String> {
    const PORT: &str = "18787";
    let program = built("tachikoma-tests", "scripted-server")?;
    let start = |port: &str| {
        let mut server = command::program(&program);
        children::start(server.args(["--port", port]), "listening", Duration::from_secs(20))
    };
    start(PORT).or_else(|_| start("0"))
}

fn wasm(ready: &mut Ready) -> Result<(), String> {
    let server = scripted_server()?;
    let path = ready.path()?;
    let mut test = command::program("cargo");
    // Not quiet: cargo would hand the word on to the runner, which does not know it.
    test.args(["test", "--target", WASM, "-p", "tachikoma-web", "-p", "tachikoma-ui", "--lib", "--bins", "--tests"]);
    test.env("PATH", path).env("CHROMEDRIVER", &ready.system()?.chromedriver);
    // Seconds; the defaults are too short for a busy machine with two cores.
    test.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60").env("WASM_BINDGEN_TEST_TIMEOUT", "180");
    // Read at compile time by the tests: a page in the browser has no environment.
    test.env("FORGE_SCRIPTED_SERVER", &server.address);
    command::run(&mut test)?;
    // The same seeds come to the same there. Optimised, since a debug build in the browser takes minutes.
    let mut simulation = command::program("cargo");
    simulation.args(["test", "--target", WASM]).args(SIMULATION).args(["--test", "digests"]);
    simulation.envs(test.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command::run(&mut simulation)
}

/// All journeys, or instead of them one bench in the browser. The page is served from a sub-folder, where
/// absolute paths inside it would break.
pub(crate) fn journeys(ready: &mut Ready, bench: Option<&str>) -> Result<(), String> {
    const PREFIX: &str = "/some/where/";
    ready.packages()?;
    page::build()?;
    let scripted = built("tachikoma-tests", "scripted-server")?;
    let aimock = aimock(ready)?;
    let llama = match llama_is_missing()? {
        None => Some(llama_servers()?),
        Some(why) => {
            eprintln!("the journeys against it are skipped: {why}");
            None
        }
    };
    let listener =
        std::net::TcpListener::bind("127.0.0.1:0").map_err(|error| format!("cannot serve the page: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("cannot serve the page: {error}"))?;
    std::thread::spawn(move || http::serve(&listener, &project::dist(), PREFIX));
    let system = ready.system()?;
    let mut test = Command::new(&system.node);
    test.current_dir(project::root().join("tests/journeys"));
    test.args(["node_modules/@playwright/test/cli.js", "test"]);
    if let Some(name) = bench {
        test.env("FORGE_BENCH", name);
    }
    test.env("CHROMIUM", &system.chromium);
    test.env("FORGE_PAGE", format!("http://{address}{PREFIX}"));
    test.env("FORGE_SCRIPTED_SERVER_PROGRAM", scripted);
    test.env("FORGE_AIMOCK", &aimock.address);
    if let Some([many, one]) = &llama {
        test.env("FORGE_LLAMA", &many.address).env("FORGE_LLAMA_ONE_SLOT", &one.address);
    }
    command::run(&mut test)
}

fn peers(ready: &mut Ready) -> Result<(), String> {
    let aimock = aimock(ready)?;
    ignored_tests("peers", &[("FORGE_AIMOCK", &aimock)])
}

/// The tests of a file or folder that are ignored unless their servers run, whose addresses variables name.
fn ignored_tests(name: &str, servers: &[(&str, &Server)]) -> Result<(), String> {
    let mut test = command::program("cargo");
    test.args(["test", "-q", "--workspace", "--test", name, "--", "--ignored"]);
    command::run(test.envs(servers.iter().map(|(variable, server)| (variable, &server.address))))
}

/// An emulator of the providers that we did not write.
fn aimock(ready: &mut Ready) -> Result<Server, String> {
    let system = ready.system()?;
    let mut script = command::program("bash");
    script.arg(project::root().join("tests/servers/aimock.sh")).env("NODE", &system.node).env("NPM", &system.npm);
    // The first time it installs the package.
    children::start(&mut script, "ready", Duration::from_secs(180))
}

fn llama(_: &mut Ready) -> Result<(), String> {
    let [many, one] = llama_servers()?;
    ignored_tests("deliberate", &[("FORGE_LLAMA", &many), ("FORGE_LLAMA_ONE_SLOT", &one)])
}

/// One for many at once, and one that has a single slot and asks for a key, which the tests know.
fn llama_servers() -> Result<[Server; 2], String> {
    let start = |arguments: &[&str]| children::start(llama_server().args(arguments), "ready", Duration::from_secs(60));
    Ok([start(&["0", "4"])?, start(&["0", "1", "invented-key"])?])
}

/// Building it takes minutes, which nobody is made to wait for.
fn llama_is_missing() -> Result<Option<String>, String> {
    let found = command::capture(llama_server().arg("--find"))?;
    let advice = "llama-server is not built; `bash tests/servers/llama-server.sh --build` builds it";
    Ok(found.trim().is_empty().then(|| advice.to_owned()))
}

/// A server that we did not write, with a tiny model of random weights.
fn llama_server() -> Command {
    let mut script = command::program("bash");
    script.arg(project::root().join("tests/servers/llama-server.sh"));
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_need_no_quoting() {
        for (index, stage) in ALL.iter().enumerate() {
            assert!(stage.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", stage.name);
            assert!(ALL[..index].iter().all(|other| other.name != stage.name), "{} twice", stage.name);
        }
    }

    #[test]
    fn one_stage_may_be_skipped_and_no_other() {
        let may: Vec<_> = ALL.iter().filter(|stage| stage.skip.is_some()).map(|stage| stage.name).collect();
        assert_eq!(may, ["llama"]);
    }

    #[test]
    fn integration_tests_are_found_in_files_and_folders() {
        let root = std::env::temp_dir().join(format!("xtask-stages-{}", std::process::id()));
        for folder in ["tests/tests/wide", "crates/a/tests/common", "crates/b/src"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in [
            "tests/tests/one.rs",
            "tests/tests/wide/main.rs",
            "crates/a/tests/one.rs",
            "crates/a/tests/two.rs",
            "crates/a/tests/common/mod.rs",
        ] {
            std::fs::write(root.join(file), "//! x\n").unwrap();
        }
        assert_eq!(test_files(&root).unwrap(), ["one", "two", "wide"]);
        std::fs::remove_dir_all(root).unwrap();
    }
}
