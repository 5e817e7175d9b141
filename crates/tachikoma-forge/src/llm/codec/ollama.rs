//! Ollama's own chat: `POST /api/chat`, one JSON object per line.
//!
//! Its native dialect rather than its compatible one, which swallows errors in the middle of a stream and
//! cannot set the context length. A line may hold reasoning, text, tool calls and the end all at once. The
//! finish mark is `done: true`; an error is a line `{"error": "…"}` under status 200, without a `done`.
//!
//! A plain completion, `POST /api/generate`, takes a prompt in place of messages and gives its text as `response`
//! and, in the last line, the conversation as numbers (`context`), which nobody here needs.
//! Source: the server's API documentation, "Generate a chat completion" and "Generate a completion".

use serde::Deserialize;
use serde_json::Value;

use super::calls::{Piece, arguments};
use super::text::{Content, Count, Flag, Presence, Text, some};
use super::{FrameDecoder, Out, Progress, Quirks, StreamEvent, hot};
use crate::types::TokenUsage;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
    /// Where `/api/generate` has its text.
    #[serde(borrow, default)]
    response: Option<Text<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Text<'a>>,
    #[serde(default)]
    done: Option<Flag>,
    #[serde(borrow, default)]
    done_reason: Option<Text<'a>>,
    #[serde(default)]
    prompt_eval_count: Count,
    #[serde(default)]
    eval_count: Count,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Text<'a>>,
    #[serde(borrow, default)]
    reasoning_content: Option<Text<'a>>,
    #[serde(borrow, default)]
    reasoning: Option<Text<'a>>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<Call<'a>>>,
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

/// Reads the lines.
pub(super) struct Decoder {
    progress: Progress,
    /// The lines so far were those of a plain completion.
    completes: bool,
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks), completes: false }
    }

    fn message(&mut self, message: &Message<'_>, out: &mut Out<'_>) {
        let names = [&message.thinking, &message.reasoning_content, &message.reasoning];
        out.reasoning(names.into_iter().find_map(some).unwrap_or_default());
        if let Some(content) = &message.content {
            out.reasoning(&content.reasoning);
            self.progress.text(&content.text, out);
        }
        // Calls come whole, each once.
        for call in message.tool_calls.iter().flatten() {
            let id = some(&call.id).unwrap_or_default();
            let name = call.function.as_ref().and_then(|f| some(&f.name)).unwrap_or_default();
            let arguments = call.function.as_ref().and_then(|f| arguments(&f.arguments));
            let arguments = arguments.unwrap_or_else(|| "{}".to_owned());
            let delta = self.progress.calls.begin(Piece { index: None, id, name, arguments: &arguments });
            out.event(StreamEvent::ToolCall(delta));
        }
    }

    fn line(&mut self, data: &str, line: &Line<'_>, out: &mut Out<'_>) {
        out.reasoning(some(&line.thinking).unwrap_or_default());
        if let Some(message) = &line.message {
            self.message(message, out);
        }
        self.progress.text(some(&line.response).unwrap_or_default(), out);
        let counts = TokenUsage {
            input_tokens: line.prompt_eval_count.0,
            output_tokens: line.eval_count.0,
            ..TokenUsage::default()
        };
        self.progress.usage(&counts, out);
        if line.error.0 {
            self.progress.odd("error", data, out);
        } else if matches!(line.done, Some(Flag(true))) {
            self.progress.stop(some(&line.done_reason).unwrap_or_default(), out);
            self.progress.marked = true;
            self.progress.finish(out);
        }
    }
}

impl FrameDecoder for Decoder {
    fn read(&mut self, _event: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error> {
        if !self.completes
            && let Ok(hot::Line { message, done: false, .. }) = serde_json::from_str(data)
        {
            out.reasoning(message.thinking.as_ref().map_or("", |t| &t.0));
            self.progress.text(&message.content.0, out);
            return Ok(());
        }
        if let Ok(hot::Completion { response, thinking, done: false, .. }) = serde_json::from_str(data) {
            self.completes = true;
            out.reasoning(thinking.as_ref().map_or("", |t| &t.0));
            self.progress.text(&response.0, out);
            return Ok(());
        }
        let line: Line<'_> = serde_json::from_str(data)?;
        self.line(data, &line, out);
        Ok(())
    }

    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool {
        let Ok(line) = serde_json::from_str::<Line<'_>>(body) else { return false };
        if line.message.is_none() && line.response.is_none() && line.done.is_none() {
            return false;
        }
        self.line(body, &line, out);
        // One line of a stream that broke off looks the same, but for its `done: false`.
        self.progress.marked |= line.done.is_none();
        self.progress.finish(out);
        true
    }

    fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }
}
