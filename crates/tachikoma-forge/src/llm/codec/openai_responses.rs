//! OpenAI's Responses, `POST /v1/responses`, which some of its models answer in only, and several servers speak too.
//!
//! The conversation is a list of items, the instructions stand apart, and nothing is stored. Each event's data holds
//! its own type; the event line repeats it. Text, refusals, reasoning and the arguments of calls come as deltas; what
//! is `done` repeats them, and counts only where no delta came. The finish mark is the last event:
//! `response.completed`, `response.incomplete` with a reason, or `response.failed` with an error, which an `error`
//! event may precede. It repeats the whole answer once more, with the counts. A stream may fail under a status of 200.
//! Source: the vendor's API reference, "Create a model response" and "Streaming events".

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::calls::Piece;
use super::text::{Count, Presence, Text, some};
use super::{FrameDecoder, Out, Progress, Quirks, StreamEvent};
use crate::types::TokenUsage;

/// The states of an answer that is still to come: one in the background, which nobody here asks for.
const AT_WORK: &[&str] = &["in_progress", "queued"];

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    delta: Option<Text<'a>>,
    #[serde(default)]
    output_index: Count,
    #[serde(default)]
    summary_index: Count,
    #[serde(borrow, default)]
    item: Option<Item<'a>>,
    #[serde(default)]
    arguments: Value,
    #[serde(borrow, default)]
    response: Option<Response<'a>>,
    #[serde(default)]
    error: Presence,
}

/// One item of an answer: a message, reasoning, a call.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    content: Option<Vec<Part<'a>>>,
    #[serde(borrow, default)]
    summary: Option<Vec<Part<'a>>>,
    #[serde(borrow, default)]
    call_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    arguments: Value,
}

/// Arguments are a text in the dialect; some servers send the object itself.
fn text_of(arguments: &Value) -> Cow<'_, str> {
    match arguments {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

impl Item<'_> {
    fn is_call(&self) -> bool {
        some(&self.kind) == Some("function_call")
    }
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    refusal: Option<Text<'a>>,
}

/// A whole answer, as the last event repeats it.
#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    status: Option<Text<'a>>,
    #[serde(borrow, default)]
    output: Option<Vec<Item<'a>>>,
    #[serde(borrow, default)]
    incomplete_details: Option<Details<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow, default)]
    reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    input_tokens_details: Option<InputDetails>,
    #[serde(default)]
    output_tokens: Count,
    #[serde(default)]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    #[serde(default)]
    cached_tokens: Count,
}

#[derive(Deserialize)]
struct OutputDetails {
    #[serde(default)]
    reasoning_tokens: Count,
}

