//! JSON and YAML: the events, wrapped in one document.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::session::{Channel, Envelope, Event, NextStep, Unreadable, read_envelope};
use crate::types::{AskId, Attempt, ModelRef, Pool};

/// What the field `format` of an exported session says.
pub const FORMAT: &str = "tachikoma-forge/session";
/// The version of the wrapping; the events carry their own.
pub const FORMAT_VERSION: u32 = 1;

/// The document as it is written.
#[derive(serde::Serialize)]
struct Document<'a> {
    format: &'a str,
    version: u32,
    demo: bool,
    events: Vec<Envelope>,
}

/// The document as it is read. An unknown field is a fault: nothing is dropped without a word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u32,
    demo: bool,
    events: Vec<Value>,
}

/// The events as one JSON object, one event a line:
/// `{"format":"tachikoma-forge/session","version":1,"demo":false,"events":[…]}`.
///
/// Transient events are left out, and so is text that a later event repeats whole. Folding what is left
/// gives the same session.
#[must_use]
pub fn json(journal: &[Envelope]) -> String {
    // A fixed head: these two strings hold nothing that JSON would escape.
    let mut out =
        format!("{{\"format\":\"{FORMAT}\",\"version\":{FORMAT_VERSION},\"demo\":{},\"events\":[", is_demo(journal));
    for (n, event) in lasting(journal).iter().enumerate() {
        out.push_str(if n == 0 { "\n" } else { ",\n" });
        // Events are strings, numbers and lists under string keys: they always serialise.
        out.push_str(&serde_json::to_string(event).unwrap_or_else(|_| "null".to_owned()));
    }
    out.push_str("\n]}\n");
    out
}

/// The same document as [`json`], as YAML. Texts keep every character; those that look like something
/// else (`no`, `1e3`, `~`) are quoted.
#[must_use]
pub fn yaml(journal: &[Envelope]) -> String {
    let document =
        Document { format: FORMAT, version: FORMAT_VERSION, demo: is_demo(journal), events: lasting(journal) };
    // Every JSON document is a YAML document: if the writer should ever refuse, nothing is lost.
    serde_saphyr::to_string(&document).unwrap_or_else(|_| json(journal))
}

fn is_demo(journal: &[Envelope]) -> bool {
    journal.iter().any(|e| matches!(e.event, Event::SessionCreated { demo: true, .. }))
}

/// The durable events without the pieces of text that a later event repeats.
fn lasting(journal: &[Envelope]) -> Vec<Envelope> {
    let mut repeated: BTreeSet<(&AskId, Attempt, Channel)> = BTreeSet::new();
    for Envelope { event, .. } in journal {
        match event {
            Event::ParticipantComplete { ask, attempt, .. } => {
                repeated.insert((ask, *attempt, Channel::Text));
                repeated.insert((ask, *attempt, Channel::Reasoning));
            }
            // A failed attempt's event repeats its text and not its reasoning.
            Event::AttemptFailed { ask, attempt, .. } => {
                repeated.insert((ask, *attempt, Channel::Text));
            }
            _ => {}
        }
    }
    let lasts = |event: &Event| match event {
        Event::TextSoFar { ask, attempt, channel, .. } => !repeated.contains(&(ask, *attempt, *channel)),
        event => event.is_durable(),
    };
    let mut events: Vec<Envelope> = journal.iter().filter(|e| lasts(&e.event)).cloned().collect();
    for envelope in &mut events {
        without_secrets(&mut envelope.event);
    }
    events
}

/// Addresses without what may be a key in them. Providers refuse such addresses, but the event that
/// names the members is older than that refusal.
fn without_secrets(event: &mut Event) {
    match event {
        Event::SessionCreated { participants, .. } => {
            for participant in participants {
                let pools = std::iter::once(&mut participant.model).chain(&mut participant.fallbacks);
                pools.for_each(|pool| *pool = cleaned(pool));
            }
        }
        Event::AttemptStarted { model, .. }
        | Event::ParticipantComplete { model, .. }
        | Event::AttemptFailed { next: NextStep::Fallback { model, .. }, .. } => clean(model),
        _ => {}
    }
}

