//! What is known of models by the beginning of their name: which parameters they refuse, what they
//! enforce. Sources: the vendors' model pages as of November 2026.

use super::Dialect;

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelTraits {
    /// Takes instructions apart from the conversation.
    pub system_prompt: bool,
    /// Takes `temperature` and `top_p`.
    pub sampling: bool,
    /// Takes both of them in one request.
    pub both_samplings: bool,
    /// Enforces a JSON schema.
    pub json_schema: bool,
    /// Reasons before it answers, which brings OpenAI's `developer` role.
    pub reasoning: bool,
    /// Calls the token limit `max_completion_tokens`.
    pub completion_tokens: bool,
    /// Answers in OpenAI's Responses only, not in chat completions.
    pub responses_only: bool,
    /// The largest token limit that it accepts.
    pub max_output: Option<u32>,
}

impl ModelTraits {
    /// A model of which nothing is known takes what everybody takes.
    pub const UNKNOWN: Self = Self {
        system_prompt: true,
        sampling: true,
        both_samplings: true,
        json_schema: false,
        reasoning: false,
        completion_tokens: false,
        responses_only: false,
        max_output: None,
    };

    const CLAUDE: Self = Self { both_samplings: false, ..Self::UNKNOWN };
    const CLAUDE_4096: Self = Self { max_output: Some(4096), ..Self::CLAUDE };
    const CLAUDE_8192: Self = Self { max_output: Some(8192), ..Self::CLAUDE };
    const CLAUDE_SCHEMA: Self = Self { json_schema: true, ..Self::CLAUDE };
    const CLAUDE_NO_SAMPLING: Self = Self { sampling: false, ..Self::CLAUDE_SCHEMA };

    const GPT: Self = Self { json_schema: true, completion_tokens: true, ..Self::UNKNOWN };
    const GPT_OLD: Self = Self { max_output: Some(4096), ..Self::UNKNOWN };
    const GPT_REASONING: Self = Self { sampling: false, reasoning: true, ..Self::GPT };
    /// OpenAI's first reasoning models enforce no schema.
    const O1_EARLY: Self = Self { json_schema: false, ..Self::GPT_REASONING };

    const GEMINI: Self = Self { json_schema: true, max_output: Some(65_536), ..Self::UNKNOWN };
    /// The ones that draw, and those from before `responseJsonSchema`.
    const GEMINI_NO_SCHEMA: Self = Self { json_schema: false, ..Self::GEMINI };
    const GEMINI_8192: Self = Self { max_output: Some(8192), ..Self::GEMINI_NO_SCHEMA };
    const GEMMA: Self = Self { system_prompt: false, max_output: Some(8192), ..Self::UNKNOWN };

    const COMMAND: Self = Self { json_schema: true, ..Self::UNKNOWN };
    /// Their limits are given as "8k" and "4k"; the lower reading is right in any case.
    const COMMAND_8000: Self = Self { max_output: Some(8000), ..Self::COMMAND };
    const COMMAND_4000: Self = Self { max_output: Some(4000), ..Self::COMMAND };
    const COMMAND_OLD: Self = Self { json_schema: false, ..Self::COMMAND_4000 };

