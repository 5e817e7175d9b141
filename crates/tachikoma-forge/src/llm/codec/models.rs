//! What is known of models by the beginning of their name: which parameters they refuse, what they
//! enforce. Sources: the vendors' model pages as of November 2026.

use super::{Dialect, ReasoningWay};
use crate::llm::Parameter::{self, FrequencyPenalty, PresencePenalty, Stop, Temperature, TopK, TopP};

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelTraits {
    /// Takes instructions apart from the conversation.
    pub system_prompt: bool,
    /// Takes them under the role `developer`.
    pub developer_role: bool,
    /// Parameters that it refuses although its dialect has them.
    pub refuses: &'static [Parameter],
    /// Takes `temperature` and `top_p` all the same while it does not reason.
    pub samples_unreasoned: bool,
    /// Takes both of them in one request.
    pub both_samplings: bool,
    /// Enforces a JSON schema.
    pub json_schema: bool,
    /// How it is told how much to think.
    pub reasoning: ReasoningWay,
    /// Looks at pictures.
    pub vision: bool,
    /// Can be made to call a tool.
    pub forced_tools: bool,
    /// Calls the token limit `max_completion_tokens`.
    pub completion_tokens: bool,
    /// Answers in OpenAI's Responses only, not in chat completions.
    pub responses_only: bool,
    /// The largest token limit that it accepts.
    pub max_output: Option<u32>,
    /// How many tokens of question and answer it holds at once, where that is known. The table of prices knows more
    /// of this, and where it does it goes first, in the driver.
    pub context_window: Option<u32>,
}

impl ModelTraits {
    /// A model of which nothing is known takes what everybody takes.
    pub const UNKNOWN: Self = Self {
        system_prompt: true,
        developer_role: false,
        refuses: &[],
        samples_unreasoned: false,
        both_samplings: true,
        json_schema: false,
        reasoning: ReasoningWay::No,
        vision: true,
        forced_tools: true,
        completion_tokens: false,
        responses_only: false,
        max_output: None,
        context_window: None,
    };

    const CLAUDE: Self = Self { both_samplings: false, context_window: Some(200_000), ..Self::UNKNOWN };
    const CLAUDE_2: Self = Self { max_output: Some(4096), vision: false, context_window: None, ..Self::CLAUDE };
    const CLAUDE_4096: Self = Self { max_output: Some(4096), ..Self::CLAUDE };
    const CLAUDE_8192: Self = Self { max_output: Some(8192), ..Self::CLAUDE };
    const CLAUDE_BUDGET: Self = Self { reasoning: ReasoningWay::AnthropicBudget, ..Self::CLAUDE };
    const CLAUDE_SCHEMA: Self = Self { json_schema: true, ..Self::CLAUDE_BUDGET };
    const CLAUDE_ADAPTIVE: Self =
        Self { reasoning: ReasoningWay::AnthropicAdaptive { can_be_off: true }, ..Self::CLAUDE_SCHEMA };
    const CLAUDE_NO_SAMPLING: Self = Self { refuses: &[Temperature, TopP, TopK], ..Self::CLAUDE_ADAPTIVE };
    /// The newest think always, and are made to call nothing.
    const CLAUDE_5_5: Self = Self {
        reasoning: ReasoningWay::AnthropicAdaptive { can_be_off: false },
        forced_tools: false,
        ..Self::CLAUDE_NO_SAMPLING
    };

    const GPT: Self =
        Self { json_schema: true, completion_tokens: true, context_window: Some(128_000), ..Self::UNKNOWN };
    const GPT_4_1: Self = Self { context_window: Some(1_047_576), ..Self::GPT };
    const GPT_OLD: Self = Self { max_output: Some(4096), vision: false, context_window: Some(8192), ..Self::UNKNOWN };
    const GPT_3_5: Self = Self { context_window: Some(16_385), ..Self::GPT_OLD };
    const GPT_4_TURBO: Self = Self { vision: true, context_window: Some(128_000), ..Self::GPT_OLD };
    const GPT_REASONING: Self = Self {
        refuses: &[Temperature, TopP, Stop, FrequencyPenalty, PresencePenalty],
        samples_unreasoned: true,
        developer_role: true,
        reasoning: ReasoningWay::EFFORT,
        context_window: Some(400_000),
        ..Self::GPT
    };
    const GPT_5: Self = Self { samples_unreasoned: false, reasoning: effort("minimal"), ..Self::GPT_REASONING };
    const O: Self = Self { reasoning: effort("low"), context_window: Some(200_000), ..Self::GPT_5 };
    const O_MINI: Self = Self { vision: false, ..Self::O };
    /// OpenAI's first reasoning models enforce no schema, and are not told how much to think.
    const O1_EARLY: Self =
        Self { json_schema: false, reasoning: ReasoningWay::No, context_window: Some(128_000), ..Self::O_MINI };

