//! What is asked of a model.

use serde_json::{Map, Value};

use crate::types::LlmMessage;

/// One request for an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmRequest {
    /// The model, as the provider spells it; empty means the provider's configured one.
    pub model: String,
    /// Instructions that stand above the conversation.
    pub system_prompt: Option<String>,
    /// The conversation so far, the question last.
    pub messages: Vec<LlmMessage>,
    /// Sampling temperature; `None` leaves it to the provider.
    pub temperature: Option<f64>,
    /// The most tokens to answer with; `None` means [`LlmRequest::DEFAULT_MAX_TOKENS`].
    pub max_tokens: Option<u32>,
    /// Everything less common.
    pub options: LlmOptions,
}

impl LlmRequest {
    /// Used unless the request sets its own.
    pub const DEFAULT_MAX_TOKENS: u32 = 8192;

    /// A request with one question.
    #[must_use]
    pub fn ask(text: impl Into<String>) -> Self {
        Self { messages: vec![LlmMessage::user(text)], ..Self::default() }
    }

    /// The token limit that is sent.
    #[must_use]
    pub fn max_tokens_or_default(&self) -> u32 {
        self.max_tokens.unwrap_or(Self::DEFAULT_MAX_TOKENS)
    }
}

/// The less common parts of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmOptions {
    /// The shape the answer must have, where the provider can enforce one.
    pub json_schema: Option<JsonSchema>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// The provider's own seed.
    pub seed: Option<u64>,
    /// A plain completion will do: a request that is one question and no more goes to the provider's call for that,
    /// where it has one apart from its chat (Ollama's `/api/generate`). The model's own template still holds.
    pub completion: bool,
    /// Merged into the request body last.
    pub extra_body: Map<String, Value>,
}

/// A named JSON schema.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonSchema {
    /// A short name in `snake_case`: `critique`, `vote`.
    pub name: String,
    /// The schema, with `additionalProperties: false` and everything required, as strict modes demand.
    pub schema: Value,
}
