//! Lists of models, and single ones, as a dozen servers write them.
//!
//! A fact is looked for at the places where servers are known to put it, in the order of the tables below; a place
//! that holds something else is passed over. Sources: the servers' own API references and answers as of November
//! 2026 (Ollama, LM Studio v0 and v1, vLLM, llama.cpp, TabbyAPI, Mistral, Groq, OpenRouter, Together, Anthropic,
//! Gemini, Cohere); the fixtures in `tests/manage` hold an answer of each.

use serde_json::Value;

use super::{ModelCapability, ModelInfo};
use crate::llm::classify::{Head, classify, is_error, people_text};
use crate::llm::codec::Dialect;
use crate::types::{ErrorKind, LlmError};

/// Where a name stands.
const NAMES: &[&str] = &["id", "key", "model", "name"];
const LABELS: &[&str] = &["/display_name", "/displayName"];
/// What is allotted goes before what the model was made for.
const CONTEXT: &[&str] = &[
    "/loaded_instances/0/config/context_length",
    "/loaded_context_length",
    "/meta/n_ctx",
    "/max_model_len",
    "/parameters/max_seq_len",
    "/max_context_length",
    "/context_length",
    "/context_window",
    "/max_input_tokens",
    "/inputTokenLimit",
    "/meta/n_ctx_train",
];
const MAX_OUTPUT: &[&str] =
    &["/max_tokens", "/max_completion_tokens", "/outputTokenLimit", "/top_provider/max_completion_tokens"];
const SIZE: &[&str] = &["/size", "/size_bytes", "/meta/size"];
const PARAMETERS: &[&str] = &["/details/parameter_size", "/params_string"];
const QUANTIZATION: &[&str] = &["/details/quantization_level", "/quantization/name", "/quantization"];
const FAMILY: &[&str] = &["/details/family", "/architecture", "/arch"];
/// Where words or switches for what it can do stand.
const CAPABILITIES: &[&str] = &[
    "/capabilities",
    "/endpoints",
    "/features",
    "/supported_parameters",
    "/architecture/input_modalities",
    "/supportedGenerationMethods",
    "/type",
];
/// What such a word means.
const WORDS: &[(&str, ModelCapability)] = &[
    ("audio", ModelCapability::Audio),
    ("chat", ModelCapability::Completion),
    ("completion", ModelCapability::Completion),
    ("completion_chat", ModelCapability::Completion),
    ("embed", ModelCapability::Embedding),
    ("embedContent", ModelCapability::Embedding),
    ("embedding", ModelCapability::Embedding),
    ("embeddings", ModelCapability::Embedding),
    ("function_calling", ModelCapability::Tools),
    ("generateContent", ModelCapability::Completion),
    ("image", ModelCapability::Vision),
    ("image_input", ModelCapability::Vision),
    ("insert", ModelCapability::Insert),
    ("json_schema", ModelCapability::JsonSchema),
    ("llm", ModelCapability::Completion),
    ("multimodal", ModelCapability::Vision),
    ("reasoning", ModelCapability::Thinking),
    ("structured_outputs", ModelCapability::JsonSchema),
    ("thinking", ModelCapability::Thinking),
    ("tool_use", ModelCapability::Tools),
    ("tools", ModelCapability::Tools),
    ("trained_for_tool_use", ModelCapability::Tools),
    ("vision", ModelCapability::Vision),
    ("vlm", ModelCapability::Vision),
];

/// The models in a list: OpenAI's and Anthropic's `data`, the others' `models`, or a bare list.
///
/// # Errors
/// What a refusal means; `protocol` when the answer is no list.
pub(super) fn read(dialect: Dialect, head: &Head, body: &str) -> Result<Vec<ModelInfo>, LlmError> {
    let value = good(head, body)?;
    let Some(list) = entries(&value) else {
        let message = "The server answered, but not with a list of models. Models can be named by hand.";
        return Err(LlmError::new(ErrorKind::Protocol, message).with_status(head.status));
    };
    // Gemini lists models for other purposes too.
    let methods = |entry: &Value| entry.get("supportedGenerationMethods")?.as_array().cloned();
    let answers = |entry: &&Value| methods(entry).is_none_or(|list| list.iter().any(|m| m == "generateContent"));
    let mut models: Vec<ModelInfo> = list.iter().filter(answers).filter_map(entry).collect();
    if dialect == Dialect::Gemini {
        // It gives all of them with the collection they are in.
        for model in &mut models {
            model.name = model.name.strip_prefix("models/").unwrap_or(&model.name).to_owned();
        }
    }
    models.dedup_by(|a, b| a.name == b.name);
    Ok(models)
}

