//! Ollama's own chat, and its plain completion. Source: the server's API documentation, "Generate a chat completion"
//! and "Generate a completion".

use serde_json::{Map, Value, json};

use super::super::plan::{Plan, Turn};
use super::{functions, object};
use crate::llm::LlmRequest;
use crate::types::Image;

/// The context length that the server uses unless it is told otherwise, in tokens.
const DEFAULT_CONTEXT: usize = 4096;
/// What is kept free for the answer when the context length is chosen, in tokens.
const ROOM: usize = 2048;
/// The longest context that is asked for, in tokens.
const MOST_CONTEXT: usize = 131_072;
/// What a picture counts, in tokens; models make fewer of most.
const IMAGE: usize = 1024;

/// The context length that a request needs, when the server's own would cut it off without a word.
///
/// Three bytes per token is low for every common tokenizer. Powers of two, because each other length makes
/// the server load the model again.
fn context(plan: &Plan<'_>) -> Option<usize> {
    let calls = |turn: &Turn<'_>| turn.calls.iter().map(|call| call.arguments.to_string().len()).sum::<usize>();
    let turns = plan.turns.iter().map(|turn| turn.text.len() + calls(turn)).sum::<usize>();
    let tools = plan.tools.iter().map(|tool| tool.description.len() + tool.parameters.to_string().len());
    let bytes = plan.system.len() + turns + tools.sum::<usize>();
    let images = plan.turns.iter().map(|turn| turn.images.len()).sum::<usize>();
    let needed = bytes / 3 + images * IMAGE + ROOM.min(plan.limit as usize);
    (needed > DEFAULT_CONTEXT).then(|| needed.next_power_of_two().min(MOST_CONTEXT))
}

pub(in crate::llm::codec) fn body(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut messages = Vec::with_capacity(plan.turns.len() + 1);
    if !plan.system.is_empty() {
        messages.push(json!({"role": "system", "content": plan.system}));
    }
    messages.extend(plan.turns.iter().map(message));
    let mut body = common(request, plan, stream);
    body.insert("messages".into(), Value::Array(messages));
    if !plan.tools.is_empty() {
        body.insert("tools".into(), functions(&plan.tools));
    }
    body
}

/// The body of a request for a plain completion of what is, by then, the only message.
pub(in crate::llm::codec) fn completion_body(
    request: &LlmRequest,
    plan: &Plan<'_>,
    stream: bool,
) -> Map<String, Value> {
    let mut body = common(request, plan, stream);
    let prompt: Vec<&str> = plan.turns.iter().map(|turn| turn.text).collect();
    body.insert("prompt".into(), json!(prompt.join("\n\n")));
    if !plan.system.is_empty() {
        body.insert("system".into(), json!(plan.system));
    }
    let images: Vec<Value> = plan.turns.iter().flat_map(|turn| &turn.images).filter_map(|image| bytes(image)).collect();
    if !images.is_empty() {
        body.insert("images".into(), Value::Array(images));
    }
    body
}

/// What both calls take.
fn common(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("stream".into(), json!(stream));
    if let Some(context) = context(plan) {
        body.insert("options".into(), json!({"num_ctx": context}));
    }
    if let Some(schema) = plan.schema {
        body.insert("format".into(), schema.schema.clone());
    }
    // A prompt that does not fit is an error, not a quietly shorter prompt.
    body.insert("truncate".into(), json!(false));
    body
}

/// A picture as the server takes it: its bytes.
fn bytes(image: &Image) -> Option<Value> {
    match image {
        Image::Data { data, .. } => Some(json!(data)),
        Image::Url(_) => None,
    }
}

fn message(turn: &Turn<'_>) -> Value {
    if let Some(result) = &turn.result {
        let content = turn.result_text();
        return json!({"role": "tool", "tool_name": result.name, "tool_call_id": result.id, "content": content});
    }
    let mut message = json!({"role": turn.role_name(), "content": turn.text});
    if !turn.images.is_empty() {
        message["images"] = turn.images.iter().filter_map(|image| bytes(image)).collect();
    }
    if !turn.calls.is_empty() {
        let call = |call: &super::super::plan::Call<'_>| json!({"id": call.id, "function": {"name": call.name, "arguments": object(call.arguments)}});
        message["tool_calls"] = turn.calls.iter().map(call).collect();
    }
    if let Some(thoughts) = turn.thoughts.filter(|t| !t.text.is_empty()) {
        message["thinking"] = json!(thoughts.text);
    }
    message
}
