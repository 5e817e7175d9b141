//! Reading the scores of a critique.

use super::Json;
use super::fields::{Cell, get, how, known, texts, whole};
use super::own::{Quoted, own_documents};
use crate::session::{Answer, Reading, Score};
use crate::types::StopReason;

/// The scores for `labels`. `quoted` is what the prompt quoted.
pub(super) fn critique(
    text: &str,
    stop: StopReason,
    labels: &[String],
    quoted: Quoted<'_>,
) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (found, own) = own_documents(text, quoted);
    let wrapped: Vec<_> = own.iter().flat_map(|document| entries(document, labels)).collect();
    // Single entries one after the other are an answer only where nothing is written around them.
    let single = || own.iter().filter(|_| found.alone).filter_map(|document| single(document, labels)).collect();
    let entries: Vec<Entry<'_>> = if wrapped.is_empty() { single() } else { wrapped };
    let mut strict = found.strict;
    let mut scores: Vec<Score> = Vec::new();
    for label in labels {
        let readings: Vec<Option<Score>> =
            entries.iter().filter(|e| e.label == *label).map(|e| e.read(&mut strict)).collect();
        // Said twice and differently: nobody knows which was meant.
        if let Some((Some(first), others)) = readings.split_first()
            && others.iter().all(|other| other.as_ref().is_some_and(|other| other.score == first.score))
        {
            scores.push(first.clone());
        }
    }
    if scores.is_empty() {
        let labels = labels.join(", ");
        return Err(format!("there is no JSON with a score from 0 to 100 for any of the drafts {labels}"));
    }
    Ok((Answer::Critique { scores }, how(strict)))
}

/// What is said about one draft.
struct Entry<'a> {
    label: String,
    value: &'a Json,
}

impl Entry<'_> {
    fn read(&self, strict: &mut bool) -> Option<Score> {
        let score = match get(self.value, "score") {
            Cell::One(value) => score(value, strict)?,
            Cell::Missing | Cell::Contradictory => return None,
        };
        let list = |key| texts(get(self.value, key));
        Some(Score {
            label: self.label.clone(),
            score,
            strengths: list("strengths"),
            weaknesses: list("weaknesses"),
            suggestions: list("suggestions"),
        })
    }
}

/// The entries of a document: a list (under whatever single name), or an object with a key per label.
fn entries<'a>(document: &'a Json, labels: &[String]) -> Vec<Entry<'a>> {
    match document {
        Json::Array(items) => items.iter().filter_map(|item| single(item, labels)).collect(),
        Json::Object(fields) => {
            let by_label = |(key, value): &'a (String, Json)| {
                let label = known(key, labels).filter(|_| matches!(value, Json::Object(_)))?;
                Some(Entry { label, value })
            };
            let by_label: Vec<_> = fields.iter().filter_map(by_label).collect();
            if !by_label.is_empty() {
                return by_label;
            }
            // The name is ours to ask for and theirs to get wrong. An entry's own lists hold no labels.
            fields.iter().flat_map(|(_, value)| entries(value, labels)).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    }
}

/// An object that names its label.
fn single<'a>(value: &'a Json, labels: &[String]) -> Option<Entry<'a>> {
    match get(value, "label") {
        Cell::One(Json::String(name)) => known(name, labels).map(|label| Entry { label, value }),
        Cell::One(_) | Cell::Missing | Cell::Contradictory => None,
    }
}

/// From 0 to 100, a fraction rounded; also as text that leaves no doubt: `85`, `85/100`, `85%`.
fn score(value: &Json, strict: &mut bool) -> Option<u8> {
    let number = match value {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => {
            *strict = false;
            let text = text.trim();
            let bare =
                text.strip_suffix("/100").or_else(|| text.strip_suffix("/ 100")).or_else(|| text.strip_suffix('%'));
            let bare = bare.unwrap_or(text).trim();
            // Digits only: `parse` would take `inf` and `1e1` too.
            bare.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| bare.parse().ok())??
        }
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= number <= 100")]
    (0.0..=100.0).contains(&number).then(|| number.round() as u8)
}
