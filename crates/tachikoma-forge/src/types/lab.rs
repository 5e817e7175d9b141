//! Families of models and who makes them: for masks in blind prompts, and for telling who comes from one lab.

use super::ModelRef;

/// A family as it stands in the names of its models, its lab, and what else that lab is called in lower case: a member
/// that says "made by Anthropic" says who it is.
pub const FAMILIES: [(&str, &str, &[&str]); 15] = [
    ("claude", "Anthropic", &["anthropic"]),
    ("gpt", "OpenAI", &["openai", "chatgpt"]),
    ("chatgpt", "OpenAI", &["openai", "gpt"]),
    ("llama", "Meta", &["meta ai"]),
    ("gemini", "Google", &["google", "deepmind"]),
    ("gemma", "Google", &["google", "deepmind"]),
    ("mistral", "Mistral", &["mistral ai"]),
    ("mixtral", "Mistral", &["mistral", "mistral ai"]),
    ("qwen", "Alibaba", &["alibaba", "tongyi"]),
    ("deepseek", "DeepSeek", &[]),
    ("grok", "xAI", &["xai"]),
    ("command-r", "Cohere", &["cohere"]),
    ("kimi", "Moonshot", &["moonshot"]),
    ("glm", "Zhipu", &["zhipu"]),
    ("nemotron", "NVIDIA", &["nvidia"]),
];

/// The lab that a model comes from, as far as its name tells: by the family that stands first in it, else by its
/// provider where that is a lab.
#[must_use]
pub fn lab_of(model: &ModelRef) -> Option<&'static str> {
    let name = model.model.to_lowercase();
    let by_name = FAMILIES.iter().filter_map(|(family, lab, _)| Some((name.find(family)?, *lab))).min();
    let provider = model.provider_name();
    let by_provider = || FAMILIES.iter().find(|(family, _, makers)| *family == provider || makers.contains(&provider));
    by_name.map(|(_, lab)| lab).or_else(|| by_provider().map(|(_, lab, _)| *lab))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_is_known_by_the_name_of_the_model_or_by_its_provider() {
        for (model, lab) in [
            ("anthropic/claude-sonnet-4-20250514", Some("Anthropic")),
            ("openrouter/openai/gpt-4.1", Some("OpenAI")),
            ("ollama/llama3.2:latest", Some("Meta")),
            ("ollama/deepseek-r1-distill-llama:8b", Some("DeepSeek")),
            ("ollama/qwen3", Some("Alibaba")),
            ("openai/o3", Some("OpenAI")),
            ("openai-compatible/local@http://127.0.0.1:1234", None),
            ("demo/ada", None),
        ] {
            assert_eq!(lab_of(&model.parse().unwrap()), lab, "{model}");
        }
    }
}
