//! Stop, through everything: from the control handle over the engine and the native adapter to the server,
//! which sees every open call end within 200 ms. Nothing goes on by itself, and continuing asks for nothing
//! that is complete.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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
async fn stopped_in_the_middle_it_continues_and_asks_nothing_twice() {
    let (server, place) = (Server::start(0).await.unwrap(), Place::new("stopped"));
    // One is done, the others are in the middle of their drafts.
    let models = ["anthropic/steady-2", "openai/steady-30", "ollama/steady-30"];
    let (handle, mut events) = start(runtime(&server, &place), &models).await;
    loop {
        let event = tokio::time::timeout(LONGEST, events.next()).await.unwrap().expect("it ended too early");
        if matches!(event.event, Event::ParticipantComplete { .. }) {
            break;
        }
    }
    let stopped_ms = server.log().now_ms();
    handle.stop();
    finished(&handle).await;
    assert_eq!(ended(&handle), Some(EndReason::Stopped));
    // By the server's own clock, since the machine that runs this test may be busy.
    while server.log().entries().iter().any(|e| e.outcome == Outcome::Open) {
        assert!(server.log().now_ms() < stopped_ms + 5_000, "calls are still open: {:?}", server.log().entries());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let cut: Vec<Entry> =
        server.log().entries().into_iter().filter(|e| e.outcome == Outcome::ClientDisconnected).collect();
    assert_eq!(cut.len(), 2, "{cut:?}");
    for entry in cut {
        let after = entry.ended_ms.unwrap().saturating_sub(stopped_ms);
        assert!(after <= 200, "{} was seen to end {after} ms after the stop", entry.path);
    }
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
