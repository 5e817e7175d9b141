//! The command line against an emulator of the providers that we did not write.
//!
//! `cargo xtask test peers` starts it (`tests/servers/aimock.sh`) and names its address in `FORGE_AIMOCK`. What
//! it does differently from the real servers is covered by captured bytes in the wire fixtures, not here.
//!
//! The file is compiled with the other tests; without the emulator its tests are ignored, and the stage asks
//! for the ignored ones.

#![allow(clippy::unwrap_used)] // A test may.

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

const GOAL: &str = "How should a team of three begin to measure the quality of its releases?";

fn emulator() -> String {
    std::env::var("FORGE_AIMOCK").expect("FORGE_AIMOCK names no emulator; run `cargo xtask test peers`")
}

/// Runs a deliberation across the three wire formats and gives its events.
fn deliberate(session: &Path) -> Vec<Value> {
    let server = emulator();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tachikoma"));
    // What a run leaves for `stats` stays out of the home of whoever tests.
    command.env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.args(["deliberate", GOAL, "--format", "ndjson", "--session"]).arg(session);
    for model in ["anthropic/claude-sonnet-4-20250514", "openai-compatible/local", "ollama/llama3.2:latest"] {
        command.args(["-m", &format!("{model}@{server}")]);
    }
    command.env("ANTHROPIC_API_KEY", "invented-key-for-the-emulator").env_remove("OLLAMA_HOST");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn of_type<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().map(|envelope| &envelope["event"]).filter(|event| event["type"] == name).collect()
}

/// How many deliberation calls the emulator has seen since it started.
fn calls() -> usize {
    let address = emulator();
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /__aimock/journal HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = &answer[answer.find("\r\n\r\n").unwrap()..];
    let entries = &body[body.find(['[', '{']).unwrap()..=body.rfind([']', '}']).unwrap()];
    let journal: Value = serde_json::from_str(entries).unwrap();
    let entries = journal.as_array().or_else(|| journal["entries"].as_array()).unwrap();
    entries.iter().filter(|entry| entry.to_string().contains(GOAL)).count()
}

fn fresh(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tachikoma-peers-{}-{name}.ndjson", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
fn three_wire_formats_deliberate_and_nothing_is_asked_twice() {
    let session = fresh("three");
    let before = calls();
    let events = deliberate(&session);

    // Three drafts, three critiques, one synthesis, three votes: every member, every round, at the first try.
    assert_eq!(of_type(&events, "ParticipantComplete").len(), 10);
    assert_eq!(of_type(&events, "AttemptFailed"), Vec::<&Value>::new());
    assert_eq!(of_type(&events, "ParticipantFailed"), Vec::<&Value>::new());
    assert_eq!(calls() - before, 10);

    // Each in pieces, not in one.
    let tries = of_type(&events, "AttemptStarted").len();
    assert!(of_type(&events, "ContentDelta").len() > 5 * tries, "the answers did not stream");

    // The scores and votes were read, and they decide.
    let rounds: Vec<&str> =
        of_type(&events, "RoundComplete").iter().filter_map(|event| event["round_type"].as_str()).collect();
    assert_eq!(rounds.len(), 4, "{rounds:?}");
    let tally = &of_type(&events, "ConvergenceChecked")[0]["tally"];
    assert_eq!(
        (tally["agree"].as_u64(), tally["disagree"].as_u64(), tally["abstain"].as_u64()),
        (Some(3), Some(0), Some(0))
    );
    assert_eq!(of_type(&events, "SessionConverged").len(), 1);

    // What went over the wire arrived whole, whatever its script.
    let answer = &of_type(&events, "SessionEnded")[0]["answer"];
    let complete = of_type(&events, "ParticipantComplete");
    let synthesis = complete.iter().find(|event| event["ask"] == *answer).unwrap();
    assert!(synthesis["text"].as_str().unwrap().contains("你好, olá included."), "{synthesis}");

    // Continuing what is finished asks nobody.
    deliberate(&session);
    assert_eq!(calls() - before, 10);
    std::fs::remove_file(session).unwrap();
}
