//! Stopping and crashing in the middle, and continuing from the file: what is complete is never asked again.
//!
//! Every round type, cut at its first text and at its first complete turn, once by Stop and once as by a
//! crash (the runtime is gone, nothing is told). The proof is the server's log: each ask that the journal
//! has as complete was answered to its end exactly once.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use tachikoma_forge::driver::{ControlHandle, ForgeOrchestrator, JournalErrorKind, Runtime};
use tachikoma_forge::llm::{Keys, ProviderFactory, ProviderRegistry};
use tachikoma_forge::protocol::OUTLINES;
use tachikoma_forge::session::{Channel, EndReason, Envelope, Event, ForgeSession, Participant, Topic};
use tachikoma_forge::types::{RoundType, Seed};
use tachikoma_native::{FileJournal, NativePlatform, NativeTransport};
use tachikoma_tests::scripted::{Entry, Outcome, Server};

/// Each at a pace of its own, so that no two turns end in the same moment.
const MEMBERS: [(&str, &str); 3] = [("anthropic", "steady-5"), ("openai", "steady-8"), ("ollama", "steady-12")];

/// Where a run is cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// As soon as the first text of a round is shown.
    FirstText,
    /// As soon as the first turn of a round is complete.
    FirstTurn,
}

/// How a run is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Stop,
    Crash,
}

fn journal(path: &Path) -> FileJournal {
    let start = Instant::now();
    loop {
        match FileJournal::open(path) {
            Ok(journal) => return journal,
            // What crashed may hold it for a moment longer.
            Err(e) if e.kind == JournalErrorKind::Locked && start.elapsed() < Duration::from_secs(5) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(e) => panic!("{e}"),
        }
    }
}

fn runtime(path: &Path) -> Runtime {
    let transport = Arc::new(NativeTransport::new().unwrap());
    Runtime {
        platform: Arc::new(NativePlatform::new()),
        journal: Arc::new(journal(path)),
        providers: Arc::new(ProviderFactory::new(ProviderRegistry::new(), transport, Keys::new())),
    }
}

async fn start(server: &str, path: &Path) -> ControlHandle {
    let topic = Topic::new("Should the library open on Sundays?");
    let mut orchestrator = ForgeOrchestrator::new(topic, runtime(path)).with_seed(Seed(7));
    for (provider, model) in MEMBERS {
        orchestrator.add_participant(Participant::new(format!("{provider}/{model}@{server}").parse().unwrap()));
    }
    orchestrator.start().await.unwrap().0
}

/// Resolves when the run has come to the cut.
async fn until(control: &ControlHandle, round_type: RoundType, cut: Cut) {
    let mut events = control.subscribe();
    while let Some(envelope) = events.next().await {
        let reached = match (&envelope.event, cut) {
            (Event::ContentDelta { ask, channel: Channel::Text, .. }, Cut::FirstText)
            | (Event::ParticipantComplete { ask, .. }, Cut::FirstTurn) => ask.step == round_type.name().to_lowercase(),
            _ => false,
        };
        if reached {
            return;
        }
    }
    panic!("it ended before its {round_type} round");
}