    const GEMINI: Self = Self {
        json_schema: true,
        reasoning: ReasoningWay::GeminiLevel { off: "minimal" },
        max_output: Some(65_536),
        context_window: Some(1_048_576),
        ..Self::UNKNOWN
    };
    /// The larger ones think at least a little more.
    const GEMINI_3_PRO: Self = Self { reasoning: ReasoningWay::GeminiLevel { off: "low" }, ..Self::GEMINI };
    const GEMINI_2_5: Self = Self { reasoning: ReasoningWay::GeminiBudget { least: 0 }, ..Self::GEMINI };
    const GEMINI_2_5_PRO: Self = Self { reasoning: ReasoningWay::GeminiBudget { least: 128 }, ..Self::GEMINI };
    /// The ones that draw, and those from before `responseJsonSchema`.
    const GEMINI_NO_SCHEMA: Self = Self { json_schema: false, reasoning: ReasoningWay::No, ..Self::GEMINI };
    const GEMINI_8192: Self = Self { max_output: Some(8192), ..Self::GEMINI_NO_SCHEMA };
    const GEMMA: Self =
        Self { system_prompt: false, max_output: Some(8192), context_window: Some(131_072), ..Self::UNKNOWN };

    const COMMAND: Self = Self { json_schema: true, vision: false, context_window: Some(128_000), ..Self::UNKNOWN };
    const COMMAND_REASONING: Self =
        Self { reasoning: ReasoningWay::CohereBudget, context_window: Some(256_000), ..Self::COMMAND };
    /// Their limits are given as "8k" and "4k"; the lower reading is right in any case.
    const COMMAND_8000: Self = Self { max_output: Some(8000), ..Self::COMMAND };
    const COMMAND_A: Self = Self { context_window: Some(256_000), ..Self::COMMAND_8000 };
    const COMMAND_VISION: Self = Self { vision: true, ..Self::COMMAND_8000 };
    const COMMAND_TRANSLATE: Self = Self { context_window: Some(16_000), ..Self::COMMAND_8000 };
    const COMMAND_4000: Self = Self { max_output: Some(4000), ..Self::COMMAND };
    const COMMAND_OLD: Self = Self { json_schema: false, ..Self::COMMAND_4000 };
    const COMMAND_SMALL: Self = Self { context_window: None, ..Self::COMMAND_OLD };

    /// The traits of a model; of two rows that fit, the one with the longer beginning holds.
    #[must_use]
    pub fn of(dialect: Dialect, model: &str) -> Self {
        let (rows, otherwise) = match dialect {
            Dialect::Anthropic => (ANTHROPIC, Self::CLAUDE_5_5),
            Dialect::OpenAiChat | Dialect::OpenAiResponses => (OPENAI, Self::GPT_REASONING),
            Dialect::Gemini => (GEMINI, Self::UNKNOWN),
            Dialect::Cohere => (COHERE, Self::UNKNOWN),
            Dialect::Ollama | Dialect::OllamaGenerate => return Self::UNKNOWN,
        };
        // A gateway's own name has none of the rows' beginnings, and says nothing.
        let family = if dialect == Dialect::Anthropic { "claude-" } else { "" };
        // Gemini's list gives names with their collection.
        let model = if dialect == Dialect::Gemini { model.strip_prefix("models/").unwrap_or(model) } else { model };
        let known = rows.iter().filter(|(start, _)| model.starts_with(start)).max_by_key(|(start, _)| start.len());
        let traits = match known {
            Some((_, traits)) => *traits,
            // A Claude that is newer than this table is like the newest in it.
            None if !family.is_empty() && model.starts_with(family) => otherwise,
            None if newer_gpt(model) => otherwise,
            None => return Self::UNKNOWN,
        };
        let openai = matches!(dialect, Dialect::OpenAiChat | Dialect::OpenAiResponses);
        let responses_only = openai && model.split('-').any(|word| RESPONSES_ONLY.contains(&word));
        Self { responses_only, ..traits }
    }
}

