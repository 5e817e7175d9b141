//! Reading a session that somebody hands in: an export as JSON or YAML, or a journal's lines.
//!
//! Such a file is hostile until it is read. It is told apart by its content, never by a name. Nothing is guessed,
//! mended or skipped: what a file holds is either a history that could have happened, event by event, or refused with
//! words that say what is wrong and where. What is kept is a few times the size of the file at most.

mod document;
mod history;
mod tree;

use std::cell::Cell;
use std::fmt;

use serde::de::DeserializeSeed;
use serde_json::Value;

use crate::session::{Envelope, Unreadable, read_envelope};
use document::Document;
use history::History;
use tree::Tree;

/// The largest file that is read, in bytes. Ten attached pictures of 5 MiB fit, and the longest deliberations.
pub const MAX_BYTES: usize = 96 * 1024 * 1024;
/// The most events of one session.
pub const MAX_EVENTS: usize = 1_000_000;
/// The longest piece of a file that is repeated in an error, in characters.
const MAX_QUOTED: usize = 200;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportErrorKind {
    /// It is too large to be read.
    TooLarge,
    /// It is no text in UTF-8.
    NotText,
    /// It is YAML, which this program does not read.
    Yaml,
    /// It is cut off, or no JSON or YAML.
    Syntax,
    /// It can be read, and is no session.
    NotASession,
    /// A newer version wrote it.
    Newer,
    /// It is a session with a fault in it.
    Broken,
}

/// A file that cannot be taken, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// What is wrong.
    pub kind: ImportErrorKind,
    /// What is wrong, where, and what to do, for people. Fit to be shown: without control characters, and short.
    pub message: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImportError {}

impl ImportError {
    fn new(kind: ImportErrorKind, message: &str) -> Self {
        Self { kind, message: message.to_owned() }
    }
}

/// A session that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its durable events.
    pub events: Vec<Envelope>,
    /// What people should know about the file, if anything.
    pub note: Option<String>,
}

/// Reads what [`json`](super::json) and [`yaml`](super::yaml) wrote, and the lines of a journal.
///
/// A journal whose last line was cut off is read up to there, as when it is opened, and the note says so. Events that
/// were only shown, which `--format ndjson` prints with the others, are left out, as in any export. YAML is read
/// where the feature `yaml` is on.
///
/// # Errors
/// When it is too large, no text, no session, of a newer version, or has a fault; says which event and field.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let size = bytes.len() / (1024 * 1024);
    if bytes.len() > MAX_BYTES {
        let most = MAX_BYTES / (1024 * 1024);
        let message = format!("This file has {size} MiB; sessions of up to {most} MiB can be imported.");
        return Err(ImportError::new(ImportErrorKind::TooLarge, &message));
    }
    let text = text_of(bytes)?;
    let (events, note) = match shape(text) {
        Shape::Nothing => return Err(ImportError::new(ImportErrorKind::NotASession, "This file is empty.")),
        Shape::Lines => lines(text)?,
        Shape::Json => {
            let mut parser = serde_json::Deserializer::from_str(text);
            let mut document = Document::default();
            match (&mut document).deserialize(&mut parser).and_then(|()| parser.end()) {
                Ok(()) => (finished(document)?, None),
                Err(e) => return Err(document.parser_says(&e.to_string())),
            }
        }
        // Nearly any text is YAML in some way.
        Shape::Yaml if !text.contains(super::FORMAT) => return Err(no_session()),
        Shape::Yaml => (from_yaml(text)?, None),
    };
    Ok(Imported { events, note })
}

fn finished(document: Document) -> Result<Vec<Envelope>, ImportError> {
    document.check()?;
    document.history.finish()
}

#[cfg(feature = "yaml")]
fn from_yaml(text: &str) -> Result<Vec<Envelope>, ImportError> {
    use serde_saphyr::{budget, options, with_deserializer_from_str_with_options};
    // An export has neither aliases nor several documents. Its size is bounded already.
    let options = options! {
        budget: budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
            max_depth: 64,
        },
        with_snippet: false,
    };
    let mut document = Document::default();
    let read = with_deserializer_from_str_with_options(text, options, |parser| (&mut document).deserialize(parser));
    match read {
        Ok(()) => finished(document),
        Err(e) => Err(document.parser_says(&e.to_string())),
    }
}

