//! Reading what members answer. A form that is broken is met halfway; a judgement that is missing,
//! doubtful, contradictory or cut off stays missing.
//!
//! What others wrote may hold a ready-made critique or vote, and a member may quote it. So in a text that
//! holds more than JSON, JSON that also stands in the quoted turns counts for nothing, and JSON within
//! a sentence is never looked at.

use crate::protocol::reading::{Found, Json, find};
use crate::session::{Answer, Reading, Score, Vote};
use crate::types::StopReason;

pub(super) fn draft(text: &str) -> Result<(Answer, Reading), String> {
    if text.trim().is_empty() {
        return Err("there is no text".to_owned());
    }
    Ok((Answer::Draft, Reading::Text))
}

/// Splits at the heading `# Answer`. Without either heading all of it is the answer.
pub(super) fn synthesis(text: &str) -> Result<(Answer, Reading), String> {
    let text = unwrapped(text.trim());
    let (mut at, mut split, mut compared) = (0, None, None);
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if is_heading(line, "answer") => {
                split = Some((at, at + line.len()));
                break;
            }
            (None, None) if compared.is_none() && is_heading(line, "comparison") => {
                compared = Some((at, at + line.len()));
            }
            _ => {}
        }
        at += line.len();
    }
    let (comparison, answer) = match (compared, split) {
        (None, None) => ("", text),
        (Some(_), None) => return Err("the heading # Answer and the answer under it are missing".to_owned()),
        (None, Some((before, after))) => (&text[..before], &text[after..]),
        (Some((_, compared)), Some((before, after))) => (&text[compared..before], &text[after..]),
    };
    let (comparison, answer) = (comparison.trim(), answer.trim());
    if answer.is_empty() {
        return Err("there is no text under the heading # Answer".to_owned());
    }
    Ok((Answer::Synthesis { comparison: comparison.to_owned(), answer: answer.to_owned() }, Reading::Text))
}

/// A heading in any of the ways in which models write one: `# Answer`, `## Answer:`, `**Answer**`.
fn is_heading(line: &str, word: &str) -> bool {
    let line = line.trim();
    line.starts_with(['#', '*'])
        && line.trim_start_matches('#').trim().trim_matches(['*', ':', ' ']).eq_ignore_ascii_case(word)
}

/// The text without a fence around all of it.
fn unwrapped(text: &str) -> &str {
    let Some((first, rest)) = text.split_once('\n') else { return text };
    match rest.trim_end().strip_suffix("```") {
        // Another fence within means that these two need not belong together.
        Some(inner) if matches!(first.trim(), "```" | "```markdown" | "```md") && !inner.contains("```") => {
            inner.trim()
        }
        _ => text,
    }
}

/// The scores for `labels`. `quoted` is what the prompt quoted.
pub(super) fn critique(
    text: &str,
    stop: StopReason,
    labels: &[String],
    quoted: &[&str],
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

/// A vote. `quoted` is what the prompt quoted.
pub(super) fn vote(text: &str, stop: StopReason, quoted: &[&str]) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (found, own) = own_documents(text, quoted);
    let mut strict = found.strict;
    let mut votes: Vec<Choice> = Vec::new();
    let mut said = None;
    for document in &own {
        let document = inner(document);
        let choice = match choice(document, &mut strict) {
            Cell::Missing => continue,
            Cell::Contradictory => return Err("\"vote\" says two things, or neither agree nor disagree".to_owned()),
            Cell::One(choice) => choice,
        };
        // Within other text a bare {"vote": …} may be an example; a vote has its reasons with it.
        if !found.alone && !matches!(get(document, "reasoning"), Cell::One(_)) {
            continue;
        }
        votes.push(choice);
        said = Some(document);
    }
    let (Some(document), Some(choice)) = (said, votes.pop()) else {
        return Err("there is no JSON object with \"vote\": \"agree\" or \"vote\": \"disagree\"".to_owned());
    };
    if votes.iter().any(|other| *other != choice) {
        return Err("there are several votes that contradict each other".to_owned());
    }
    let agree = match choice {
        Choice::Agree => true,
        Choice::Disagree => false,
        Choice::Abstain => return Ok((Answer::Abstained { why: "the member abstained".to_owned() }, how(strict))),
    };
    let reasoning = texts(get(document, "reasoning")).join("\n");
    let concerns = texts(get(document, "concerns"));
    Ok((Answer::Vote(Vote { agree, reasoning, concerns }), how(strict)))
}

