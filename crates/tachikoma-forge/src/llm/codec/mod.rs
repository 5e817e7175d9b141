//! Codecs: one per wire dialect, without any input or output.
//!
//! [`encode`] turns an [`LlmRequest`] into an [`HttpRequest`]; [`ResponseDecoder`] turns the bytes of
//! the answer into [`StreamEvent`]s, several per frame where need be, and at the end exactly one of
//! finished, failed and truncated. What differs between servers of one dialect is a row of [`Quirks`],
//! what differs between models a row in `models`.
//!
//! ```text
//! LlmRequest ─► plan, settings (fitted by data, losses noted) ─► a dialect's body ─► HttpRequest
//!
//! bytes ─► ResponseDecoder ─► wire::{Sse, Ndjson} ─► a dialect's decoder ─► StreamEvent
//!              └─► whole bodies: error, HTML page, JSON where a stream was asked for ─► classify
//! ```

mod answer;
mod anthropic;
mod body;
mod calls;
mod cohere;
mod dialect;
mod encode;
mod gemini;
mod hot;
mod mend;
mod models;
mod ollama;
mod openai_chat;
mod openai_responses;
mod plan;
mod quirks;
mod reason;
mod reasoning;
mod response;
mod schema;
mod settings;
mod text;
mod think;
mod without;

pub use answer::{Answer, AnswerEnd, accompanying_kind, json_of, truncated, whole};
pub use dialect::Dialect;
pub use encode::{Encoded, Endpoint, adjustments, encode, is_limited, json_mode, takes};
pub use models::ModelTraits;
pub use quirks::{Constraints, Quirks, ThoughtsBack};
pub use reasoning::ReasoningWay;
pub use response::{End, ResponseDecoder};
pub use schema::parse_json_answer;
pub(super) use without::meant;

use serde_json::Value;

use super::ToolCallDelta;
use super::classify::{self, Head, classify_in_band, people_text};
use crate::types::{ErrorKind, LlmError, StopReason, TokenUsage};
use calls::Calls;
use reason::Ending;
use think::{Piece, Think};

