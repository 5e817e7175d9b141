//! Whether the deliberation helped: what a blind comparison of its result with a single draft and with one model alone
//! came to, and at what price. Rounds of a check come after the end and count as none.

use super::{Answer, AttemptRecord, ForgeSession, Spending, Turn, TurnState, seats};
use crate::types::{RoundType, Seat};

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contender {
    /// The result of the deliberation.
    Result,
    /// The best single draft.
    Draft,
    /// What one model alone answered.
    Baseline,
}

impl Contender {
    /// What people call it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Result => "the result",
            Self::Draft => "the best single draft",
            Self::Baseline => "one model alone",
        }
    }
}

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was compared, the best first.
    pub order: Vec<Contender>,
    /// Why, in the words of who compared; may be empty.
    pub reasoning: String,
    /// What the deliberation cost, as a multiple of what one model alone did; none where that is not known.
    pub ratio: Option<Ratio>,
}

/// A price as a multiple of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The multiple in tenths: 73 is 7.3 times.
    pub tenths: u64,
    /// Whether it is one of money; else of tokens, where nothing is charged or prices are unknown.
    pub money: bool,
}

impl Checked {
    /// Whether the result was found better than all that it was compared with.
    #[must_use]
    pub fn helped(&self) -> bool {
        self.order.first() == Some(&Contender::Result)
    }

    /// The verdict in a sentence or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        let order: Vec<&str> = self.order.iter().map(|contender| contender.words()).collect();
        let verdict = if self.helped() { "The deliberation helped" } else { "The deliberation did not help" };
        let ratio = self.ratio.map_or_else(String::new, |ratio| {
            let what = if ratio.money { "cost" } else { "took" };
            let unit = if ratio.money { "as much as" } else { "the tokens of" };
            let (whole, tenth) = ((ratio.tenths / 10).to_string(), (ratio.tenths % 10).to_string());
            [" It ", what, " ", &whole, ".", &tenth, " times ", unit, " one model alone."].concat()
        });
        [verdict, ": compared blind, the best first: ", &order.join(", "), ".", &ratio].concat()
    }
}

impl ForgeSession {
    /// How many rounds the deliberation has used. Those of a check are none.
    #[must_use]
    pub fn rounds_used(&self) -> usize {
        self.rounds.iter().filter(|round| !round.round_type.is_check()).count()
    }

    /// What the latest comparison of the result came to; `None` without one.
    #[must_use]
    pub fn checked(&self) -> Option<Checked> {
        let result = &self.result()?.ask;
        let compares = |label: &super::Label| label.ask == *result;
        let round = self.rounds.iter().rev().find(|round| {
            round.complete && round.round_type == RoundType::Comparison && round.labels.iter().any(compares)
        })?;
        let answer = self.turns_of(round.number).find_map(Turn::answer)?;
        let Answer::Comparison { order, reasoning } = answer else { return None };
        let contender = |label: &String| {
            let ask = &round.labels.iter().find(|known| known.label == *label)?.ask;
            Some(match (ask == result, ask.seat) {
                (true, _) => Contender::Result,
                (false, seats::BASELINE) => Contender::Baseline,
                (false, _) => Contender::Draft,
            })
        };
        let order = order.iter().filter_map(contender).collect();
        Some(Checked { order, reasoning: reasoning.clone(), ratio: self.ratio() })
    }

    /// Why a check that was wanted came to nothing, in a sentence; `None` where it came to something, or still may.
    #[must_use]
    pub fn check_failed(&self) -> Option<String> {
        if self.checked().is_some() {
            return None;
        }
        let round = self.rounds.iter().rev().find(|round| round.complete && round.round_type.is_check())?;
        let why = self.turns_of(round.number).find_map(|turn| match &turn.state {
            TurnState::Failed { error } => Some(error.message.as_str()),
            TurnState::Complete(complete) => match &complete.answer {
                Answer::Abstained { why } => Some(why.as_str()),
                _ => None,
            },
            TurnState::Open => None,
        })?;
        Some(["Whether it helped is not known: ", why.trim_end_matches('.'), "."].concat())
    }

    /// Who deliberates and how, in a line that is the same for all sessions of that kind.
    #[must_use]
    pub fn set_up(&self) -> String {
        let mut models: Vec<String> = self.participants.iter().map(|member| member.model.first().bare()).collect();
        models.sort_unstable();
        [&self.protocol, ": ", &models.join(" + ")].concat()
    }

    fn ratio(&self) -> Option<Ratio> {
        let sum = |wanted: &dyn Fn(Seat) -> bool| {
            let turns = self.all_turns().filter(|turn| wanted(turn.ask.seat));
            let attempts: Vec<&AttemptRecord> = turns.flat_map(|turn| &turn.attempts).collect();
            Spending::of(attempts, &self.settings)
        };
        let all = sum(&|seat| !matches!(seat, seats::BASELINE | seats::CHECK));
        let alone = sum(&|seat| seat == seats::BASELINE);
        let known = all.unknown == 0 && alone.unknown == 0;
        let tenths = |all: u64, alone: u64| (all.saturating_mul(10)).checked_div(alone);
        let money = known.then(|| tenths(all.cost.0, alone.cost.0)).flatten();
        let reported = all.unreported == 0 && alone.unreported == 0;
        let tokens = || reported.then(|| tenths(all.tokens, alone.tokens)).flatten();
        let ratio = |money: bool| move |tenths: u64| Ratio { tenths, money };
        money.map(ratio(true)).or_else(|| tokens().map(ratio(false)))
    }
}
