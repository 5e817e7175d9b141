//! Anthropic's Messages: `POST /v1/messages`.
//!
//! Each event's data holds its own type; the event line repeats it. Counts come as snapshots, in
//! `message_start` and again in `message_delta`. Finish marks are `message_stop` and a stop reason, so that
//! a connection which breaks after the reason loses nothing. Types that are unknown here are passed over, as
//! the API's versioning policy asks. Source: the vendor's API reference, "Messages" and "Streaming".

use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{Piece, arguments};
use super::text::{Content, Count, Presence, Text, some};
use super::{FrameDecoder, Out, Progress, Quirks, StreamEvent, hot};
use crate::types::TokenUsage;

/// How nearly every event begins.
const DELTA_START: &str = r#"{"type":"content_block_delta","#;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    content_block: Option<Block<'a>>,
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Text<'a>>,
    /// A piece of the text of the input; some gateways send the object itself.
    #[serde(default)]
    partial_json: Value,
    #[serde(borrow, default)]
    signature: Option<Text<'a>>,
    #[serde(borrow, default)]
    stop_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Text<'a>>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    input: Value,
    #[serde(borrow, default)]
    signature: Option<Text<'a>>,
    /// What a sealed thought holds.
    #[serde(borrow, default)]
    data: Option<Text<'a>>,
}

/// The message at the start of a stream, or the whole answer.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(borrow, default)]
    content: Option<Blocks<'a>>,
    #[serde(borrow, default)]
    stop_reason: Option<Text<'a>>,
}

/// Content, as blocks or, from some gateways, as one text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Blocks<'a> {
    List(#[serde(borrow)] Vec<Block<'a>>),
    Text(#[serde(borrow)] Content<'a>),
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
    #[serde(default)]
    cache_creation_input_tokens: Count,
    #[serde(default)]
    cache_read_input_tokens: Count,
    #[serde(default)]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
struct OutputDetails {
    #[serde(default)]
    thinking_tokens: Count,
}

impl Usage {
    fn snapshot(&self) -> TokenUsage {
        let cached = self.cache_read_input_tokens.0.max(self.cache_creation_input_tokens.0);
        TokenUsage {
            input_tokens: self.input_tokens.0,
            output_tokens: self.output_tokens.0,
            reasoning_tokens: self.output_tokens_details.as_ref().and_then(|d| d.thinking_tokens.0),
            cache_read_tokens: self.cache_read_input_tokens.0,
            cache_write_tokens: self.cache_creation_input_tokens.0,
            cache_apart: cached.is_some_and(|n| n > 0),
            charged: None,
        }
    }
}

/// A tool block that is open, with the input it began with.
struct OpenCall {
    block: Option<u64>,
    /// Stands until a piece of the input comes.
    input: Option<Value>,
}

/// Reads the events.
pub(super) struct Decoder {
    progress: Progress,
    message_id: Option<String>,
    open_call: Option<OpenCall>,
    /// A thought that is open, and its signature.
    open_thought: Option<(String, String)>,
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks), message_id: None, open_call: None, open_thought: None }
    }

    fn message_start(&mut self, message: &Message<'_>, out: &mut Out<'_>) {
        let id = some(&message.id);
        // Gateways repeat the start; its counts are older than what was said since.
        let again = self.message_id.is_some() && (id.is_none() || id == self.message_id.as_deref());
        if let Some(usage) = message.usage.as_ref().filter(|_| !again) {
            self.progress.usage(&usage.snapshot(), out);
        }
        self.message_id = Some(id.unwrap_or_default().to_owned());
    }

    fn block_start(&mut self, index: Option<u64>, block: &Block<'_>, out: &mut Out<'_>) {
        self.close(out);
        match some(&block.kind).unwrap_or_default() {
            "text" => self.progress.text(some(&block.text).unwrap_or_default(), out),
            "thinking" => {
                let (thinking, signature) = (some(&block.thinking).unwrap_or_default(), some(&block.signature));
                out.reasoning(thinking);
                self.open_thought = Some((thinking.to_owned(), signature.unwrap_or_default().to_owned()));
            }
            "redacted_thinking" => {
                let data = some(&block.data).unwrap_or_default();
                self.progress.thoughts.push(json!({"type": "redacted_thinking", "data": data}));
            }
            "tool_use" => {
                let id = some(&block.id).unwrap_or_default();
                let name = some(&block.name).unwrap_or_default();
                let delta = self.progress.calls.begin(Piece { index, id, name, arguments: "" });
                out.event(StreamEvent::ToolCall(delta));
                self.open_call = Some(OpenCall { block: index, input: Some(block.input.clone()) });
            }
            // What the server runs by itself, and what is yet to come.
            _ => {}
        }
    }

    /// The open block is over. A call whose input came at once, or is empty, has it in the block's start; a
    /// thought is whole, and goes back to the model if it is signed.
    fn close(&mut self, out: &mut Out<'_>) {
        if let Some((thinking, signature)) = self.open_thought.take()
            && !signature.is_empty()
        {
            let thought = json!({"type": "thinking", "thinking": thinking, "signature": signature});
            self.progress.thoughts.push(thought);
        }
        if let Some(OpenCall { block, input: Some(input) }) = self.open_call.take() {
            self.call_piece(block, &arguments(&input).unwrap_or_else(|| "{}".to_owned()), out);
        }
    }

    fn call_piece(&mut self, index: Option<u64>, arguments: &str, out: &mut Out<'_>) {
        let delta = self.progress.calls.take(Piece { index, arguments, ..Piece::default() });
        out.event(StreamEvent::ToolCall(delta));
    }

    fn delta(&mut self, index: Option<u64>, delta: &Delta<'_>, out: &mut Out<'_>) {
        if let Some(thinking) = some(&delta.thinking) {
            out.reasoning(thinking);
            if let Some((open, _)) = &mut self.open_thought {
                open.push_str(thinking);
            }
        }
        if let (Some(piece), Some((_, signature))) = (some(&delta.signature), &mut self.open_thought) {
            signature.push_str(piece);
        }
        if let Some(text) = some(&delta.text) {
            self.progress.text(text, out);
        }
        if let Some(json) = arguments(&delta.partial_json) {
            // The input of a tool that the server runs is not ours to call.
            if let Some(call) =
                self.open_call.as_mut().filter(|call| index.is_none() || call.block.is_none() || call.block == index)
            {
                call.input = None;
                let block = call.block;
                self.call_piece(block, &json, out);
            }
        }
    }
}

