//! How providers do: calls, failures, speed and cost by model, folded from sessions. Nothing here leaves the
//! machine; an adapter keeps what was folded beside the journals, or folds them anew.

mod help;
mod sketch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::session::{AttemptRecord, AttemptState, CompleteTurn, ForgeSession, Settings};
use crate::types::{ErrorKind, ModelRef, Nanos};

pub use help::{HelpRates, Helped, Past};
pub use sketch::Sketch;

/// What is known of each model, by its [bare](ModelRef::bare) name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metrics(pub BTreeMap<String, Figures>);

/// What is known of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Calls that were made and have ended.
    pub calls: u64,
    /// Those that gave an answer.
    pub answered: u64,
    /// Those that failed, by kind.
    pub failures: BTreeMap<ErrorKind, u64>,
    /// Those that were cut off from outside: nobody's fault.
    pub interrupted: u64,
    /// Milliseconds from the call to the first piece.
    pub first_token: Sketch,
    /// Tokens of answers whose time is known…
    pub written_tokens: u64,
    /// …and the milliseconds from their first piece to their end.
    pub written_ms: u64,
    /// Tokens of prompts, as reported.
    pub prompt_tokens: u64,
    /// Tokens of answers, as reported.
    pub answer_tokens: u64,
    /// The cost that is known of.
    pub cost: Nanos,
    /// Calls of unknown cost beside it.
    pub unknown_cost: u64,
    /// When the last call that was answered began, in milliseconds since 1970.
    pub last_answer_ms: Option<u64>,
    /// When the last call that failed began, and how it did.
    pub last_failure: Option<(u64, ErrorKind)>,
}

/// How a model does, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing is known: no call has ended by itself.
    Unknown,
    /// Its last call was answered, and at least nine of ten were.
    Good,
    /// Its last call was answered, but more than one of ten failed.
    Shaky,
    /// Its last call failed.
    Failing,
}

impl Health {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Good => "good",
            Self::Shaky => "shaky",
            Self::Failing => "failing",
        }
    }
}

impl Metrics {
    /// What one session tells. The demo asks no model and tells nothing.
    #[must_use]
    pub fn of(session: &ForgeSession) -> Self {
        let mut metrics = Self::default();
        if session.demo {
            return metrics;
        }
        // What came along with a fork, the session that it comes from tells.
        for turn in session.all_turns().filter(|turn| !session.came_along(&turn.ask)) {
            for attempt in &turn.attempts {
                let complete = turn.complete().filter(|complete| complete.attempt == attempt.attempt);
                metrics.of_model(&attempt.model).take(attempt, complete, &session.settings);
            }
        }
        metrics.0.retain(|_, figures| *figures != Figures::default());
        metrics
    }

    /// Adds what another fold tells, of other sessions.
    pub fn add(&mut self, other: &Self) {
        for (model, figures) in &other.0 {
            self.0.entry(model.clone()).or_default().add(figures);
        }
    }

    /// The sums of a provider's models, by provider.
    #[must_use]
    pub fn by_provider(&self) -> Self {
        let mut sums = Self::default();
        for (model, figures) in &self.0 {
            let provider = model.split('/').next().unwrap_or_default();
            sums.0.entry(provider.to_owned()).or_default().add(figures);
        }
        sums
    }

    fn of_model(&mut self, model: &ModelRef) -> &mut Figures {
        self.0.entry(model.bare()).or_default()
    }
}

impl Figures {
    /// How it does.
    #[must_use]
    pub fn health(&self) -> Health {
        let failed = self.failed();
        match (self.last_answer_ms, self.last_failure) {
            (None, None) => Health::Unknown,
            (answer, Some((failure, _))) if answer.is_none_or(|answer| answer < failure) => Health::Failing,
            _ if failed.saturating_mul(10) > self.answered.saturating_add(failed) => Health::Shaky,
            _ => Health::Good,
        }
    }

    /// Calls that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Tokens per second while it writes, in tenths.
    #[must_use]
    pub fn speed_tenths(&self) -> Option<u64> {
        (self.written_ms > 0).then(|| self.written_tokens.saturating_mul(10_000) / self.written_ms)
    }

    fn take(&mut self, attempt: &AttemptRecord, complete: Option<&CompleteTurn>, settings: &Settings) {
        match &attempt.state {
            // How it ends is not known yet.
            AttemptState::Running => return,
            AttemptState::Interrupted => self.interrupted += 1,
            AttemptState::Succeeded => {
                self.answered += 1;
                self.last_answer_ms = self.last_answer_ms.max(Some(attempt.started_ms));
            }
            AttemptState::Failed { error, .. } => {
                *self.failures.entry(error.kind).or_default() += 1;
                self.last_failure = self.last_failure.max(Some((attempt.started_ms, error.kind)));
            }
        }
        self.calls += 1;
        let usage = &attempt.usage;
        self.prompt_tokens = self.prompt_tokens.saturating_add(usage.prompt_tokens().unwrap_or(0));
        self.answer_tokens = self.answer_tokens.saturating_add(usage.output_tokens.unwrap_or(0));
        match attempt.cost(settings) {
            Some(cost) => self.cost += cost,
            None => self.unknown_cost += 1,
        }
        if let Some(first) = complete.and_then(|complete| complete.first_token_ms) {
            self.first_token.add(first);
            let writing = complete.map_or(0, |complete| complete.duration_ms).saturating_sub(first);
            if let Some(tokens) = usage.output_tokens.filter(|_| writing > 0) {
                self.written_tokens = self.written_tokens.saturating_add(tokens);
                self.written_ms = self.written_ms.saturating_add(writing);
            }
        }
    }

    fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.calls, other.calls),
            (&mut self.answered, other.answered),
            (&mut self.interrupted, other.interrupted),
            (&mut self.written_tokens, other.written_tokens),
            (&mut self.written_ms, other.written_ms),
            (&mut self.prompt_tokens, other.prompt_tokens),
            (&mut self.answer_tokens, other.answer_tokens),
            (&mut self.unknown_cost, other.unknown_cost),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
        for (kind, more) in &other.failures {
            let sum = self.failures.entry(*kind).or_default();
            *sum = sum.saturating_add(*more);
        }
        self.first_token.merge(&other.first_token);
        self.cost += other.cost;
        self.last_answer_ms = self.last_answer_ms.max(other.last_answer_ms);
        self.last_failure = self.last_failure.max(other.last_failure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_what_came_last_and_how_often() {
        let figures = |answered, failed, last_answer_ms, last_failure: Option<u64>| Figures {
            answered,
            failures: BTreeMap::from([(ErrorKind::Server, failed)]),
            last_answer_ms,
            last_failure: last_failure.map(|at| (at, ErrorKind::Server)),
            ..Figures::default()
        };
        let table = [
            (figures(0, 0, None, None), Health::Unknown),
            (figures(5, 0, Some(5), None), Health::Good),
            (figures(9, 1, Some(5), Some(1)), Health::Good),
            (figures(8, 1, Some(5), Some(1)), Health::Shaky),
            (figures(99, 1, Some(5), Some(6)), Health::Failing),
            (figures(0, 1, None, Some(6)), Health::Failing),
        ];
        for (figures, health) in table {
            assert_eq!(figures.health(), health, "{figures:?}");
        }
    }

    #[test]
    fn speed_is_tokens_over_time_of_writing() {
        let figures = Figures { written_tokens: 505, written_ms: 10_000, ..Figures::default() };
        assert_eq!(figures.speed_tenths(), Some(505));
        assert_eq!(Figures::default().speed_tenths(), None);
    }
}