/// The JSON of an answer that is none of the shapes of a refusal.
///
/// # Errors
/// What the refusal means.
pub(super) fn good(head: &Head, body: &str) -> Result<Value, LlmError> {
    let body = body.trim_start_matches('\u{FEFF}').trim();
    let value = serde_json::from_str::<Value>(body).unwrap_or(Value::Null);
    if !head.is_good() || is_error(&value) || body.starts_with('<') {
        return Err(classify(head, body));
    }
    Ok(value)
}

/// The entries of a list, in whichever of its shapes.
pub(in crate::llm) fn entries(value: &Value) -> Option<&Vec<Value>> {
    value.get("data").or_else(|| value.get("models")).unwrap_or(value).as_array()
}

/// One entry; nothing without a name.
pub(in crate::llm) fn entry(value: &Value) -> Option<ModelInfo> {
    let name = NAMES.iter().find_map(|key| value.get(key)?.as_str()).or(value.as_str());
    let name = name.map(people_text).filter(|name| !name.is_empty())?;
    let mut info = facts(value);
    // A server that has an id and a name means the name for people.
    let second = value.get("id").and_then(|_| text(value, &["/name"]));
    info.label = text(value, LABELS).or(second).filter(|label| *label != name);
    info.name = name;
    Some(info)
}

/// Everything but the name.
pub(super) fn facts(value: &Value) -> ModelInfo {
    let mut info = ModelInfo {
        context_tokens: count(value, CONTEXT),
        max_output_tokens: count(value, MAX_OUTPUT),
        size_bytes: count(value, SIZE),
        parameters: text(value, PARAMETERS),
        quantization: text(value, QUANTIZATION),
        family: text(value, FAMILY),
        loaded: loaded(value),
        ..ModelInfo::default()
    };
    for place in CAPABILITIES.iter().filter_map(|place| value.pointer(place)) {
        gather(place, &mut info);
    }
    if value.get("thinking") == Some(&Value::Bool(true)) {
        info.capabilities.insert(ModelCapability::Thinking);
    }
    // A model that reads images, calls tools or thinks, and is not said to be there for vectors, answers.
    if !info.capabilities.is_empty() && !info.capabilities.contains(&ModelCapability::Embedding) {
        info.capabilities.insert(ModelCapability::Completion);
    }
    info
}

/// A word, a list of words, or switches by name: `true`, or an object that says `supported` or is a setting.
fn gather(place: &Value, info: &mut ModelInfo) {
    let mut take = |word: &str| {
        info.capabilities.extend(WORDS.iter().filter(|(known, _)| *known == word).map(|(_, capability)| *capability));
    };
    match place {
        Value::String(word) => take(word),
        Value::Array(words) => words.iter().filter_map(Value::as_str).for_each(take),
        Value::Object(switches) => {
            let is_on = |value: &Value| match value {
                Value::Object(inner) => inner.get("supported").and_then(Value::as_bool).unwrap_or(true),
                other => other.as_bool().unwrap_or(false),
            };
            switches.iter().filter(|(_, value)| is_on(value)).for_each(|(word, _)| take(word));
        }
        _ => {}
    }
}

fn loaded(value: &Value) -> Option<bool> {
    let instances = value.get("loaded_instances").and_then(Value::as_array).map(|list| !list.is_empty());
    let state = || text(value, &["/state", "/status/value"]).map(|state| state == "loaded");
    instances.or_else(state)
}

/// The first of some places that holds a count above 0: none of them can be none.
fn count(value: &Value, places: &[&str]) -> Option<u64> {
    places.iter().filter_map(|place| value.pointer(place)?.as_u64()).find(|count| *count > 0)
}

/// The first of some places that holds a text, fit to be shown.
pub(super) fn text(value: &Value, places: &[&str]) -> Option<String> {
    places.iter().filter_map(|place| value.pointer(place)?.as_str()).map(people_text).find(|text| !text.is_empty())
}