/// The targets of a pool, each clean. Some may then be the same.
fn cleaned(pool: &Pool) -> Pool {
    let clean = |target: &ModelRef| {
        let mut target = target.clone();
        clean(&mut target);
        target
    };
    pool.targets().map(clean).fold(Pool::from(clean(pool.first())), Pool::or)
}

/// Cuts user, password, query and fragment out of a base URL. What is left can be read again: an address without a
/// host goes as a whole.
pub(super) fn clean(model: &mut ModelRef) {
    let Some(mut url) = model.base_url.take() else { return };
    if let Some(end) = url.find(['?', '#']) {
        url.truncate(end);
    }
    if let Some(scheme) = url.find("://").map(|at| at + 3) {
        let host_end = url[scheme..].find('/').map_or(url.len(), |at| scheme + at);
        if let Some(at) = url[..host_end].rfind('@') {
            url.replace_range(scheme..=at, "");
        }
    }
    let bare = url.trim_end_matches(|c: char| c == '/' || c.is_whitespace());
    model.base_url = bare.contains("://").then(|| bare.to_owned());
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportErrorKind {
    /// It is no JSON.
    NotJson,
    /// It is JSON, and no exported session.
    NotASession,
    /// A newer version wrote it.
    Newer,
    /// It is an exported session with a fault in it.
    Broken,
}

/// A document that cannot be read, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// What is wrong.
    pub kind: ImportErrorKind,
    /// What is wrong, where, and what to do, for people.
    pub message: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImportError {}

/// Reads what [`json`] wrote. Nothing is guessed, mended or skipped.
///
/// # Errors
/// When it is no JSON, no session, of a newer version, or has a fault; says which event.
pub fn read_json(text: &str) -> Result<Vec<Envelope>, ImportError> {
    let wrong = |kind, message: String| Err(ImportError { kind, message });
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(e) => {
            return wrong(ImportErrorKind::NotJson, format!("This is no JSON ({e}). Choose a file exported as JSON."));
        }
    };
    if document.get("format").and_then(Value::as_str) != Some(FORMAT) {
        let message = format!("This is no exported session: its \"format\" is not \"{FORMAT}\". Choose another file.");
        return wrong(ImportErrorKind::NotASession, message);
    }
    match document.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) if version > u64::from(FORMAT_VERSION) => return wrong(ImportErrorKind::Newer, newer(version)),
        Some(_) | None => return broken("its \"version\" is missing or unknown"),
    }
    let read = match serde_json::from_value::<Read>(document) {
        Ok(read) => read,
        Err(e) => return broken(&e.to_string()),
    };
    let mut events: Vec<Envelope> = Vec::with_capacity(read.events.len());
    for (n, value) in read.events.into_iter().enumerate() {
        let n = n + 1;
        let event = match read_envelope(value) {
            Ok(event) => event,
            Err(Unreadable::Newer(version)) => return wrong(ImportErrorKind::Newer, newer(version.into())),
            Err(Unreadable::Broken(why)) => return broken(&format!("event {n} {why}")),
        };
        if !event.event.is_durable() {
            return broken(&format!("event {n} is of a kind that is never kept"));
        }
        match events.last() {
            None if !matches!(event.event, Event::SessionCreated { .. }) => {
                return broken("its first event is not the session's beginning");
            }
            Some(last) if last.session != event.session => {
                return broken(&format!("event {n} belongs to another session"));
            }
            Some(last) if last.seq >= event.seq => return broken(&format!("event {n} is out of order")),
            Some(_) if matches!(event.event, Event::SessionCreated { .. }) => {
                return broken(&format!("event {n} begins the session a second time"));
            }
            Some(_) | None => events.push(event),
        }
    }
    if events.is_empty() {
        return broken("it holds no events");
    }
    if is_demo(&events) != read.demo {
        return broken("its \"demo\" mark does not fit its events");
    }
    Ok(events)
}

fn newer(version: u64) -> String {
    format!("This session was written by a newer version (version {version}). Use that one to open it.")
}

fn broken(what: &str) -> Result<Vec<Envelope>, ImportError> {
    let message = format!("This session is damaged: {what}. Export it again where it came from.");
    Err(ImportError { kind: ImportErrorKind::Broken, message })
}
