//! Dialect fixtures: `tests/wire/<dialect>/<case>/{body, case.json, expected.json}`.
//!
//! `case.json` says why the case exists and what came with the body (status, content type, headers, a
//! reset at the end); `expected.json` is the summary that `tachikoma decode` must print, written by hand.
//! Each body gives the same events at every cut (see `tachikoma_tests::wire`), exactly one of them
//! terminal and last, and each prefix of it is truncated or failed unless a finish mark was in it.

use serde::Deserialize;
use serde_json::{Value, json};
use tachikoma_forge::llm::classify::Head;
use tachikoma_forge::llm::codec::{Answer, AnswerEnd, Dialect, End, Quirks, ResponseDecoder, StreamEvent};
use tachikoma_forge::wire::FRAME_LIMIT;
use tachikoma_tests::wire::{cases, check_splits, read, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(default = "ok")]
    status: u16,
    content_type: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    cut: bool,
}

const fn ok() -> u16 {
    200
}

impl Case {
    fn head(&self) -> Head {
        let header = |text: &String| {
            let (name, value) = text.split_once(": ").expect("name: value");
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let content_type = self.content_type.iter().map(|t| ("content-type".to_owned(), t.clone()));
        Head { status: self.status, headers: content_type.chain(self.headers.iter().map(header)).collect() }
    }
}

/// All events in one text, and what they add up to.
fn decode(dialect: Dialect, head: &Head, pieces: &[&[u8]], end: End) -> (String, Answer) {
    let mut decoder = ResponseDecoder::new(dialect, &Quirks::assumed(dialect), head.clone());
    let mut events = String::new();
    let mut answer = Answer::default();
    let mut sink = |event: StreamEvent<'_>| {
        assert!(answer.end.is_none(), "{event:?} after the end");
        // Text is most of it, and formatting most of the time.
        if let StreamEvent::Text(text) = event {
            events.push('\t');
            events.push_str(text);
        } else {
            events.push_str(&format!("\n{event:?}"));
        }
        answer.take(event);
    };
    for piece in pieces {
        decoder.push(piece, &mut sink);
    }
    decoder.end(end, &mut sink);
    assert!(answer.end.is_some(), "no terminal event");
    (events, answer)
}

fn summary(answer: &Answer) -> Value {
    let (reason, raw, delay) = match answer.end.as_ref() {
        Some(AnswerEnd::Finished { reason, raw }) => (Some(reason.name()), raw.clone(), None),
        Some(AnswerEnd::Failed(error)) => (None, None, error.retry_after),
        _ => (None, None, None),
    };
    let calls: Vec<Value> =
        answer.tool_calls().into_iter().map(|c| json!({"name": c.name, "arguments": c.arguments})).collect();
    json!({
        "text": answer.text, "reasoning": answer.reasoning, "stop_reason": reason, "raw_stop_reason": raw,
        "input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens, "tool_calls": calls,
        "complete": reason.is_some(), "error_kind": answer.kind().map(|k| k.name()),
        "retry_after_s": delay.map(|d| if d.subsec_nanos() == 0 { json!(d.as_secs()) } else { json!(d.as_secs_f64()) }),
    })
}

/// Every case: dialect, folder name, case, body, expected summary.
fn all() -> Vec<(Dialect, String, Case, Vec<u8>, Value)> {
    let mut all = Vec::new();
    for dialect in Dialect::ALL {
        let folders = cases(&root().join(dialect.name()));
        assert!(folders.len() >= 40, "{}: the fixtures are gone", dialect.name());
        for folder in folders {
            let name = format!("{}/{}", dialect.name(), folder.file_name().expect("a folder has a name").display());
            let case: Case = serde_json::from_slice(&read(&folder.join("case.json"))).expect(&name);
            assert!(!case.why.is_empty(), "{name}");
            let expected = serde_json::from_slice(&read(&folder.join("expected.json"))).expect(&name);
            all.push((dialect, name, case, read(&folder.join("body")), expected));
        }
    }
    all
}

