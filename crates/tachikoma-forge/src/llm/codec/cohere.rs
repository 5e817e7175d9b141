//! Cohere's chat, version 2: `POST /v2/chat`.
//!
//! Each event's data holds its own type; the event line repeats it. `message-end` is the finish mark; it
//! brings the reason, the counts and, under the reason `ERROR`, what went wrong. Of its two kinds of counts
//! the tokens are taken, not the billed units. What the model plans to do with tools comes in words of its
//! own and is shown as reasoning. The arguments of a tool without any may be the text `null`.
//! Source: the vendor's API reference, "Chat" and "Chat with Streaming" (v2), and "Errors".

use serde::Deserialize;
use serde_json::Value;

use super::calls::{Piece, arguments};
use super::text::{Content, Count, Presence, Text, some};
use super::{FrameDecoder, Out, Progress, Quirks, StreamEvent};
use crate::llm::classify::classify_in_band;
use crate::types::TokenUsage;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    /// What went wrong, in place of an event.
    #[serde(borrow, default)]
    message: Option<Text<'a>>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(borrow, default)]
    error: Option<Text<'a>>,
}

/// A piece of the message, or all of it.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    tool_plan: Option<Text<'a>>,
    #[serde(borrow, default)]
    tool_calls: Option<ToolCalls<'a>>,
}

/// A list in whole answers, one call at a time in events.
#[derive(Deserialize)]
#[serde(untagged)]
enum ToolCalls<'a> {
    List(#[serde(borrow)] Vec<Call<'a>>),
    One(#[serde(borrow)] Call<'a>),
}

impl<'a> ToolCalls<'a> {
    fn as_slice(&self) -> &[Call<'a>] {
        match self {
            Self::List(calls) => calls,
            Self::One(call) => std::slice::from_ref(call),
        }
    }
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    arguments: Value,
}

impl Call<'_> {
    fn name(&self) -> &str {
        self.function.as_ref().and_then(|f| some(&f.name)).unwrap_or_default()
    }

    /// The arguments' JSON text, or a piece of it.
    fn arguments(&self) -> String {
        self.function.as_ref().and_then(|f| arguments(&f.arguments)).unwrap_or_default()
    }
}

/// The whole answer.
#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    message: Message<'a>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(borrow, default)]
    error: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    tokens: Option<Tokens>,
    #[serde(default)]
    cached_tokens: Count,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
}

impl Usage {
    fn snapshot(&self) -> TokenUsage {
        TokenUsage {
            input_tokens: self.tokens.as_ref().and_then(|t| t.input_tokens.0),
            output_tokens: self.tokens.as_ref().and_then(|t| t.output_tokens.0),
            cache_read_tokens: self.cached_tokens.0,
            ..TokenUsage::default()
        }
    }
}

/// Reads the events.
pub(super) struct Decoder {
    progress: Progress,
    /// A call is open of whose arguments nothing came yet; its index.
    bare_call: Option<Option<u64>>,
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks), bare_call: None }
    }

    fn content(&mut self, message: &Message<'_>, out: &mut Out<'_>) {
        out.reasoning(some(&message.tool_plan).unwrap_or_default());
        if let Some(content) = &message.content {
            out.reasoning(&content.reasoning);
            self.progress.text(&content.text, out);
        }
    }

    fn begin(&mut self, index: Option<u64>, call: &Call<'_>, out: &mut Out<'_>) {
        self.close_call(out);
        let id = some(&call.id).unwrap_or_default();
        let delta = self.progress.calls.begin(Piece { index, id, name: call.name(), arguments: "" });
        out.event(StreamEvent::ToolCall(delta));
        self.bare_call = Some(index);
        self.arguments(index, &call.arguments(), out);
    }

    /// A call's id and name may come after its start.
    fn late_name(&mut self, index: Option<u64>, call: &Call<'_>, out: &mut Out<'_>) {
        let (id, name) = (some(&call.id).unwrap_or_default(), call.name());
        if !name.is_empty() && self.progress.calls.lacks_name() {
            let delta = self.progress.calls.take(Piece { index, id, name, arguments: "" });
            out.event(StreamEvent::ToolCall(delta));
        }
    }

    /// Takes a piece of arguments. `null` at their beginning is all there is: JSON has nothing to follow it.
    fn arguments(&mut self, index: Option<u64>, piece: &str, out: &mut Out<'_>) {
        let first = self.bare_call.is_some();
        if piece.is_empty() || (first && piece.trim() == "null") {
            return;
        }
        self.bare_call = None;
        let delta = self.progress.calls.take(Piece { index, arguments: piece, ..Piece::default() });
        out.event(StreamEvent::ToolCall(delta));
    }

    /// A call that ends without arguments has none to give, which is an empty object.
    fn close_call(&mut self, out: &mut Out<'_>) {
        if let Some(index) = self.bare_call {
            self.arguments(index, "{}", out);
        }
    }

    /// The end of the answer, with all that comes with it.
    fn finish(&mut self, reason: Option<&str>, error: Option<&str>, usage: Option<&Usage>, out: &mut Out<'_>) {
        self.close_call(out);
        if let Some(usage) = usage {
            self.progress.usage(&usage.snapshot(), out);
        }
        if let Some(words) = error {
            let error = classify_in_band(out.head, &Value::String(words.to_owned()));
            return self.progress.fail(error, out);
        }
        self.progress.stop(reason.unwrap_or_default(), out);
        if !out.ended {
            self.progress.marked = true;
            self.progress.finish(out);
        }
    }
}

impl FrameDecoder for Decoder {
    fn read(&mut self, event: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error> {
        let read: Event<'_> = serde_json::from_str(data)?;
        let kind = some(&read.kind).unwrap_or(event);
        let delta = read.delta.as_ref();
        let message = delta.and_then(|d| d.message.as_ref());
        let calls = || message.and_then(|m| m.tool_calls.as_ref()).map_or(&[][..], ToolCalls::as_slice);
        match kind {
            "content-delta" | "content-start" | "tool-plan-delta" | "message-start" => {
                if let Some(message) = message {
                    self.content(message, out);
                }
            }
            "tool-call-start" => {
                for call in calls() {
                    self.begin(read.index.0, call, out);
                }
            }
            "tool-call-delta" => {
                for call in calls() {
                    self.late_name(read.index.0, call, out);
                    self.arguments(read.index.0, &call.arguments(), out);
                }
            }
            "tool-call-end" => self.close_call(out),
            "message-end" => {
                let error = delta.and_then(|d| some(&d.error));
                let reason = delta.and_then(|d| some(&d.finish_reason));
                self.finish(reason, error, delta.and_then(|d| d.usage.as_ref()), out);
            }
            _ if kind == "error" || event == "error" || read.error.0 => self.progress.odd("error", data, out),
            // An error body in the middle of the stream has words and no type.
            _ if read.kind.is_none() && some(&read.message).is_some() => self.progress.odd("error", data, out),
            // Citations, ends of content, and what is yet to come.
            _ => {}
        }
        Ok(())
    }

    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool {
        let Ok(whole) = serde_json::from_str::<Whole<'_>>(body) else { return false };
        self.content(&whole.message, out);
        let calls = whole.message.tool_calls.as_ref().map_or(&[][..], ToolCalls::as_slice);
        for call in calls {
            self.begin(None, call, out);
        }
        self.finish(some(&whole.finish_reason), some(&whole.error), whole.usage.as_ref(), out);
        true
    }

    fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }
}