impl FrameDecoder for Decoder {
    fn read(&mut self, event: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error> {
        if data.starts_with(DELTA_START)
            && let Ok(hot::BlockDelta { delta }) = serde_json::from_str(data)
        {
            self.progress.text(&delta.text.0, out);
            return Ok(());
        }
        let read: Event<'_> = serde_json::from_str(data)?;
        let kind = some(&read.kind).unwrap_or(event);
        match kind {
            "content_block_delta" => {
                if let Some(delta) = &read.delta {
                    self.delta(read.index.0, delta, out);
                }
            }
            "content_block_start" => {
                if let Some(block) = &read.content_block {
                    self.block_start(read.index.0, block, out);
                }
            }
            "content_block_stop" => self.close(out),
            "message_start" => {
                if let Some(message) = &read.message {
                    self.message_start(message, out);
                }
            }
            "message_delta" => {
                if let Some(usage) = &read.usage {
                    self.progress.usage(&usage.snapshot(), out);
                }
                if let Some(raw) = read.delta.as_ref().and_then(|d| some(&d.stop_reason)) {
                    self.progress.stop(raw, out);
                }
            }
            "message_stop" => {
                self.close(out);
                self.progress.marked = true;
                self.progress.finish(out);
            }
            "ping" => out.event(StreamEvent::Heartbeat),
            _ if kind == "error" || event == "error" || read.error.0 => self.progress.odd("error", data, out),
            _ => {}
        }
        Ok(())
    }

    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool {
        let Ok(message) = serde_json::from_str::<Message<'_>>(body) else { return false };
        let Some(content) = &message.content else { return false };
        self.message_start(&message, out);
        match content {
            Blocks::Text(content) => {
                out.reasoning(&content.reasoning);
                self.progress.text(&content.text, out);
            }
            Blocks::List(blocks) => {
                for (index, block) in blocks.iter().enumerate() {
                    self.block_start(Some(index as u64), block, out);
                }
                self.close(out);
            }
        }
        if let Some(raw) = some(&message.stop_reason) {
            self.progress.stop(raw, out);
        }
        self.progress.marked = true;
        self.progress.finish(out);
        true
    }

    fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }
}
