//! The count of the answers to a closed question. Everything that it needs is recorded, so anybody can compute it again
//! from an export. What members say of their confidence is shown and is never a weight: it is badly calibrated.

use crate::session::{Answer, ForgeSession, Round, Tally};
use crate::types::{AskId, RoundType};

/// The count of a ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The answers, the most frequent first; of equally frequent ones that of the lowest seat.
    pub choices: Vec<Choice>,
    /// Who was asked.
    pub seats: u32,
    /// The share of the ballots that an answer needs, in thousandths.
    pub threshold: u32,
}

/// An answer and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the first of them wrote it.
    pub written: String,
    /// In the form in which it is counted.
    pub normal: String,
    /// The ballots for it, by seat.
    pub ballots: Vec<AskId>,
    /// The mean of the confidence that they state, from 0 to 100, rounded down; `None` when nobody states any.
    pub confidence: Option<u32>,
}

/// The count of the ballots of a round.
#[must_use]
pub fn poll(session: &ForgeSession, round: &Round) -> Poll {
    let mut counted: Vec<(Choice, u32, u32)> = Vec::new();
    for turn in session.turns_of(round.number) {
        let Some(Answer::Ballot(ballot)) = turn.answer() else { continue };
        let (sure, says) = ballot.confidence.map_or((0, 0), |sure| (u32::from(sure), 1));
        match counted.iter_mut().find(|(choice, ..)| choice.normal == ballot.normal) {
            Some((choice, sum, count)) => {
                choice.ballots.push(turn.ask.clone());
                (*sum, *count) = (*sum + sure, *count + says);
            }
            None => {
                let (written, normal) = (ballot.choice.clone(), ballot.normal.clone());
                let choice = Choice { written, normal, ballots: vec![turn.ask.clone()], confidence: None };
                counted.push((choice, sure, says));
            }
        }
    }
    let mut choices: Vec<Choice> = counted
        .into_iter()
        .map(|(choice, sum, count)| Choice { confidence: sum.checked_div(count), ..choice })
        .collect();
    // Stable: turns come by seat.
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.ballots.len()));
    let seats = u32::try_from(round.seats.len()).unwrap_or(u32::MAX);
    Poll { choices, seats, threshold: session.settings.convergence_threshold }
}

/// The count of the latest ballot that is over.
pub(super) fn latest(session: &ForgeSession) -> Option<Poll> {
    let is_ballot = |round: &&Round| round.complete && round.round_type == RoundType::Ballot;
    session.rounds.iter().rev().find(is_ballot).map(|round| poll(session, round))
}

impl Poll {
    /// The answers that no other has more ballots than: more than one is a tie.
    #[must_use]
    pub fn first(&self) -> &[Choice] {
        let most = self.choices.first().map_or(0, |choice| choice.ballots.len());
        let tied = self.choices.iter().take_while(|choice| choice.ballots.len() == most).count();
        &self.choices[..tied]
    }

    /// The count as that of a vote: those for the first answer against those for any other.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let cast = self.choices.iter().map(|choice| choice.ballots.len()).sum::<usize>();
        let most = self.choices.first().map_or(0, |choice| choice.ballots.len());
        let [cast, agree] = [cast, most].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Tally {
            agree,
            disagree: cast - agree,
            abstain: self.seats.saturating_sub(cast),
            seats: self.seats,
            threshold: self.threshold,
            blocking: 0,
            max_blocking: None,
        }
    }

    /// Whether one answer has more ballots than any other, and its share reaches the threshold with a quorum.
    #[must_use]
    pub fn carries(&self) -> bool {
        self.first().len() == 1 && self.tally().converged()
    }
}
