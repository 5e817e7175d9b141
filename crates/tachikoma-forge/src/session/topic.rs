//! What a deliberation is about, who takes part, and by which limits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Attachment;
use crate::cost::Prices;
use crate::types::{ModelRef, ModelRefError, Nanos, Pool, Seat};

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
    /// The files that were supplied with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
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
        Self { title, goal, ..Self::default() }
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
    /// The model that speaks, by any of its targets.
    pub model: Pool,
    /// The models tried in order when it cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<Pool>,
    /// How the member should think, in the user's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Whether its model looks at pictures, as known when the session began; `None` when unknown, and in a session
    /// without pictures. Its fallbacks do not count: what they cannot take is left out of their requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vision: Option<bool>,
}

impl Participant {
    /// A member named after its model.
    #[must_use]
    pub fn new(model: ModelRef) -> Self {
        Self {
            seat: 0,
            name: short_name(&model),
            model: model.into(),
            fallbacks: Vec::new(),
            persona: None,
            vision: None,
        }
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
        self.fallbacks.push(model.into());
        self
    }

    /// Its list: its own model, then the fallbacks in order.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        std::iter::once(&self.model).chain(&self.fallbacks)
    }

    /// Everything in its list that may be asked, in order.
    pub fn targets(&self) -> impl Iterator<Item = &ModelRef> {
        self.pools().flat_map(Pool::targets)
    }
}

/// A member as people write it: its models with `,` between them, the first its own, the others its fallbacks in
/// order; each one target or several with `|` between them.
impl FromStr for Participant {
    type Err = ModelRefError;

    fn from_str(text: &str) -> Result<Self, ModelRefError> {
        let mut pools = text.split(',').map(str::parse::<Pool>);
        let model = pools.next().unwrap_or_else(|| text.parse())?;
        let fallbacks = pools.collect::<Result<_, _>>()?;
        Ok(Self { model: model.clone(), fallbacks, ..Self::new(model.first().clone()) })
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
    /// How the targets of a pool share the work.
    #[serde(default, skip_serializing_if = "Balance::is_default")]
    pub balance: Balance,
    /// The most calls to one server at once; `None` means what is known of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
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
            balance: Balance::default(),
            concurrency: None,
            max_cost: None,
            max_tokens_total: None,
            prices: Prices::default(),
        }
    }
}

/// How the targets of a pool share the work. One that is cooling or has no room is passed over in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Each in its turn.
    #[default]
    RoundRobin,
    /// The one whose server has the fewest calls of this session under way.
    LeastBusy,
    /// The one whose first pieces have come soonest in this session; one that was not asked yet goes first.
    Fastest,
}

impl Balance {
    /// All of them, in the order in which to offer them.
    pub const ALL: [Self; 3] = [Self::RoundRobin, Self::LeastBusy, Self::Fastest];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::LeastBusy => "least-busy",
            Self::Fastest => "fastest",
        }
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Balance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|balance| balance.name() == text.trim());
        found.ok_or_else(|| format!("{text:?} is no way to share the work: write one of {known}"))
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
    fn a_member_is_a_list_of_pools() {
        let member: Participant = "openai/gpt-4o|openai#2/gpt-4o, ollama/x".parse().unwrap();
        assert_eq!(member.name, "gpt-4o");
        assert_eq!(
            member.pools().map(Pool::to_string).collect::<Vec<_>>(),
            ["openai/gpt-4o|openai#2/gpt-4o", "ollama/x"]
        );
        assert_eq!(member.targets().count(), 3);
        for wrong in ["", "openai/x,", ",openai/x", "openai/x,y"] {
            assert!(wrong.parse::<Participant>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_balance_is_written_as_it_is_called() {
        for balance in Balance::ALL {
            assert_eq!(balance.name().parse(), Ok(balance));
            assert_eq!(serde_json::to_value(balance).unwrap(), balance.name());
        }
        assert!("random".parse::<Balance>().unwrap_err().contains("round-robin, least-busy, fastest"));
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
