//! What is known of a model. Servers say very different amounts; what one does not say stays unknown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Something that a model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCapability {
    /// Answers messages.
    Completion,
    /// Calls tools.
    Tools,
    /// Thinks before it answers.
    Thinking,
    /// Reads images.
    Vision,
    /// Hears or speaks.
    Audio,
    /// Enforces a JSON schema.
    JsonSchema,
    /// Fills a gap in a text.
    Insert,
    /// Turns text into vectors.
    Embedding,
}

impl ModelCapability {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Completion => "answers",
            Self::Tools => "tools",
            Self::Thinking => "thinking",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::JsonSchema => "JSON schema",
            Self::Insert => "insert",
            Self::Embedding => "embedding",
        }
    }
}

/// A model, and what its server says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The name to ask it by, fit to be shown: one line without control characters.
    pub name: String,
    /// The name that people read, where it has another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How much it can read and write at once, in tokens: as it is loaded, else as it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// The longest answer, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// Its size on disk, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// How many parameters it has, in the server's words: `3.2B`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
    /// How its weights are shortened, in the server's words: `Q4_K_M`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantization: Option<String>,
    /// The family of models that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// What it can do; nothing where the server does not say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<ModelCapability>,
    /// Whether it is in the server's memory now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<bool>,
}

impl ModelInfo {
    /// A model of which nothing but the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Whether it can take part in a deliberation, as far as is known.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.capabilities.is_empty() || self.capabilities.contains(&ModelCapability::Completion)
    }

    /// What is known besides the name, in short words for people: `128k context`, `2.0 GB`, `tools, vision`, `loaded`.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let can = self.capabilities.iter().filter(|c| **c != ModelCapability::Completion).map(|c| c.word());
        let can = can.collect::<Vec<_>>().join(", ");
        let loaded = self.loaded.filter(|loaded| *loaded).map(|_| "loaded".to_owned());
        let facts = [
            self.context_tokens.map(|tokens| [&tokens_in_words(tokens), " context"].concat()),
            self.size_bytes.map(bytes_in_words),
            self.parameters.clone(),
            self.quantization.clone(),
            Some(can).filter(|words| !words.is_empty()),
            loaded,
        ];
        facts.into_iter().flatten().collect()
    }

    /// Takes over what another answer says and this one does not. What is in memory, and with how much context, the
    /// newer answer knows better.
    pub(super) fn add(&mut self, newer: &Self) {
        self.loaded = newer.loaded.or(self.loaded);
        self.context_tokens = newer.context_tokens.or(self.context_tokens);
        let fill = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        fill(&mut self.label, &newer.label);
        fill(&mut self.parameters, &newer.parameters);
        fill(&mut self.quantization, &newer.quantization);
        fill(&mut self.family, &newer.family);
        self.max_output_tokens = self.max_output_tokens.or(newer.max_output_tokens);
        self.size_bytes = self.size_bytes.or(newer.size_bytes);
        self.capabilities.extend(&newer.capabilities);
    }
}

impl From<&str> for ModelInfo {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

/// A number of bytes for people, in powers of ten: `2.0 GB`, `274 MB`.
#[must_use]
pub fn bytes_in_words(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut whole, mut tenths, mut at) = (bytes, 0, 0);
    while whole >= 1000 && at + 1 < units.len() {
        (whole, tenths, at) = (whole / 1000, whole % 1000 / 100, at + 1);
    }
    let fraction = if at > 0 && whole < 10 { [".", &tenths.to_string()].concat() } else { String::new() };
    [&whole.to_string(), &fraction, " ", units[at]].concat()
}

/// A number of tokens for people, as they are named: `128k`, `200k`, `1M`.
#[must_use]
pub fn tokens_in_words(tokens: u64) -> String {
    // Lengths are powers of two as often as round numbers.
    let step = if tokens.is_multiple_of(1024) && !tokens.is_multiple_of(1000) { 1024 } else { 1000 };
    match (tokens / step, tokens / step / step) {
        (0, _) => tokens.to_string(),
        (_, millions @ 1..) if (tokens / step).is_multiple_of(step) => [&millions.to_string(), "M"].concat(),
        (thousands, _) => [&thousands.to_string(), "k"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let bytes = [(0, "0 B"), (999, "999 B"), (1_429, "1.4 kB"), (274_302_450, "274 MB"), (2_019_393_189, "2.0 GB")];
        for (number, words) in bytes {
            assert_eq!(bytes_in_words(number), words);
        }
        assert_eq!(bytes_in_words(u64::MAX), "18446 PB");
        let tokens = [
            (512, "512"),
            (4096, "4k"),
            (131_072, "128k"),
            (128_000, "128k"),
            (200_000, "200k"),
            (1_048_576, "1M"),
            (1_000_000, "1M"),
            (1_050_000, "1050k"),
        ];
        for (number, words) in tokens {
            assert_eq!(tokens_in_words(number), words, "{number}");
        }
    }

    #[test]
    fn facts_are_said_in_short() {
        let info = ModelInfo {
            context_tokens: Some(131_072),
            size_bytes: Some(2_019_393_189),
            capabilities: [ModelCapability::Vision, ModelCapability::Completion, ModelCapability::Tools].into(),
            loaded: Some(true),
            ..ModelInfo::named("m")
        };
        assert_eq!(info.facts(), ["128k context", "2.0 GB", "tools, vision", "loaded"]);
        assert_eq!(ModelInfo::named("m").facts(), Vec::<String>::new());
        assert!(info.answers() && ModelInfo::named("m").answers());
    }
}
