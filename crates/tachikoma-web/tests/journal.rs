//! The journal as IndexedDB keeps it: what was committed is there, nothing else is, and nobody mixes in.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use js_sys::{Function, Promise};
use tachikoma_forge::driver::{Journal, JournalErrorKind, Platform};
use tachikoma_forge::session::{
    Channel, EndReason, Envelope, Event, ForgeSession, Participant, SCHEMA_VERSION, Settings, Tally, Topic,
};
use tachikoma_forge::types::{AskId, RoundType, Seed, SessionId};
use tachikoma_web::{
    IdbJournal, SessionSummary, WebPlatform, delete_session, list_sessions, load_session, written_elsewhere,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Makes the events of one session.
struct Story {
    session: SessionId,
    seq: u64,
}

impl Story {
    fn new() -> Self {
        Self { session: WebPlatform.session_id(), seq: 0 }
    }

    fn next(&mut self, event: Event) -> Envelope {
        self.seq += 1;
        Envelope {
            v: SCHEMA_VERSION,
            session: self.session.clone(),
            seq: self.seq,
            branch: 0,
            at_ms: 1_800_000_000_000 + self.seq,
            event,
        }
    }

    fn created(&mut self, goal: &str) -> Envelope {
        let members = ["ollama/llama3.2:latest", "anthropic/claude"].map(|m| Participant::new(m.parse().unwrap()));
        self.next(Event::SessionCreated {
            topic: Topic::new(goal),
            participants: members.to_vec(),
            settings: Settings::default(),
            protocol: "think-tank".into(),
            // Beyond what a JS number holds.
            seed: Seed(u64::MAX - 1),
            suggested: None,
            demo: false,
            forked_from: None,
        })
    }

    fn round(&mut self, round: u32) -> Envelope {
        self.next(Event::RoundStarted { round, round_type: RoundType::Draft, seats: vec![0, 1] })
    }

    fn text(&mut self, from: u64, text: &str) -> Envelope {
        let ask = AskId { branch: 0, round: 1, step: "draft".into(), seat: 0, revision: 0 };
        self.next(Event::TextSoFar { ask, attempt: 1, channel: Channel::Text, from, text: text.into() })
    }

    fn ended(&mut self, reason: EndReason) -> Envelope {
        self.next(Event::SessionEnded { reason, answer: None, detail: "over".into(), rule: None })
    }
}

async fn summary(session: &SessionId) -> Option<SessionSummary> {
    list_sessions().await.unwrap().into_iter().find(|s| &s.id == session)
}

#[wasm_bindgen_test]
async fn what_was_appended_is_loaded_in_order() {
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    assert_eq!(journal.session(), None);
    assert_eq!(journal.load().await.unwrap(), []);
    // More than ten, since texts would sort 10 before 2.
    let mut all = vec![story.created("Why 🌍?\nBecause"), story.round(1)];
    all.extend((0..300).map(|n| story.text(n, "x\u{0}\u{2028}é")));
    journal.append(all[..2].to_vec()).await.unwrap();
    journal.append(all[2..].to_vec()).await.unwrap();
    journal.append(Vec::new()).await.unwrap();
    assert_eq!(journal.session(), Some(story.session.clone()));
    assert_eq!(journal.load().await.unwrap(), all);
    drop(journal);
    let resumed = IdbJournal::open(Some(story.session.clone())).await.unwrap();
    assert_eq!(resumed.load().await.unwrap(), all);
    assert_eq!(load_session(&story.session).await.unwrap().events, all);
}

#[wasm_bindgen_test]
async fn compaction_drops_exactly_what_it_was_told() {
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    let mut all = vec![story.created("Compact"), story.text(0, "a"), story.text(1, "b"), story.round(1)];
    journal.append(all.clone()).await.unwrap();
    journal.compact(Vec::new()).await.unwrap();
    assert_eq!(journal.load().await.unwrap(), all);
    // A number that is not there is no error.
    journal.compact(vec![2, 3, 99]).await.unwrap();
    all.retain(|e| e.seq != 2 && e.seq != 3);
    assert_eq!(journal.load().await.unwrap(), all);
}

#[wasm_bindgen_test]
async fn two_sessions_at_once_do_not_touch_each_other() {
    let (mut one, mut two) = (Story::new(), Story::new());
    let (first, second) = (IdbJournal::open(None).await.unwrap(), IdbJournal::open(None).await.unwrap());
    let (a, b) = (vec![one.created("One"), one.round(1)], vec![two.created("Two"), two.round(1)]);
    let (x, y) = futures::join!(first.append(a.clone()), second.append(b.clone()));
    x.unwrap();
    y.unwrap();
    first.compact(vec![2]).await.unwrap();
    assert_eq!(first.load().await.unwrap(), a[..1]);
    assert_eq!(second.load().await.unwrap(), b);
    delete_session(&one.session).await.unwrap();
    assert_eq!(load_session(&one.session).await.unwrap().events, []);
    assert_eq!(summary(&one.session).await, None);
    assert_eq!(load_session(&two.session).await.unwrap().events, b);
    assert_eq!(summary(&two.session).await.unwrap().goal, "Two");
    // Deleting what is gone is no error.
    delete_session(&one.session).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_name_that_begins_like_another_is_another() {
    let mut story = Story::new();
    let mut longer = Story { session: SessionId(format!("{}-2", story.session)), seq: 0 };
    let (a, b) = (story.created("Short"), longer.created("Long"));
    IdbJournal::open(None).await.unwrap().append(vec![a.clone()]).await.unwrap();
    IdbJournal::open(None).await.unwrap().append(vec![b.clone()]).await.unwrap();
    assert_eq!(load_session(&story.session).await.unwrap().events, [a]);
    delete_session(&story.session).await.unwrap();
    assert_eq!(load_session(&longer.session).await.unwrap().events, [b]);
}

#[wasm_bindgen_test]
async fn the_list_follows_the_events() {
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    let created = story.created("A goal\nin two lines");
    journal.append(vec![created.clone()]).await.unwrap();
    let fresh = summary(&story.session).await.unwrap();
    assert_eq!((fresh.title.as_str(), fresh.goal.as_str()), ("A goal", "A goal\nin two lines"));
    assert_eq!((fresh.state(), fresh.demo, fresh.rounds), ("running", false, 0));
    assert_eq!(fresh.members, ["llama3.2", "claude"]);
    assert_eq!((fresh.started_ms, fresh.updated_ms), (created.at_ms, created.at_ms));

    let stopped = [story.round(1), story.ended(EndReason::Stopped)];
    journal.append(stopped.to_vec()).await.unwrap();
    let there = summary(&story.session).await.unwrap();
    assert_eq!((there.state(), there.rounds, there.updated_ms), ("stopped", 1, stopped[1].at_ms));

    // Another journal, as after a reload: it has to find the summary where it was left.
    let resumed = IdbJournal::open(Some(story.session.clone())).await.unwrap();
    resumed.append(vec![story.next(Event::Resumed { interrupted: Vec::new() })]).await.unwrap();
    assert_eq!(summary(&story.session).await.unwrap().state(), "running");
    let again = summary(&story.session).await.unwrap();
    assert_eq!((again.ran_ms, again.agreement), (there.ran_ms, None), "the time between is nobody's");
    let tally = Tally { agree: 2, disagree: 1, abstain: 0, seats: 3, threshold: 800, blocking: 0, max_blocking: None };
    let ask = AskId { branch: 0, round: 3, step: "synthesis".into(), seat: 0, revision: 0 };
    resumed
        .append(vec![story.next(Event::ConvergenceChecked { round: 4, tally, version: ask.clone(), best: ask })])
        .await
        .unwrap();
    resumed.append(vec![story.ended(EndReason::Converged)]).await.unwrap();
    let over = summary(&story.session).await.unwrap();
    assert_eq!((over.agreement, over.ran_ms > again.ran_ms), (Some(666), true));
    assert_eq!((over.state(), over.title.as_str(), over.started_ms), ("converged", "A goal", created.at_ms));

    // The last to change comes first.
    let mut later = Story { seq: 50, ..Story::new() };
    IdbJournal::open(None).await.unwrap().append(vec![later.created("Later")]).await.unwrap();
    let order: Vec<_> = list_sessions().await.unwrap().into_iter().map(|s| s.id).collect();
    let place = |id| order.iter().position(|o| o == id).unwrap();
    assert!(place(&later.session) < place(&story.session));
}

#[wasm_bindgen_test]
async fn the_journal_folds_to_the_same_session() {
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    let all = vec![story.created("Fold"), story.round(1), story.ended(EndReason::Failed)];
    journal.append(all.clone()).await.unwrap();
    assert_eq!(ForgeSession::fold(&journal.load().await.unwrap()), ForgeSession::fold(&all));
}

#[wasm_bindgen_test]
async fn an_append_is_all_or_nothing_and_never_written_over() {
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    let created = story.created("Once");
    journal.append(vec![created.clone()]).await.unwrap();
    let (second, mut twice) = (story.round(1), story.ended(EndReason::Failed));
    twice.seq = 1;
    let error = journal.append(vec![second.clone(), twice]).await.unwrap_err();
    assert_eq!(error.kind, JournalErrorKind::Locked);
    assert_eq!(journal.load().await.unwrap(), std::slice::from_ref(&created));
    assert_eq!(summary(&story.session).await.unwrap().state(), "running");
    // It goes on working afterwards.
    journal.append(vec![second.clone()]).await.unwrap();
    assert_eq!(journal.load().await.unwrap(), [created, second]);
}

/// Runs JS, with `name` bound to a text; awaits a promise that it returns.
async fn js(name: &str, code: &str) -> JsValue {
    let result = Function::new_with_args("name", code).call1(&JsValue::UNDEFINED, &name.into()).unwrap();
    JsFuture::from(Promise::resolve(&result)).await.unwrap()
}

/// Puts a text where an event would be.
async fn plant(session: &SessionId, text: &str) {
    // Opens the database, so that it exists.
    list_sessions().await.unwrap();
    let code = format!(
        "return new Promise((done, failed) => {{
            const opening = indexedDB.open('tachikoma-forge');
            opening.onerror = failed;
            opening.onsuccess = () => {{
                const tx = opening.result.transaction('events', 'readwrite');
                tx.objectStore('events').put({}, [name, 1]);
                tx.oncomplete = () => {{ opening.result.close(); done(); }};
                tx.onabort = failed;
            }};
        }});",
        js_sys::JSON::stringify(&text.into()).unwrap()
    );
    js(&session.0, &code).await;
}

