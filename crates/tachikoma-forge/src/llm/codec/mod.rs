//! Codecs: one per wire dialect, without any input or output.
//!
//! [`encode`] turns an [`LlmRequest`] into an [`HttpRequest`]; [`ResponseDecoder`] turns the bytes of
//! the answer into [`StreamEvent`]s, several per frame where need be, and at the end exactly one of
//! finished, failed and truncated. What differs between servers of one dialect is a row of [`Quirks`],
//! what differs between models a row in `models`.
//!
//! ```text
//! bytes ─► ResponseDecoder ─► wire::{Sse, Ndjson} ─► a dialect's decoder ─► StreamEvent
//!              └─► whole bodies: error, HTML page, JSON where a stream was asked for ─► classify
//! ```

mod answer;
mod anthropic;
mod calls;
mod cohere;
mod dialect;
mod gemini;
mod hot;
mod mend;
mod models;
mod ollama;
mod openai_chat;
mod openai_responses;
mod reason;
mod response;
mod schema;
mod text;
mod think;

pub use answer::{Answer, AnswerEnd, accompanying_kind, json_of, truncated, whole};
pub use dialect::Dialect;
pub use models::ModelTraits;
pub use response::{End, ResponseDecoder};
pub use schema::parse_json_answer;

use serde_json::{Map, Value};

use super::classify::{self, Head, classify_in_band, people_text};
use super::{HeaderValue, HttpRequest, JsonSchema, LlmRequest, Method, ToolCallDelta};
use crate::types::{ErrorKind, LlmError, MessageRole, StopReason, TokenUsage};
use calls::Calls;
use reason::Ending;
use think::{Piece, Think};

/// How a shape is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonMode {
    /// The server enforces the schema, for models that can; for others it is said in the instructions.
    Schema,
    /// The server enforces JSON; the schema is said in the instructions.
    Object,
    /// Everything is said in the instructions.
    Instructions,
}

/// What differs between the servers of one dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// How a shape is asked for.
    pub json: JsonMode,
    /// Takes `stream_options: {include_usage: true}`.
    pub include_usage: bool,
    /// Model names mean what their inventor means by them: traits such as refused parameters hold.
    pub known_models: bool,
    /// Reasoning may come as `<think>` tags that open the text.
    pub inline_think: bool,
    /// The name under which it takes a seed.
    pub seed: Option<&'static str>,
    /// Calls the token limit `max_completion_tokens`, whatever the model.
    pub completion_tokens: bool,
    /// Its counts say what it charged, in dollars.
    pub charges: bool,
}

impl Quirks {
    /// A provider that speaks its own dialect.
    pub const NATIVE: Self = Self {
        json: JsonMode::Schema,
        include_usage: true,
        known_models: true,
        inline_think: false,
        seed: Some("seed"),
        completion_tokens: false,
        charges: false,
    };
    /// Any server compatible with OpenAI's chat completions: nothing is taken for granted.
    pub const COMPATIBLE: Self =
        Self { json: JsonMode::Instructions, known_models: false, inline_think: true, ..Self::NATIVE };
    /// A compatible server that enforces a schema in the words of the dialect, whatever the model.
    pub const ENFORCING: Self = Self { json: JsonMode::Schema, ..Self::COMPATIBLE };
    /// Ollama, whose older versions pass reasoning through as tags.
    pub const OLLAMA: Self = Self { include_usage: false, ..Self::ENFORCING };

    /// What is assumed of a captured stream, of which nothing but the dialect is known.
    #[must_use]
    pub const fn assumed(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Anthropic | Dialect::Gemini | Dialect::Cohere => Self::NATIVE,
            Dialect::OpenAiChat | Dialect::OpenAiResponses => Self::COMPATIBLE,
            Dialect::Ollama | Dialect::OllamaGenerate => Self::OLLAMA,
        }
    }
}

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

