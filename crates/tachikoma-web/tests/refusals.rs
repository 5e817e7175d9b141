//! What the journal says when the browser does not want to keep anything, and how safely it asks it to.
//! The browser's own objects are patched for that, and mended after each test.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use js_sys::{Array, Function, Promise};
use tachikoma_forge::driver::{Journal, JournalErrorKind, Platform};
use tachikoma_forge::session::{Channel, Envelope, Event, SCHEMA_VERSION, Settings, Topic};
use tachikoma_forge::types::{AskId, Seed, SessionId};
use tachikoma_web::{IdbJournal, WebPlatform, delete_session, list_sessions, load_session};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Runs JS, and awaits a promise that it returns.
async fn js(code: &str) -> JsValue {
    let result = Function::new_no_args(code).call0(&JsValue::UNDEFINED).unwrap();
    JsFuture::from(Promise::resolve(&result)).await.unwrap()
}

/// A method of the browser that is replaced until this is dropped.
struct Patch(Function);

impl Patch {
    /// `body` is JS that sees `real`, `that` (the object) and `args`.
    fn new(class: &str, method: &str, body: &str) -> Self {
        let code = format!(
            "const real = {class}.prototype.{method};
             {class}.prototype.{method} = function (...args) {{ const that = this; {body} }};
             return () => {{ {class}.prototype.{method} = real; }};"
        );
        Self(Function::new_no_args(&code).call0(&JsValue::UNDEFINED).unwrap().into())
    }
}

impl Drop for Patch {
    fn drop(&mut self) {
        self.0.call0(&JsValue::UNDEFINED).unwrap();
    }
}

fn envelope(session: &SessionId, seq: u64, event: Event) -> Envelope {
    Envelope { v: SCHEMA_VERSION, session: session.clone(), seq, branch: 0, at_ms: 1, event }
}

/// The first begins a session.
fn whole(session: &SessionId, seq: u64) -> Envelope {
    let event = match seq {
        1 => Event::SessionCreated {
            topic: Topic::new("Why?"),
            participants: Vec::new(),
            settings: Settings::default(),
            protocol: "think-tank".into(),
            seed: Seed(1),
            suggested: None,
            demo: true,
            forked_from: None,
        },
        _ => Event::Warning { message: "careful".into() },
    };
    envelope(session, seq, event)
}

fn text(session: &SessionId, seq: u64) -> Envelope {
    let ask = AskId { branch: 0, round: 1, step: "draft".into(), seat: 0, revision: 0 };
    envelope(session, seq, Event::TextSoFar { ask, attempt: 1, channel: Channel::Text, from: 0, text: "t".into() })
}

/// Deletes the database, so that the next use opens it anew.
async fn forget_all() {
    js("return new Promise((done, failed) => { const d = indexedDB.deleteDatabase('tachikoma-forge'); \
        d.onsuccess = done; d.onerror = failed; d.onblocked = failed; });")
    .await;
}

#[wasm_bindgen_test]
async fn whole_events_are_asked_to_be_on_disk_and_pieces_of_text_are_not() {
    let session = WebPlatform.session_id();
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    js("globalThis.asked = [];").await;
    let _patch = Patch::new(
        "IDBDatabase",
        "transaction",
        "const tx = real.apply(that, args); if (tx.mode === 'readwrite') asked.push(tx.durability); return tx;",
    );
    journal.append(vec![whole(&session, 1)]).await.unwrap();
    journal.append(vec![text(&session, 2)]).await.unwrap();
    journal.append(vec![text(&session, 3), whole(&session, 4)]).await.unwrap();
    let asked: Vec<_> = Array::from(&js("return asked;").await).iter().filter_map(|word| word.as_string()).collect();
    assert_eq!(asked, ["strict", "relaxed", "strict"]);
}

