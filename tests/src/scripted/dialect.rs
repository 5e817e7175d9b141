//! The three dialects, spoken: frames for an answer, errors in each provider's own shape, model lists.
//!
//! Wire formats after the providers' public API references: Anthropic Messages, OpenAI chat completions,
//! Ollama `/api/chat`. Written apart from the codecs, so that a misreading there is not mirrored here.

use serde_json::{Value, json};

use super::script::SCRIPTS;

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// `/v1/messages`.
    Anthropic,
    /// `/v1/chat/completions`.
    OpenAi,
    /// `/api/chat`.
    Ollama,
}

/// Why an answer ended, as all three know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It is complete.
    Stop,
    /// The limit of tokens.
    Length,
    /// The model declined.
    Refusal,
}

/// Numbers for the usage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// Tokens read.
    pub(super) input: usize,
    /// Tokens written.
    pub(super) output: usize,
}

impl Spoken {
    /// The content type of a stream.
    #[must_use]
    pub(super) const fn stream_type(self) -> &'static str {
        match self {
            Self::Anthropic | Self::OpenAi => "text/event-stream; charset=utf-8",
            Self::Ollama => "application/x-ndjson",
        }
    }

    /// What comes before the first piece.
    #[must_use]
    pub(super) fn opening(self, model: &str, counts: Counts) -> Vec<u8> {
        match self {
            Self::Anthropic => {
                let usage = json!({"input_tokens": counts.input, "output_tokens": 1});
                let message = json!({"id": "msg_scripted", "type": "message", "role": "assistant", "model": model,
                    "content": [], "stop_reason": null, "usage": usage});
                let mut out = event("message_start", &json!({"type": "message_start", "message": message}));
                out.extend(event("ping", &json!({"type": "ping"})));
                out
            }
            Self::OpenAi => chunk(
                model,
                &json!([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}]),
            ),
            Self::Ollama => Vec::new(),
        }
    }

    /// Opens or closes a block, where the dialect has blocks.
    #[must_use]
    pub(super) fn block(self, index: usize, thinking: bool, open: bool) -> Vec<u8> {
        if self != Self::Anthropic {
            return Vec::new();
        }
        if !open {
            return event("content_block_stop", &json!({"type": "content_block_stop", "index": index}));
        }
        let block =
            if thinking { json!({"type": "thinking", "thinking": ""}) } else { json!({"type": "text", "text": ""}) };
        event("content_block_start", &json!({"type": "content_block_start", "index": index, "content_block": block}))
    }

    /// One piece of an answer.
    #[must_use]
    pub(super) fn piece(self, model: &str, index: usize, thinking: bool, text: &str) -> Vec<u8> {
        match self {
            Self::Anthropic => {
                let delta = if thinking {
                    json!({"type": "thinking_delta", "thinking": text})
                } else {
                    json!({"type": "text_delta", "text": text})
                };
                event("content_block_delta", &json!({"type": "content_block_delta", "index": index, "delta": delta}))
            }
            Self::OpenAi => {
                let delta = if thinking { json!({"reasoning_content": text}) } else { json!({"content": text}) };
                chunk(model, &json!([{"index": 0, "delta": delta, "finish_reason": null}]))
            }
            Self::Ollama => {
                let message = if thinking {
                    json!({"role": "assistant", "content": "", "thinking": text})
                } else {
                    json!({"role": "assistant", "content": text})
                };
                line(&json!({"model": model, "created_at": CREATED, "message": message, "done": false}))
            }
        }
    }

    /// The finish mark and the usage.
    #[must_use]
    pub(super) fn closing(self, model: &str, why: Why, counts: Counts) -> Vec<u8> {
        match self {
            Self::Anthropic => {
                let delta = json!({"stop_reason": self.reason(why), "stop_sequence": null});
                let mut out = event(
                    "message_delta",
                    &json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": counts.output}}),
                );
                out.extend(event("message_stop", &json!({"type": "message_stop"})));
                out
            }
            Self::OpenAi => {
                let mut out = chunk(model, &json!([{"index": 0, "delta": {}, "finish_reason": self.reason(why)}]));
                let usage = json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "model": model,
                    "choices": [], "usage": openai_usage(counts)});
                out.extend(format!("data: {usage}\n\ndata: [DONE]\n\n").into_bytes());
                out
            }
            Self::Ollama => line(&json!({"model": model, "created_at": CREATED,
                "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": self.reason(why),
                "prompt_eval_count": counts.input, "eval_count": counts.output})),
        }
    }

    /// A whole answer to a request without streaming.
    #[must_use]
    pub(super) fn whole(self, model: &str, text: &str, thinking: &str, why: Why, counts: Counts) -> Value {
        match self {
            Self::Anthropic => {
                let mut content = Vec::new();
                if !thinking.is_empty() {
                    content.push(json!({"type": "thinking", "thinking": thinking, "signature": "scripted"}));
                }
                if !text.is_empty() {
                    content.push(json!({"type": "text", "text": text}));
                }
                json!({"id": "msg_scripted", "type": "message", "role": "assistant", "model": model, "content": content,
                    "stop_reason": self.reason(why), "stop_sequence": null,
                    "usage": {"input_tokens": counts.input, "output_tokens": counts.output}})
            }
            Self::OpenAi => {
                let mut message = json!({"role": "assistant", "content": text});
                if !thinking.is_empty() {
                    message["reasoning_content"] = json!(thinking);
                }
                json!({"id": "chatcmpl-scripted", "object": "chat.completion", "model": model,
                    "choices": [{"index": 0, "message": message, "finish_reason": self.reason(why)}],
                    "usage": openai_usage(counts)})
            }
            Self::Ollama => {
                let mut message = json!({"role": "assistant", "content": text});
                if !thinking.is_empty() {
                    message["thinking"] = json!(thinking);
                }
                json!({"model": model, "created_at": CREATED, "message": message, "done": true,
                    "done_reason": self.reason(why), "prompt_eval_count": counts.input, "eval_count": counts.output})
            }
        }
    }

    /// An error in the body, as the provider shapes it.
    #[must_use]
    pub(super) fn error(self, code: &str, message: &str) -> Value {
        match self {
            Self::Anthropic => {
                json!({"type": "error", "error": {"type": code, "message": message}, "request_id": "req_scripted"})
            }
            Self::OpenAi => json!({"error": {"message": message, "type": code, "param": null, "code": code}}),
            Self::Ollama => json!({"error": message}),
        }
    }

    /// The same error in the middle of a stream.
    #[must_use]
    pub(super) fn error_frame(self, code: &str, message: &str) -> Vec<u8> {
        let error = self.error(code, message);
        match self {
            Self::Anthropic => event("error", &error),
            Self::OpenAi => format!("data: {error}\n\n").into_bytes(),
            Self::Ollama => line(&error),
        }
    }

    /// The models on offer at `/v1/models`: every row of the table. Ollama's own list is the shelf's.
    #[must_use]
    pub(super) fn models(self) -> Value {
        let names = SCRIPTS.iter().map(|s| s.name);
        match self {
            Self::Anthropic => {
                let data: Vec<_> = names
                    .map(|n| json!({"type": "model", "id": n, "display_name": n, "created_at": CREATED}))
                    .collect();
                json!({"data": data, "has_more": false, "first_id": null, "last_id": null})
            }
            Self::OpenAi | Self::Ollama => {
                let data: Vec<_> =
                    names.map(|n| json!({"id": n, "object": "model", "created": 0, "owned_by": "scripted"})).collect();
                json!({"object": "list", "data": data})
            }
        }
    }

    const fn reason(self, why: Why) -> &'static str {
        match (self, why) {
            (Self::Anthropic, Why::Stop) => "end_turn",
            (Self::Anthropic, Why::Length) => "max_tokens",
            (Self::Anthropic, Why::Refusal) => "refusal",
            (Self::OpenAi, Why::Refusal) => "content_filter",
            (Self::OpenAi | Self::Ollama, Why::Length) => "length",
            (Self::OpenAi, Why::Stop) | (Self::Ollama, Why::Stop | Why::Refusal) => "stop",
        }
    }
}

/// A fixed time: equal requests get equal answers.
const CREATED: &str = "2026-01-01T00:00:00Z";

fn openai_usage(counts: Counts) -> Value {
    json!({"prompt_tokens": counts.input, "completion_tokens": counts.output, "total_tokens": counts.input + counts.output})
}

fn chunk(model: &str, choices: &Value) -> Vec<u8> {
    let value = json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "model": model, "choices": choices, "usage": null});
    format!("data: {value}\n\n").into_bytes()
}

fn event(name: &str, data: &Value) -> Vec<u8> {
    format!("event: {name}\ndata: {data}\n\n").into_bytes()
}

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}