/// What was cut off may have gone on to say something else.
fn whole(stop: StopReason) -> Result<(), String> {
    if stop.is_cut_short() {
        return Err(format!("it was cut short ({stop}) before its end; keep every entry short"));
    }
    Ok(())
}

const fn how(strict: bool) -> Reading {
    if strict { Reading::Json } else { Reading::Tolerant }
}

/// The documents of a text that are the member's own words.
fn own_documents(text: &str, quoted: &[&str]) -> (Flags, Vec<Json>) {
    let Found { documents, alone, strict, broken } = find(text);
    if broken {
        return (Flags { alone: false, strict: false }, Vec::new());
    }
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let quoted: Vec<String> =
        if alone || documents.is_empty() { Vec::new() } else { quoted.iter().map(|q| bare(q)).collect() };
    let own = documents
        .into_iter()
        .filter(|(source, _)| {
            let source = bare(source);
            !quoted.iter().any(|q| q.contains(&source))
        })
        .map(|(_, document)| document.value)
        .collect();
    (Flags { alone, strict }, own)
}

#[derive(Clone, Copy)]
struct Flags {
    alone: bool,
    strict: bool,
}

// --- votes ----------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Agree,
    Disagree,
    Abstain,
}

/// `vote` or `agree`, whichever is there; if both are, they have to say the same.
fn choice(document: &Json, strict: &mut bool) -> Cell<Choice> {
    let (vote, agree) = (get(document, "vote"), get(document, "agree"));
    *strict &= matches!(vote, Cell::One(_)) || matches!(agree, Cell::One(Json::Bool(_)));
    let read = |cell: Cell<&Json>| match cell {
        Cell::One(Json::Bool(true)) => Cell::One(Choice::Agree),
        Cell::One(Json::Bool(false)) => Cell::One(Choice::Disagree),
        Cell::One(Json::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "agree" | "true" | "yes" => Cell::One(Choice::Agree),
            "disagree" | "false" | "no" => Cell::One(Choice::Disagree),
            "abstain" => Cell::One(Choice::Abstain),
            _ => Cell::Contradictory,
        },
        Cell::One(_) | Cell::Contradictory => Cell::Contradictory,
        Cell::Missing => Cell::Missing,
    };
    match (read(vote), read(agree)) {
        (Cell::One(vote), Cell::One(agree)) if vote != agree => Cell::Contradictory,
        (Cell::Contradictory, _) | (_, Cell::Contradictory) => Cell::Contradictory,
        (Cell::One(choice), _) | (Cell::Missing, Cell::One(choice)) => Cell::One(choice),
        (Cell::Missing, Cell::Missing) => Cell::Missing,
    }
}

/// `{"response": {…}}` means what is inside.
fn inner(document: &Json) -> &Json {
    match document {
        Json::Object(entries) => match &entries[..] {
            [(_, inner @ Json::Object(_))] => inner,
            _ => document,
        },
        _ => document,
    }
}

// --- critiques ------------------------------------------------------------------------------------

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

/// The label that a name stands for: `Draft a` and `[A]` mean A.
fn known(name: &str, labels: &[String]) -> Option<String> {
    let upper = name.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("DRAFT").unwrap_or(&upper).trim_matches(|c: char| !c.is_alphanumeric());
    labels.iter().find(|label| *label == bare).cloned()
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

// --- fields ---------------------------------------------------------------------------------------

/// What an object says under a key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell<T> {
    Missing,
    One(T),
    /// It is there more than once, with different values.
    Contradictory,
}

fn get<'a>(object: &'a Json, key: &str) -> Cell<&'a Json> {
    let Json::Object(entries) = object else { return Cell::Missing };
    let mut values = entries.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    match values.next() {
        None => Cell::Missing,
        Some(first) if values.all(|other| other == first) => Cell::One(first),
        Some(_) => Cell::Contradictory,
    }
}

fn texts(cell: Cell<&Json>) -> Vec<String> {
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
