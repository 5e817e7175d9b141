//! Import: what was exported is the same session again, and no file does harm, whatever it says.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tachikoma_forge::export::{self, ImportErrorKind, Imported, MAX_BYTES, MAX_EVENTS, markdown, read, yaml};
use tachikoma_forge::session::{Envelope, Event, ForgeSession};
use tachikoma_tests::examples::journal;
use tachikoma_tests::fuzzed::named;
use tachikoma_tests::panel::{Panel, willing};

/// What somebody might say who knows how files are read.
const TEXTS: &[&str] = &[
    "plain",
    "no",
    "---\nformat: other",
    "two\r\nlines\u{2028}\u{0}\u{1b}[31m\u{202e}\u{feff}",
    "{\"v\":1}\n{\"v\":1}",
];

fn lines(events: &[Envelope]) -> String {
    events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
}

fn fold(events: &[Envelope]) -> ForgeSession {
    ForgeSession::fold(events).unwrap()
}

/// Every journal that is at hand: the examples, one of the protocol alone, and those of the corpora that are sessions.
fn journals() -> Vec<Vec<Envelope>> {
    let mut all: Vec<_> = TEXTS.iter().map(|text| journal(text)).collect();
    let mut panel = Panel::of(7, 4, 6);
    panel.run(6, |session, ask| willing(session, ask, ask.seat() != 2));
    all.push(panel.journal);
    for corpus in ["import", "journal"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(corpus);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        all.extend(files.iter().filter_map(|file| Some(read(&std::fs::read(file).unwrap()).ok()?.events)));
    }
    all
}

#[test]
fn what_is_imported_exports_to_the_same_bytes() {
    let all = journals();
    assert!(all.len() > TEXTS.len() + 3, "the corpora hold no sessions any more: {}", all.len());
    for events in all {
        let documents = [export::json(&events), yaml(&events), markdown(&fold(&events))];
        let written = [documents[0].clone(), documents[1].clone(), lines(&events)];
        for text in written.iter().map(String::as_str).chain([format!("\u{feff} \n{}", written[0]).as_str()]) {
            let Imported { events: again, note } = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
            assert_eq!(note, None);
            assert_eq!([export::json(&again), yaml(&again), markdown(&fold(&again))], documents);
            assert_eq!(fold(&again), fold(&events));
        }
        // A journal's lines are kept as they are, pieces of text included.
        assert_eq!(read(written[2].as_bytes()).unwrap().events, events);
        // The order of fields and the blanks between them mean nothing.
        let value: Value = serde_json::from_str(&written[0]).unwrap();
        assert_eq!(export::json(&read(format!("{value:#}").as_bytes()).unwrap().events), documents[0]);
    }
}

#[test]
fn a_journal_cut_at_any_byte_is_read_to_its_last_whole_event() {
    let events = journal("é \u{202e}x");
    let text = lines(&events);
    let first = text.find('\n').unwrap();
    for cut in first..=text.len() {
        let whole = text.as_bytes()[..cut].iter().filter(|byte| **byte == b'\n').count();
        let Imported { events: read, note } = read(&text.as_bytes()[..cut]).unwrap();
        // The last line may be whole but for its end.
        assert!(read.len() == whole || read.len() == whole + 1 && text[..cut].ends_with('}'), "cut at {cut}");
        assert!(read[..] == events[..read.len()], "cut at {cut}");
        let torn = read.len() == whole && !text.as_bytes()[..cut].ends_with(b"\n");
        assert_eq!(note.is_some(), torn, "cut at {cut}");
    }
    // What was only shown is left out of lines, as out of any export.
    let shown = r#"{"type":"ContentDelta","ask":"b0/r1/draft/s0/v0","attempt":1,"channel":"text","text":"x"}"#;
    let mut with_shown = events.clone();
    let event = serde_json::from_str(shown).unwrap();
    with_shown.insert(3, Envelope { event, ..events[2].clone() });
    assert_eq!(read(lines(&with_shown).as_bytes()).unwrap().events, events);
}

/// The journal with its events as values, for what types would not allow.
struct Draft(Vec<Value>);

impl Draft {
    fn new() -> Self {
        Self(journal("x").iter().map(|event| serde_json::to_value(event).unwrap()).collect())
    }

