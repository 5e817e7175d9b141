//! The bodies of requests, dialect by dialect: conversation, tools and shapes. Settings that are plain values are
//! set afterwards, by their paths (see `settings`).

pub(super) mod anthropic;
pub(super) mod cohere;
pub(super) mod gemini;
pub(super) mod ollama;
pub(super) mod openai_chat;
pub(super) mod openai_responses;

use serde_json::{Value, json};

use crate::llm::Tool;
use crate::types::Image;

/// The tools in OpenAI's words, which others took over.
fn functions(tools: &[&Tool]) -> Value {
    let function =
        |tool: &&Tool| json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
    tools.iter().map(|tool| json!({"type": "function", "function": function(tool)})).collect()
}

/// Arguments as the object that they have to be; what a model wrote in its place is kept in one.
fn object(arguments: &Value) -> Value {
    match arguments {
        Value::Object(_) => arguments.clone(),
        Value::Null => json!({}),
        other => json!({"arguments": other}),
    }
}

/// Arguments as the text of an object.
fn text_of(arguments: &Value) -> String {
    match arguments {
        Value::Null => "{}".to_owned(),
        // What did not parse goes back as it came.
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A picture as a part of a message in OpenAI's words.
fn image_part(image: &Image) -> Value {
    json!({"type": "image_url", "image_url": {"url": image_url(image)}})
}

/// The address of a picture, which may be the picture itself.
fn image_url(image: &Image) -> String {
    match image {
        Image::Data { media_type, data } => format!("data:{media_type};base64,{data}"),
        Image::Url(url) => url.clone(),
    }
}

/// A message's content: its text, or parts where it has pictures.
fn content(text: &str, images: &[&Image]) -> Value {
    if images.is_empty() {
        return json!(text);
    }
    let said = (!text.is_empty()).then(|| json!({"type": "text", "text": text}));
    images.iter().map(|image| image_part(image)).chain(said).collect()
}
