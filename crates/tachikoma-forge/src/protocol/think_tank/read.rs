//! Reading what members answer. A form that is broken is met halfway; a judgement that is missing,
//! doubtful or cut off stays missing.

use serde_json::Value;

use crate::protocol::reading::objects;
use crate::session::{Answer, Reading, Score, Vote};
use crate::types::StopReason;

pub(super) fn draft(text: &str) -> Result<(Answer, Reading), String> {
    if text.trim().is_empty() {
        return Err("there is no text".to_owned());
    }
    Ok((Answer::Draft, Reading::Text))
}

/// Splits at the heading `# Answer`; without one, all of it is the answer.
pub(super) fn synthesis(text: &str) -> Result<(Answer, Reading), String> {
    let is_heading = |line: &str, word: &str| {
        let bare = line.trim().trim_start_matches('#').trim().trim_matches(['*', ':', ' ']);
        line.trim_start().starts_with(['#', '*']) && bare.eq_ignore_ascii_case(word)
    };
    let mut fence: Option<&str> = None;
    let mut at = 0;
    let mut split = None;
    for line in text.split_inclusive('\n') {
        let mark = ["```", "~~~"].into_iter().find(|m| line.trim_start().starts_with(m));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if is_heading(line, "answer") => {
                split = Some((at, at + line.len()));
                break;
            }
            _ => {}
        }
        at += line.len();
    }
    let (comparison, answer) = match split {
        Some((before, after)) => (&text[..before], &text[after..]),
        None => ("", text),
    };
    let comparison = comparison.trim();
    let comparison = match comparison.split_once('\n') {
        Some((first, rest)) if is_heading(first, "comparison") => rest.trim(),
        Some(_) | None => comparison,
    };
    let answer = answer.trim();
    if answer.is_empty() {
        return Err("there is no answer under the heading # Answer".to_owned());
    }
    Ok((Answer::Synthesis { comparison: comparison.to_owned(), answer: answer.to_owned() }, Reading::Text))
}

pub(super) fn critique(text: &str, stop: StopReason, labels: &[String]) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (found, at_once) = objects(text, |v| !entries(v, labels).is_empty());
    let object = one(&found, "critiques")?;
    let entries = entries(object, labels);
    let mut scores = Vec::new();
    for label in labels {
        let mut of_label = entries.iter().filter(|(l, _)| l == label).map(|(_, v)| *v);
        // Two entries for one draft: nobody knows which was meant.
        if let (Some(entry), None) = (of_label.next(), of_label.next())
            && let Some(score) = entry.get("score").and_then(score)
        {
            let list = |name: &str| texts(entry.get(name));
            scores.push(Score {
                label: label.clone(),
                score,
                strengths: list("strengths"),
                weaknesses: list("weaknesses"),
                suggestions: list("suggestions"),
            });
        }
    }
    if scores.is_empty() {
        let letters = labels.join(", ");
        return Err(format!("no score from 0 to 100 for any of the letters {letters}"));
    }
    Ok((Answer::Critique { scores }, how(at_once)))
}

pub(super) fn vote(text: &str, stop: StopReason) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (found, at_once) = objects(text, |v| v.get("agree").is_some() || v.get("vote").is_some());
    let object = one(&found, "votes")?;
    let agree = match (object.get("agree").map(agrees), object.get("vote").map(agrees)) {
        (Some(Some(one)), Some(Some(two))) if one != two => None,
        (Some(agree), _) | (None, Some(agree)) => agree,
        (None, None) => None,
    };
    let Some(agree) = agree else {
        return Err("\"agree\" is neither true nor false".to_owned());
    };
    let reasoning = object.get("reasoning").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let concerns = texts(object.get("concerns"));
    Ok((Answer::Vote(Vote { agree, reasoning, concerns }), how(at_once)))
}

/// What was cut off may have gone on to say something else.
fn whole(stop: StopReason) -> Result<(), String> {
    if stop.is_cut_short() { Err(format!("the answer was cut short ({stop})")) } else { Ok(()) }
}

const fn how(at_once: bool) -> Reading {
    if at_once { Reading::Json } else { Reading::Tolerant }
}

fn one<'a>(found: &'a [Value], what: &str) -> Result<&'a Value, String> {
    match found {
        [one] => Ok(one),
        [] => Err("there is no JSON object of the shape that was asked for".to_owned()),
        _ => Err(format!("there are several different {what}, and nothing says which one counts")),
    }
}

/// The entries of a critique by label: a list under `scores`, or an object with a key per label.
fn entries<'a>(value: &'a Value, labels: &[String]) -> Vec<(String, &'a Value)> {
    let known = |name: &str| labels.iter().find(|l| **l == bare_label(name)).cloned();
    let inner = value.get("scores").unwrap_or(value);
    if let Some(list) = inner.as_array() {
        let label = |entry: &'a Value| entry.get("label").and_then(Value::as_str).and_then(known);
        return list.iter().filter_map(|entry| Some((label(entry)?, entry))).collect();
    }
    let Some(map) = inner.as_object() else { return Vec::new() };
    map.iter().filter(|(_, entry)| entry.is_object()).filter_map(|(name, entry)| Some((known(name)?, entry))).collect()
}

/// `Draft a` and `[A]` mean A.
fn bare_label(name: &str) -> String {
    let upper = name.trim().to_uppercase();
    upper.strip_prefix("DRAFT").unwrap_or(&upper).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// A whole number from 0 to 100, also as text (`"85"`, `"85/100"`); a fraction is rounded.
fn score(value: &Value) -> Option<u8> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().strip_suffix("/100").unwrap_or_else(|| text.trim()).trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= number <= 100")]
    (0.0..=100.0).contains(&number).then(|| number.round() as u8)
}

fn agrees(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(agree) => Some(*agree),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "agree" => Some(true),
            "false" | "no" | "disagree" => Some(false),
            _ => None,
        },
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |v: &Value| v.as_str().map(|s| s.trim().to_owned()).filter(|s| !s.is_empty());
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(single) => text(single).into_iter().collect(),
        None => Vec::new(),
    }
}