/// Reads the events.
pub(super) struct Decoder {
    progress: Progress,
    /// Something of the answer was said, so that its repetitions are none of its pieces.
    said: bool,
    /// The same of its reasoning.
    thought: bool,
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks), said: false, thought: false }
    }

    fn text(&mut self, text: &str, out: &mut Out<'_>) {
        self.said |= !text.is_empty();
        self.progress.text(text, out);
    }

    fn refusal(&mut self, text: &str, out: &mut Out<'_>) {
        // What the model says in place of an answer is worth reading: it is the text, and marked.
        self.progress.refused = true;
        self.text(text, out);
    }

    fn reasoning(&mut self, text: &str, out: &mut Out<'_>) {
        self.thought |= !text.is_empty();
        out.reasoning(text);
    }

    /// Begins a call, which a place in the output names from now on.
    fn call(&mut self, index: Option<u64>, item: &Item<'_>, out: &mut Out<'_>) {
        let id = some(&item.call_id).unwrap_or_default();
        let name = some(&item.name).unwrap_or_default();
        let arguments = text_of(&item.arguments);
        let delta = self.progress.calls.begin(Piece { index, id, name, arguments: &arguments });
        out.event(StreamEvent::ToolCall(delta));
    }

    fn arguments(&mut self, index: Option<u64>, arguments: &str, out: &mut Out<'_>) {
        let delta = self.progress.calls.take(Piece { index, arguments, ..Piece::default() });
        out.event(StreamEvent::ToolCall(delta));
    }

    /// Takes arguments that are complete. Where they came in pieces, this repeats them.
    fn whole_arguments(&mut self, index: Option<u64>, arguments: &Value, out: &mut Out<'_>) {
        let arguments = text_of(arguments);
        if self.progress.calls.arguments(index) == Some("") && !arguments.is_empty() {
            self.arguments(index, &arguments, out);
        }
    }

    fn item_done(&mut self, index: Option<u64>, item: &Item<'_>, out: &mut Out<'_>) {
        if !item.is_call() {
            return;
        }
        if self.progress.calls.arguments(index).is_some() {
            self.whole_arguments(index, &item.arguments, out);
        } else {
            // Nobody said that it began.
            self.call(index, item, out);
        }
    }

    /// Takes the whole output, or what of it no event said.
    fn output(&mut self, items: &[Item<'_>], out: &mut Out<'_>) {
        let (said, thought, called) = (self.said, self.thought, !self.progress.calls.is_empty());
        for item in items {
            for part in item.summary.iter().flatten().filter(|_| !thought) {
                self.reasoning(some(&part.text).unwrap_or_default(), out);
            }
            for part in item.content.iter().flatten() {
                let text = some(&part.text).unwrap_or_default();
                if some(&part.kind) == Some("reasoning_text") {
                    if !thought {
                        self.reasoning(text, out);
                    }
                } else if !said {
                    self.text(text, out);
                    if let Some(refusal) = some(&part.refusal) {
                        self.refusal(refusal, out);
                    }
                }
            }
            if item.is_call() && !called {
                self.call(None, item, out);
            }
        }
    }

    /// Takes a whole answer: all of it, or the end of one that came in pieces. `how` is the word for its end, where
    /// it has none itself.
    fn response(&mut self, response: &Response<'_>, how: &str, out: &mut Out<'_>) {
        self.output(response.output.as_deref().unwrap_or_default(), out);
        if let Some(usage) = &response.usage {
            let snapshot = TokenUsage {
                input_tokens: usage.input_tokens.0,
                output_tokens: usage.output_tokens.0,
                reasoning_tokens: usage.output_tokens_details.as_ref().and_then(|d| d.reasoning_tokens.0),
                cache_read_tokens: usage.input_tokens_details.as_ref().and_then(|d| d.cached_tokens.0),
                ..TokenUsage::default()
            };
            self.progress.usage(&snapshot, out);
        }
        if let Some(error) = response.error.as_ref().filter(|error| !error.is_null()) {
            return self.progress.odd("error", &error.to_string(), out);
        }
        let why = response.incomplete_details.as_ref().and_then(|d| some(&d.reason));
        let status = some(&response.status).filter(|status| !AT_WORK.contains(status));
        self.progress.stop(why.or(status).unwrap_or(how), out);
    }

    fn event(&mut self, kind: &str, event: &Event<'_>, out: &mut Out<'_>) {
        let delta = some(&event.delta).unwrap_or_default();
        let index = event.output_index.0;
        match kind {
            "response.output_text.delta" => self.text(delta, out),
            "response.refusal.delta" => self.refusal(delta, out),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => self.reasoning(delta, out),
            // A summary has several parts, which are paragraphs.
            "response.reasoning_summary_part.added" if event.summary_index.0.is_some_and(|n| n > 0) => {
                out.reasoning("\n\n");
            }
            "response.function_call_arguments.delta" => self.arguments(index, delta, out),
            "response.function_call_arguments.done" => {
                self.whole_arguments(index, &event.arguments, out);
            }
            "response.output_item.added" => {
                if let Some(item) = event.item.as_ref().filter(|item| item.is_call()) {
                    self.call(index, item, out);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = &event.item {
                    self.item_done(index, item, out);
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" => {
                let how = kind.trim_start_matches("response.");
                match &event.response {
                    Some(response) => self.response(response, how, out),
                    None => self.progress.stop(how, out),
                }
                if !out.ended {
                    self.progress.finish(out);
                }
            }
            _ => {}
        }
    }
}

impl FrameDecoder for Decoder {
    fn read(&mut self, named: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error> {
        let event: Event<'_> = serde_json::from_str(data)?;
        let kind = some(&event.kind).unwrap_or(named);
        if kind == "error" || named == "error" || event.error.0 {
            self.progress.odd("error", data, out);
        } else {
            self.event(kind, &event, out);
        }
        Ok(())
    }

    fn done(&mut self, out: &mut Out<'_>) {
        self.progress.marked = true;
        self.progress.finish(out);
    }

    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool {
        let Ok(response) = serde_json::from_str::<Response<'_>>(body) else { return false };
        let Some(items) = &response.output else { return false };
        let no_answer = some(&response.status).map_or(items.is_empty(), |status| AT_WORK.contains(&status));
        if no_answer {
            return false;
        }
        self.response(&response, "", out);
        if !out.ended {
            self.progress.marked = true;
            self.progress.finish(out);
        }
        true
    }

    fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }
}
