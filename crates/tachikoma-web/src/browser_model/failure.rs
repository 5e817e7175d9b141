//! What went wrong, from the names under which browsers throw it.

use tachikoma_forge::types::{ErrorKind, LlmError};
use wasm_bindgen::JsValue;

use super::bindings::{count, field};

/// The most characters of a browser's own words.
const MOST_WORDS: usize = 300;

/// What the browser threw, in words that say what to do.
pub(super) fn failure(thrown: &JsValue) -> LlmError {
    let name = field(thrown, "name").as_string().unwrap_or_default();
    let said = field(thrown, "message").as_string().unwrap_or_default();
    let said: String = said.chars().filter(|c| !c.is_control()).take(MOST_WORDS).collect();
    let (kind, what) = match name.as_str() {
        "QuotaExceededError" => return too_long(thrown, &name),
        "AbortError" => (ErrorKind::Cancelled, "The request to this browser's model was stopped."),
        "NotAllowedError" => (
            ErrorKind::Permission,
            "This browser does not let the page use its model: a download begins by a click only, and a policy may forbid it.",
        ),
        "NotSupportedError" | "TypeError" | "SyntaxError" => {
            (ErrorKind::InvalidRequest, "This browser's model does not take what was asked.")
        }
        "NotReadableError" => (ErrorKind::ContentFilter, "This browser withheld what its model answered."),
        "NetworkError" => {
            (ErrorKind::Network, "This browser's model could not be downloaded. Check the network, then try again.")
        }
        _ => (ErrorKind::Server, "This browser's model failed. Trying again may help."),
    };
    let blank = if said.is_empty() { "" } else { " " };
    let error = LlmError::new(kind, format!("{what}{blank}{said}"));
    if name.is_empty() { error } else { error.with_code(name) }
}

fn too_long(thrown: &JsValue, name: &str) -> LlmError {
    let number = |field_name| count(&field(thrown, field_name));
    let counts = match (number("requested"), number("quota")) {
        (Some(asked), Some(most)) => format!(": {asked} tokens, and it holds {most}"),
        _ => String::new(),
    };
    let message = format!("The prompt is too long for this browser's model{counts}. Use a model with more room.");
    LlmError::new(ErrorKind::ContextTooLong, message).with_code(name)
}