#[wasm_bindgen_test]
async fn a_full_disk_is_told_as_such_and_nothing_is_kept_by_halves() {
    let session = WebPlatform.session_id();
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    let full = "new DOMException('no room', 'QuotaExceededError')";
    {
        // Some browsers find out when something is put in …
        let _patch = Patch::new("IDBObjectStore", "add", &format!("throw {full};"));
        let error = journal.append(vec![whole(&session, 1)]).await.unwrap_err();
        assert_eq!(error.kind, JournalErrorKind::Full);
        assert!(error.message.contains("History"), "{error}");
    }
    {
        // … and then the ones before it in the same append must not stay.
        let body = format!("if (args[1][1] === 2) throw {full}; return real.apply(that, args);");
        let _patch = Patch::new("IDBObjectStore", "add", &body);
        let error = journal.append(vec![whole(&session, 1), whole(&session, 2)]).await.unwrap_err();
        assert_eq!(error.kind, JournalErrorKind::Full);
    }
    assert_eq!(load_session(&session).await.unwrap().events, []);
    journal.append(vec![whole(&session, 1)]).await.unwrap();
    assert_eq!(load_session(&session).await.unwrap().events.len(), 1);
}

#[wasm_bindgen_test]
async fn refused_storage_is_told_when_a_journal_is_opened() {
    for (throws, says) in [
        ("new DOMException('The operation is insecure.', 'SecurityError')", "The operation is insecure."),
        ("new DOMException('', 'InvalidStateError')", "InvalidStateError"),
    ] {
        forget_all().await;
        let _patch = Patch::new("IDBFactory", "open", &format!("throw {throws};"));
        let error = IdbJournal::open(None).await.err().unwrap();
        assert_eq!(error.kind, JournalErrorKind::Other);
        assert!(error.message.contains(says) && error.message.contains("private window"), "{error}");
        assert_eq!(list_sessions().await.unwrap_err(), error);
    }
    list_sessions().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_newer_database_is_left_to_the_newer_page() {
    let session = WebPlatform.session_id();
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    journal.append(vec![whole(&session, 1)]).await.unwrap();
    // A newer page in another tab upgrades; ours must not stand in its way.
    js(
        "return new Promise((done, failed) => { const o = indexedDB.open('tachikoma-forge', 99); o.onblocked = failed; \
        o.onerror = failed; o.onsuccess = () => { o.result.close(); done(); }; });",
    )
    .await;
    assert_eq!(journal.append(vec![whole(&session, 2)]).await.unwrap_err().kind, JournalErrorKind::Newer);
    assert_eq!(load_session(&session).await.unwrap_err().kind, JournalErrorKind::Newer);
    assert_eq!(delete_session(&session).await.unwrap_err().kind, JournalErrorKind::Newer);
    forget_all().await;
    journal.append(vec![whole(&session, 2)]).await.unwrap();
}

#[wasm_bindgen_test]
async fn within_one_page_the_keys_keep_two_writers_apart() {
    let session = WebPlatform.session_id();
    let (one, two) = (
        IdbJournal::open(Some(session.clone())).await.unwrap(),
        IdbJournal::open(Some(session.clone())).await.unwrap(),
    );
    one.append(vec![whole(&session, 1)]).await.unwrap();
    assert_eq!(two.append(vec![text(&session, 1)]).await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(load_session(&session).await.unwrap().events, [whole(&session, 1)]);
}

#[wasm_bindgen_test]
async fn a_page_from_before_there_were_leases_left_sessions_that_are_still_there() {
    forget_all().await;
    js("return new Promise((done, failed) => { const o = indexedDB.open('tachikoma-forge', 1); o.onerror = failed; \
        o.onupgradeneeded = () => { o.result.createObjectStore('events'); o.result.createObjectStore('sessions'); }; \
        o.onsuccess = () => { o.result.close(); done(); }; });")
    .await;
    let session = WebPlatform.session_id();
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    journal.append(vec![whole(&session, 1)]).await.unwrap();
    assert_eq!(load_session(&session).await.unwrap().events.len(), 1);
}