    /// The traits of a model; of two rows that fit, the one with the longer beginning holds.
    #[must_use]
    pub fn of(dialect: Dialect, model: &str) -> Self {
        let (rows, otherwise) = match dialect {
            Dialect::Anthropic => (ANTHROPIC, Self::CLAUDE_NO_SAMPLING),
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

/// `gpt-6`, `o5`: names of families yet to come.
fn newer_gpt(model: &str) -> bool {
    let number = model.strip_prefix("gpt-").or_else(|| model.strip_prefix('o'));
    number.and_then(|n| n.chars().next()).is_some_and(|c| c.is_ascii_digit() && c >= '5')
}

const ANTHROPIC: &[(&str, ModelTraits)] = &[
    ("claude-2", ModelTraits::CLAUDE_4096),
    ("claude-3-", ModelTraits::CLAUDE_4096),
    ("claude-3-5-", ModelTraits::CLAUDE_8192),
    ("claude-3-7-", ModelTraits::CLAUDE),
    ("claude-opus-4-", ModelTraits::CLAUDE),
    ("claude-opus-4-0", ModelTraits::CLAUDE),
    ("claude-opus-4-1", ModelTraits::CLAUDE_SCHEMA),
    ("claude-opus-4-5", ModelTraits::CLAUDE_SCHEMA),
    ("claude-opus-4-6", ModelTraits::CLAUDE_SCHEMA),
    ("claude-opus-4-7", ModelTraits::CLAUDE_NO_SAMPLING),
    ("claude-opus-4-8", ModelTraits::CLAUDE_NO_SAMPLING),
    ("claude-sonnet-4-", ModelTraits::CLAUDE),
    ("claude-sonnet-4-5", ModelTraits::CLAUDE_SCHEMA),
    ("claude-sonnet-4-6", ModelTraits::CLAUDE_SCHEMA),
    ("claude-haiku-4-5", ModelTraits::CLAUDE_SCHEMA),
];

const OPENAI: &[(&str, ModelTraits)] = &[
    ("gpt-3.5", ModelTraits::GPT_OLD),
    ("gpt-4", ModelTraits::GPT_OLD),
    ("gpt-4o", ModelTraits::GPT),
    ("gpt-4o-2024-05-13", ModelTraits { json_schema: false, ..ModelTraits::GPT }),
    ("gpt-4.1", ModelTraits::GPT),
    ("gpt-4.5", ModelTraits::GPT),
    ("gpt-5-chat", ModelTraits::GPT),
    ("codex-", ModelTraits::GPT_REASONING),
    ("computer-use-", ModelTraits::GPT_REASONING),
    ("chatgpt-", ModelTraits { completion_tokens: true, ..ModelTraits::UNKNOWN }),
    ("o1", ModelTraits::GPT_REASONING),
    ("o1-mini", ModelTraits::O1_EARLY),
    ("o1-preview", ModelTraits::O1_EARLY),
    ("o3", ModelTraits::GPT_REASONING),
    ("o4", ModelTraits::GPT_REASONING),
];

/// What the names of OpenAI's models that answer in Responses only have in them, of whatever generation.
const RESPONSES_ONLY: &[&str] = &["pro", "codex", "deep", "computer"];

const GEMINI: &[(&str, ModelTraits)] = &[
    ("gemini-", ModelTraits::GEMINI),
    ("gemini-1", ModelTraits::GEMINI_8192),
    ("gemini-2.0", ModelTraits::GEMINI_8192),
    ("gemini-2.5-flash-image", ModelTraits::GEMINI_NO_SCHEMA),
    ("gemma-", ModelTraits::GEMMA),
];

const COHERE: &[(&str, ModelTraits)] = &[
    ("command-", ModelTraits::COMMAND),
    ("command-a-03", ModelTraits::COMMAND_8000),
    ("command-a-translate", ModelTraits::COMMAND_8000),
    ("command-a-vision", ModelTraits::COMMAND_8000),
    ("command-light", ModelTraits::COMMAND_OLD),
    ("command-r", ModelTraits::COMMAND_4000),
    ("command-r-03", ModelTraits::COMMAND_OLD),
    ("command-r-plus-04", ModelTraits::COMMAND_OLD),
    ("c4ai-aya", ModelTraits::COMMAND_OLD),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides() {
        let pro = ModelTraits { responses_only: true, ..ModelTraits::GPT_REASONING };
        let cases = [
            (Dialect::Anthropic, "claude-sonnet-4-20250514", ModelTraits::CLAUDE),
            (Dialect::Anthropic, "claude-sonnet-4-5-20250929", ModelTraits::CLAUDE_SCHEMA),
            (Dialect::Anthropic, "claude-3-5-sonnet-20241022", ModelTraits::CLAUDE_8192),
            (Dialect::Anthropic, "claude-3-haiku-20240307", ModelTraits::CLAUDE_4096),
            (Dialect::Anthropic, "claude-opus-5-20260801", ModelTraits::CLAUDE_NO_SAMPLING),
            (Dialect::Anthropic, "tiny", ModelTraits::UNKNOWN),
            (Dialect::OpenAiChat, "gpt-4o-mini", ModelTraits::GPT),
            (Dialect::OpenAiChat, "gpt-4-turbo", ModelTraits::GPT_OLD),
            (Dialect::OpenAiChat, "gpt-5.1", ModelTraits::GPT_REASONING),
            (Dialect::OpenAiChat, "o1-mini", ModelTraits::O1_EARLY),
            (Dialect::OpenAiChat, "o5", ModelTraits::GPT_REASONING),
            (Dialect::OpenAiChat, "olmo", ModelTraits::UNKNOWN),
            (Dialect::OpenAiChat, "gpt-oss-pro", ModelTraits::UNKNOWN),
            (Dialect::OpenAiChat, "gpt-4o-protein", ModelTraits::GPT),
            (Dialect::OpenAiChat, "o3-pro", pro),
            (Dialect::OpenAiChat, "o1-pro-2025-03-19", pro),
            (Dialect::OpenAiChat, "gpt-5.2-pro", pro),
            (Dialect::OpenAiChat, "gpt-5.1-codex-max", pro),
            (Dialect::OpenAiChat, "codex-mini-latest", pro),
            (Dialect::OpenAiResponses, "o4-mini-deep-research", pro),
            (Dialect::OpenAiResponses, "gpt-4.1", ModelTraits::GPT),
            (Dialect::Ollama, "gpt-oss:20b", ModelTraits::UNKNOWN),
            (Dialect::Gemini, "gemini-3.8-flash", ModelTraits::GEMINI),
            (Dialect::Gemini, "models/gemini-2.0-flash", ModelTraits::GEMINI_8192),
            (Dialect::Gemini, "gemma-3-27b-it", ModelTraits::GEMMA),
            (Dialect::Gemini, "tunedModels/mine", ModelTraits::UNKNOWN),
            (Dialect::Cohere, "command-a-03-2025", ModelTraits::COMMAND_8000),
            (Dialect::Cohere, "command-a-reasoning-08-2025", ModelTraits::COMMAND),
            (Dialect::Cohere, "command-r-plus-08-2024", ModelTraits::COMMAND_4000),
            (Dialect::Cohere, "command-r-plus-04-2024", ModelTraits::COMMAND_OLD),
            (Dialect::Cohere, "mine", ModelTraits::UNKNOWN),
        ];
        for (dialect, model, wanted) in cases {
            assert_eq!(ModelTraits::of(dialect, model), wanted, "{model}");
        }
    }
}
