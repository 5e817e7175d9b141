//! What a deliberation is about, who takes part, and by which limits.

use serde::{Deserialize, Serialize};

use crate::cost::Prices;
use crate::types::{ModelRef, Nanos, Seat};

/// What is deliberated. All of it is the user's own text: it is never masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// A short name for lists.
    pub title: String,
    /// The question or task, in full.
    pub goal: String,
    /// What every answer has to respect, one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
}

impl Topic {
    /// A topic whose title is the first line of the goal, cut at 80 characters.
    #[must_use]
    pub fn new(goal: impl Into<String>) -> Self {
        let goal = goal.into().trim().to_owned();
        let line = goal.lines().next().unwrap_or_default();
        let mut title: String = line.chars().take(80).collect();
        if title.len() < line.len() {
            title.push('…');
        }
        Self { title, goal, constraints: Vec::new() }
    }

    /// Adds constraints, one a line; blank lines are dropped.
    #[must_use]
    pub fn with_constraints(mut self, text: &str) -> Self {
        self.constraints.extend(text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned));
        self
    }
}

/// A member of the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The place at the table, from 0; given by the orchestrator.
    pub seat: Seat,
    /// What people call the member; unique within a session.
    pub name: String,
    /// The model that speaks.
    pub model: ModelRef,
    /// The models tried in order when it cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<ModelRef>,
    /// How the member should think, in the user's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
}

impl Participant {
    /// A member named after its model.
    #[must_use]
    pub fn new(model: ModelRef) -> Self {
        Self { seat: 0, name: short_name(&model), model, fallbacks: Vec::new(), persona: None }
    }

    /// Gives the member a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives the member a persona; blank means none.
    #[must_use]
    pub fn with_persona(mut self, persona: &str) -> Self {
        self.persona = Some(persona.trim().to_owned()).filter(|p| !p.is_empty());
        self
    }

    /// Adds a model to try when the ones before it cannot.
    #[must_use]
    pub fn with_fallback(mut self, model: ModelRef) -> Self {
        self.fallbacks.push(model);
        self
    }
}

/// The model's name without the folder before it and the tag behind it: `meta/llama3.2:latest` is `llama3.2`.
fn short_name(model: &ModelRef) -> String {
    let name = model.model.rsplit('/').next().unwrap_or(&model.model);
    let name = name.strip_suffix(":latest").unwrap_or(name);
    if name.is_empty() { model.provider.clone() } else { name.to_owned() }
}

/// The limits of a deliberation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The agreement that ends it, in thousandths: 800 is 0.8. Held and compared as integers.
    pub convergence_threshold: u32,
    /// The most rounds, all types counted.
    pub max_rounds: u32,
    /// How long a round may take before it ends with what is ready, in seconds.
    pub round_timeout_seconds: u32,
    /// The most tokens per answer; `None` means the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The cap on money, for all calls together; `None` means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<Nanos>,
    /// The cap on tokens, prompts and answers of all calls together; `None` means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens_total: Option<u64>,
    /// What the models cost, as known when it began. They stay with the session, so that all who read it come to
    /// the same sums, today and in a year.
    #[serde(default, skip_serializing_if = "Prices::is_empty")]
    pub prices: Prices,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            convergence_threshold: 800,
            max_rounds: 10,
            round_timeout_seconds: 300,
            max_tokens: None,
            max_cost: None,
            max_tokens_total: None,
            prices: Prices::default(),
        }
    }
}

impl Settings {
    /// The most tokens of an answer where nothing else is said.
    pub const ANSWER_TOKENS: u32 = 8192;

    /// The most tokens per answer.
    #[must_use]
    pub fn answer_tokens(&self) -> u32 {
        self.max_tokens.unwrap_or(Self::ANSWER_TOKENS)
    }

    /// Whether money or tokens are capped.
    #[must_use]
    pub const fn is_capped(&self) -> bool {
        self.max_cost.is_some() || self.max_tokens_total.is_some()
    }

    /// A threshold as people write it, in thousandths.
    ///
    /// # Errors
    /// Says what is allowed, unless `value` lies above 0 and at most at 1.
    pub fn threshold_from(value: f64) -> Result<u32, String> {
        if !(value > 0.0 && value <= 1.0) {
            return Err(format!(
                "a threshold of {value} makes no sense: write a number above 0 and up to 1, such as 0.8"
            ));
        }
        // In range by the check above; below one thousandth would mean "always agreed".
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 < value <= 1")]
        Ok(((value * 1000.0).round() as u32).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line() {
        assert_eq!(Topic::new("  Why?\nBecause  ").title, "Why?");
        assert_eq!(Topic::new("é".repeat(100)).title.chars().count(), 81);
        assert_eq!(Topic::new("x").with_constraints(" a \n\n b").constraints, ["a", "b"]);
    }

    #[test]
    fn members_are_named_after_their_models() {
        let name = |m: &str| Participant::new(m.parse().unwrap()).name;
        assert_eq!(name("ollama/llama3.2:latest"), "llama3.2");
        assert_eq!(name("openrouter/meta/llama-4"), "llama-4");
    }

    #[test]
    fn thresholds_are_thousandths() {
        assert_eq!(Settings::threshold_from(0.8), Ok(800));
        assert_eq!(Settings::threshold_from(2.0 / 3.0), Ok(667));
        assert_eq!(Settings::threshold_from(1.0), Ok(1000));
        for wrong in [0.0, -1.0, 1.01, f64::NAN, f64::INFINITY] {
            assert!(Settings::threshold_from(wrong).is_err());
        }
    }
}
