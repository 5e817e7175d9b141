//! What a session tells when it is asked: who sits where, what was said in a round, and what came of it.

use super::{Channel, EndReason, ForgeSession, Judge, Participant, Round, SessionState, Turn, seats};
use crate::types::{AskId, Pool, RoundNumber, RoundType, Seat};

impl ForgeSession {
    /// The participant at a seat, or one of those who are asked and are no members.
    #[must_use]
    pub fn participant(&self, seat: Seat) -> Option<&Participant> {
        self.participants.iter().find(|p| p.seat == seat)
    }

    /// The members at the table: those who were taken from it are not among them.
    pub fn members(&self) -> impl Iterator<Item = &Participant> {
        self.participants.iter().filter(|member| !self.dismissed.contains(&member.seat))
    }

    /// The models that are asked for a seat, in order: a member's list, or those of somebody who is no member.
    #[must_use]
    pub fn pools_of(&self, seat: Seat) -> Vec<Pool> {
        let check = self.settings.check.as_ref();
        let outside = match (seat, &self.settings.judge) {
            (seats::JUDGE, Judge::Outside { model }) => Some(model),
            (seats::BASELINE, _) => check.map(|check| &check.baseline),
            (seats::CHECK, _) => check.and_then(|check| check.by.as_ref()),
            _ => None,
        };
        match (outside, self.participant(seat)) {
            (Some(model), _) => vec![model.clone()],
            (None, Some(member)) => member.pools().cloned().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// The name at a seat, for people.
    #[must_use]
    pub fn name_of(&self, seat: Seat) -> &str {
        match (seat, self.participant(seat)) {
            (_, Some(member)) => member.name.as_str(),
            (seats::JUDGE, None) => "Outside judge",
            (seats::BASELINE, None) => "Baseline",
            (seats::CHECK, None) => "Check",
            (_, None) => "?",
        }
    }

    /// The round of a number.
    #[must_use]
    pub fn round(&self, number: RoundNumber) -> Option<&Round> {
        self.rounds.iter().find(|r| r.number == number)
    }

    /// The round that is under way.
    #[must_use]
    pub fn open_round(&self) -> Option<&Round> {
        self.rounds.last().filter(|r| !r.complete)
    }

    /// The latest complete round of a type.
    #[must_use]
    pub fn last_complete(&self, round_type: RoundType) -> Option<&Round> {
        self.rounds.iter().rev().find(|r| r.complete && r.round_type == round_type)
    }

    /// The turns of a round, by seat.
    pub fn turns_of(&self, round: RoundNumber) -> impl Iterator<Item = &Turn> {
        let mut turns: Vec<&Turn> = self.turns.values().filter(|turn| turn.ask.round == round).collect();
        // By name they would stand by branch first.
        turns.sort_by_key(|turn| turn.ask.seat);
        turns.into_iter()
    }

    /// The turn of a seat in a round.
    #[must_use]
    pub fn turn_of(&self, round: RoundNumber, seat: Seat) -> Option<&Turn> {
        self.turns.values().find(|turn| turn.ask.round == round && turn.ask.seat == seat)
    }

    /// The name of the question to a seat in a round: the one that it has, or the one that it gets.
    #[must_use]
    pub fn ask_id(&self, round: RoundNumber, round_type: RoundType, seat: Seat) -> AskId {
        match self.turn_of(round, seat) {
            Some(turn) => turn.ask.clone(),
            None => AskId { branch: self.branch, round, step: round_type.step().to_owned(), seat, revision: 0 },
        }
    }

    /// Whether a turn happened in the session that this one was forked from, and was paid for there.
    #[must_use]
    pub fn came_along(&self, ask: &AskId) -> bool {
        let of_fork = self.forked_from.as_ref().map_or(0, |from| from.round);
        ask.round <= of_fork && ask.branch == 0 && ask.revision == 0
    }

    /// The turn whose text is the result, once there is one.
    #[must_use]
    pub fn result(&self) -> Option<&Turn> {
        match &self.state {
            SessionState::Ended { answer: Some(ask), .. } => self.turns.get(ask),
            SessionState::Ended { .. } | SessionState::Running => None,
        }
    }

    /// Whether it is over for good: a stopped session can go on.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        match &self.state {
            SessionState::Ended { reason, .. } => !matches!(reason, EndReason::Stopped),
            SessionState::Running => false,
        }
    }

    /// What has come of an ask's channel in its latest try.
    #[must_use]
    pub fn text_so_far(&self, ask: &AskId, channel: Channel) -> &str {
        self.turns.get(ask).and_then(Turn::latest).map_or("", |a| match channel {
            Channel::Text => a.text.as_str(),
            Channel::Reasoning => a.reasoning.as_str(),
        })
    }
}
