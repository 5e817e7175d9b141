//! Sessions: journals and files that others wrote, documents that others read, prompts that stay blind.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tachikoma_forge::engine::{Engine, Input, Targets};
use tachikoma_forge::export::{Imported, json, markdown, read, yaml};
use tachikoma_forge::metrics::Metrics;
use tachikoma_forge::protocol::{Plan, protocol};
use tachikoma_forge::session::{Envelope, ForgeSession, canonical};
use tachikoma_forge::types::Now;
use tachikoma_native::FileJournal;
use tachikoma_ui::view_model::card::card;
use tachikoma_ui::view_model::live::Live;
use tachikoma_ui::view_model::outcome::{outcome, standing};
use tachikoma_ui::view_model::totals::totals;

use super::{assert_fit_to_be_shown, lossy};
use crate::examples;
use crate::outline::outline;
use crate::panel::{Panel, Reply, think_tank, willing};

/// A file of this process and thread alone.
fn file() -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id());
    let digits: String = thread.chars().filter(char::is_ascii_digit).collect();
    std::env::temp_dir().join(format!("tachikoma-fuzzed-{}-{digits}.ndjson", std::process::id()))
}

/// A journal's file: its events, and what everybody makes of them.
pub(super) fn journal(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(event) = serde_json::from_slice::<Envelope>(line) {
            let written = serde_json::to_string(&event).expect("an event is written");
            let again: Envelope = serde_json::from_str(&written).expect("an event reads back");
            assert_eq!(again, event, "{written}");
            assert_eq!(serde_json::to_string(&again).expect("an event is written"), written);
        }
    }
    let path = file();
    std::fs::write(&path, data).expect("a file");
    let read = FileJournal::read(&path);
    std::fs::remove_file(&path).expect("the file");
    let Ok(events) = read else { return };
    let whole = data.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(events.len(), whole, "each whole line is an event");
    session(&events);
}

/// A file that somebody hands in: an export as JSON or YAML, or a journal's lines. Whatever it says, it is refused
/// with words that can be shown, or it is a session that reads back the same from each format, and goes on.
pub(super) fn import(data: &[u8]) {
    match read(data) {
        Ok(Imported { events, note }) => {
            note.iter().for_each(|note| assert_fit_to_be_shown(note));
            let written = json(&events);
            for document in [written.clone(), yaml(&events), lines(&events)] {
                let again = read(document.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{document}")).events;
                assert_eq!(json(&again), written, "something drifts");
            }
            session(&events);
            goes_on(&events);
        }
        Err(error) => {
            assert!(error.message.ends_with('.'), "{error}");
            assert_fit_to_be_shown(&error.message);
        }
    }
}

/// A journal's lines.
fn lines(events: &[Envelope]) -> String {
    events.iter().map(|event| serde_json::to_string(event).expect("an event is written") + "\n").collect()
}

/// Continuing it brings nobody down, up to its first calls.
fn goes_on(events: &[Envelope]) {
    let Some(session) = ForgeSession::fold(events) else { return };
    let Some(protocol) = protocol(&session.protocol) else { return };
    let mut now = Now { mono: Duration::from_secs(1), wall_ms: 1_800_000_000_000 };
    let mut engine = Engine::resume(session, protocol, Targets::new(), None, now).expect("nothing is asked of it");
    for _ in 0..4 {
        while engine.poll().is_some() {}
        now = Now { mono: now.mono + Duration::from_secs(7), wall_ms: now.wall_ms + 7_000 };
        engine.handle(Input::Tick, now);
    }
}

/// Nothing that stands in events brings anybody down who reads them.
fn session(events: &[Envelope]) {
    let Some(session) = ForgeSession::fold(events) else { return };
    let _ = (canonical(events), markdown(&session), json(events));
    let _ = (session.spending(), session.committed());
    let mut sum = Metrics::of(&session);
    sum.add(&Metrics::of(&session));
    let value: Value = serde_saphyr::from_str(&yaml(events)).expect("YAML that reads back");
    assert_eq!(value, serde_json::from_str::<Value>(&json(events)).expect("JSON that reads back"));
    match think_tank().plan(&session) {
        Plan::Record(events) => assert!(!events.is_empty(), "a plan that records nothing moves nothing on"),
        Plan::Asks(_) | Plan::Wait | Plan::Conclude(_) => {}
    }
    let mut live = Live::new(session.id.clone());
    for event in events {
        live.apply(event);
    }
    let _ = (standing(&live), outcome(&live), totals(&live, u64::MAX));
    for round in session.rounds.iter().take(8) {
        for seat in session.participants.iter().map(|member| member.seat).take(8) {
            let _ = card(&mut live, round.number, seat);
        }
    }
}

/// The headings of the document below, whatever its members say.
static SHAPE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let session = ForgeSession::fold(&examples::journal("plain")).expect("events");
    outline(&markdown(&session)).headings
});

/// Any text, wherever somebody's text may stand in a document.
pub(super) fn export(data: &[u8]) {
    let text = lossy(data);
    let events = examples::journal(&text);
    let session = ForgeSession::fold(&events).expect("events");
    let written = json(&events);
    let read = read(written.as_bytes()).expect("what was written").events;
    assert_eq!(ForgeSession::fold(&read).as_ref(), Some(&session), "something is lost");
    let value: Value = serde_saphyr::from_str(&yaml(&events)).expect("YAML that reads back");
    assert_eq!(value, serde_json::from_str::<Value>(&written).expect("JSON that reads back"));
    let document = markdown(&session);
    let found = outline(&document);
    assert_eq!(found.escaped, Vec::<String>::new(), "something got out of\n{document}");
    assert_eq!(found.headings, *SHAPE, "a member changed the shape of\n{document}");
    let unfit = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
    assert!(!document.contains(unfit), "a mark that changes how the rest is read:\n{document}");
}

/// Names that betray a member of the panel below.
const NAMES: [&str; 3] = ["canary number 1", "canary-model", "ollama"];

/// A draft that names members and models: the others are asked about it without learning who wrote it.
pub(super) fn blindness(data: &[u8]) {
    let text = lossy(data);
    let mut panel = Panel::of(3, 3, 10);
    panel.run(1, |s, a| if a.seat() == 0 { Reply::says(&*text) } else { willing(s, a, true) });
    let Plan::Asks(asks) = panel.plan() else { return };
    for ask in asks {
        for prompt in [&ask.prompt.system, &ask.prompt.user] {
            let folded: String = prompt.to_lowercase().replace(['_', ' '], "-");
            for name in NAMES {
                assert!(!has_word(&folded, &name.replace(' ', "-")), "{name} is named in\n{prompt}");
            }
        }
    }
}

/// Whether a text holds a word that is no part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !before.into_iter().chain(after).any(char::is_alphanumeric)
    })
}
