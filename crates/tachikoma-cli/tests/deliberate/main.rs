//! The command line as people and scripts use it: the built binary, the demo without pauses, and the
//! scripted server; in `llama`, a server of others.

#![allow(clippy::unwrap_used)] // A test may.

mod asking;
mod attaching;
mod choosing;
mod continuing;
mod cost;
mod exits;
mod export;
mod formats;
mod import;
mod keys;
mod llama;
mod managing;
mod steering;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tachikoma_forge::llm::ProviderRegistry;
use tachikoma_forge::session::{Envelope, Event};
use tachikoma_tests::scripted::Server;
use tokio::runtime::Runtime;

/// Whatever hangs is ended after this long.
const LONGEST: Duration = Duration::from_secs(60);
const GOAL: &str = "Should we rewrite it?";

/// What a run left behind.
struct Ran {
    code: Option<i32>,
    out: String,
    said: String,
}

impl Ran {
    /// The events on stdout.
    fn events(&self) -> Vec<Envelope> {
        events(&self.out)
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.said);
        // Data and people never mix, and a pipe is no terminal.
        assert!(!self.said.contains('\u{1b}') && !self.out.contains('\u{1b}'), "{}", self.said);
        self
    }
}

fn events(text: &str) -> Vec<Envelope> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// The command without anything from the environment that would choose a model.
fn tachikoma(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tachikoma"));
    // What a run leaves for `stats` stays out of the home of whoever tests.
    command.env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for row in ProviderRegistry::new().rows() {
        for name in row.key_env.iter().chain(row.url_env).chain(&["GOOGLE_API_KEY"]) {
            command.env_remove(name);
        }
    }
    command
}

fn run(arguments: &[&str]) -> Ran {
    finish(tachikoma(arguments).spawn().unwrap())
}

fn run_with_input(arguments: &[&str], input: &str) -> Ran {
    let mut child = tachikoma(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    finish(child)
}

fn demo(arguments: &[&str]) -> Ran {
    run(&[&["deliberate", "--demo", "--demo-pace", "0"], arguments].concat())
}

/// Reads both ends at once, so that neither pipe fills up, and waits.
fn finish(mut child: Child) -> Ran {
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let said = std::thread::spawn(move || {
        let mut text = Vec::new();
        stderr.as_mut().map(|s| s.read_to_end(&mut text));
        text
    });
    let out = std::thread::spawn(move || {
        let mut text = Vec::new();
        stdout.as_mut().map(|s| s.read_to_end(&mut text));
        text
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LONGEST {
            child.kill().unwrap();
            let _ = child.wait();
            panic!("it did not end within {LONGEST:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(out.join().unwrap()), said: text(said.join().unwrap()) }
}

/// A scripted server and the runtime that it needs.
fn server() -> (Runtime, Server) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Server::start(0)).unwrap();
    (runtime, server)
}

/// `-m` for models of a server that is compatible with OpenAI's.
fn members(server: &Server, models: &[&str]) -> Vec<String> {
    let url = server.url();
    models.iter().flat_map(|model| ["-m".to_owned(), format!("openai-compatible/{model}@{url}")]).collect()
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// A folder of a test's own, empty.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tachikoma-cli-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn count(events: &[Envelope], wanted: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|e| wanted(&e.event)).count()
}
