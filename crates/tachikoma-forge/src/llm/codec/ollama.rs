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
use serde_json::{Map, Value, json};

use super::calls::Piece;
use super::text::{Content, Count, Flag, Presence, Text, some};
use super::{FrameDecoder, Out, Plan, Progress, Quirks, StreamEvent, hot};
use crate::llm::LlmRequest;
use crate::types::{MessageRole, TokenUsage};

/// The context length that the server uses unless it is told otherwise, in tokens.
const DEFAULT_CONTEXT: usize = 4096;
/// What is kept free for the answer when the context length is chosen, in tokens.
const ROOM: usize = 2048;
/// The longest context that is asked for, in tokens.
const MOST_CONTEXT: usize = 131_072;

/// The context length that a request needs, when the server's own would cut it off without a word.
///
/// Three bytes per token is low for every common tokenizer. Powers of two, because each other length makes
/// the server load the model again.
fn context(plan: &Plan<'_>, limit: u32) -> Option<usize> {
    let bytes = plan.system.len() + plan.messages.iter().map(|(_, text)| text.len()).sum::<usize>();
    let needed = bytes / 3 + ROOM.min(limit as usize);
    (needed > DEFAULT_CONTEXT).then(|| needed.next_power_of_two().min(MOST_CONTEXT))
}

/// The body of a request for a turn of a chat.
pub(super) fn body(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut messages = Vec::with_capacity(plan.messages.len() + 1);
    if !plan.system.is_empty() {
        messages.push(json!({"role": "system", "content": plan.system}));
    }
    messages.extend(plan.messages.iter().map(|(role, text)| {
        let role = if *role == MessageRole::Assistant { "assistant" } else { "user" };
        json!({"role": role, "content": text})
    }));
    let mut body = common(request, plan, stream);
    body.insert("messages".into(), Value::Array(messages));
    body
}

/// The body of a request for a plain completion of what is, by then, the only message.
pub(super) fn completion_body(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut body = common(request, plan, stream);
    let prompt: Vec<&str> = plan.messages.iter().map(|(_, text)| *text).collect();
    body.insert("prompt".into(), json!(prompt.join("\n\n")));
    if !plan.system.is_empty() {
        body.insert("system".into(), json!(plan.system));
    }
    body
}

/// What both calls take.
fn common(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let limit = request.max_tokens_or_default();
    let mut options = Map::new();
    options.insert("num_predict".into(), json!(limit));
    if let Some(context) = context(plan, limit) {
        options.insert("num_ctx".into(), json!(context));
    }
    if let Some(temperature) = request.temperature {
        options.insert("temperature".into(), json!(temperature));
    }
    if let Some(top_p) = request.options.top_p {
        options.insert("top_p".into(), json!(top_p));
    }
    if let Some(seed) = request.options.seed {
        options.insert("seed".into(), json!(seed));
    }
    if !request.options.stop.is_empty() {
        options.insert("stop".into(), json!(request.options.stop));
    }
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("stream".into(), json!(stream));
    body.insert("options".into(), Value::Object(options));
    if let Some(schema) = plan.schema {
        body.insert("format".into(), schema.schema.clone());
    }
    // A prompt that does not fit is an error, not a quietly shorter prompt.
    body.insert("truncate".into(), json!(false));
    body
}

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
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks) }
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
            let arguments = match call.function.as_ref().map(|f| &f.arguments) {
                None | Some(Value::Null) => "{}".to_owned(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
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
        if let Ok(hot::Line { message, done: false, .. }) = serde_json::from_str(data) {
            out.reasoning(message.thinking.as_ref().map_or("", |t| &t.0));
            self.progress.text(&message.content.0, out);
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
