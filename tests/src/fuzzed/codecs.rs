//! The decoders: the bytes of an answer give the same events at any cut, one of them terminal and last; and a frame
//! that is read the fast way says what it says when it is read the thorough way.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tachikoma_forge::llm::classify::Head;
use tachikoma_forge::llm::codec::{Answer, AnswerEnd, Dialect, End, Quirks, ResponseDecoder, StreamEvent};
use tachikoma_forge::wire::{Ndjson, Sse, SseItem};

use super::{assert_fit_to_be_shown, with_cuts};

/// All events in one text, and what they add up to.
fn decode(dialect: Dialect, status: u16, pieces: &[&[u8]]) -> (String, Answer) {
    let head = Head { status, headers: Vec::new() };
    let mut decoder = ResponseDecoder::new(dialect, &Quirks::assumed(dialect), head);
    let (mut events, mut answer) = (String::new(), Answer::default());
    let mut calls = 0;
    let mut sink = |event: StreamEvent<'_>| {
        assert!(answer.end.is_none(), "{event:?} after the end");
        match &event {
            StreamEvent::Text(text) | StreamEvent::Reasoning(text) => assert!(!text.is_empty(), "nothing was said"),
            StreamEvent::ToolCall(delta) => {
                assert!(delta.index <= calls, "call {} follows {calls} others", delta.index);
                calls = calls.max(delta.index + 1);
            }
            StreamEvent::Failed(error) => {
                let words = [Some(&error.message), error.code.as_ref(), error.refused_parameter.as_ref()];
                words.into_iter().flatten().for_each(|text| assert_fit_to_be_shown(text));
            }
            _ => {}
        }
        writeln!(events, "{event:?}").expect("memory");
        answer.take(event);
    };
    for piece in pieces {
        decoder.push(piece, &mut sink);
    }
    decoder.end(End::Eof, &mut sink);
    // What comes after the end is not read.
    decoder.push(b"data: {}\n\n{}\n", &mut sink);
    decoder.end(End::Cut, &mut sink);
    assert!(decoder.is_ended() && answer.end.is_some(), "no terminal event");
    (events, answer)
}

fn codec(dialect: Dialect, data: &[u8]) {
    let (whole, answer) = decode(dialect, 200, &[data]);
    with_cuts(data, |pieces| assert_eq!(decode(dialect, 200, pieces).0, whole, "{pieces:?}"));
    let calls = answer.tool_calls().len();
    let text = answer.text.clone();
    if let Ok(response) = answer.into_response() {
        assert_eq!((response.content, response.tool_calls.len()), (text, calls), "the answer loses something");
    }
    // An error is one, whatever its body says.
    let (refused, answer) = decode(dialect, 500, &[data]);
    assert!(matches!(answer.end, Some(AnswerEnd::Failed(_))), "{refused}");
    if let Some(slow) = slowed(dialect) {
        let frames = frames(dialect, data);
        let fast = body(dialect, &frames);
        let thorough = body(dialect, &frames.iter().map(|(event, frame)| (event.clone(), slow(frame))).collect());
        let read = |body: &str| decode(dialect, 200, &[body.as_bytes()]).0;
        assert_eq!(read(&fast), read(&thorough), "the fast reading differs:\n{fast}\n{thorough}");
    }
}

type Frame = Map<String, Value>;

/// The frames of a body that are objects, with the names of their events.
fn frames(dialect: Dialect, data: &[u8]) -> Vec<(String, Frame)> {
    let mut frames = Vec::new();
    let mut take = |event: &str, data: &str| {
        // What would end an event early is no name of one.
        let event: String = event.chars().filter(|c| !c.is_control()).collect();
        if let Ok(frame) = serde_json::from_str(data) {
            frames.push((event, frame));
        }
    };
    if is_lines(dialect) {
        let mut framer = Ndjson::default();
        let _ = framer.push(data, |line| take("message", &line));
    } else {
        let mut framer = Sse::default();
        let _ = framer.push(data, |item| {
            if let SseItem::Frame(frame) = item {
                take(&frame.event, &frame.data);
            }
        });
    }
    frames
}

const fn is_lines(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Ollama | Dialect::OllamaGenerate)
}

fn body(dialect: Dialect, frames: &Vec<(String, Frame)>) -> String {
    let mut out = String::new();
    for (event, frame) in frames {
        let text = match dialect {
            Dialect::Anthropic => kind_first(frame),
            _ => Value::Object(frame.clone()).to_string(),
        };
        if is_lines(dialect) {
            writeln!(out, "{text}").expect("memory");
        } else {
            write!(out, "event: {event}\ndata: {text}\n\n").expect("memory");
        }
    }
    out
}

/// An event as Anthropic writes it, its type first: by that the fast reading knows it. One that was slowed down has
/// a field of ours, and its type is not the first.
fn kind_first(frame: &Frame) -> String {
    let mut rest = frame.clone();
    let kind = rest.remove("type").filter(|_| !frame.contains_key(SLOW));
    let rest_text = Value::Object(rest.clone()).to_string();
    match kind {
        Some(kind) if rest.is_empty() => json!({ "type": kind }).to_string(),
        Some(kind) => format!("{{\"type\":{kind},{}", &rest_text[1..]),
        None => Value::Object(frame.clone()).to_string(),
    }
}

/// A field that no dialect has, and that sorts before all that they have.
const SLOW: &str = "!";

/// What makes a frame too much for the fast reading of a dialect and says nothing to the thorough one.
fn slowed(dialect: Dialect) -> Option<fn(&Frame) -> Frame> {
    fn with(frame: &Frame, key: &str, value: Value) -> Frame {
        let mut frame = frame.clone();
        if frame.get(key).is_none_or(Value::is_null) {
            frame.insert(key.to_owned(), value);
        }
        frame
    }
    match dialect {
        Dialect::Anthropic => Some(|frame| with(frame, SLOW, json!(1))),
        Dialect::OpenAiChat => Some(|frame| with(frame, "usage", json!({}))),
        Dialect::Ollama | Dialect::OllamaGenerate => Some(|frame| with(frame, "error", json!(false))),
        Dialect::OpenAiResponses | Dialect::Gemini | Dialect::Cohere => None,
    }
}

pub(super) fn anthropic(data: &[u8]) {
    codec(Dialect::Anthropic, data);
}

pub(super) fn openai_chat(data: &[u8]) {
    codec(Dialect::OpenAiChat, data);
}

pub(super) fn openai_responses(data: &[u8]) {
    codec(Dialect::OpenAiResponses, data);
}

pub(super) fn ollama(data: &[u8]) {
    codec(Dialect::Ollama, data);
}

pub(super) fn ollama_generate(data: &[u8]) {
    codec(Dialect::OllamaGenerate, data);
}

pub(super) fn gemini(data: &[u8]) {
    codec(Dialect::Gemini, data);
}

pub(super) fn cohere(data: &[u8]) {
    codec(Dialect::Cohere, data);
}