/// Effort in OpenAI's words, where it cannot be less than this.
const fn effort(off: &'static str) -> ReasoningWay {
    ReasoningWay::Effort { words: ["low", "medium", "high"], off }
}

/// `gpt-6`, `o5`: names of families yet to come.
fn newer_gpt(model: &str) -> bool {
    let number = model.strip_prefix("gpt-").or_else(|| model.strip_prefix('o'));
    number.and_then(|n| n.chars().next()).is_some_and(|c| c.is_ascii_digit() && c >= '5')
}

const ANTHROPIC: &[(&str, ModelTraits)] = &[
    ("claude-2", ModelTraits::CLAUDE_2),
    ("claude-3-", ModelTraits::CLAUDE_4096),
    ("claude-3-5-", ModelTraits::CLAUDE_8192),
    ("claude-3-7-", ModelTraits::CLAUDE_BUDGET),
    ("claude-opus-4-", ModelTraits::CLAUDE_BUDGET),
    ("claude-opus-4-0", ModelTraits::CLAUDE_BUDGET),
    ("claude-opus-4-1", ModelTraits::CLAUDE_SCHEMA),
    ("claude-opus-4-5", ModelTraits::CLAUDE_SCHEMA),
    ("claude-opus-4-6", ModelTraits::CLAUDE_ADAPTIVE),
    ("claude-opus-4-7", ModelTraits::CLAUDE_NO_SAMPLING),
    ("claude-opus-4-8", ModelTraits::CLAUDE_NO_SAMPLING),
    ("claude-opus-5", ModelTraits::CLAUDE_NO_SAMPLING),
    ("claude-opus-5-5", ModelTraits::CLAUDE_5_5),
    ("claude-sonnet-4-", ModelTraits::CLAUDE_BUDGET),
    ("claude-sonnet-4-5", ModelTraits::CLAUDE_SCHEMA),
    ("claude-sonnet-4-6", ModelTraits::CLAUDE_ADAPTIVE),
    ("claude-sonnet-5", ModelTraits::CLAUDE_NO_SAMPLING),
    ("claude-haiku-4-5", ModelTraits::CLAUDE_SCHEMA),
];

const OPENAI: &[(&str, ModelTraits)] = &[
    ("gpt-3.5", ModelTraits::GPT_3_5),
    ("gpt-4", ModelTraits::GPT_OLD),
    ("gpt-4-turbo", ModelTraits::GPT_4_TURBO),
    ("gpt-4o", ModelTraits::GPT),
    ("gpt-4o-2024-05-13", ModelTraits { json_schema: false, ..ModelTraits::GPT }),
    ("gpt-4.1", ModelTraits::GPT_4_1),
    ("gpt-4.5", ModelTraits::GPT),
    ("gpt-5", ModelTraits::GPT_5),
    ("gpt-5-chat", ModelTraits::GPT),
    ("codex-", ModelTraits::GPT_REASONING),
    ("computer-use-", ModelTraits::GPT_REASONING),
    ("gpt-5.", ModelTraits::GPT_REASONING),
    ("chatgpt-", ModelTraits { json_schema: false, ..ModelTraits::GPT }),
    ("o1", ModelTraits::O),
    ("o1-mini", ModelTraits::O1_EARLY),
    ("o1-preview", ModelTraits::O1_EARLY),
    ("o3", ModelTraits::O),
    ("o3-mini", ModelTraits::O_MINI),
    ("o4", ModelTraits::O),
];

/// What the names of OpenAI's models that answer in Responses only have in them, of whatever generation.
const RESPONSES_ONLY: &[&str] = &["pro", "codex", "deep", "computer"];

const GEMINI: &[(&str, ModelTraits)] = &[
    ("gemini-", ModelTraits::GEMINI),
    ("gemini-1", ModelTraits::GEMINI_8192),
    ("gemini-2.0", ModelTraits::GEMINI_8192),
    ("gemini-2.5", ModelTraits::GEMINI_2_5),
    ("gemini-2.5-flash-image", ModelTraits::GEMINI_NO_SCHEMA),
    ("gemini-2.5-pro", ModelTraits::GEMINI_2_5_PRO),
    ("gemini-3-pro", ModelTraits::GEMINI_3_PRO),
    ("gemini-3.1-pro", ModelTraits::GEMINI_3_PRO),
    ("gemma-", ModelTraits::GEMMA),
];

