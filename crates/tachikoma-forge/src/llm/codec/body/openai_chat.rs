//! OpenAI's chat completions. Source: the vendor's API reference, "Create chat completion"; for thoughts that go
//! back, DeepSeek's "Thinking mode" and OpenRouter's "Reasoning tokens".

use serde_json::{Map, Value, json};

use super::super::plan::{Plan, Turn};
use super::super::settings::Target;
use super::super::{Quirks, ThoughtsBack};
use super::{content, functions, text_of};
use crate::llm::ToolChoice;

pub(in crate::llm::codec) fn body(target: &Target<'_>, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let quirks = target.quirks;
    let mut body = Map::new();
    body.insert("model".into(), json!(target.request.model));
    body.insert("stream".into(), json!(stream));
    if stream && quirks.include_usage {
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    let system = if target.traits.developer_role { "developer" } else { "system" };
    let mut messages = Vec::with_capacity(plan.turns.len() + 1);
    if !plan.system.is_empty() {
        messages.push(json!({"role": system, "content": plan.system}));
    }
    messages.extend(plan.turns.iter().map(|turn| message(turn, quirks)));
    body.insert("messages".into(), Value::Array(messages));
    if let Some(schema) = plan.schema {
        let format = json!({"name": schema.name, "schema": schema.schema, "strict": true});
        body.insert("response_format".into(), json!({"type": "json_schema", "json_schema": format}));
    } else if plan.json_object {
        body.insert("response_format".into(), json!({"type": "json_object"}));
    }
    if !plan.tools.is_empty() {
        body.insert("tools".into(), functions(&plan.tools));
    }
    if let Some(choice) = plan.tool_choice {
        let choice = match choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::None => json!("none"),
            ToolChoice::Required => json!("required"),
            ToolChoice::Named(name) => json!({"type": "function", "function": {"name": name}}),
        };
        body.insert("tool_choice".into(), choice);
    }
    body
}

fn message(turn: &Turn<'_>, quirks: &Quirks) -> Value {
    if let Some(result) = &turn.result {
        return json!({"role": "tool", "tool_call_id": result.id, "content": turn.result_text()});
    }
    let mut message = json!({"role": turn.role_name(), "content": content(turn.text, &turn.images)});
    if !turn.calls.is_empty() {
        let call = |call: &super::super::plan::Call<'_>| {
            let function = json!({"name": call.name, "arguments": text_of(call.arguments)});
            json!({"id": call.id, "type": "function", "function": function})
        };
        message["tool_calls"] = turn.calls.iter().map(call).collect();
        if turn.text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    if let Some(thoughts) = turn.thoughts {
        match quirks.thoughts {
            ThoughtsBack::BesideCalls if !turn.calls.is_empty() => message["reasoning_content"] = json!(thoughts.text),
            ThoughtsBack::Details if !thoughts.blocks.is_empty() => {
                message["reasoning_details"] = json!(thoughts.blocks);
            }
            _ => {}
        }
    }
    message
}