    /// The first event of a kind.
    fn find(&self, kind: &str) -> usize {
        self.0.iter().position(|event| event["event"]["type"] == kind).unwrap()
    }

    fn with(kind: &str, path: &str, value: Value) -> String {
        let mut draft = Self::new();
        let at = draft.find(kind);
        *draft.0[at].pointer_mut(path).unwrap_or_else(|| panic!("{kind} has no {path}")) = value;
        draft.text()
    }

    fn without(kind: &str) -> String {
        let mut draft = Self::new();
        let at = draft.find(kind);
        draft.0.remove(at);
        draft.renumbered()
    }

    fn twice(kind: &str) -> String {
        let mut draft = Self::new();
        let at = draft.find(kind);
        let again = draft.0[at].clone();
        draft.0.insert(at + 1, again);
        draft.renumbered()
    }

    fn renumbered(mut self) -> String {
        for (event, seq) in self.0.iter_mut().zip(1..) {
            event["seq"] = json!(seq);
        }
        self.text()
    }

    fn text(&self) -> String {
        let events = json!(self.0);
        format!("{{\"format\":\"{}\",\"version\":1,\"demo\":false,\"events\":{events}}}", export::FORMAT)
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    use ImportErrorKind::{Broken, Newer, NotASession, NotText, Syntax, TooLarge};
    let good = Draft::new().text();
    read(good.as_bytes()).unwrap();
    let export = export::json(&journal("x"));
    let half = export[..export.len() / 2].to_owned();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let field =
        |name: &str, value: &str| good.replacen("\"demo\":false", &format!("\"demo\":false,\"{name}\":{value}"), 1);
    let mut mixed = Draft::new();
    mixed.0[4]["session"] = json!("another");
    let mut gap = Draft::new();
    gap.0.iter_mut().skip(2).for_each(|event| event["seq"] = json!(event["seq"].as_u64().unwrap() + 3));
    let mut newer = Draft::new();
    newer.0[3] = json!({"v": 99, "later": true});
    let doubled = good.replacen("\"seq\":1,", "\"seq\":1,\"seq\":2,", 1);
    assert_ne!(doubled, good);
    let bomb = format!("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n{}", yaml(&journal("x")));

    let table: Vec<(Vec<u8>, ImportErrorKind, &str)> = [
        (String::new(), NotASession, "empty"),
        (" \n".into(), NotASession, "empty"),
        ("Chapter one\n".into(), NotASession, "no exported session"),
        ("Chapter: one\n".into(), NotASession, "no exported session"),
        ("[]".into(), Syntax, "exported session"),
        ("{}".into(), NotASession, "format"),
        ("{\"events\":[]}".into(), NotASession, "format"),
        ("{\"a\":1}".into(), NotASession, "no exported session"),
        (half, Syntax, "at event"),
        (good.replacen("\"version\":1", "\"version\":2", 1), Newer, "newer version (version 2)"),
        (newer.text(), Newer, "version 99"),
        (good.replacen("\"version\":1", "\"version\":\"1\"", 1), Broken, "version"),
        (good.replacen(",\"version\":1", "", 1), Broken, "version"),
        (good.replacen("\"demo\":false", "\"demo\":true", 1), Broken, "demo"),
        (field("surprise", "1"), Broken, "surprise"),
        (field("version", "1"), Broken, "twice"),
        (doubled, Syntax, "at event 1 (the field seq is there twice"),
        (good.replacen("RoundStarted", "RoundBegan", 1), Broken, "event 2 is no event"),
        (Draft::with("RoundStarted", "/event/round", json!("one")), Broken, "the field round"),
        (Draft::with("RoundStarted", "/seq", json!(1)), Broken, "event 2 is out of order"),
        (gap.text(), Broken, "3 of its events are missing after event 2"),
        (Draft::twice("SessionCreated"), Broken, "event 2 begins the session a second time"),
        (Draft::without("SessionCreated"), Broken, "event 1 is not the session's beginning"),
        (mixed.text(), Broken, "event 5 belongs to another session"),
        (Draft::without("RoundStarted"), Broken, "event 2 concerns round 1, which was never started"),
        (Draft::twice("RoundStarted"), Broken, "event 3 starts round 1 a second time"),
        (Draft::without("ParticipantThinking"), Broken, "which was never asked"),
        (Draft::twice("ParticipantThinking"), Broken, "a second time"),
        (Draft::without("AttemptStarted"), Broken, "which was never made"),
        (Draft::twice("AttemptStarted"), Broken, "attempt 1 at b0/r1/draft/s0/v0 after attempt 1"),
        (Draft::twice("AttemptFailed"), Broken, "which is over"),
        (Draft::twice("ParticipantComplete"), Broken, "which is over"),
        (Draft::twice("RoundComplete"), Broken, "ends round 1 a second time"),
        (Draft::with("TextSoFar", "/event/from", json!(9)), Broken, "byte 9"),
        (Draft::with("RoundStarted", "/event/round", json!(0)), Broken, "round 0"),
        (Draft::with("RoundStarted", "/event/round", json!(4_000_000_000_u32)), Broken, "round 4000000000"),
        (Draft::with("RoundStarted", "/event/seats/0", json!(65_535)), Broken, "seat 65535"),
        (Draft::with("SessionCreated", "/event/participants/1/seat", json!(65_535)), Broken, "seat 65535"),
        (Draft::with("SessionCreated", "/event/participants", json!([])), Broken, "0 members"),
        (Draft::with("SessionCreated", "/event/topic/goal", json!(" ")), Broken, "no goal"),
        (Draft::with("SessionCreated", "/event/settings/max_rounds", json!(u32::MAX)), Broken, "max_rounds"),
        (Draft::with("SessionCreated", "/event/settings/max_rounds", json!(0)), Broken, "one round"),
        (Draft::with("SessionCreated", "/event/settings/convergence_threshold", json!(0)), Broken, "threshold"),
        (Draft::with("ConvergenceChecked", "/event/tally/agree", json!(u32::MAX)), Broken, "counts votes"),
        (Draft::with("ConvergenceChecked", "/event/best", json!("b0/r9/synthesis/s0/v0")), Broken, "never asked"),
        (Draft::with("SessionEnded", "/event/answer", json!("b0/r9/synthesis/s0/v0")), Broken, "never asked"),
        (Draft::with("RoundStarted", "/at_ms", json!(u64::MAX)), Broken, "9999"),
        (Draft::with("SessionEnded", "/seq", json!(u64::MAX)), Broken, "too large"),
        (Draft::with("RoundStarted", "/event/seats", json!([0, -1])), Broken, "the field seats"),
        (good.replace("0199f3c2a10-5b1d77e2", "../../etc"), Broken, "names a session"),
        (
            good.replacen("\"prompt_hash\":\"", &format!("\"x\":{},\"prompt_hash\":\"", deep(40)), 1),
            Syntax,
            "too deeply",
        ),
        (format!("{{\"a\":{}}}", deep(100_000)), NotASession, "no exported session"),
        (bomb, Syntax, "Anchors"),
        (yaml(&journal("x")).replacen("demo: false", "demo: &a false", 1), Syntax, ""),
    ]
    .into_iter()
    .map(|(text, kind, what)| (text.into_bytes(), kind, what))
    .chain([
        (utf16, NotText, "UTF-16"),
        (b"{\"format\":\"\n\xff\"}".to_vec(), NotText, "line 2"),
        (b"PK\x03\x04\x80".to_vec(), NotText, "no text"),
        (vec![b' '; MAX_BYTES + 1], TooLarge, "96 MiB"),
    ])
    .collect();
    for (bytes, kind, what) in table {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
        let Err(error) = read(&bytes) else { panic!("{what}: taken: {shown}") };
        assert_eq!(error.kind, kind, "{what}: {error}\n{shown}");
        assert!(error.message.contains(what) && error.message.ends_with('.'), "{what}: {error}");
        assert!(error.message.chars().count() < 500 && !error.message.contains(char::is_control), "{error}");
    }
}

#[test]
fn words_of_a_file_are_repeated_short_and_without_marks() {
    let hostile = format!("Round\u{202e}\u{1b}[31m{}", "x".repeat(10_000));
    let error = read(Draft::with("RoundStarted", "/event/type", json!(hostile)).as_bytes()).unwrap_err();
    assert!(error.message.chars().count() < 400, "{error}");
    assert!(!error.message.contains(['\u{202e}', '\u{1b}']), "{error:?}");
}

const WARNING: &str = r#"{"type":"Warning","message":""}"#;

#[test]
fn more_events_or_values_than_any_session_has_are_refused_early() {
    let mut text = String::from("{\"format\":\"tachikoma-forge/session\",\"version\":1,\"demo\":false,\"events\":[");
    text += &["0,".repeat(2_000_000), "0]}".to_owned()].concat();
    let error = read(text.as_bytes()).unwrap_err();
    assert!(error.message.contains("event 1 is no event"), "{error}");
    let many = Draft::with("RoundStarted", "/event/seats", json!(vec![0; 200_000]));
    assert!(read(many.as_bytes()).unwrap_err().message.contains("too many values"));
    // As many lines as are allowed, and one more.
    let mut first = journal("x").remove(0);
    first.session.0 = "s".into();
    let mut session = lines(&[first]);
    for seq in 2..=MAX_EVENTS + 1 {
        session +=
            &format!("{{\"v\":1,\"session\":\"s\",\"seq\":{seq},\"branch\":0,\"at_ms\":0,\"event\":{WARNING}}}\n");
    }
    let error = read(session.as_bytes()).unwrap_err();
    assert!(error.message.contains("more than 1000000 events"), "{error}");
}

/// Where numbers stand in a value.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| numbers(item, &format!("{at}/{n}"), found))
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| numbers(item, &format!("{at}/{}", name.replace('/', "~1")), found))
        }
        _ => {}
    }
}

