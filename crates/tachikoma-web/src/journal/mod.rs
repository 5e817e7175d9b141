//! The journal in IndexedDB: one database for all sessions, `tachikoma-forge`, version 2.
//!
//! Store `events`: key `[session, seq]`, value one envelope as JSON text, the same text as a line of a journal
//! file. Store `sessions`: key the session's name, value a [`SessionSummary`] as JSON text, written in the same
//! transaction as the events that change it, so that a list never tells of something that is not there.
//! JSON text rather than JS objects: one format everywhere, and no number loses digits.
//!
//! One transaction per [`Journal::append`], so there is never a torn tail. Events are *added*, never put over
//! others: a second writer of the same session fails instead of mixing its events in. A lock that all tabs share
//! ([`lock`]) tells such a second writer before it pays for anything. Every write, compaction and deletion among
//! them, makes sure within its own transaction that the right to it still holds.

mod database;
mod lease;
mod lock;
mod summary;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Reflect};
use tachikoma_forge::driver::{Journal, JournalError, JournalErrorKind};
use tachikoma_forge::metrics::{Helped, Metrics, Past};
use tachikoma_forge::session::{Envelope, Event, ForgeSession, Reader, Record};
use tachikoma_forge::types::{BoxFuture, SessionId};
use wasm_bindgen::prelude::*;
use web_sys::{IdbKeyRange, IdbTransactionMode};

use database::{Durability, EVENTS, SESSIONS, Transaction, connection, js_error, request};
use lock::SessionLock;
pub use lock::written_elsewhere;
pub use summary::SessionSummary;

/// A session's journal in this browser.
#[derive(Clone)]
pub struct IdbJournal {
    state: Rc<RefCell<State>>,
}

/// What the journal knows of its session so far.
#[derive(Default)]
struct State {
    session: Option<SessionId>,
    summary: Option<SessionSummary>,
    lock: Option<Rc<SessionLock>>,
}

impl IdbJournal {
    /// A journal for a new session, whose name the first event brings, or for one that is there already.
    ///
    /// # Errors
    /// When the browser refuses storage, or a newer version of this page has been here.
    pub async fn open(session: Option<SessionId>) -> Result<Self, JournalError> {
        connection().await?;
        Ok(Self { state: Rc::new(RefCell::new(State { session, ..State::default() })) })
    }

    /// The session's name, once it is known.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.state.borrow().session.clone()
    }

    /// The lock on the session; takes it, unless this journal holds it already.
    async fn lock(&self, session: &SessionId) -> Result<Rc<SessionLock>, JournalError> {
        if let Some(lock) = &self.state.borrow().lock {
            return Ok(lock.clone());
        }
        let lock = SessionLock::take(session).await?;
        self.state.borrow_mut().lock = Some(lock.clone());
        Ok(lock)
    }

    async fn append_all(self, events: Vec<Envelope>) -> Result<(), JournalError> {
        let Some(first) = events.first() else { return Ok(()) };
        let session = self.state.borrow_mut().session.get_or_insert_with(|| first.session.clone()).clone();
        let lock = self.lock(&session).await?;
        // Read before the transaction: within it nothing is awaited but its own requests, so that it cannot close
        // halfway.
        let before = self.state.borrow().summary.clone();
        let mut summary = match before {
            Some(summary) => Some(summary),
            None => read_summary(&session).await?,
        };
        let mut changed = false;
        for event in &events {
            changed |= SessionSummary::take_event(&mut summary, event);
        }
        let ended = matches!(events.last().map(|e| &e.event), Some(Event::SessionEnded { .. }));
        if let Some(summary) = summary.as_mut().filter(|_| ended) {
            // Folded once, here, so that nobody has to read all journals to see how models do.
            let mut all = load_session(&session).await?.events;
            all.extend(events.iter().cloned());
            if let Some(session) = ForgeSession::fold(&all) {
                (summary.metrics, summary.helped) = (Some(Metrics::of(&session)), Helped::of(&session));
                summary.degraded = session.degraded().is_some();
            }
        }
        let strict = events.iter().any(|e| e.event.is_durable() && !matches!(e.event, Event::TextSoFar { .. }));
        let durability = if strict { Durability::Strict } else { Durability::Relaxed };
        let transaction = Transaction::begin(IdbTransactionMode::Readwrite, durability).await?;
        lock.check(&transaction).await?;
        let store = transaction.store(EVENTS)?;
        for event in &events {
            let json = serde_json::to_string(event).map_err(|e| corrupt(&session, event.seq, &e.to_string()))?;
            store.add_with_key(&json.into(), &key(&session, event.seq)).map_err(|e| js_error(&e))?;
        }
        if let Some(summary) = summary.as_ref().filter(|_| changed) {
            summary.put(&transaction)?;
        }
        transaction.commit().await?;
        let mut state = self.state.borrow_mut();
        state.summary = summary;
        if ended {
            // Another tab may continue or delete it from here on.
            state.lock = None;
        }
        Ok(())
    }

    async fn load_all(self) -> Result<Vec<Envelope>, JournalError> {
        let Some(session) = self.session() else { return Ok(Vec::new()) };
        self.lock(&session).await?;
        let record = load_session(&session).await?;
        match record.newer {
            None => Ok(record.events),
            Some(newer) => Err(JournalError {
                kind: JournalErrorKind::Newer,
                message: [&newer.message(), " Reload the page to get the newer version."].concat(),
            }),
        }
    }

    async fn drop_events(self, superseded: Vec<u64>) -> Result<(), JournalError> {
        let Some(session) = self.session().filter(|_| !superseded.is_empty()) else { return Ok(()) };
        let held = self.state.borrow().lock.clone();
        // After the end the lock is not kept again for this.
        let lock = match held {
            Some(lock) => lock,
            None => SessionLock::take(&session).await?,
        };
        let transaction = Transaction::begin(IdbTransactionMode::Readwrite, Durability::Relaxed).await?;
        lock.check(&transaction).await?;
        let store = transaction.store(EVENTS)?;
        for seq in superseded {
            store.delete(&key(&session, seq)).map_err(|e| js_error(&e))?;
        }
        transaction.commit().await
    }
}