/// One thing that a stream said.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent<'a> {
    /// More text.
    Text(&'a str),
    /// More reasoning.
    Reasoning(&'a str),
    /// More of a tool call.
    ToolCall(ToolCallDelta),
    /// The counts as far as they are known now: the latest snapshot of each.
    Usage(TokenUsage),
    /// What the provider wants back with the next request, see [`Thoughts::blocks`](crate::types::Thoughts);
    /// comes with the end.
    Thought(Value),
    /// A sign of life without content.
    Heartbeat,
    /// The answer is complete. Nothing follows.
    Finished {
        /// Why it ended.
        reason: StopReason,
        /// The reason as the provider spelled it, when it gave one.
        raw: Option<String>,
    },
    /// The answer failed. Nothing follows.
    Failed(LlmError),
    /// The input ended without a finish mark. Nothing follows.
    Truncated,
}

/// Where events go.
pub type Sink<'s> = &'s mut dyn FnMut(StreamEvent<'_>);

/// Reads one dialect's frames.
trait FrameDecoder {
    /// Reads one frame of the shape that the dialect promises.
    ///
    /// # Errors
    /// When it has another shape, or is no JSON; then nothing was taken from it.
    fn read(&mut self, event: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error>;

    /// Takes one frame. An SSE dialect gives the event's type, `message` where none was given.
    fn frame(&mut self, event: &str, data: &str, out: &mut Out<'_>) {
        if self.read(event, data, out).is_ok() {
            return;
        }
        match data.trim() {
            "" => out.event(StreamEvent::Heartbeat),
            "[DONE]" => self.done(out),
            _ if matches!(event, "ping" | "keepalive" | "keep-alive" | "heartbeat") => {
                out.event(StreamEvent::Heartbeat)
            }
            data => {
                let mended = mend::mended(data);
                let data = mended.as_deref().unwrap_or(data);
                if mended.is_none() || self.read(event, data, out).is_err() {
                    self.progress().odd(event, data, out);
                }
            }
        }
    }

    /// Takes OpenAI's end mark, which some gateways add to other dialects, where it means nothing.
    fn done(&mut self, _out: &mut Out<'_>) {}

    /// Takes a whole body that is JSON where a stream was asked for, or a whole answer where none was.
    /// Gives whether it was one at all.
    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool;

    /// What the frames so far said.
    fn progress(&mut self) -> &mut Progress;
}

/// What every dialect keeps while it reads.
struct Progress {
    think: Think,
    usage: TokenUsage,
    /// Whether a sum in the counts is what was charged.
    charges: bool,
    calls: Calls,
    /// What the provider wants back.
    thoughts: Vec<Value>,
    /// Whether the model declined in a field of its own.
    refused: bool,
    /// A finish mark was seen: an end of input is no cut any more.
    marked: bool,
    reason: Option<(StopReason, String)>,
}

impl Progress {
    fn new(quirks: &Quirks) -> Self {
        Self {
            think: Think::new(quirks.inline_think),
            usage: TokenUsage::default(),
            charges: quirks.charges,
            calls: Calls::default(),
            thoughts: Vec::new(),
            refused: false,
            marked: false,
            reason: None,
        }
    }

    fn text(&mut self, text: &str, out: &mut Out<'_>) {
        if self.think.is_over() {
            if !text.is_empty() {
                out.event(StreamEvent::Text(text));
            }
        } else {
            self.think.push(text, &mut |piece| out.piece(piece));
        }
    }

    fn usage(&mut self, newer: &TokenUsage, out: &mut Out<'_>) {
        let newer = TokenUsage { charged: newer.charged.filter(|_| self.charges), ..*newer };
        if !newer.is_unknown() {
            self.usage.update(&newer);
            out.event(StreamEvent::Usage(self.usage));
        }
    }

    /// Takes a reason as it is spelled. One that names a failure fails the answer at once.
    fn stop(&mut self, raw: &str, out: &mut Out<'_>) {
        match reason::meaning(raw) {
            None => {}
            Some(Ending::Stopped(reason)) => {
                self.marked = true;
                self.reason = Some((reason, raw.to_owned()));
            }
            Some(Ending::Failed(kind)) => {
                let words = people_text(raw);
                let message = format!("The provider broke the answer off with the reason \"{words}\".");
                self.fail(LlmError::new(kind, message).with_code(words), out);
            }
        }
    }

    /// A frame that its type does not fit: an error, something unknown, or a broken promise.
    fn odd(&mut self, event: &str, data: &str, out: &mut Out<'_>) {
        let named_error = event == "error";
        let error = match serde_json::from_str::<Value>(data) {
            Ok(value) if named_error || classify::is_error(&value) => classify_in_band(out.head, &value),
            // A bare `null` or number keeps a connection alive somewhere.
            Ok(value) if !value.is_object() => return,
            Ok(_) => LlmError::new(ErrorKind::Protocol, "The server sent a piece whose fields have the wrong types."),
            Err(_) if named_error => classify_in_band(out.head, &Value::String(data.to_owned())),
            Err(_) => LlmError::new(
                ErrorKind::Protocol,
                format!("The server sent a piece that is no JSON: {}", people_text(data)),
            ),
        };
        self.fail(error, out);
    }

    fn fail(&mut self, error: LlmError, out: &mut Out<'_>) {
        if self.marked {
            // The answer was complete already: what goes wrong afterwards takes nothing away.
            return self.finish(out);
        }
        self.think.end(&mut |piece| out.piece(piece));
        out.end(StreamEvent::Failed(error));
    }

    /// The input, or the part of it that matters, ends.
    fn finish(&mut self, out: &mut Out<'_>) {
        self.think.end(&mut |piece| out.piece(piece));
        if !self.marked {
            return out.end(StreamEvent::Truncated);
        }
        let (mut reason, raw) = match self.reason.take() {
            Some((reason, raw)) => (reason, Some(raw)),
            None => (StopReason::Unknown, None),
        };
        if self.refused {
            reason = StopReason::Refusal;
        } else if reason == StopReason::End && !self.calls.is_empty() {
            // Some servers say `stop` where the dialect has a word for it.
            reason = StopReason::ToolUse;
        }
        for thought in self.thoughts.drain(..) {
            out.event(StreamEvent::Thought(thought));
        }
        out.end(StreamEvent::Finished { reason, raw });
    }
}

/// The sink, which lets nothing through after the end.
struct Out<'s> {
    sink: Sink<'s>,
    head: &'s Head,
    ended: bool,
}

impl Out<'_> {
    #[inline]
    fn event(&mut self, event: StreamEvent<'_>) {
        if !self.ended {
            (self.sink)(event);
        }
    }

    fn piece(&mut self, piece: Piece<'_>) {
        self.event(match piece {
            Piece::Text(text) => StreamEvent::Text(text),
            Piece::Reasoning(text) => StreamEvent::Reasoning(text),
        });
    }

    fn reasoning(&mut self, text: &str) {
        if !text.is_empty() {
            self.event(StreamEvent::Reasoning(text));
        }
    }

    fn end(&mut self, event: StreamEvent<'_>) {
        self.event(event);
        self.ended = true;
    }
}
