//! How much a model reads: the context windows of the vendors' own models, by the beginning of their name.
//! Sources: the vendors' model pages as of November 2026. What is not listed is unknown, which is not small.

use super::Dialect;

/// The tokens that a model can hold, prompt and answer together; `None` when nothing is known of it.
#[must_use]
pub fn context_window(dialect: Dialect, model: &str) -> Option<u32> {
    let rows = match dialect {
        Dialect::Anthropic => ANTHROPIC,
        Dialect::OpenAiChat | Dialect::OpenAiResponses => OPENAI,
        Dialect::Gemini => GEMINI,
        Dialect::Cohere => COHERE,
        // A local model's window is what its server was told.
        Dialect::Ollama | Dialect::OllamaGenerate => return None,
    };
    let model = if dialect == Dialect::Gemini { model.strip_prefix("models/").unwrap_or(model) } else { model };
    let known = rows.iter().filter(|(start, _)| model.starts_with(start)).max_by_key(|(start, _)| start.len());
    known.map(|(_, tokens)| *tokens)
}

const ANTHROPIC: &[(&str, u32)] = &[("claude-2", 200_000), ("claude-2.0", 100_000), ("claude-", 200_000)];

const OPENAI: &[(&str, u32)] = &[
    ("gpt-3.5", 16_385),
    ("gpt-4", 8_192),
    ("gpt-4-turbo", 128_000),
    ("gpt-4o", 128_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4.5", 128_000),
    ("gpt-5", 400_000),
    ("gpt-5-chat", 128_000),
    ("o1", 200_000),
    ("o1-mini", 128_000),
    ("o1-preview", 128_000),
    ("o3", 200_000),
    ("o4", 200_000),
];

const GEMINI: &[(&str, u32)] =
    &[("gemini-", 1_048_576), ("gemini-1.5-pro", 2_097_152), ("gemini-1.0", 32_760), ("gemma-3", 131_072)];

const COHERE: &[(&str, u32)] =
    &[("command-a", 256_000), ("command-a-translate", 8_192), ("command-r", 128_000), ("command-light", 4_096)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides_and_nothing_is_guessed() {
        let cases = [
            (Dialect::Anthropic, "claude-sonnet-4-20250514", Some(200_000)),
            (Dialect::OpenAiChat, "gpt-4", Some(8_192)),
            (Dialect::OpenAiChat, "gpt-4o-mini", Some(128_000)),
            (Dialect::OpenAiChat, "gpt-4.1", Some(1_047_576)),
            (Dialect::OpenAiChat, "mixtral", None),
            (Dialect::Gemini, "models/gemini-3.8-flash", Some(1_048_576)),
            (Dialect::Cohere, "command-a-03-2025", Some(256_000)),
            (Dialect::Ollama, "gpt-4", None),
        ];
        for (dialect, model, wanted) in cases {
            assert_eq!(context_window(dialect, model), wanted, "{model}");
        }
    }
}