const COHERE: &[(&str, ModelTraits)] = &[
    ("command-", ModelTraits::COMMAND),
    ("command-a-03", ModelTraits::COMMAND_A),
    ("command-a-plus", ModelTraits::COMMAND_REASONING),
    ("command-a-reasoning", ModelTraits::COMMAND_REASONING),
    ("command-a-translate", ModelTraits::COMMAND_TRANSLATE),
    ("command-a-vision", ModelTraits::COMMAND_VISION),
    ("command-light", ModelTraits::COMMAND_SMALL),
    ("command-r", ModelTraits::COMMAND_4000),
    ("command-r-03", ModelTraits::COMMAND_OLD),
    ("command-r-plus-04", ModelTraits::COMMAND_OLD),
    ("c4ai-aya", ModelTraits::COMMAND_SMALL),
    ("c4ai-aya-vision", ModelTraits { vision: true, ..ModelTraits::COMMAND_SMALL }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides() {
        let pro = |base| ModelTraits { responses_only: true, ..base };
        let cases = [
            (Dialect::Anthropic, "claude-sonnet-4-20250514", ModelTraits::CLAUDE_BUDGET),
            (Dialect::Anthropic, "claude-sonnet-4-5-20250929", ModelTraits::CLAUDE_SCHEMA),
            (Dialect::Anthropic, "claude-3-5-sonnet-20241022", ModelTraits::CLAUDE_8192),
            (Dialect::Anthropic, "claude-3-haiku-20240307", ModelTraits::CLAUDE_4096),
            (Dialect::Anthropic, "claude-opus-5-20260801", ModelTraits::CLAUDE_NO_SAMPLING),
            (Dialect::Anthropic, "claude-opus-6", ModelTraits::CLAUDE_5_5),
            (Dialect::Anthropic, "tiny", ModelTraits::UNKNOWN),
            (Dialect::OpenAiChat, "gpt-4o-mini", ModelTraits::GPT),
            (Dialect::OpenAiChat, "gpt-4-turbo", ModelTraits::GPT_4_TURBO),
            (Dialect::OpenAiChat, "gpt-5-mini", ModelTraits::GPT_5),
            (Dialect::OpenAiChat, "gpt-5.1", ModelTraits::GPT_REASONING),
            (Dialect::OpenAiChat, "o1-mini", ModelTraits::O1_EARLY),
            (Dialect::OpenAiChat, "o5", ModelTraits::GPT_REASONING),
            (Dialect::OpenAiChat, "olmo", ModelTraits::UNKNOWN),
            (Dialect::OpenAiChat, "gpt-oss-pro", ModelTraits::UNKNOWN),
            (Dialect::OpenAiChat, "gpt-4o-protein", ModelTraits::GPT),
            (Dialect::OpenAiChat, "o3-pro", pro(ModelTraits::O)),
            (Dialect::OpenAiChat, "o1-pro-2025-03-19", pro(ModelTraits::O)),
            (Dialect::OpenAiChat, "gpt-5.2-pro", pro(ModelTraits::GPT_REASONING)),
            (Dialect::OpenAiChat, "gpt-5.1-codex-max", pro(ModelTraits::GPT_REASONING)),
            (Dialect::OpenAiChat, "codex-mini-latest", pro(ModelTraits::GPT_REASONING)),
            (Dialect::OpenAiResponses, "o4-mini-deep-research", pro(ModelTraits::O)),
            (Dialect::OpenAiResponses, "gpt-4.1", ModelTraits::GPT_4_1),
            (Dialect::Ollama, "gpt-oss:20b", ModelTraits::UNKNOWN),
            (Dialect::Gemini, "gemini-3.8-flash", ModelTraits::GEMINI),
            (Dialect::Gemini, "models/gemini-2.0-flash", ModelTraits::GEMINI_8192),
            (Dialect::Gemini, "gemma-3-27b-it", ModelTraits::GEMMA),
            (Dialect::Gemini, "tunedModels/mine", ModelTraits::UNKNOWN),
            (Dialect::Cohere, "command-a-03-2025", ModelTraits::COMMAND_A),
            (Dialect::Cohere, "command-a-reasoning-08-2025", ModelTraits::COMMAND_REASONING),
            (Dialect::Cohere, "command-r-plus-08-2024", ModelTraits::COMMAND_4000),
            (Dialect::Cohere, "command-r-plus-04-2024", ModelTraits::COMMAND_OLD),
            (Dialect::Cohere, "mine", ModelTraits::UNKNOWN),
        ];
        for (dialect, model, wanted) in cases {
            assert_eq!(ModelTraits::of(dialect, model), wanted, "{model}");
        }
    }
}
