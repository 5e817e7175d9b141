//! Whose draft the critics score highest, in whole numbers.

use std::cmp::Ordering;

use crate::session::{Answer, ForgeSession, Label, Score, Turn};
use crate::types::{RoundType, Seat};

/// Sum and number of the scores of one draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mean {
    pub(super) sum: u32,
    pub(super) count: u32,
}

impl Mean {
    /// Higher mean first; a draft that nobody scored comes last. No float decides anything.
    fn compare(self, other: Self) -> Ordering {
        match (self.count, other.count) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Greater,
            (_, 0) => Ordering::Less,
            _ => (other.sum * self.count).cmp(&(self.sum * other.count)),
        }
    }
}

/// What the critics say about one draft, in the order of their seats.
pub(super) fn scores<'a>(session: &'a ForgeSession, draft: &Turn) -> Vec<&'a Score> {
    let Some(round) = session.last_complete(RoundType::Critique) else { return Vec::new() };
    let Some(Label { label, .. }) = round.labels.iter().find(|l| l.ask == draft.ask) else { return Vec::new() };
    let of_turn = |turn: &'a Turn| match turn.answer() {
        Some(Answer::Critique { scores }) => scores.as_slice(),
        Some(Answer::Draft | Answer::Synthesis { .. } | Answer::Vote(_) | Answer::Abstained { .. }) | None => &[],
    };
    session.turns_of(round.number).flat_map(of_turn).filter(|s| s.label == *label).collect()
}

/// The mean score of one draft.
pub(super) fn mean(session: &ForgeSession, draft: &Turn) -> Mean {
    let scores = scores(session, draft);
    Mean { sum: scores.iter().map(|s| u32::from(s.score)).sum(), count: u32::try_from(scores.len()).unwrap_or(0) }
}

/// The drafts, best first, ties by seat.
pub(super) fn by_score<'a>(drafts: &[&'a Turn], session: &ForgeSession) -> Vec<&'a Turn> {
    let mut ranked: Vec<(Mean, &Turn)> = drafts.iter().map(|turn| (mean(session, turn), *turn)).collect();
    ranked.sort_by(|(a, one), (b, two)| a.compare(*b).then(one.ask.seat.cmp(&two.ask.seat)));
    ranked.into_iter().map(|(_, turn)| turn).collect()
}

/// Who writes the shared answer: the author of the best draft, then the next; members without a draft last.
pub(super) fn writers(session: &ForgeSession) -> Vec<Seat> {
    let mut seats: Vec<Seat> =
        by_score(&super::drafts(session), session).into_iter().map(|turn| turn.ask.seat).collect();
    for member in &session.participants {
        if !seats.contains(&member.seat) {
            seats.push(member.seat);
        }
    }
    seats
}
