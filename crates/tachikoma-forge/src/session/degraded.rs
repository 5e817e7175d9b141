//! Whether a result is less than it was meant to be, and in what: said wherever the result is shown.
//!
//! It is degraded when a member that was asked never took part, when a stage did not reach half of those who were asked
//! (and two), or when it ended before its protocol came to an end. No agreement is no degradation: that is a result.

use super::{AttemptState, EndReason, ForgeSession, Round, SessionState, StopRule, Tally, Turn};
use crate::types::{RoundNumber, RoundType, Seat};

/// In what a result is less than it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Degraded {
    /// The members that were asked.
    pub asked: u32,
    /// Those that were asked and took part in nothing.
    pub missing: Vec<Seat>,
    /// Stages without a quorum.
    pub lost: Vec<Lost>,
    /// The rule that ended it early, and whether a draft has to stand in for an answer.
    pub early: Option<(StopRule, bool)>,
    /// Texts that were cut off, and are kept and marked.
    pub partial_texts: u32,
}

/// A stage without a quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The round.
    pub round: RoundNumber,
    /// What the members were to do in it.
    pub round_type: RoundType,
    /// How many did.
    pub answered: u32,
    /// How many were asked.
    pub asked: u32,
}

impl Degraded {
    /// What is missing, a sentence each.
    #[must_use]
    pub fn sentences(&self, session: &ForgeSession) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.missing.is_empty() {
            let asked = self.asked as usize;
            let names: Vec<&str> = self.missing.iter().map(|seat| session.name_of(*seat)).collect();
            sentences.push(format!(
                "{} of {asked} members took part; never: {}.",
                asked.saturating_sub(self.missing.len()),
                names.join(", ")
            ));
        }
        for lost in &self.lost {
            sentences.push(format!(
                "Round {} ({}) was below its quorum: {} of {} answered.",
                lost.round, lost.round_type, lost.answered, lost.asked
            ));
        }
        match self.early {
            Some((_, true)) => sentences.push("It ended early, and a draft stands in for a shared answer.".to_owned()),
            Some((_, false)) => sentences.push("It ended early, with the best version that there was.".to_owned()),
            None => {}
        }
        match self.partial_texts {
            0 => {}
            1 => sentences.push("One text that was cut off is kept in the record, marked as partial.".to_owned()),
            n => sentences.push(format!("{n} texts that were cut off are kept in the record, marked as partial.")),
        }
        sentences
    }

    /// Whether a limit that somebody set is all there is to say: then the limit is the reason, not a failure.
    #[must_use]
    pub fn is_by_limit(&self) -> bool {
        self.early.is_some_and(|(rule, _)| rule.is_limit())
    }
}

impl ForgeSession {
    /// In what the result is less than it was meant to be; `None` for a full result, and where there is none.
    #[must_use]
    pub fn degraded(&self) -> Option<Degraded> {
        let SessionState::Ended { reason, answer: Some(answer), rule, .. } = &self.state else { return None };
        if matches!(reason, EndReason::Stopped | EndReason::Failed) {
            return None;
        }
        let rounds = || self.rounds.iter().filter(|round| round.complete && !round.round_type.is_check());
        let took_part = |seat: &Seat| rounds().any(|round| round.took_part.contains(seat));
        let failed = |seat: &Seat| rounds().any(|round| round.absent.iter().any(|absence| absence.seat == *seat));
        let asked = self.members().map(|member| member.seat).filter(|seat| took_part(seat) || failed(seat));
        let asked: Vec<Seat> = asked.collect();
        let missing: Vec<Seat> = asked.iter().copied().filter(|seat| !took_part(seat)).collect();
        // A stage that was lost and then repeated is not lost.
        let is_last = |round: &&Round| {
            let later = |other: &Round| other.number > round.number && other.round_type == round.round_type;
            !rounds().any(later)
        };
        let lost: Vec<Lost> = rounds().filter(is_last).filter_map(lost).collect();
        let is_draft = self.round(answer.round).is_none_or(|round| {
            matches!(round.round_type, RoundType::Draft | RoundType::Refinement | RoundType::Rebuttal)
        });
        let is_early = matches!(reason, EndReason::Partial | EndReason::Budget);
        let early = is_early.then(|| (rule.unwrap_or(StopRule::Members), is_draft));
        if missing.is_empty() && lost.is_empty() && early.is_none() {
            return None;
        }
        let partial_texts = self.turns.values().map(partial_texts).sum();
        Some(Degraded { asked: u32::try_from(asked.len()).unwrap_or(u32::MAX), missing, lost, early, partial_texts })
    }
}

/// A round in which fewer than half of those who were asked, or fewer than two, had something to say.
fn lost(round: &Round) -> Option<Lost> {
    let answered = round.tally.as_ref().map_or(round.took_part.len() as u64, Tally::votes);
    let asked = round.took_part.len() + round.absent.len();
    // Where one writes for all, the next in line is asked only when the one before has failed.
    let in_line = round.round_type == RoundType::Synthesis || asked < round.seats.len();
    let quorum = if in_line { 1 } else { asked.div_ceil(2).max(2.min(asked)) };
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    (answered < quorum as u64).then(|| Lost {
        round: round.number,
        round_type: round.round_type,
        answered: count(answered),
        asked: count(asked as u64),
    })
}

/// Texts of a turn that broke off and did not become its answer.
fn partial_texts(turn: &Turn) -> u32 {
    if turn.complete().is_some() {
        return 0;
    }
    let broke = |state: &AttemptState| matches!(state, AttemptState::Failed { .. } | AttemptState::Interrupted);
    let texts = turn.attempts.iter().filter(|attempt| broke(&attempt.state) && !attempt.text.trim().is_empty());
    u32::try_from(texts.count()).unwrap_or(u32::MAX)
}