#[wasm_bindgen_test]
async fn what_is_damaged_is_told_and_left() {
    for text in [r#"{"v":1,"event":{"type":"Unheard"}}"#, r#"{"v":0,"session":"s","seq":1}"#, "no json", ""] {
        let session = WebPlatform.session_id();
        plant(&session, text).await;
        let error = load_session(&session).await.unwrap_err();
        assert_eq!(error.kind, JournalErrorKind::Corrupt, "{text}: {error}");
        assert!(error.message.contains(&session.0), "{error}");
        delete_session(&session).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_newer_session_is_shown_and_not_written_to() {
    let mut story = Story::new();
    let mut created = story.created("Later");
    created.v = SCHEMA_VERSION + 1;
    plant(&story.session, tachikoma_forge::export::json(std::slice::from_ref(&created)).lines().nth(1).unwrap()).await;
    let shown = load_session(&story.session).await.unwrap();
    assert_eq!(shown.events.len(), 1);
    assert_eq!(shown.newer.unwrap().version, SCHEMA_VERSION + 1);
    let journal = IdbJournal::open(Some(story.session.clone())).await.unwrap();
    let error = journal.load().await.unwrap_err();
    assert_eq!(error.kind, JournalErrorKind::Newer);
    assert!(error.message.contains("Reload the page"), "{error}");
}

#[wasm_bindgen_test]
async fn a_session_that_another_holder_has_locked_cannot_be_written_but_read() {
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    let created = story.created("Locked");
    journal.append(vec![created.clone()]).await.unwrap();
    drop(journal);
    let name = format!("tachikoma-forge/session/{}", story.session);
    // Another tab would hold it the same way; a worker or frame is not needed, since our own lock goes through
    // the same queue.
    js(
        &name,
        "return new Promise(taken => navigator.locks.request(name, () => { taken(); \
         return new Promise(free => { globalThis.freeTestLock = free; }); }));",
    )
    .await;
    assert!(written_elsewhere(&story.session).await);
    let second = IdbJournal::open(Some(story.session.clone())).await.unwrap();
    assert_eq!(second.load().await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(second.append(vec![story.round(1)]).await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(delete_session(&story.session).await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(load_session(&story.session).await.unwrap().events, std::slice::from_ref(&created));
    js("", "globalThis.freeTestLock();").await;
    assert_eq!(second.load().await.unwrap(), [created]);
    assert!(!written_elsewhere(&story.session).await, "this page is no other");
}

#[wasm_bindgen_test]
async fn a_running_session_is_locked_until_it_ends() {
    let held = |session: &SessionId| {
        let name = format!("tachikoma-forge/session/{session}");
        async move {
            let code = "return navigator.locks.query().then(q => q.held.filter(l => l.name === name).length);";
            js(&name, code).await.as_f64().unwrap()
        }
    };
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    journal.append(vec![story.created("Held")]).await.unwrap();
    assert!(held(&story.session).await > 0.5);
    // A second journal of the same page shares it.
    let again = IdbJournal::open(Some(story.session.clone())).await.unwrap();
    again.load().await.unwrap();
    drop(again);
    journal.append(vec![story.ended(EndReason::Stopped)]).await.unwrap();
    // Letting go takes the browser a moment.
    for _ in 0..100 {
        if held(&story.session).await < 0.5 {
            return;
        }
        WebPlatform.sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the lock is still held a second after the end");
}

#[wasm_bindgen_test]
async fn the_database_is_given_up_for_whoever_deletes_it_and_opened_again() {
    // All tests share one page but run one after the other; what the others wrote is not needed any more.
    let mut story = Story::new();
    let journal = IdbJournal::open(None).await.unwrap();
    journal.append(vec![story.created("Gone")]).await.unwrap();
    let outcome = js(
        "tachikoma-forge",
        "return new Promise(done => { const d = indexedDB.deleteDatabase(name); \
         d.onsuccess = () => done('deleted'); d.onerror = () => done('failed'); d.onblocked = () => done('blocked'); });",
    )
    .await;
    assert_eq!(outcome.as_string().as_deref(), Some("deleted"));
    assert_eq!(load_session(&story.session).await.unwrap().events, []);
}
