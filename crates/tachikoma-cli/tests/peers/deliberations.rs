//! Whole deliberations by the command line: in each format alone, and in all of them at one table.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tachikoma_forge::llm::ProviderRegistry;

use super::*;

/// A goal that no other run has: the emulator forgets calls when there are many, so it is asked by goal and not by
/// number.
fn goal(end: &str) -> String {
    format!("How should a team of three begin to measure its releases, by way of {end} ({})?", std::process::id())
}

/// Runs a deliberation and gives its events.
fn deliberate(goal: &str, session: &Path, members: &[String]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tachikoma"));
    // What a run leaves for `stats` stays out of the home of whoever tests.
    command.env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.args(["deliberate", goal, "--format", "ndjson", "--session"]).arg(session);
    for member in members {
        command.args(["-m", member]);
    }
    for row in ProviderRegistry::new().rows() {
        for name in row.url_env {
            command.env_remove(name);
        }
        command.envs(row.key_env.map(|name| (name, "invented-key-for-the-emulator")));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{members:?}: {}: {said}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn of_type<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().map(|envelope| &envelope["event"]).filter(|event| event["type"] == name).collect()
}

/// The paths of the calls about a goal that the emulator has seen since it started.
fn calls(goal: &str) -> Vec<String> {
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
    let about = entries.iter().filter(|entry| entry.to_string().contains(goal));
    let path = |entry: &Value| entry["path"].as_str().unwrap().split('?').next().unwrap().to_owned();
    about.map(path).collect()
}

fn fresh(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tachikoma-peers-{}-{name}.ndjson", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

/// Every member in every round at the first try, in pieces, to an agreement.
fn converged_at_once(events: &[Value], members: usize, at: &str) {
    // A draft, a critique and a vote of each, and one synthesis.
    assert_eq!(of_type(events, "ParticipantComplete").len(), 3 * members + 1, "{at}");
    for trouble in ["AttemptFailed", "ParticipantFailed"] {
        assert_eq!(of_type(events, trouble), Vec::<&Value>::new(), "{at}");
    }
    // All members are one model: where its maker is known, that is said once, and nothing else.
    let warnings: Vec<&str> = of_type(events, "Warning").iter().filter_map(|w| w["message"].as_str()).collect();
    let of_one_lab = warnings.iter().filter(|words| words.contains(" come from one lab, ")).count();
    assert!(of_one_lab <= 1 && warnings.len() == of_one_lab, "{at}: {warnings:?}");
    let tries = of_type(events, "AttemptStarted").len();
    assert!(of_type(events, "ContentDelta").len() > 5 * tries, "{at}: the answers did not stream");
    // The scores and votes were read, and they decide.
    assert_eq!(of_type(events, "RoundComplete").len(), 4, "{at}");
    let tally = &of_type(events, "ConvergenceChecked")[0]["tally"];
    let count = |name: &str| tally[name].as_u64().unwrap();
    assert_eq!((count("agree"), count("disagree"), count("abstain")), (members as u64, 0, 0), "{at}");
    assert_eq!(of_type(events, "SessionConverged").len(), 1, "{at}");
    // What went over the wire arrived whole, whatever its script.
    let answer = &of_type(events, "SessionEnded")[0]["answer"];
    let complete = of_type(events, "ParticipantComplete");
    let synthesis = complete.iter().find(|event| event["ask"] == *answer).unwrap();
    assert!(synthesis["text"].as_str().unwrap().contains("你好, olá included."), "{at}: {synthesis}");
}

fn deliberating() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(|format| format.can(Lack::Deliberation))
}

#[test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
fn each_format_deliberates_alone() {
    std::thread::scope(|scope| {
        for format in deliberating() {
            scope.spawn(move || {
                let goal = goal(format.path);
                let session = fresh(format.provider);
                let events = deliberate(&goal, &session, &[(); 3].map(|()| format.member("")));
                converged_at_once(&events, 3, format.path);
                let path = format.path.replace("MODEL", format.model);
                assert_eq!(calls(&goal), vec![path; 10]);
                std::fs::remove_file(session).unwrap();
            });
        }
    });
}

#[test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
fn all_formats_deliberate_together_and_nothing_is_asked_twice() {
    let goal = goal("everything");
    let session = fresh("all");
    let members: Vec<String> = deliberating().map(|format| format.member("")).collect();
    let events = deliberate(&goal, &session, &members);
    converged_at_once(&events, members.len(), "all");
    let asked = calls(&goal);
    assert_eq!(asked.len(), 3 * members.len() + 1);
    for format in deliberating() {
        let path = format.path.replace("MODEL", format.model);
        assert!(asked.iter().filter(|call| **call == path).count() >= 3, "{path} in {asked:?}");
    }

    // Continuing what is finished asks nobody.
    deliberate(&goal, &session, &members);
    assert_eq!(calls(&goal).len(), asked.len());
    std::fs::remove_file(session).unwrap();
}