impl Journal for IdbJournal {
    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'static, Result<(), JournalError>> {
        Box::pin(self.clone().append_all(events))
    }

    fn load(&self) -> BoxFuture<'static, Result<Vec<Envelope>, JournalError>> {
        Box::pin(self.clone().load_all())
    }

    fn compact(&self, superseded: Vec<u64>) -> BoxFuture<'static, Result<(), JournalError>> {
        Box::pin(self.clone().drop_events(superseded))
    }
}

/// The sessions of this browser, the one that changed last first. A summary that cannot be read is left out.
///
/// # Errors
/// When the browser refuses storage, or a newer version of this page has been here.
pub async fn list_sessions() -> Result<Vec<SessionSummary>, JournalError> {
    let transaction = Transaction::begin(IdbTransactionMode::Readonly, Durability::Relaxed).await?;
    let all = transaction.store(SESSIONS)?.get_all().map_err(|e| js_error(&e))?;
    let mut sessions: Vec<SessionSummary> =
        texts(&request(&all).await?).filter_map(|text| SessionSummary::read(&text)).collect();
    sessions.sort_by(|a, b| (b.updated_ms, &b.id).cmp(&(a.updated_ms, &a.id)));
    Ok(sessions)
}

/// How the models of all sessions did, and how often deliberating helped. The summaries know of those that have
/// ended; the others are folded now. A journal that cannot be read is left out.
///
/// # Errors
/// When the browser refuses storage, or a newer version of this page has been here.
pub async fn metrics() -> Result<Past, JournalError> {
    let mut past = Past::default();
    for summary in list_sessions().await?.into_iter().filter(|summary| !summary.demo) {
        let metrics = match summary.metrics {
            Some(metrics) => metrics,
            None => match load_session(&summary.id).await {
                Ok(record) => {
                    ForgeSession::fold(&record.events).map(|session| Metrics::of(&session)).unwrap_or_default()
                }
                Err(_) => continue,
            },
        };
        past.add(&metrics, summary.helped.as_ref());
    }
    Ok(past)
}

/// Everything committed for a session, in order; empty when there is none of that name. Takes no lock: for
/// looking, while another tab may write.
///
/// # Errors
/// When storage is refused, or what is there is damaged.
pub async fn load_session(session: &SessionId) -> Result<Record, JournalError> {
    let transaction = Transaction::begin(IdbTransactionMode::Readonly, Durability::Relaxed).await?;
    let all = transaction.store(EVENTS)?.get_all_with_key(&range(session)?).map_err(|e| js_error(&e))?;
    let values = request(&all).await?;
    let mut reader = Reader::default();
    for (at, text) in texts(&values).enumerate() {
        reader.take_text(text.as_bytes()).map_err(|why| corrupt(session, at as u64 + 1, &why))?;
    }
    Ok(reader.finish())
}

/// Forgets a session. One that is not there is no error.
///
/// # Errors
/// When storage is refused, or another tab is writing the session.
pub async fn delete_session(session: &SessionId) -> Result<(), JournalError> {
    let lock = SessionLock::take(session).await?;
    let transaction = Transaction::begin(IdbTransactionMode::Readwrite, Durability::Strict).await?;
    lock.check(&transaction).await?;
    transaction.store(EVENTS)?.delete(&range(session)?).map_err(|e| js_error(&e))?;
    transaction.store(SESSIONS)?.delete(&session.0.as_str().into()).map_err(|e| js_error(&e))?;
    transaction.commit().await
}

async fn read_summary(session: &SessionId) -> Result<Option<SessionSummary>, JournalError> {
    let transaction = Transaction::begin(IdbTransactionMode::Readonly, Durability::Relaxed).await?;
    let one = transaction.store(SESSIONS)?.get(&session.0.as_str().into()).map_err(|e| js_error(&e))?;
    Ok(request(&one).await?.as_string().and_then(|text| SessionSummary::read(&text)))
}

/// The key of one event. Sequence numbers stay far below 2^53, where a JS number is exact.
fn key(session: &SessionId, seq: u64) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let seq = seq as f64;
    Array::of2(&session.0.as_str().into(), &seq.into()).into()
}

/// All keys of a session: arrays sort after numbers, and a shorter array before a longer one.
fn range(session: &SessionId) -> Result<JsValue, JournalError> {
    let id = JsValue::from_str(&session.0);
    IdbKeyRange::bound(&Array::of1(&id).into(), &Array::of2(&id, &Array::new().into()).into())
        .map(Into::into)
        .map_err(|e| js_error(&e))
}

/// The texts of an array; what is no text counts as an empty one, so that nothing is skipped unseen.
fn texts(values: &JsValue) -> impl Iterator<Item = String> {
    Array::from(values).into_iter().map(|value| value.as_string().unwrap_or_default())
}

fn corrupt(session: &SessionId, at: u64, why: &str) -> JournalError {
    JournalError {
        kind: JournalErrorKind::Corrupt,
        message: format!(
            "Session {session} is damaged: event {at} {why}. Delete the session in History, or keep what an export holds."
        ),
    }
}

/// Field of a JS value, as text.
fn text_of(value: &JsValue, field: &str) -> String {
    Reflect::get(value, &field.into()).ok().and_then(|v| v.as_string()).unwrap_or_default()
}
