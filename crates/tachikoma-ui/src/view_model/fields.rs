//! Structured answers as readable fields, while they arrive and afterwards: never as raw JSON.

use serde_json::Value;
use tachikoma_forge::session::{Answer, Score};

/// A part of a structured answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Words under a label; without a label they stand for themselves.
    Words {
        /// What they are, such as "Reason".
        label: String,
        /// The words, as Markdown.
        text: String,
    },
    /// A list under a label.
    List {
        /// What it is, such as "Strengths".
        label: String,
        /// Its items.
        items: Vec<String>,
    },
    /// What is said of one draft.
    Draft {
        /// The draft's label, such as `A`.
        label: String,
        /// The score, once it is known.
        points: Option<u64>,
        /// The rest.
        inner: Vec<Self>,
    },
    /// A vote, once it is known.
    Vote(bool),
}

/// An answer as it was read.
#[must_use]
pub fn of_answer(answer: &Answer) -> Vec<Field> {
    match answer {
        Answer::Draft | Answer::Abstained { .. } => Vec::new(),
        Answer::Critique { scores } => scores.iter().map(of_score).collect(),
        Answer::Ranking { order, reasoning } | Answer::Comparison { order, reasoning } => {
            words("The best first", &order.join(", ")).chain(words("Reason", reasoning)).collect()
        }
        Answer::Rebuttal(rebuttal) => {
            let moved = if rebuttal.switched { ["Moved by ", &rebuttal.moved_by].concat() } else { String::new() };
            words("", &rebuttal.position).chain(words(&moved, &rebuttal.quote)).collect()
        }
        Answer::Attack { objections } => {
            let of = |blocking| -> Vec<String> {
                objections.iter().filter(|o| o.blocking == blocking).map(|o| o.text.clone()).collect()
            };
            list("Blocking", &of(true)).chain(list("Not blocking", &of(false))).collect()
        }
        Answer::Ballot(ballot) => {
            let sure = ballot.confidence.map_or_else(String::new, |sure| [&sure.to_string(), " of 100"].concat());
            words("", &ballot.choice)
                .chain(words("Confidence", &sure))
                .chain(words("Reason", &ballot.reasoning))
                .collect()
        }
        Answer::Synthesis { comparison, claims, answer } => {
            words("", answer).chain(list("It rests on", claims)).chain(words("Comparison", comparison)).collect()
        }
        Answer::Vote(vote) => std::iter::once(Field::Vote(vote.agree))
            .chain(words("Reason", &vote.reasoning))
            .chain(list("Blocking", &vote.blocking))
            .chain(list("Concerns", &vote.concerns))
            .chain(words("Moved by", &vote.moved_by))
            .collect(),
    }
}

/// One critic's view of one draft.
#[must_use]
pub fn of_score(score: &Score) -> Field {
    let inner = list("Strengths", &score.strengths)
        .chain(list("Weaknesses", &score.weaknesses))
        .chain(list("Suggestions", &score.suggestions))
        .collect();
    Field::Draft { label: score.label.clone(), points: Some(score.score.into()), inner }
}

fn words(label: &str, text: &str) -> impl Iterator<Item = Field> {
    let text = text.trim();
    (!text.is_empty()).then(|| Field::Words { label: label.to_owned(), text: text.to_owned() }).into_iter()
}

fn list(label: &str, items: &[String]) -> impl Iterator<Item = Field> {
    let items: Vec<_> = items.iter().filter(|i| !i.trim().is_empty()).cloned().collect();
    (!items.is_empty()).then(|| Field::List { label: label.to_owned(), items }).into_iter()
}

/// An answer that is still arriving, as far as it can be read.
#[must_use]
pub fn of_partial(value: &Value) -> Vec<Field> {
    match value {
        Value::Object(map) => in_order(map).into_iter().flat_map(|(key, value)| of_entry(key, value)).collect(),
        Value::Array(items) => items.iter().flat_map(of_partial).collect(),
        Value::String(text) => words("", text).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The entries in the order in which the whole answer will show them: a map keeps none of its own.
fn in_order(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    const ORDER: [&str; 7] = ["agree", "vote", "reasoning", "concerns", "strengths", "weaknesses", "suggestions"];
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| ORDER.iter().position(|k| k == key).unwrap_or(ORDER.len()));
    entries
}

fn of_entry(key: &str, value: &Value) -> Vec<Field> {
    match (key, value) {
        (_, Value::Null) => Vec::new(),
        ("agree" | "vote", Value::Bool(agree)) => vec![Field::Vote(*agree)],
        ("agree" | "vote", Value::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "agree" => vec![Field::Vote(true)],
            "disagree" => vec![Field::Vote(false)],
            _ => Vec::new(),
        },
        ("answer" | "synthesis", Value::String(text)) => words("", text).collect(),
        (_, Value::String(text)) => words(&title(key), text).collect(),
        (_, Value::Array(items)) if items.iter().any(Value::is_object) => {
            items.iter().filter_map(Value::as_object).map(|map| of_draft(None, map)).collect()
        }
        (_, Value::Array(items)) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            list(&title(key), &items).collect()
        }
        // Some models write `{"A": {"score": …}}` where a list was asked for.
        (_, Value::Object(map)) if map.contains_key("score") => vec![of_draft(Some(key), map)],
        (_, Value::Object(_)) => of_partial(value),
        (_, Value::Bool(yes)) => words(&title(key), if *yes { "yes" } else { "no" }).collect(),
        (_, Value::Number(number)) => words(&title(key), &number.to_string()).collect(),
    }
}

fn of_draft(label: Option<&str>, map: &serde_json::Map<String, Value>) -> Field {
    let named = ["label", "draft", "name"].iter().find_map(|key| map.get(*key)?.as_str());
    let inner = in_order(map)
        .into_iter()
        .filter(|(key, _)| !matches!(key.as_str(), "label" | "draft" | "name" | "score"))
        .flat_map(|(key, value)| of_entry(key, value))
        .collect();
    Field::Draft {
        label: named.or(label).unwrap_or_default().to_owned(),
        points: map.get("score").and_then(Value::as_u64),
        inner,
    }
}

/// A key as people read it: `blind_spots` is "Blind spots".
fn title(key: &str) -> String {
    let key = if key == "reasoning" { "reason" } else { key };
    let mut out = key.replace(['_', '-'], " ");
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_critique_reads_alike_while_it_arrives_and_afterwards() {
        let score = Score {
            label: "A".into(),
            score: 70,
            strengths: vec!["clear".into()],
            weaknesses: vec!["long".into()],
            suggestions: vec!["cut".into()],
        };
        let arriving = json!({"critiques": [{"label": "A", "score": 70, "strengths": ["clear"], "weaknesses": ["long"], "suggestions": ["cut"]}]});
        assert_eq!(of_partial(&arriving), of_answer(&Answer::Critique { scores: vec![score] }));
        let begun = json!({"critiques": [{"label": "B"}]});
        assert_eq!(of_partial(&begun), [Field::Draft { label: "B".into(), points: None, inner: vec![] }]);
    }

    #[test]
    fn unknown_shapes_are_fields_too() {
        let value = json!({"vote": "agree", "blind_spots": ["x"], "n": 3, "deep": {"reasoning": "y"}});
        let fields = of_partial(&value);
        assert!(fields.contains(&Field::Vote(true)));
        assert!(fields.contains(&Field::List { label: "Blind spots".into(), items: vec!["x".into()] }));
        assert!(fields.contains(&Field::Words { label: "Reason".into(), text: "y".into() }));
        assert_eq!(of_partial(&json!({"vote": "dis"})), []);
    }
}
