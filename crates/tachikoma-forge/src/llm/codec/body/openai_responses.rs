//! OpenAI's Responses. Source: the vendor's API reference, "Create a model response".

use serde_json::{Map, Value, json};

use super::super::plan::{Plan, Turn};
use super::{image_url, text_of};
use crate::llm::{LlmRequest, ToolChoice};
use crate::types::MessageRole;

pub(in crate::llm::codec) fn body(request: &LlmRequest, plan: &Plan<'_>, stream: bool) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("stream".into(), json!(stream));
    body.insert("store".into(), json!(false));
    if !plan.system.is_empty() {
        body.insert("instructions".into(), json!(plan.system));
    }
    body.insert("input".into(), plan.turns.iter().flat_map(items).collect());
    if let Some(schema) = plan.schema {
        let format = json!({"type": "json_schema", "name": schema.name, "schema": schema.schema, "strict": true});
        body.insert("text".into(), json!({"format": format}));
    } else if plan.json_object {
        body.insert("text".into(), json!({"format": {"type": "json_object"}}));
    }
    if !plan.tools.is_empty() {
        let tool = |tool: &&crate::llm::Tool| {
            // Without the last, the vendor makes a schema strict that was not written to be.
            json!({"type": "function", "name": tool.name, "description": tool.description,
                   "parameters": tool.parameters, "strict": false})
        };
        body.insert("tools".into(), plan.tools.iter().map(tool).collect());
    }
    if let Some(choice) = plan.tool_choice {
        let choice = match choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::None => json!("none"),
            ToolChoice::Required => json!("required"),
            ToolChoice::Named(name) => json!({"type": "function", "name": name}),
        };
        body.insert("tool_choice".into(), choice);
    }
    body
}

/// A message as items of the input: what is said, and each call by itself.
fn items(turn: &Turn<'_>) -> Vec<Value> {
    if let Some(result) = &turn.result {
        return vec![json!({"type": "function_call_output", "call_id": result.id, "output": turn.result_text()})];
    }
    let part = if turn.role == MessageRole::Assistant { "output_text" } else { "input_text" };
    let text = (!turn.text.is_empty()).then(|| json!({"type": part, "text": turn.text}));
    let images = turn.images.iter().map(|image| json!({"type": "input_image", "image_url": image_url(image)}));
    let content: Vec<Value> = images.chain(text).collect();
    // Local servers want the item's type, which the vendor lets be left out.
    let said = json!({"type": "message", "role": turn.role_name(), "content": content});
    let calls = turn.calls.iter().map(|call| {
        json!({"type": "function_call", "call_id": call.id, "name": call.name, "arguments": text_of(call.arguments)})
    });
    (!content.is_empty()).then_some(said).into_iter().chain(calls).collect()
}