fn worker() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn cut_and_continue(round_type: RoundType, cut: Cut, how: How) {
    let name = format!("{} {cut:?} {how:?}", round_type.name());
    let outer = worker();
    let server = outer.block_on(Server::start(0)).unwrap();
    let url = server.url();
    let path = scratch(&name);

    let first = worker();
    first.block_on(async {
        let control = start(&url, &path).await;
        until(&control, round_type, cut).await;
        if how == How::Stop {
            control.stop();
            tokio::time::timeout(Duration::from_secs(5), control.finished()).await.expect("it does not stop");
        }
    });
    first.shutdown_timeout(Duration::from_secs(5));
    let before = FileJournal::read(&path).unwrap();
    let complete = completed(&before);
    // What was sent in the last moment may still have to be read.
    std::thread::sleep(Duration::from_millis(50));
    let asked_before = server.log().settled().len();

    let second = worker();
    second.block_on(async {
        let (control, _) = ForgeOrchestrator::resume(runtime(&path)).await.unwrap();
        tokio::time::timeout(Duration::from_secs(60), control.finished()).await.expect("it goes on for ever");
    });
    second.shutdown_timeout(Duration::from_secs(5));

    let after = FileJournal::read(&path).unwrap();
    assert_eq!(&after[..before.len()], &before[..], "{name}: the journal was rewritten");
    let seqs: Vec<_> = after.iter().map(|e| e.seq).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] > pair[0]), "{name}: events are out of order");
    let session = ForgeSession::fold(&after).unwrap();
    assert_eq!(session.resumes, 1, "{name}");
    let end = after.iter().rev().find_map(|e| match &e.event {
        Event::SessionEnded { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(end, Some(EndReason::Converged), "{name}");

    // Complete before, hence never asked again: ten asks, three drafts, three critiques, one synthesis and
    // three votes, of which each is named by its model and its kind.
    let log = server.log().settled();
    let (first_calls, second_calls) = log.split_at(asked_before);
    let again = second_calls.iter().map(key).collect::<Vec<_>>();
    let mut all = BTreeMap::<_, usize>::new();
    for entry in first_calls.iter().filter(|e| e.outcome == Outcome::Completed).chain(second_calls) {
        assert_eq!(entry.outcome, Outcome::Completed, "{name}: {entry:?}");
        *all.entry(key(entry)).or_default() += 1;
    }
    assert_eq!(all.len(), 10, "{name}: {all:?}");
    for (ask, times) in &all {
        let settled = complete.contains(ask);
        assert!(!settled || (*times == 1 && !again.contains(ask)), "{name}: {ask:?} was complete and is asked again");
        // An answer that had left the server when the other side went away came to nobody, and is due again.
        assert!(settled || again.iter().filter(|key| *key == ask).count() == 1, "{name}: {ask:?} in {log:#?}");
    }
    // A call is journalled before it goes out; one that was cut off in between is seen by nobody.
    let started =
        |events: &[Envelope]| events.iter().filter(|e| matches!(e.event, Event::AttemptStarted { .. })).count();
    assert!(started(&before) >= first_calls.len(), "{name}: a call was not journalled");
    assert_eq!(started(&after[before.len()..]), second_calls.len(), "{name}: the journal has other calls");
    std::fs::remove_file(&path).unwrap();
}

/// The asks that the journal has as complete, named as the server names them.
fn completed(events: &[Envelope]) -> Vec<(String, String)> {
    let asks = events.iter().filter_map(|e| match &e.event {
        Event::ParticipantComplete { ask, model, .. } => {
            let kind = if ask.step == "convergence" { "vote" } else { &ask.step };
            Some((model.model.clone(), kind.to_owned()))
        }
        _ => None,
    });
    asks.collect()
}

fn key(entry: &Entry) -> (String, String) {
    (entry.model.clone(), entry.kind.to_owned())
}

fn scratch(name: &str) -> PathBuf {
    let name = name.to_lowercase().replace(' ', "-");
    let path = std::env::temp_dir().join(format!("tachikoma-continuing-{}-{name}.ndjson", std::process::id()));
    // One from a test that failed.
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn what_is_complete_is_never_asked_again() {
    let mut runs = Vec::new();
    for round_type in OUTLINES[0].round_types.iter().copied() {
        for cut in [Cut::FirstText, Cut::FirstTurn] {
            for how in [How::Stop, How::Crash] {
                runs.push((round_type, cut, how));
            }
        }
    }
    // Four at a time: each waits for its members more than it works.
    for batch in runs.chunks(4) {
        std::thread::scope(|scope| {
            for (round_type, cut, how) in batch {
                scope.spawn(|| cut_and_continue(*round_type, *cut, *how));
            }
        });
    }
}