/// Whatever stands in place of any number: it is refused, or what follows from it brings nobody down. `named`
/// folds it, exports it, shows it, plans and continues it.
#[test]
fn no_number_is_too_absurd() {
    let import = named("import").unwrap();
    let mut draft = Draft::new();
    // Fields that are seldom there.
    let created = draft.find("SessionCreated");
    draft.0[created]["event"]["settings"] = json!({
        "convergence_threshold": 800, "max_rounds": 10, "round_timeout_seconds": 300, "max_tokens": 100, "concurrency": 2,
        "max_cost": 5_000_000_000_u64, "max_tokens_total": 100_000,
        "prices": {"ollama/llama3.2": {"rates": {"in": 1, "out": 2}, "context": 5, "tiers": [{"over": 3, "rates": {"in": 1, "out": 2}}]}},
    });
    let started = draft.find("AttemptStarted");
    draft.0[started]["event"]["reserved"] = json!({"tokens": 5, "cost": 7});
    let failed = draft.find("AttemptFailed");
    draft.0[failed]["event"]["next"] = json!({"step": "retry", "after_ms": 5});
    draft.0[failed]["event"]["error"]["retry_after_ms"] = json!(5);
    import_ok(&draft);
    let (mut tried, mut taken) = (0, 0);
    let kinds: BTreeSet<&str> = draft.0.iter().filter_map(|event| event["event"]["type"].as_str()).collect();
    for at in kinds.into_iter().map(|kind| draft.find(kind)) {
        let mut places = Vec::new();
        numbers(&draft.0[at], "", &mut places);
        // One item of each list: the others are read alike.
        let mut seen = BTreeSet::new();
        places.retain(|place| seen.insert(place.replace(|c: char| c.is_ascii_digit(), "")));
        for place in places {
            for value in [json!(0), json!(65_535), json!(u32::MAX), json!(u64::MAX), json!(-1), json!(1e300)] {
                let mut absurd = Draft(draft.0.clone());
                *absurd.0[at].pointer_mut(&place).unwrap() = value;
                // Unfinished, so that it goes on.
                absurd.0.pop();
                let text = absurd.text();
                tried += 1;
                if read(text.as_bytes()).is_ok() {
                    taken += 1;
                    (import.run)(text.as_bytes());
                }
            }
        }
    }
    assert!(tried > 300 && taken > 50, "{tried} tried, {taken} taken");
}

fn import_ok(draft: &Draft) {
    let events = read(draft.text().as_bytes()).unwrap().events;
    assert!(matches!(&events[0].event, Event::SessionCreated { settings, .. } if settings.is_capped()));
}
