//! Tokens, as the provider reported them.

use serde::{Deserialize, Serialize};

use super::Nanos;

/// Token counts of one answer. Unknown is `None`, which is not zero.
///
/// Providers send snapshots, often several: the latest of each count wins, they are never summed.
///
/// Providers differ in what they call input: with most, cached tokens are part of it; with Anthropic they stand
/// beside it. The counts here are the provider's own, [`TokenUsage::cache_apart`] says which way they count, and
/// [`TokenUsage::prompt_tokens`] and [`TokenUsage::fresh_tokens`] are the only places that settle it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsage {
    /// Prompt tokens as the provider counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Answer tokens, reasoning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Those of the answer tokens that were spent on reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Prompt tokens read from the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read_tokens: Option<u64>,
    /// Prompt tokens written to the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// Whether cache reads and writes stand beside `input_tokens` instead of being part of it. Only ever set
    /// where there are any.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cache_apart: bool,
    /// What the provider itself says that it charged, in billionths of a dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged: Option<Nanos>,
}

impl TokenUsage {
    /// Takes over every count that the newer snapshot knows.
    pub fn update(&mut self, newer: &Self) {
        let take = |mine: &mut Option<u64>, theirs: Option<u64>| *mine = theirs.or(*mine);
        take(&mut self.input_tokens, newer.input_tokens);
        take(&mut self.output_tokens, newer.output_tokens);
        take(&mut self.reasoning_tokens, newer.reasoning_tokens);
        take(&mut self.cache_read_tokens, newer.cache_read_tokens);
        take(&mut self.cache_write_tokens, newer.cache_write_tokens);
        self.cache_apart |= newer.cache_apart;
        self.charged = newer.charged.or(self.charged);
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// All tokens of the prompt: those that were read anew, from the cache, or written to it.
    #[must_use]
    pub fn prompt_tokens(&self) -> Option<u64> {
        let cached = if self.cache_apart { self.cached_tokens() } else { 0 };
        self.input_tokens.map(|input| input.saturating_add(cached))
    }

    /// The tokens of the prompt that have nothing to do with a cache.
    #[must_use]
    pub fn fresh_tokens(&self) -> Option<u64> {
        let cached = if self.cache_apart { 0 } else { self.cached_tokens() };
        self.input_tokens.map(|input| input.saturating_sub(cached))
    }

    /// Prompt and answer together, as far as either is known.
    #[must_use]
    pub fn total_tokens(&self) -> Option<u64> {
        match (self.prompt_tokens(), self.output_tokens) {
            (None, None) => None,
            (prompt, output) => Some(prompt.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }

    fn cached_tokens(&self) -> u64 {
        self.cache_read_tokens.unwrap_or(0).saturating_add(self.cache_write_tokens.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_count_once_whichever_way_a_provider_counts() {
        // The same call: 1,000 tokens of prompt, of which 700 came from the cache and 200 went into it.
        let part = TokenUsage {
            input_tokens: Some(1_000),
            output_tokens: Some(50),
            cache_read_tokens: Some(700),
            cache_write_tokens: Some(200),
            ..TokenUsage::default()
        };
        let beside = TokenUsage { input_tokens: Some(100), cache_apart: true, ..part };
        for usage in [part, beside] {
            assert_eq!((usage.prompt_tokens(), usage.fresh_tokens()), (Some(1_000), Some(100)));
            assert_eq!(usage.total_tokens(), Some(1_050));
        }
        // More cached than there is: a server's mistake is not a debt.
        assert_eq!(TokenUsage { input_tokens: Some(10), ..part }.fresh_tokens(), Some(0));
        assert_eq!(TokenUsage::default().total_tokens(), None);
    }
}
