//! Shapes: how a JSON schema is said in words, fitted to a server, and how the answer is read.

use serde_json::Value;

use crate::llm::JsonSchema;
use crate::types::{ErrorKind, LlmError};

/// The schema in words, for models that nobody forces.
pub(super) fn instructions(schema: &JsonSchema) -> String {
    format!(
        "Answer with one JSON object and nothing else: no introduction, no explanation, no code fence. \
         The object must be valid against this JSON schema:\n{}",
        schema.schema
    )
}

/// Keywords that Anthropic's schema mode refuses. They are limits, not shape: leaving them out widens
/// what the model may answer, and whoever reads the answer checks it anyway.
const REFUSED: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// The schema without the keywords that Anthropic refuses.
pub(super) fn without_limits(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, value)| !REFUSED.contains(&key.as_str()) || value.is_object())
                .map(|(key, value)| (key.clone(), without_limits(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_limits).collect()),
        other => other.clone(),
    }
}

/// Reads an answer that should be JSON: as it stands, else from within a code fence or prose.
///
/// # Errors
/// `protocol` when no JSON object or list is in it.
pub fn parse_json_answer(text: &str) -> Result<Value, LlmError> {
    if let Ok(value) = serde_json::from_str(text.trim()) {
        return Ok(value);
    }
    // The first place from which a whole object or list reads. Prose may hold braces that begin nothing.
    let starts = text.char_indices().filter(|(_, c)| matches!(c, '{' | '['));
    for (at, _) in starts.take(64) {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        if let Some(Ok(value)) = values.next() {
            return Ok(value);
        }
    }
    Err(LlmError::new(ErrorKind::Protocol, "The model was asked for JSON and answered with something else."))
}
