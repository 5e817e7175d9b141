//! By which rules and limits a deliberation runs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Participant;
use crate::cost::Prices;
use crate::types::{Nanos, Pool, Seat};

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
    /// Who writes the shared answer.
    #[serde(default, skip_serializing_if = "Judge::is_default")]
    pub judge: Judge,
    /// The most issues that may block an answer that enough members agree to; `None` means any number: then only
    /// the votes decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_blocking: Option<u32>,
    /// After so many further votes in which nothing moves it ends; `None` means that only the rounds end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u32>,
    /// How many rounds of rebuttal a debate has, or how many layers a mixture; `None` means the protocol's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u32>,
    /// With fewer drafts than this it ends without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuse_below: Option<u32>,
    /// How long all of it may take, in seconds of running; `None` means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u32>,
    /// How long a person has for an answer, in seconds; `None` means as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_seconds: Option<u32>,
    /// Whether it is checked afterwards if the deliberation helped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// Who writes the shared answer; when that one fails, the next by score does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "kebab-case")]
pub enum Judge {
    /// The member whose draft was scored highest.
    #[default]
    Highest,
    /// One member.
    Fixed {
        /// Whose seat.
        seat: Seat,
    },
    /// The members in turn, one for each version.
    Rotating,
    /// A model that is no member.
    Outside {
        /// Which.
        model: Pool,
    },
}

impl Judge {
    fn is_default(&self) -> bool {
        *self == Self::Highest
    }
}

/// How it is checked whether the deliberation helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The model that answers the goal alone, to compare with.
    pub baseline: Pool,
    /// The model that compares, which should be no member; the person who asked where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Pool>,
}

/// The seats of those who are asked and are no members.
pub mod seats {
    use crate::types::Seat;

    /// Who writes the shared answer, when that is no member.
    pub const JUDGE: Seat = 60_000;
    /// Who answers alone, to compare with.
    pub const BASELINE: Seat = 60_001;
    /// Who compares.
    pub const CHECK: Seat = 60_002;
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
            judge: Judge::default(),
            max_blocking: None,
            patience: Some(2),
            depth: None,
            refuse_below: None,
            max_seconds: None,
            person_seconds: None,
            check: None,
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

    /// Those who are asked and are no members, as if they were: an outside judge, and who takes part in a check.
    #[must_use]
    pub fn outsiders(&self) -> Vec<Participant> {
        let judge = match &self.judge {
            Judge::Outside { model } => Some(model),
            Judge::Highest | Judge::Fixed { .. } | Judge::Rotating => None,
        };
        let check = self.check.iter().flat_map(|check| std::iter::once(&check.baseline).chain(&check.by));
        let seated = |pool: &Pool| Participant { model: pool.clone(), ..Participant::new(pool.first().clone()) };
        judge.into_iter().chain(check).map(seated).collect()
    }

    /// Whether money or tokens are capped.
    #[must_use]
    pub const fn is_capped(&self) -> bool {
        self.max_cost.is_some() || self.max_tokens_total.is_some()
    }

    /// Whether a deliberation can be held by them.
    ///
    /// # Errors
    /// Says which of them makes no sense.
    pub fn check(&self) -> Result<(), &'static str> {
        if !(1..=1000).contains(&self.convergence_threshold) {
            return Err("the threshold must lie above 0 and at most at 1");
        }
        if self.max_rounds == 0 {
            return Err("at least one round is needed");
        }
        if self.round_timeout_seconds == 0 {
            return Err("a round needs at least one second");
        }
        if self.concurrency == Some(0) {
            return Err("with no call at once nobody is ever asked: allow at least one");
        }
        if self.max_cost == Some(Nanos::ZERO) || self.max_tokens_total == Some(0) {
            return Err("a cap of nothing allows nothing: leave it out for no cap");
        }
        if self.max_seconds == Some(0) || self.person_seconds == Some(0) {
            return Err("a time limit of nothing allows nothing: leave it out for no limit");
        }
        if self.patience == Some(0) || self.depth == Some(0) {
            return Err("a patience or a depth of nothing makes no sense: leave it out");
        }
        Ok(())
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
