//! What all structured answers have in common: what their fields say.
//!
//! A value that is said twice and differently is no value.

use super::Json;
use super::own::Flags;
use crate::session::Reading;
use crate::types::StopReason;

/// What an object says under a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<T> {
    Missing,
    One(T),
    /// It is there more than once, with different values.
    Contradictory,
}

pub(super) fn get<'a>(object: &'a Json, key: &str) -> Cell<&'a Json> {
    let Json::Object(entries) = object else { return Cell::Missing };
    let mut values = entries.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    match values.next() {
        None => Cell::Missing,
        Some(first) if values.all(|other| other == first) => Cell::One(first),
        Some(_) => Cell::Contradictory,
    }
}

pub(super) fn texts(cell: Cell<&Json>) -> Vec<String> {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    };
    match cell {
        Cell::One(Json::Array(items)) => items.iter().filter_map(text).collect(),
        Cell::One(value) => text(value).into_iter().collect(),
        Cell::Missing | Cell::Contradictory => Vec::new(),
    }
}

/// The label that a name stands for: `Draft a` and `[A]` mean A.
pub(super) fn known(name: &str, labels: &[String]) -> Option<String> {
    let upper = name.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("DRAFT").unwrap_or(&upper).trim_matches(|c: char| !c.is_alphanumeric());
    labels.iter().find(|label| *label == bare).cloned()
}

/// `{"response": {…}}` means what is inside.
pub(super) fn inner(document: &Json) -> &Json {
    match document {
        Json::Object(entries) => match &entries[..] {
            [(_, inner @ Json::Object(_))] => inner,
            _ => document,
        },
        _ => document,
    }
}

/// What was cut off may have gone on to say something else.
pub(super) fn whole(stop: StopReason) -> Result<(), String> {
    if stop.is_cut_short() {
        return Err(format!("it was cut short ({stop}) before its end; keep every entry short"));
    }
    Ok(())
}

pub(super) const fn how(strict: bool) -> Reading {
    if strict { Reading::Json } else { Reading::Tolerant }
}

/// The reasons of an answer: under `analysis` where they are asked for before it, else under `reasoning`.
pub(super) fn reasons(document: &Json) -> Vec<String> {
    let first = texts(get(document, "analysis"));
    if first.is_empty() { texts(get(document, "reasoning")) } else { first }
}

fn has_reasons(document: &Json) -> bool {
    ["analysis", "reasoning"].iter().any(|key| matches!(get(document, key), Cell::One(_)))
}

/// The one object of the member's own words that has `key`.
///
/// Within other text an object may be an example; one that is meant has its reasons with it.
///
/// # Errors
/// When there is none, or several that say different things under that key.
pub(super) fn object<'a>(own: &'a [Json], flags: Flags, key: &str) -> Result<&'a Json, String> {
    let mut said: Option<&Json> = None;
    for document in own.iter().map(inner) {
        match get(document, key) {
            Cell::Missing => continue,
            Cell::Contradictory => return Err(format!("\"{key}\" says two things")),
            Cell::One(_) if !flags.alone && !has_reasons(document) => continue,
            Cell::One(value) => match said.map(|said| get(said, key)) {
                None => said = Some(document),
                Some(Cell::One(before)) if before == value => {}
                Some(_) => return Err(format!("there are several answers whose \"{key}\" contradict each other")),
            },
        }
    }
    said.ok_or_else(|| format!("there is no JSON object with \"{key}\""))
}
