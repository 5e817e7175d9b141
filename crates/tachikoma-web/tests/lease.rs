//! One writer per session where the browser has no locks: the lease, and that who lost it never writes again.
//! Web Locks are hidden from the page for these tests; the other tab is what it would have left in the database.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use std::time::Duration;

use js_sys::{Function, JSON, Promise};
use tachikoma_forge::driver::{Journal, JournalErrorKind, Platform};
use tachikoma_forge::session::{EndReason, Envelope, Event, SCHEMA_VERSION, Settings, Topic};
use tachikoma_forge::types::{Seed, SessionId};
use tachikoma_web::{IdbJournal, WebPlatform, delete_session, list_sessions, load_session, written_elsewhere};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

async fn js(code: &str) -> JsValue {
    let result = Function::new_no_args(code).call0(&JsValue::UNDEFINED).unwrap();
    JsFuture::from(Promise::resolve(&result)).await.unwrap()
}

/// Hides Web Locks until it is dropped.
struct NoLocks;

impl NoLocks {
    fn new() -> Self {
        Function::new_no_args("Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });")
            .call0(&JsValue::UNDEFINED)
            .unwrap();
        Self
    }
}

impl Drop for NoLocks {
    fn drop(&mut self) {
        Function::new_no_args("delete navigator.locks;").call0(&JsValue::UNDEFINED).unwrap();
    }
}

/// A lease as it is kept.
#[derive(Debug, PartialEq)]
struct Kept {
    holder: String,
    epoch: f64,
    expires_ms: f64,
}

/// Runs JS with the store of leases as `store`, the session's name as `name`, and gives what `request` came to.
async fn leases(session: &SessionId, request: &str) -> JsValue {
    // Opens the database, so that it exists.
    list_sessions().await.unwrap();
    let name = JSON::stringify(&session.0.as_str().into()).unwrap();
    js(&format!(
        "const name = {name};
        return new Promise((done, failed) => {{
            const opening = indexedDB.open('tachikoma-forge');
            opening.onerror = failed;
            opening.onsuccess = () => {{
                const tx = opening.result.transaction('leases', 'readwrite');
                const store = tx.objectStore('leases');
                const request = {request};
                tx.oncomplete = () => {{ opening.result.close(); done(request.result); }};
                tx.onabort = failed;
            }};
        }});"
    ))
    .await
}

async fn kept(session: &SessionId) -> Kept {
    let text = leases(session, "store.get(name)").await;
    let value = JSON::parse(&text.as_string().expect("a lease")).unwrap();
    let field = |name: &str| js_sys::Reflect::get(&value, &name.into()).unwrap();
    Kept {
        holder: field("holder").as_string().unwrap(),
        epoch: field("epoch").as_f64().unwrap(),
        expires_ms: field("expires_ms").as_f64().unwrap(),
    }
}

/// What another tab leaves when it takes the lease.
async fn plant(session: &SessionId, holder: &str, epoch: f64, lasts_ms: f64) {
    let lease = format!("{{ holder: '{holder}', epoch: {epoch}, expires_ms: Date.now() + {lasts_ms} }}");
    leases(session, &format!("store.put(JSON.stringify({lease}), name)")).await;
}

fn event(session: &SessionId, seq: u64) -> Envelope {
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
        99 => Event::SessionEnded { reason: EndReason::Stopped, answer: None, detail: "over".into(), rule: None },
        _ => Event::Warning { message: "careful".into() },
    };
    Envelope { v: SCHEMA_VERSION, session: session.clone(), seq, branch: 0, at_ms: 1, event }
}

async fn begun() -> (SessionId, IdbJournal) {
    let session = WebPlatform.session_id();
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    journal.append(vec![event(&session, 1)]).await.unwrap();
    (session, journal)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 5_000.0
}