/// Where to send a request, and what may stand in it.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// The base URL, complete with its path, without a slash at the end.
    pub base_url: &'a str,
    /// The headers that hold the key, and others that the provider always wants.
    pub headers: &'a [(String, HeaderValue)],
    /// Whether a page sends the request.
    pub browser: bool,
}

/// The request for an answer.
#[must_use]
pub fn encode(
    dialect: Dialect,
    quirks: &Quirks,
    endpoint: Endpoint<'_>,
    request: &LlmRequest,
    stream: bool,
) -> HttpRequest {
    let traits = if quirks.known_models { ModelTraits::of(dialect, &request.model) } else { ModelTraits::UNKNOWN };
    let plan = Plan::new(quirks, traits, request);
    let mut body = match dialect {
        Dialect::Anthropic => anthropic::body(traits, request, &plan, stream),
        Dialect::OpenAiChat => openai_chat::body(quirks, traits, request, &plan, stream),
        Dialect::OpenAiResponses => openai_responses::body(traits, request, &plan, stream),
        Dialect::Ollama => ollama::body(request, &plan, stream),
        Dialect::OllamaGenerate => ollama::completion_body(request, &plan, stream),
        Dialect::Gemini => gemini::body(traits, request, &plan),
        Dialect::Cohere => cohere::body(traits, request, &plan, stream),
    };
    merge(&mut body, &request.options.extra_body);
    let mut headers = vec![("content-type".to_owned(), HeaderValue::Plain("application/json".to_owned()))];
    if !endpoint.browser && stream {
        let accept = if dialect.is_lines() { "application/x-ndjson" } else { "text/event-stream" };
        headers.push(("accept".to_owned(), HeaderValue::Plain(accept.to_owned())));
    }
    headers.extend_from_slice(endpoint.headers);
    HttpRequest {
        method: Method::Post,
        url: format!("{}{}", endpoint.base_url, dialect.chat_path(&request.model, stream)),
        headers,
        body: Value::Object(body).to_string().into_bytes(),
    }
}

/// Merges what the user adds into a body, last.
fn merge(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        // Where settings have an object of their own, one more of them must not push the others out.
        let settings = matches!(key.as_str(), "generationConfig" | "options" | "text");
        if let (Some(Value::Object(ours)), Value::Object(theirs), true) = (body.get_mut(key), value, settings) {
            ours.extend(theirs.clone());
            continue;
        }
        body.insert(key.clone(), value.clone());
    }
}

/// What every dialect's encoder needs of a request: instructions gathered, the way to a shape chosen.
struct Plan<'r> {
    /// All instructions, with the schema where the server does not enforce it; empty for none.
    system: String,
    /// The rest of the conversation, without empty messages.
    messages: Vec<(MessageRole, &'r str)>,
    /// The schema that the server is to enforce.
    schema: Option<&'r JsonSchema>,
    /// The server is to enforce JSON of any shape.
    json_object: bool,
}

impl<'r> Plan<'r> {
    fn new(quirks: &Quirks, traits: ModelTraits, request: &'r LlmRequest) -> Self {
        let asked = request.options.json_schema.as_ref();
        let enforced = quirks.json == JsonMode::Schema && (traits.json_schema || !quirks.known_models);
        let mut instructions: Vec<String> = request.system_prompt.iter().cloned().collect();
        let mut messages = Vec::with_capacity(request.messages.len());
        for message in request.messages.iter().filter(|m| !m.content.is_empty()) {
            if message.role == MessageRole::System {
                instructions.push(message.content.clone());
            } else {
                messages.push((message.role, message.content.as_str()));
            }
        }
        if let Some(schema) = asked.filter(|_| !enforced) {
            instructions.push(schema::instructions(schema));
        }
        instructions.retain(|text| !text.is_empty());
        Self {
            system: instructions.join("\n\n"),
            messages,
            schema: asked.filter(|_| enforced),
            json_object: asked.is_some() && !enforced && quirks.json == JsonMode::Object,
        }
    }
}

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