#[cfg(not(feature = "yaml"))]
fn from_yaml(_: &str) -> Result<Vec<Envelope>, ImportError> {
    let message = "This looks like YAML, which the page cannot read. Export the session as JSON, or use the command \
                   line: tachikoma import FILE --session OUT";
    Err(ImportError::new(ImportErrorKind::Yaml, &[message, "."].concat()))
}

/// The text, without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<&str, ImportError> {
    let wrong = |message: &str| ImportError::new(ImportErrorKind::NotText, message);
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(wrong("This file is text in UTF-16. Save it as UTF-8 and import it again."));
    }
    let text = simdutf8::compat::from_utf8(bytes).or_else(|e| match e.error_len() {
        // Cut off within a character: what is cut off besides is told by what stands before it.
        None => simdutf8::compat::from_utf8(&bytes[..e.valid_up_to()]),
        Some(_) => Err(e),
    });
    match text {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => {
            let at = e.valid_up_to();
            let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(wrong(&format!(
                "This file is no text in UTF-8 (byte {at}, in line {line}). Choose a file exported as JSON or YAML."
            )))
        }
    }
}

/// How a session may be written.
enum Shape {
    Nothing,
    /// One event a line.
    Lines,
    Json,
    Yaml,
}

/// Tells by the first field what is there.
fn shape(text: &str) -> Shape {
    let text = text.trim_start();
    let Some(inside) = text.strip_prefix('{') else {
        return match text.as_bytes().first() {
            None => Shape::Nothing,
            // A list, a text or a number: JSON says what is wrong with it.
            Some(b'[' | b'"') => Shape::Json,
            Some(_) => Shape::Yaml,
        };
    };
    let name = inside.trim_start().strip_prefix('"').and_then(|name| name.split('"').next());
    match name {
        Some("v" | "session" | "seq" | "branch" | "at_ms" | "event") => Shape::Lines,
        _ => Shape::Json,
    }
}

/// A journal's lines.
fn lines(text: &str) -> Result<(Vec<Envelope>, Option<String>), ImportError> {
    let mut history = History::default();
    let mut note = None;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let values = Cell::new(0);
        let mut parser = serde_json::Deserializer::from_str(line);
        let read = Tree::new(&values).deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
        let value = match read {
            Ok(value) => value,
            Err(e) if !line.ends_with('\n') && e.is_eof() => {
                note = Some("The last line was cut off; everything before it is here.".to_owned());
                break;
            }
            Err(e) => return Err(cut_at(&[" in line ", &(at + 1).to_string()].concat(), &e.to_string())),
        };
        if history.len() == MAX_EVENTS {
            return Err(broken(&["it holds more than ", &MAX_EVENTS.to_string(), " events"].concat()));
        }
        history.take(value, true)?;
    }
    Ok((history.finish()?, note))
}

/// One event out of the values that stand for it, whichever version wrote them. Every event of a file comes by here.
fn envelope(value: Value, number: usize) -> Result<Envelope, ImportError> {
    read_envelope(value).map_err(|error| match error {
        Unreadable::Newer(version) => newer(version.into()),
        Unreadable::Broken(why) => broken(&["event ", &number.to_string(), " ", &why].concat()),
    })
}

fn no_session() -> ImportError {
    let format = super::FORMAT;
    let message =
        format!("This is no exported session: its \"format\" is not \"{format}\". Choose a file that an export wrote.");
    ImportError::new(ImportErrorKind::NotASession, &message)
}

fn newer(version: u64) -> ImportError {
    let message = format!("This session was written by a newer version (version {version}). Use that one to open it.");
    ImportError::new(ImportErrorKind::Newer, &message)
}

fn broken(what: &str) -> ImportError {
    let message = ["This session is damaged: ", &fit(what), ". Export it again where it came from."].concat();
    ImportError::new(ImportErrorKind::Broken, &message)
}

/// Where a parser could not go on.
fn cut_at(place: &str, why: &str) -> ImportError {
    let message = ["This file is cut off or damaged", place, " (", &fit(why), "). Copy it again, or export it again."];
    let message = message.concat();
    ImportError::new(ImportErrorKind::Syntax, &message)
}

/// Words that hold pieces of a file: on one line, without marks that change how others are read, and not long.
fn fit(text: &str) -> String {
    let unfit = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut fit: String = text.chars().take(MAX_QUOTED).map(|c| if unfit(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_QUOTED).is_some() {
        fit.push('…');
    }
    fit
}
