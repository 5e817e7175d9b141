//! What differs between the servers of one dialect, as data.

use super::{Dialect, ReasoningWay};
use crate::llm::Parameter::{self, BeamSearch, BestOf, MinTokens, RepeatPenalty, SkipSpecialTokens, TopK};
use crate::types::JsonMode;

/// What differs between the servers of one dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// How a shape is asked for.
    pub json: JsonMode,
    /// Takes `stream_options: {include_usage: true}`.
    pub include_usage: bool,
    /// Model names mean what their inventor means by them: traits such as refused parameters hold.
    pub known_models: bool,
    /// Reasoning may come as `<think>` tags that open the text.
    pub inline_think: bool,
    /// Parameters that it takes beyond its dialect, or by another name; one with an empty name it does not take.
    pub names: &'static [(Parameter, &'static str)],
    /// How reasoning is asked for; `None` where the model decides.
    pub reasoning: Option<ReasoningWay>,
    /// How it takes a [`Constraint`](crate::llm::Constraint).
    pub constraints: Constraints,
    /// How it wants a model's thoughts back in the messages that follow.
    pub thoughts: ThoughtsBack,
    /// Takes ids of tool calls of nine letters and digits only.
    pub short_call_ids: bool,
    /// Its counts say what it charged, in dollars.
    pub charges: bool,
}

/// How a server takes a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraints {
    /// Not at all.
    None,
    /// As `structured_outputs: {kind: value}`: vLLM since version 0.12.
    StructuredOutputs,
    /// As `guided_<kind>: value`: vLLM before.
    Guided,
    /// As `grammar` or `json_schema`: llama.cpp.
    LlamaCpp,
}

impl Constraints {
    /// Where a constraint of a kind goes in the body.
    pub(super) fn path(self, kind: &str) -> Option<&'static str> {
        let names: &[(&str, &'static str)] = match self {
            Self::None => &[],
            Self::StructuredOutputs => &[
                ("json", "structured_outputs.json"),
                ("regex", "structured_outputs.regex"),
                ("choice", "structured_outputs.choice"),
                ("grammar", "structured_outputs.grammar"),
                ("structural_tag", "structured_outputs.structural_tag"),
            ],
            Self::Guided => &[
                ("json", "guided_json"),
                ("regex", "guided_regex"),
                ("choice", "guided_choice"),
                ("grammar", "guided_grammar"),
            ],
            Self::LlamaCpp => &[("json", "json_schema"), ("grammar", "grammar")],
        };
        names.iter().find(|(name, _)| *name == kind).map(|(_, path)| *path)
    }
}

/// How a model's thoughts go back to it, in dialects that have several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThoughtsBack {
    /// As the dialect has it, which may be not at all.
    Dialect,
    /// As the text `reasoning_content`, beside tool calls only: DeepSeek.
    BesideCalls,
    /// As the list `reasoning_details`, unchanged: OpenRouter.
    Details,
}

impl Quirks {
    /// A provider that speaks its own dialect.
    pub const NATIVE: Self = Self {
        json: JsonMode::Schema,
        include_usage: true,
        known_models: true,
        inline_think: false,
        names: &[],
        reasoning: None,
        constraints: Constraints::None,
        thoughts: ThoughtsBack::Dialect,
        short_call_ids: false,
        charges: false,
    };
    /// Any server compatible with OpenAI's chat completions: nothing is taken for granted. Effort is asked for in
    /// the dialect's own words.
    pub const COMPATIBLE: Self = Self {
        json: JsonMode::Instructions,
        known_models: false,
        inline_think: true,
        reasoning: Some(ReasoningWay::EFFORT),
        ..Self::NATIVE
    };
    /// A compatible server that enforces a schema in the words of the dialect, whatever the model.
    pub const ENFORCING: Self = Self { json: JsonMode::Schema, ..Self::COMPATIBLE };
    /// vLLM since version 0.12, and what was made from it.
    pub const VLLM: Self = Self {
        names: &[
            (TopK, "top_k"),
            (RepeatPenalty, "repetition_penalty"),
            (MinTokens, "min_tokens"),
            (BestOf, "best_of"),
            (BeamSearch, "use_beam_search"),
            (SkipSpecialTokens, "skip_special_tokens"),
        ],
        reasoning: Some(ReasoningWay::Template),
        constraints: Constraints::StructuredOutputs,
        ..Self::ENFORCING
    };
    /// Ollama, whose older versions pass reasoning through as tags.
    pub const OLLAMA: Self = Self { include_usage: false, reasoning: Some(ReasoningWay::Think), ..Self::ENFORCING };

    /// What is assumed of a captured stream, of which nothing but the dialect is known.
    #[must_use]
    pub const fn assumed(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Anthropic | Dialect::Gemini | Dialect::Cohere => Self::NATIVE,
            Dialect::OpenAiChat | Dialect::OpenAiResponses => Self::COMPATIBLE,
            Dialect::Ollama | Dialect::OllamaGenerate => Self::OLLAMA,
        }
    }
}
