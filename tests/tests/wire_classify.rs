//! The classification table: `tests/wire/classify.jsonl`, one answer per line and what it means.

use std::time::Duration;

use serde::Deserialize;
use tachikoma_forge::llm::classify::{Head, classify};
use tachikoma_tests::wire::{read, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    why: String,
    status: u16,
    #[serde(default)]
    headers: Vec<String>,
    body: String,
    kind: String,
    retryable: bool,
    retry_after_s: Option<f64>,
    code: Option<String>,
    /// The parameter that the server names as one that it does not take.
    #[serde(default)]
    refused_parameter: Option<String>,
}

fn rows() -> Vec<(Row, Head)> {
    let text = String::from_utf8(read(&root().join("classify.jsonl"))).expect("UTF-8");
    let rows = text.lines().map(|line| serde_json::from_str::<Row>(line).expect(line));
    let header = |text: &String| {
        let (name, value) = text.split_once(": ").expect("name: value");
        (name.to_owned(), value.to_owned())
    };
    rows.map(|row| {
        let head = Head { status: row.status, headers: row.headers.iter().map(header).collect() };
        (row, head)
    })
    .collect()
}

#[test]
fn every_row_means_what_it_says() {
    let mut wrong = Vec::new();
    let rows = rows();
    assert!(rows.len() >= 60, "the table is gone");
    for (row, head) in rows {
        let error = classify(&head, &row.body);
        let got = (error.kind.name(), error.retryable, error.retry_after, error.code.as_deref(), error.status);
        let after = row.retry_after_s.map(Duration::from_secs_f64);
        let wanted = (row.kind.as_str(), row.retryable, after, row.code.as_deref(), Some(row.status));
        if got != wanted {
            wrong.push(format!("{}: got {got:?}, wanted {wanted:?}", row.why));
        }
        if error.refused_parameter != row.refused_parameter {
            wrong.push(format!(
                "{}: refuses {:?}, wanted {:?}",
                row.why, error.refused_parameter, row.refused_parameter
            ));
        }
        assert!(!error.message.is_empty() && error.message.chars().count() < 700, "{}: {}", row.why, error.message);
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn hostile_bodies_are_trimmed_and_stripped() {
    let hostile = "\u{1b}]52;c;aGk=\u{7}\u{1b}[31m\u{202e}gnp.exe\u{2066}\r\n\0\u{9b}1mé ".repeat(200);
    let bodies = [
        hostile.clone(),
        format!("<html><title>{hostile}</title></html>"),
        serde_json::json!({"error": {"message": hostile, "code": hostile}}).to_string(),
        serde_json::json!({"detail": [{"msg": hostile, "type": hostile}]}).to_string(),
        serde_json::json!({"error": {"message": hostile, "code": "unsupported_value", "param": hostile}}).to_string(),
        serde_json::json!({"error": {"message": format!("Unsupported parameter: '{hostile}'")}}).to_string(),
    ];
    for body in bodies {
        for status in [200, 401, 429, 500] {
            let error = classify(&Head { status, headers: Vec::new() }, &body);
            let refused = error.refused_parameter.as_ref();
            for text in [Some(&error.message), error.code.as_ref(), refused].into_iter().flatten() {
                let bad = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
                assert!(!text.contains(bad), "{text:?}");
                assert!(text.chars().count() <= 500 + 160, "{}", text.chars().count());
            }
        }
    }
}
