//! Whole deliberations through the real native adapter: three wire formats, faults, a stop and a continuation
//! from the journal file. The server's log proves what was asked, and how often.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use tachikoma_forge::driver::{ControlHandle, EventStream, ForgeOrchestrator, Runtime};
use tachikoma_forge::llm::{Keys, ProviderFactory, ProviderRegistry};
use tachikoma_forge::session::{EndReason, Event, ForgeSession, Participant, Topic};
use tachikoma_native::{FileJournal, NativePlatform, NativeTransport};
use tachikoma_tests::scripted::{Entry, Outcome, Server};

const LONGEST: Duration = Duration::from_secs(60);

/// A journal file of its own, gone at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tachikoma-deliberation-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn runtime(server: &Server, place: &Place) -> Runtime {
    let mut keys = Keys::new();
    let mut endpoints = BTreeMap::new();
    for provider in ["anthropic", "openai", "ollama"] {
        keys.set(provider, "sk-canary");
        endpoints.insert(provider.to_owned(), server.url());
    }
    let transport = Arc::new(NativeTransport::new().unwrap());
    Runtime {
        platform: Arc::new(NativePlatform::new()),
        journal: Arc::new(FileJournal::open(&place.0).unwrap()),
        providers: Arc::new(ProviderFactory::new(ProviderRegistry::new(), transport, keys).with_endpoints(endpoints)),
    }
}

async fn start(runtime: Runtime, models: &[&str]) -> (ControlHandle, EventStream) {
    let mut orchestrator = ForgeOrchestrator::new(Topic::new("Should we ship on Friday?"), runtime);
    for model in models {
        orchestrator.add_participant(Participant::new(model.parse().unwrap()));
    }
    orchestrator.start().await.unwrap()
}

async fn finished(handle: &ControlHandle) -> ForgeSession {
    tokio::time::timeout(LONGEST, handle.finished()).await.expect("it did not end");
    handle.session().unwrap()
}

fn ended(handle: &ControlHandle) -> Option<EndReason> {
    handle.events().iter().rev().find_map(|e| match &e.event {
        Event::SessionEnded { reason, .. } => Some(*reason),
        _ => None,
    })
}

/// The requests that were answered to the end, by what they asked.
fn completed(server: &Server) -> BTreeMap<String, Vec<Entry>> {
    let mut all: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in server.log().entries() {
        if entry.outcome == Outcome::Completed && entry.status == 200 {
            all.entry(format!("{} {} {}", entry.path, entry.kind, entry.prompt_hash)).or_default().push(entry);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_wire_formats_agree_and_each_ask_goes_out_once() {
    let (server, place) = (Server::start(0).await.unwrap(), Place::new("three"));
    let models = ["anthropic/steady-2", "openai/steady-2", "ollama/thinker-2"];
    let (handle, _) = start(runtime(&server, &place), &models).await;
    finished(&handle).await;
    assert_eq!(ended(&handle), Some(EndReason::Converged), "{:?}", handle.events().last());

    let asked = completed(&server);
    for (what, entries) in &asked {
        assert_eq!(entries.len(), 1, "{what} was asked {} times", entries.len());
    }
    let kinds: Vec<&str> = asked.values().flatten().map(|e| e.kind).collect();
    let count = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
    assert_eq!([count("draft"), count("critique"), count("synthesis"), count("vote")], [3, 3, 1, 3], "{kinds:?}");
    let paths: BTreeSet<_> = asked.values().flatten().map(|e| e.path.as_str()).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");

    // The file holds what was told, and no key.
    let text = std::fs::read_to_string(&place.0).unwrap();
    assert!(!text.contains("canary"));
    let told: Vec<u64> = handle.events().iter().map(|e| e.seq).collect();
    let kept: BTreeSet<u64> = FileJournal::read(&place.0).unwrap().iter().map(|e| e.seq).collect();
    assert!(told.iter().all(|seq| kept.contains(seq)), "something told was not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_in_the_middle_it_continues_and_asks_nothing_twice() {
    let (server, place) = (Server::start(0).await.unwrap(), Place::new("stopped"));
    let models = ["anthropic/steady-2", "openai/steady-2", "ollama/steady-60"];
    let (handle, mut events) = start(runtime(&server, &place), &models).await;
    // Two are done, the slow one is in the middle of its draft.
    let mut done = 0;
    while done < 2 {
        let event = tokio::time::timeout(LONGEST, events.next()).await.unwrap().expect("it ended too early");
        done += usize::from(matches!(event.event, Event::ParticipantComplete { .. }));
    }
    let stopped = Instant::now();
    handle.stop();
    loop {
        if server.log().entries().iter().any(|e| e.path == "/api/chat" && e.outcome == Outcome::ClientDisconnected) {
            break;
        }
        assert!(stopped.elapsed() < Duration::from_millis(200), "the server did not see the stop");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    finished(&handle).await;
    assert_eq!(ended(&handle), Some(EndReason::Stopped));
    drop((handle, events));

    // Only what is in the file is known from here on. The writer before has to have let go of it.
    let asked_before = server.log().entries().len();
    let mut patience = 100;
    let runtime = loop {
        match FileJournal::open(&place.0) {
            Ok(journal) => {
                drop(journal);
                break runtime(&server, &place);
            }
            Err(error) if patience == 0 => panic!("{error}"),
            Err(_) => patience -= 1,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.log().entries().len(), asked_before, "it went on by itself");
    let (handle, _) = ForgeOrchestrator::resume(runtime).await.unwrap();
    finished(&handle).await;
    assert_eq!(ended(&handle), Some(EndReason::Converged));
    for (what, entries) in completed(&server) {
        assert_eq!(entries.len(), 1, "{what} was asked {} times", entries.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_comes_whatever_one_member_does() {
    // One that fails for good, one that recovers, one that cannot write JSON, one that declines.
    let troubles = [
        "anthropic/fail-401",
        "openai/cut-then-ok-1",
        "ollama/garbage-json-1",
        "anthropic/refuse-1",
        "openai/html-200",
    ];
    let runs = troubles.iter().enumerate().map(|(at, trouble)| async move {
        let (server, place) = (Server::start(0).await.unwrap(), Place::new(&format!("trouble{at}")));
        let models = ["anthropic/steady-1", "ollama/steady-1", *trouble];
        let (handle, _) = start(runtime(&server, &place), &models).await;
        finished(&handle).await;
        let reason = ended(&handle);
        assert!(
            matches!(reason, Some(EndReason::Converged | EndReason::NotConverged | EndReason::Partial)),
            "with {trouble} it ended as {reason:?}"
        );
        assert!(
            handle.events().iter().any(|e| matches!(&e.event, Event::SessionEnded { answer: Some(_), .. })),
            "with {trouble} there is no answer"
        );
    });
    futures::future::join_all(runs).await;
}
