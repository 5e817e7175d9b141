//! Journals that older versions wrote, frozen in `tests/journals`: each opens, is whole at every cut, and goes on.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tachikoma_forge::driver::{ForgeOrchestrator, Runtime};
use tachikoma_forge::export::{json, markdown, read};
use tachikoma_forge::llm::{Keys, ProviderFactory, ProviderRegistry, demo};
use tachikoma_forge::session::{EndReason, Event, ForgeSession, SCHEMA_VERSION, SessionState};
use tachikoma_native::{FileJournal, NativePlatform, NativeTransport};

/// The frozen journals with their versions.
fn frozen() -> Vec<(u32, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/journals");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            (name.trim_start_matches('v').parse().unwrap(), std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    all.sort();
    assert_eq!(all[0].0, 1, "the first version has a journal");
    all
}

fn scratch(name: &str, text: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tachikoma-versions-{}-{name}.ndjson", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn version_of(line: &str) -> u64 {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["v"].as_u64().unwrap()
}

#[test]
fn an_older_journal_opens_as_one_of_today() {
    for (version, text) in frozen() {
        assert!(text.lines().all(|line| version_of(line) == u64::from(version)), "it is frozen as it was");
        let path = scratch("opens", text.as_bytes());
        let events = FileJournal::read(&path).unwrap();
        assert_eq!(events.len(), text.lines().count());
        assert!(events.iter().all(|e| e.v == SCHEMA_VERSION));
        let session = ForgeSession::fold(&events).unwrap();
        let SessionState::Ended { reason, .. } = &session.state else { panic!("it has an end") };
        assert_eq!(*reason, EndReason::Converged);
        assert!(markdown(&session).contains(&session.topic.goal));
        assert_eq!(read(json(&events).as_bytes()).unwrap().events, events);
        // The wrapping of an export does not change what its events are.
        let exported = format!(
            "{{\"format\":\"tachikoma-forge/session\",\"version\":1,\"demo\":true,\"events\":[{}]}}",
            text.trim_end().replace('\n', ",")
        );
        assert_eq!(read(exported.as_bytes()).unwrap().events, events);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "looking changes nothing");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn cut_anywhere_it_opens_to_the_last_whole_event() {
    for (_, text) in frozen() {
        let bytes = text.as_bytes();
        let path = scratch("cut", b"");
        // Every byte of the beginning and of the end, and every place in between at which a line is cut.
        let near_an_end = |at: usize| bytes[at.saturating_sub(2)..bytes.len().min(at + 2)].contains(&b'\n');
        let cuts = (0..=bytes.len()).filter(|at| *at < 200 || at + 200 > bytes.len() || near_an_end(*at));
        for cut in cuts.chain((0..bytes.len()).step_by(997)) {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(FileJournal::read(&path).unwrap().len(), whole, "cut at {cut}");
        }
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_at_any_event_it_goes_on_in_today_s_version_and_asks_nothing_twice() {
    for (_, text) in frozen() {
        let lines: Vec<&str> = text.lines().collect();
        for cut in (1..lines.len()).step_by(5) {
            let before = lines[..cut].join("\n") + "\n";
            let path = scratch("continues", before.as_bytes());
            let mut registry = ProviderRegistry::new();
            demo::register(
                &mut registry,
                Arc::new(|_: Duration| -> tachikoma_forge::types::BoxFuture<'static, ()> {
                    Box::pin(std::future::ready(()))
                }),
            );
            let transport = Arc::new(NativeTransport::new().unwrap());
            let runtime = Runtime {
                platform: Arc::new(NativePlatform::new()),
                journal: Arc::new(FileJournal::open(&path).unwrap()),
                providers: Arc::new(ProviderFactory::new(registry, transport, Keys::new())),
            };
            let (control, _) = ForgeOrchestrator::resume(runtime).await.unwrap();
            tokio::time::timeout(Duration::from_secs(60), control.finished()).await.expect("it goes on for ever");
            let after = std::fs::read_to_string(&path).unwrap();
            let appended = after.strip_prefix(&before).expect("what was there stays as it was");
            assert!(appended.lines().all(|line| version_of(line) == u64::from(SCHEMA_VERSION)));
            let events = FileJournal::read(&path).unwrap();
            let session = ForgeSession::fold(&events).unwrap();
            let SessionState::Ended { reason, .. } = &session.state else { panic!("cut at {cut} it has no end") };
            assert!(matches!(reason, EndReason::Converged | EndReason::NotConverged), "cut at {cut}: {reason:?}");
            let mut complete = BTreeSet::new();
            for envelope in &events {
                if let Event::ParticipantComplete { ask, .. } = &envelope.event {
                    assert!(complete.insert(ask.clone()), "cut at {cut}: {ask} was asked again");
                }
            }
            drop(control);
            std::fs::remove_file(path).unwrap();
        }
    }
}
