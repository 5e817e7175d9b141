//! What is asked of a model.

use std::str::FromStr;

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

/// The less common parts of a request. What a provider or model does not take is left out or fitted, and
/// [`LlmProvider::adjustments`](super::LlmProvider::adjustments) says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmOptions {
    /// The shape the answer must have, where the provider can enforce one.
    pub json_schema: Option<JsonSchema>,
    /// The tools that the model may call.
    pub tools: Vec<Tool>,
    /// Whether it may, must or must not; `None` leaves it to the model.
    pub tool_choice: Option<ToolChoice>,
    /// How much it is to think first; `None` leaves it to the provider.
    pub reasoning: Option<Reasoning>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sampling from this many of the likeliest tokens.
    pub top_k: Option<u32>,
    /// The provider's own seed.
    pub seed: Option<u64>,
    /// The more often a token came, the less likely it comes again.
    pub frequency_penalty: Option<f64>,
    /// A token that came is less likely to come again.
    pub presence_penalty: Option<f64>,
    /// The same as a factor, as local servers have it; 1 changes nothing.
    pub repeat_penalty: Option<f64>,
    /// The fewest tokens to answer with.
    pub min_tokens: Option<u32>,
    /// What every token of the answer has to fit. Beside a schema, the schema holds.
    pub constraint: Option<Constraint>,
    /// Of how many answers, or beams, the best is given.
    pub best_of: Option<u32>,
    /// Searches by beams, as many as `best_of` says.
    pub beam_search: Option<bool>,
    /// Whether the marks that end turns stay out of the text.
    pub skip_special_tokens: Option<bool>,
    /// Parameters to leave out, by the names they have on the wire, since the server refused them before.
    pub without: Vec<String>,
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

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// What it does and when to call it, for the model.
    pub description: String,
    /// The JSON schema of its arguments, an object.
    pub parameters: Value,
}

/// Whether the model calls tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it sees fit.
    Auto,
    /// It must not.
    None,
    /// It must call one, whichever.
    Required,
    /// It must call this one.
    Named(String),
}

/// How much a model is to think before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reasoning {
    /// Not at all.
    Off,
    /// As much as it sees fit.
    On,
    /// By degree.
    Effort(Effort),
    /// Up to so many tokens.
    Budget(u32),
}

/// How hard a model is to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

impl Effort {
    /// The name on the wire and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl FromStr for Reasoning {
    type Err = String;

    /// Reads `off`, `on`, `low`, `medium`, `high`, or a number of tokens.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "off" => Self::Off,
            "on" => Self::On,
            "low" => Self::Effort(Effort::Low),
            "medium" => Self::Effort(Effort::Medium),
            "high" => Self::Effort(Effort::High),
            _ => match text.parse() {
                Ok(tokens) if tokens > 0 => Self::Budget(tokens),
                _ => return Err("write off, on, low, medium, high, or a number of tokens".to_owned()),
            },
        })
    }
}

/// What every token of the answer has to fit, in the ways that vLLM names in its documentation
/// ("Structured Outputs").
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// A JSON schema.
    Json(Value),
    /// A regular expression.
    Regex(String),
    /// One of these texts.
    Choice(Vec<String>),
    /// A grammar, in the server's notation.
    Grammar(String),
    /// JSON schemas between tags, as the server documents it.
    StructuralTag(Value),
}

impl Constraint {
    /// Its kind, as vLLM spells it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Regex(_) => "regex",
            Self::Choice(_) => "choice",
            Self::Grammar(_) => "grammar",
            Self::StructuralTag(_) => "structural_tag",
        }
    }

    /// What stands behind its kind.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Json(value) | Self::StructuralTag(value) => value.clone(),
            Self::Regex(text) | Self::Grammar(text) => Value::String(text.clone()),
            Self::Choice(texts) => texts.iter().map(String::as_str).collect(),
        }
    }
}
