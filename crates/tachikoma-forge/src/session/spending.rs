//! What a session has spent: a fold of its attempts and the prices that it carries.

use serde::{Deserialize, Serialize};

use super::{AttemptRecord, AttemptState, ForgeSession, NextStep, SessionState, Settings};
use crate::types::{ErrorKind, LlmError, ModelRef, Nanos};

/// What is set aside for a call before it goes out: the most that it can come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// Tokens of prompt and answer.
    pub tokens: u64,
    /// Money; nothing where the price is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Nanos>,
}

/// What was spent, as far as it is known. Calls under way are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// The money that is known of.
    pub cost: Nanos,
    /// Calls that cost an unknown amount beside it: of an unknown price, or whose provider reported nothing.
    pub unknown: u64,
    /// Tokens as reported, prompts and answers.
    pub tokens: u64,
    /// Calls whose provider reported no tokens.
    pub unreported: u64,
    /// Whether all that was called is known to cost nothing.
    pub free: bool,
}

impl ForgeSession {
    /// What all attempts have cost so far: those that failed or were interrupted too.
    #[must_use]
    pub fn spending(&self) -> Spending {
        let running = matches!(self.state, SessionState::Running);
        let ended = |attempt: &&AttemptRecord| !(running && attempt.state == AttemptState::Running);
        let attempts = self.all_turns().flat_map(|turn| &turn.attempts).filter(ended);
        Spending::of(attempts, &self.settings)
    }

    /// What a cap has to count: what was spent, what calls under way may still come to, and for every call of
    /// which nobody knows what it came to, all that was set aside for it.
    #[must_use]
    pub fn committed(&self) -> Reserved {
        let mut sum = Reserved { tokens: 0, cost: Some(Nanos::ZERO) };
        for attempt in self.all_turns().flat_map(|turn| &turn.attempts) {
            let one = attempt.committed(&self.settings);
            sum.tokens = sum.tokens.saturating_add(one.tokens);
            sum.cost = sum.cost.zip(one.cost).map(|(sum, one)| sum.plus(one));
        }
        sum
    }
}

impl Spending {
    /// The sum over attempts that have ended.
    #[must_use]
    pub fn of<'a>(attempts: impl IntoIterator<Item = &'a AttemptRecord>, settings: &Settings) -> Self {
        let mut sum = Self { free: true, ..Self::default() };
        for attempt in attempts {
            sum.free &= settings.prices.of(&attempt.model).is_some_and(crate::cost::Price::is_free);
            if attempt.was_not_served() {
                continue;
            }
            match attempt.usage.total_tokens() {
                Some(tokens) => sum.tokens = sum.tokens.saturating_add(tokens),
                None => sum.unreported += 1,
            }
            match attempt.cost(settings) {
                Some(cost) => sum.cost += cost,
                None => sum.unknown += 1,
            }
        }
        sum
    }
}

impl AttemptRecord {
    /// What it cost, if that is known.
    #[must_use]
    pub fn cost(&self, settings: &Settings) -> Option<Nanos> {
        if self.was_not_served() {
            return Some(Nanos::ZERO);
        }
        match settings.prices.of(&self.model) {
            Some(price) => price.of(&self.usage),
            None => self.usage.charged,
        }
    }

    /// Whether the provider turned it away, or was never reached: nothing is paid for that.
    #[must_use]
    pub fn was_not_served(&self) -> bool {
        let AttemptState::Failed { error, .. } = &self.state else { return false };
        self.usage.is_unknown() && self.text.is_empty() && self.reasoning.is_empty() && turned_away(error)
    }

    fn committed(&self, settings: &Settings) -> Reserved {
        let reserved = self.reserved.unwrap_or_default();
        let spent = Reserved { tokens: self.usage.total_tokens().unwrap_or(0), cost: self.cost(settings) };
        let whole = self.usage.input_tokens.is_some() && self.usage.output_tokens.is_some();
        match &self.state {
            // Its counts are the last word, where there are any.
            AttemptState::Succeeded | AttemptState::Failed { next: NextStep::Repair, .. } => Reserved {
                tokens: if whole { spent.tokens } else { spent.tokens.max(reserved.tokens) },
                cost: spent.cost.or(reserved.cost),
            },
            AttemptState::Failed { .. } if self.was_not_served() => Reserved { tokens: 0, cost: Some(Nanos::ZERO) },
            // It may have gone on after its last count, and after we stopped listening.
            AttemptState::Running | AttemptState::Interrupted | AttemptState::Failed { .. } => Reserved {
                tokens: spent.tokens.max(reserved.tokens),
                cost: reserved.cost.map(|reserved| reserved.max(spent.cost.unwrap_or_default())),
            },
        }
    }
}

/// Errors of a server that did no work. A connection that broke before the answer began is counted among them.
fn turned_away(error: &LlmError) -> bool {
    error.status.is_some()
        || matches!(
            error.kind,
            ErrorKind::MissingApiKey
                | ErrorKind::Network
                | ErrorKind::Auth
                | ErrorKind::Permission
                | ErrorKind::NotFound
                | ErrorKind::InvalidRequest
                | ErrorKind::ContextTooLong
                | ErrorKind::RateLimited
                | ErrorKind::Quota
                | ErrorKind::Overloaded
        )
}

impl Settings {
    /// The models among these whose price is unknown: no cap on money can hold with them.
    #[must_use]
    pub fn unpriced<'a>(&self, models: impl IntoIterator<Item = &'a ModelRef>) -> Vec<&'a ModelRef> {
        models.into_iter().filter(|model| self.prices.of(model).is_none()).collect()
    }
}
