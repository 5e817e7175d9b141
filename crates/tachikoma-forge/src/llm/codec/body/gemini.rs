//! Google's Gemini API. Source: the vendor's API reference, "Generating content", "Function calling", "Thought
//! signatures" (v1beta).

use serde_json::{Map, Value, json};

use super::super::plan::{Plan, Turn};
use super::super::settings::Target;
use super::object;
use crate::llm::ToolChoice;
use crate::types::{Image, MessageRole, Thoughts};

pub(in crate::llm::codec) fn body(target: &Target<'_>, plan: &Plan<'_>) -> Map<String, Value> {
    let mut config = Map::new();
    if plan.schema.is_some() || plan.json_object {
        config.insert("responseMimeType".into(), json!("application/json"));
    }
    if let Some(schema) = plan.schema {
        // Its older brother `responseSchema` takes a dialect of its own.
        config.insert("responseJsonSchema".into(), schema.schema.clone());
    }
    let mut body = Map::new();
    let instructions = (!plan.system.is_empty()).then(|| json!({"text": plan.system}));
    let apart = target.traits.system_prompt;
    if let Some(part) = instructions.as_ref().filter(|_| apart) {
        body.insert("systemInstruction".into(), json!({"parts": [part]}));
    }
    body.insert("contents".into(), contents(instructions.filter(|_| !apart), &plan.turns));
    body.insert("generationConfig".into(), Value::Object(config));
    if !plan.tools.is_empty() {
        let tool = |tool: &&crate::llm::Tool| json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters});
        let declared: Value = plan.tools.iter().map(tool).collect();
        body.insert("tools".into(), json!([{"functionDeclarations": declared}]));
    }
    if let Some(choice) = plan.tool_choice {
        let config = match choice {
            ToolChoice::Auto => json!({"mode": "AUTO"}),
            ToolChoice::None => json!({"mode": "NONE"}),
            ToolChoice::Required => json!({"mode": "ANY"}),
            ToolChoice::Named(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
        };
        body.insert("toolConfig".into(), json!({"functionCallingConfig": config}));
    }
    body
}

/// The conversation in turns: the two sides have to take them, so what one says in a row is one turn.
fn contents(spoken: Option<Value>, turns: &[Turn<'_>]) -> Value {
    let mut contents: Vec<(&str, Vec<Value>)> = Vec::new();
    contents.extend(spoken.map(|part| ("user", vec![part])));
    for turn in turns {
        let role = if turn.role == MessageRole::Assistant { "model" } else { "user" };
        match contents.last_mut() {
            Some((last, said)) if *last == role => said.extend(parts(turn)),
            _ => contents.push((role, parts(turn))),
        }
    }
    contents.into_iter().map(|(role, parts)| json!({"role": role, "parts": parts})).collect()
}

fn parts(turn: &Turn<'_>) -> Vec<Value> {
    if let Some(result) = &turn.result {
        let key = if result.is_error { "error" } else { "output" };
        let response = json!({"id": result.id, "name": result.name, "response": {key: turn.text}});
        return vec![json!({"functionResponse": response})];
    }
    let data = |image: &&Image| match image {
        Image::Data { media_type, data } => Some(json!({"inlineData": {"mimeType": media_type, "data": data}})),
        Image::Url(_) => None,
    };
    let mut parts: Vec<Value> = turn.images.iter().filter_map(data).collect();
    let signed = signature(turn.thoughts, None);
    if !turn.text.is_empty() || signed.is_some() {
        parts.push(with(json!({"text": turn.text}), signed));
    }
    for (number, call) in (0..).zip(&turn.calls) {
        let call = json!({"id": call.id, "name": call.name, "args": object(call.arguments)});
        parts.push(with(json!({"functionCall": call}), signature(turn.thoughts, Some(number))));
    }
    parts
}

/// The signature of a call, by its number, or of the text.
fn signature(thoughts: Option<&Thoughts>, call: Option<u64>) -> Option<Value> {
    let block = thoughts?.blocks.iter().find(|b| b.get("call").and_then(Value::as_u64) == call)?;
    block.get("thoughtSignature").cloned()
}

fn with(mut part: Value, signature: Option<Value>) -> Value {
    if let Some(signature) = signature {
        part["thoughtSignature"] = signature;
    }
    part
}
