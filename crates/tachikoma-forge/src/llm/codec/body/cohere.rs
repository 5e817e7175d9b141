//! Cohere's chat, version 2. Source: the vendor's API reference, "Chat" (v2), and "Tool use".

use serde_json::{Map, Value, json};

use super::super::plan::{Plan, Turn};
use super::super::schema::without_limits;
use super::{content, functions, text_of};
use crate::llm::{LlmRequest, ToolChoice};

pub(in crate::llm::codec) fn body(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("stream".into(), json!(stream));
    let mut messages = Vec::with_capacity(plan.turns.len() + 1);
    if !plan.system.is_empty() {
        messages.push(json!({"role": "system", "content": plan.system}));
    }
    messages.extend(plan.turns.iter().map(message));
    body.insert("messages".into(), Value::Array(messages));
    if let Some(schema) = plan.schema {
        let schema = without_limits(&schema.schema);
        body.insert("response_format".into(), json!({"type": "json_object", "json_schema": schema}));
    } else if plan.json_object {
        body.insert("response_format".into(), json!({"type": "json_object"}));
    }
    if !plan.tools.is_empty() {
        body.insert("tools".into(), functions(&plan.tools));
    }
    // It sees fit by itself, and has no word for that.
    match plan.tool_choice {
        Some(ToolChoice::None) => body.insert("tool_choice".into(), json!("NONE")),
        Some(ToolChoice::Required | ToolChoice::Named(_)) => body.insert("tool_choice".into(), json!("REQUIRED")),
        Some(ToolChoice::Auto) | None => None,
    };
    body
}

fn message(turn: &Turn<'_>) -> Value {
    if let Some(result) = &turn.result {
        return json!({"role": "tool", "tool_call_id": result.id, "content": turn.result_text()});
    }
    if turn.calls.is_empty() {
        return json!({"role": turn.role_name(), "content": content(turn.text, &turn.images)});
    }
    let call = |call: &super::super::plan::Call<'_>| {
        let function = json!({"name": call.name, "arguments": text_of(call.arguments)});
        json!({"id": call.id, "type": "function", "function": function})
    };
    let calls: Value = turn.calls.iter().map(call).collect();
    let mut message = json!({"role": "assistant", "tool_calls": calls});
    // What it plans to do with tools is what it thought.
    if let Some(thoughts) = turn.thoughts.filter(|t| !t.text.is_empty()) {
        message["tool_plan"] = json!(thoughts.text);
    }
    if !turn.text.is_empty() {
        message["content"] = json!(turn.text);
    }
    message
}