#[test]
fn every_case_gives_its_summary() {
    let mut wrong = Vec::new();
    for (dialect, name, case, body, expected) in all() {
        let end = if case.cut { End::Cut } else { End::Eof };
        let (events, answer) = decode(dialect, &case.head(), &[&body], end);
        let got = summary(&answer);
        if got != expected {
            wrong.push(format!("{name}: {}\n  got      {got}\n  expected {expected}\n  {events:?}", case.why));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_gives_the_same_events_at_every_split() {
    for (dialect, name, case, body, _) in all() {
        let end = if case.cut { End::Cut } else { End::Eof };
        let head = case.head();
        let (whole, _) = decode(dialect, &head, &[&body], end);
        check_splits(&body, |pieces| {
            let (events, _) = decode(dialect, &head, pieces, end);
            assert_eq!(events, whole, "{name} as {} pieces, the first of {}", pieces.len(), pieces[0].len());
        });
    }
}

#[test]
fn how_a_body_with_a_long_beginning_is_read_does_not_depend_on_its_cuts() {
    let head = Head { status: 200, headers: Vec::new() };
    let blanks = |count: usize, body: &str| [" ".repeat(count).as_bytes(), body.as_bytes()].concat();
    let whole = r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#;
    // An object that was printed over several lines, and is longer than a frame may be.
    let printed = format!("{{\n\"error\": \"{}\"\n}}", "x".repeat(FRAME_LIMIT));
    let cases = [
        (Dialect::OpenAiChat, blanks(60_000, whole), 59_000),
        (Dialect::OpenAiChat, blanks(70_000, whole), 69_000),
        (Dialect::Ollama, blanks(70_000, "{\n\"done\": true}"), 69_000),
        (Dialect::Ollama, printed.into_bytes(), 10),
    ];
    for (dialect, body, at) in cases {
        let (before, after) = body.split_at(at);
        let (events, _) = decode(dialect, &head, &[&body], End::Eof);
        assert_eq!(decode(dialect, &head, &[before, after], End::Eof).0, events, "{dialect:?} {at}");
    }
}

/// What must be in a prefix that counts as finished.
const fn marks(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Anthropic => &["message_stop", "\"stop_reason\":\""],
        Dialect::OpenAiChat => &["[DONE]", "\"finish_reason\":\"", "\"finish_reason\": \""],
        Dialect::OpenAiResponses => {
            &["[DONE]", "response.completed", "response.incomplete", "\"status\":\"", "\"status\": \""]
        }
        Dialect::Ollama | Dialect::OllamaGenerate => &["\"done\":true", "\"done\": true"],
        Dialect::Gemini => {
            &["\"finishReason\":\"", "\"finishReason\": \"", "\"blockReason\":\"", "\"blockReason\": \""]
        }
        Dialect::Cohere => &["message-end", "\"finish_reason\":\"", "\"finish_reason\": \""],
    }
}

#[test]
fn a_prefix_is_complete_only_with_a_finish_mark() {
    let mut prefixes = 0;
    for (dialect, name, case, body, _) in all() {
        let head = case.head();
        // All of a small body's prefixes; of a large one's, which are longer and alike, some.
        let step = if body.len() <= 8 * 1024 { 1 } else { 61 };
        for to in (0..=body.len()).step_by(step) {
            let prefix = &body[..to];
            let end = if to % 2 == 0 { End::Eof } else { End::Cut };
            let (_, answer) = decode(dialect, &head, &[prefix], end);
            if matches!(answer.end, Some(AnswerEnd::Finished { .. })) {
                let text = String::from_utf8_lossy(prefix);
                let marked = marks(dialect).iter().any(|mark| text.contains(mark));
                assert!(marked, "{name} at {to} is complete without a mark");
            }
            prefixes += 1;
        }
    }
    assert!(prefixes > 40_000, "{prefixes}");
}

mod random {
    use proptest::prelude::*;

    use super::{Dialect, End, Head, decode};

    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let texts = [
            "data: ",
            "\n\n",
            "\n",
            "\r\n",
            "event: error\n",
            ": x\n",
            "[DONE]",
            "{",
            "}",
            "[",
            "]",
            "null",
            "\"",
            "<html>",
            "\u{FEFF}",
            "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<think>é\"}}]}",
            "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":{}}}]},\"finish_reason\":\"stop\"}]}",
            "{\"choices\":[],\"usage\":{\"prompt_tokens\":-1}}",
            "{\"error\":{\"message\":\"try again in 2s\",\"code\":429}}",
            "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":1}}}",
            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"name\":\"f\"}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\ud83c\"}}",
            "{\"type\":\"message_stop\"}",
            "{\"message\":{\"content\":\"a</think>\"},\"done\":false}",
            "{\"message\":{\"content\":\"b\",\"tool_calls\":[{}]},\"done\":true}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"c\",\"thought\":true},{\"functionCall\":{}}]}}]}",
            "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"thoughtsTokenCount\":3}}",
            "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}",
            "{\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{\"text\":\"d\"}}}}",
            "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"name\":\"f\"}}}}}",
            "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}",
            "{\"finish_reason\":\"COMPLETE\",\"message\":{\"content\":[]}}",
            "{\"type\":\"response.output_text.delta\",\"delta\":\"<think>e\"}",
            "{\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\"}}",
            "{\"type\":\"response.function_call_arguments.done\",\"arguments\":{}}",
            "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[{\"content\":[{\"text\":\"f\"}]}]}}",
            "{\"response\":\"g\",\"thinking\":\"h\",\"done\":false,\"context\":[1]}",
        ];
        let piece = prop_oneof![
            4 => prop::sample::select(texts.map(|t| t.as_bytes().to_vec()).to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_end_once_and_the_same_at_any_cut(
            body in stream(),
            at in any::<prop::sample::Index>(),
            status in prop::sample::select(vec![200_u16, 204, 302, 400, 401, 429, 500, 529]),
        ) {
            let (before, after) = body.split_at(at.index(body.len() + 1));
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            let head = Head { status, headers: vec![("retry-after".into(), "1e9".into())] };
            for dialect in Dialect::ALL {
                let (whole, _) = decode(dialect, &head, &[&body], End::Eof);
                prop_assert_eq!(&decode(dialect, &head, &[before, after], End::Eof).0, &whole);
                prop_assert_eq!(&decode(dialect, &head, &bytes, End::Cut).0, &whole);
            }
        }
    }
}
