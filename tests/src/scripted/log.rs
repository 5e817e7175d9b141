//! What was asked of the server, and how each request ended: the proof for "asked exactly once" and
//! "the server saw the disconnect".
//!
//! Header values are never kept: a log of the tests' keys would be a bad habit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use super::http::Request;

/// Old entries make room beyond this many.
const MOST_ENTRIES: usize = 20_000;

/// How a request ended, seen from the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is being answered.
    #[default]
    Open,
    /// The whole answer was sent.
    Completed,
    /// The client went away before.
    ClientDisconnected,
    /// The script broke the connection, or its time was up.
    Cut,
}

/// One request.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// Counts up from 1.
    pub index: u64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The `tag` of the query, by which a test finds its own requests.
    pub tag: String,
    /// The model that was asked; empty when none was.
    pub model: String,
    /// What was asked for: `draft`, `critique`, `synthesis`, `vote` or `json`; empty when no model was asked.
    pub kind: &'static str,
    /// A hash of the body: equal bodies have equal hashes.
    pub prompt_hash: String,
    /// Which request with this body it is, from 1.
    pub time: u32,
    /// The names of the headers, sorted.
    pub header_names: Vec<String>,
    /// The status that was answered; 0 before.
    pub status: u16,
    /// The settings of a request to a model: its body without the conversation.
    pub settings: Map<String, Value>,
    /// The kinds of the parts of its last message, where that has parts: `text`, `image_url`, `image`.
    pub parts: Vec<String>,
    /// When it came, in milliseconds since the server's start.
    pub started_ms: u64,
    /// When it ended.
    pub ended_ms: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    entries: Vec<Entry>,
    times: BTreeMap<String, u32>,
    votes: BTreeMap<String, u32>,
}

/// The log, shared by all connections.
#[derive(Clone, Debug)]
pub struct Log {
    start: Instant,
    state: Arc<Mutex<State>>,
}

impl Log {
    /// An empty log whose time starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now(), state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the server's start.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Opens an entry; gives its id and which request with this body on this path it is.
    pub(super) fn open(&self, request: &Request, model: &str, kind: &'static str) -> (u64, u32) {
        let started_ms = self.now_ms();
        let prompt_hash = format!("{:016x}", fnv(&request.body));
        let mut header_names: Vec<String> = request.headers.iter().map(|(name, _)| name.clone()).collect();
        header_names.sort();
        let (settings, parts) = spoken(&request.body);
        let mut state = self.state();
        state.next += 1;
        let id = state.next;
        let time = state.times.entry(format!("{} {} {prompt_hash}", request.method, request.path)).or_default();
        *time += 1;
        let time = *time;
        if state.entries.len() >= MOST_ENTRIES {
            state.entries.drain(..MOST_ENTRIES / 2);
        }
        state.entries.push(Entry {
            index: id,
            method: request.method.clone(),
            path: request.path.clone(),
            tag: request.parameter("tag").unwrap_or_default().to_owned(),
            model: model.to_owned(),
            kind,
            prompt_hash,
            time,
            header_names,
            settings,
            parts,
            started_ms,
            ..Entry::default()
        });
        (id, time)
    }

    /// Counts the votes that a model was asked for, from 1.
    pub(super) fn vote(&self, model: &str) -> u32 {
        let mut state = self.state();
        let count = state.votes.entry(model.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Notes the status that is answered.
    pub(super) fn status(&self, id: u64, status: u16) {
        if let Some(entry) = self.state().entries.iter_mut().find(|e| e.index == id) {
            entry.status = status;
        }
    }

    /// Closes an entry.
    pub(super) fn close(&self, id: u64, outcome: Outcome) {
        let now = self.now_ms();
        if let Some(entry) = self.state().entries.iter_mut().find(|e| e.index == id) {
            entry.ended_ms = Some(now);
            entry.outcome = outcome;
        }
    }

    /// Forgets everything; requests that are being answered are forgotten too.
    pub fn reset(&self) {
        let mut state = self.state();
        let next = state.next;
        *state = State { next, ..State::default() };
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.state().entries.clone()
    }

    /// The entries, once the end of each was seen: a client may be through with an answer a moment before its
    /// server is. Sleeps meanwhile, so never on the thread that the server runs on.
    ///
    /// # Panics
    /// When an answer is still open after five seconds.
    #[must_use]
    pub fn settled(&self) -> Vec<Entry> {
        let start = Instant::now();
        loop {
            let entries = self.entries();
            if entries.iter().all(|e| e.outcome != Outcome::Open) {
                return entries;
            }
            assert!(start.elapsed() < Duration::from_secs(5), "the server did not see the end: {entries:#?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

/// What a request's body says beside the conversation, and the kinds of the last message's parts.
fn spoken(body: &[u8]) -> (Map<String, Value>, Vec<String>) {
    let Ok(Value::Object(mut settings)) = serde_json::from_slice(body) else { return Default::default() };
    settings.remove("system");
    let messages = settings.remove("messages").unwrap_or_default();
    let last = messages.as_array().and_then(|all| all.last()).and_then(|m| m.get("content")?.as_array().cloned());
    let kind = |part: Value| part.get("type").and_then(Value::as_str).map(str::to_owned);
    (settings, last.unwrap_or_default().into_iter().filter_map(kind).collect())
}

/// FNV-1a: short, stable, and no secret depends on it.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