#[wasm_bindgen_test]
async fn who_comes_second_does_not_write() {
    let _no_locks = NoLocks::new();
    let (session, journal) = begun().await;
    assert!(!written_elsewhere(&session).await, "this page is no other");
    drop(journal);
    plant(&session, "other", 7.0, 60_000.0).await;
    assert!(written_elsewhere(&session).await);
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    assert_eq!(journal.load().await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(journal.append(vec![event(&session, 2)]).await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(journal.compact(vec![1]).await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(delete_session(&session).await.unwrap_err().kind, JournalErrorKind::Locked);
    assert_eq!(load_session(&session).await.unwrap().events, [event(&session, 1)]);
    assert_eq!(kept(&session).await.holder, "other");
}

#[wasm_bindgen_test]
async fn a_lease_that_has_run_out_is_taken_over_under_a_higher_epoch() {
    let _no_locks = NoLocks::new();
    let (session, journal) = begun().await;
    drop(journal);
    plant(&session, "other", 7.0, -1.0).await;
    assert!(!written_elsewhere(&session).await);
    let journal = IdbJournal::open(Some(session.clone())).await.unwrap();
    assert_eq!(journal.load().await.unwrap().len(), 1);
    let mine = kept(&session).await;
    assert!(mine.holder != "other" && near(mine.epoch * 1e6, 8e6), "{mine:?}");
    journal.append(vec![event(&session, 2)]).await.unwrap();
}

#[wasm_bindgen_test]
async fn who_was_taken_over_never_writes_again() {
    let _no_locks = NoLocks::new();
    // Whoever took it over may hold it still, or have lost or given it back: nothing brings the old writer back.
    for (holder, raised, lasts_ms) in [("other", 1.0, 60_000.0), ("other", 1.0, -60_000.0), ("other", 0.0, 60_000.0)] {
        let (session, journal) = begun().await;
        let mine = kept(&session).await;
        plant(&session, holder, mine.epoch + raised, lasts_ms).await;
        for _ in 0..2 {
            let error = journal.append(vec![event(&session, 2)]).await.unwrap_err();
            assert_eq!(error.kind, JournalErrorKind::Locked);
            assert!(error.message.contains("taken this session over"), "{error}");
            assert_eq!(journal.compact(vec![1]).await.unwrap_err().kind, JournalErrorKind::Locked);
            assert_eq!(delete_session(&session).await.unwrap_err().kind, JournalErrorKind::Locked);
        }
        assert_eq!(load_session(&session).await.unwrap().events, [event(&session, 1)]);
        // The same name under another epoch is no better.
        plant(&session, &mine.holder, mine.epoch + 1.0, 60_000.0).await;
        assert_eq!(journal.append(vec![event(&session, 2)]).await.unwrap_err().kind, JournalErrorKind::Locked);
    }
}

#[wasm_bindgen_test]
async fn a_lease_is_renewed_by_writes_and_by_a_timer() {
    let _no_locks = NoLocks::new();
    let (session, journal) = begun().await;
    let mine = kept(&session).await;
    let now = js_sys::Date::now();
    assert!(near(mine.expires_ms, now + 90_000.0), "{mine:?} at {now}");
    // Run out and not taken over: it is still ours.
    plant(&session, &mine.holder, mine.epoch, -1.0).await;
    journal.append(vec![event(&session, 2)]).await.unwrap();
    assert!(near(kept(&session).await.expires_ms, js_sys::Date::now() + 90_000.0));
    // The same with time that passes a hundred times as fast, for whoever begins to wait from here on.
    js("const now = performance.now.bind(performance), wait = setTimeout; \
        globalThis.slowly = () => { performance.now = now; globalThis.setTimeout = wait; }; \
        performance.now = () => now() * 100; globalThis.setTimeout = (then, ms) => wait(then, ms / 100);")
    .await;
    let (other, quiet) = begun().await;
    let before = kept(&other).await;
    plant(&other, &before.holder, before.epoch, 100.0).await;
    let mut renewed = false;
    for _ in 0..100 {
        WebPlatform.sleep(Duration::from_secs(2)).await;
        renewed |= kept(&other).await.expires_ms > js_sys::Date::now() + 80_000.0;
    }
    js("slowly();").await;
    assert!(renewed, "no timer renews it");
    drop(quiet);
}

#[wasm_bindgen_test]
async fn a_lease_is_given_back_at_the_end_and_when_the_page_goes() {
    let _no_locks = NoLocks::new();
    let given_back = |session: SessionId| async move {
        for _ in 0..100 {
            if kept(&session).await.expires_ms < 1.0 {
                return true;
            }
            WebPlatform.sleep(Duration::from_millis(10)).await;
        }
        false
    };
    let (session, journal) = begun().await;
    journal.append(vec![event(&session, 99)]).await.unwrap();
    assert!(given_back(session).await, "it is held after the end");
    let (session, journal) = begun().await;
    drop(journal);
    assert!(given_back(session).await, "it is held by nobody");
    let (session, journal) = begun().await;
    js("dispatchEvent(new Event('pagehide'));").await;
    assert!(given_back(session.clone()).await, "it outlives its page");
    // A page that is shown again goes on, since nobody has come in between …
    journal.append(vec![event(&session, 2)]).await.unwrap();
    // … and gives nothing back that is no longer its own.
    let mine = kept(&session).await;
    plant(&session, "other", mine.epoch + 1.0, 60_000.0).await;
    js("dispatchEvent(new Event('pagehide'));").await;
    drop(journal);
    WebPlatform.sleep(Duration::from_millis(100)).await;
    assert_eq!(kept(&session).await.holder, "other");
}
