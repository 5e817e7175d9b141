//! Anthropic's Messages. Source: the vendor's API reference, "Create a Message", "Tool use", "Extended thinking".

use serde_json::{Map, Value, json};

use super::super::plan::{Plan, Turn};
use super::super::schema::without_limits;
use super::object;
use crate::llm::{LlmRequest, ToolChoice};
use crate::types::Image;

pub(in crate::llm::codec) fn body(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("stream".into(), json!(stream));
    body.insert("messages".into(), Value::Array(messages(&plan.turns)));
    if !plan.system.is_empty() {
        body.insert("system".into(), json!(plan.system));
    }
    if let Some(schema) = plan.schema {
        let schema = without_limits(&schema.schema);
        body.insert("output_config".into(), json!({"format": {"type": "json_schema", "schema": schema}}));
    }
    if !plan.tools.is_empty() {
        let tool = |tool: &&crate::llm::Tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters});
        body.insert("tools".into(), plan.tools.iter().map(tool).collect());
    }
    if let Some(choice) = plan.tool_choice {
        let choice = match choice {
            ToolChoice::Auto => json!({"type": "auto"}),
            ToolChoice::None => json!({"type": "none"}),
            ToolChoice::Required => json!({"type": "any"}),
            ToolChoice::Named(name) => json!({"type": "tool", "name": name}),
        };
        body.insert("tool_choice".into(), choice);
    }
    body
}

/// The messages. All results of one turn's calls have to stand in one message, with what the user adds to them.
fn messages(turns: &[Turn<'_>]) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::with_capacity(turns.len());
    let mut after_result = false;
    for turn in turns {
        let joins = after_result && turn.role_name() == "user";
        after_result = turn.result.is_some() || joins;
        if joins && let Some(Value::Array(list)) = messages.last_mut().and_then(|m| m.get_mut("content")) {
            list.extend(blocks(turn));
            continue;
        }
        let content = if turn.is_plain() { json!(turn.text) } else { Value::Array(blocks(turn)) };
        messages.push(json!({"role": turn.role_name(), "content": content}));
    }
    messages
}

fn blocks(turn: &Turn<'_>) -> Vec<Value> {
    if let Some(result) = &turn.result {
        let content = if turn.images.is_empty() { json!(turn.text) } else { json!(said(turn)) };
        let mut block = json!({"type": "tool_result", "tool_use_id": result.id, "content": content});
        if result.is_error {
            block["is_error"] = json!(true);
        }
        return vec![block];
    }
    // Thoughts go first, as they came.
    let thoughts = turn.thoughts.iter().flat_map(|t| t.blocks.iter().cloned());
    let calls = turn
        .calls
        .iter()
        .map(|call| json!({"type": "tool_use", "id": call.id, "name": call.name, "input": object(call.arguments)}));
    thoughts.chain(said(turn)).chain(calls).collect()
}

/// Pictures and text.
fn said(turn: &Turn<'_>) -> Vec<Value> {
    let source = |image: &&Image| match image {
        Image::Data { media_type, data } => json!({"type": "base64", "media_type": media_type, "data": data}),
        Image::Url(url) => json!({"type": "url", "url": url}),
    };
    let text = (!turn.text.is_empty()).then(|| json!({"type": "text", "text": turn.text}));
    turn.images.iter().map(|image| json!({"type": "image", "source": source(image)})).chain(text).collect()
}
