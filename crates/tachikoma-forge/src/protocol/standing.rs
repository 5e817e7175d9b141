//! What counts at this point: which drafts, which version, whose draft the critics score highest.
//! All comparisons are in whole numbers: no float decides anything.

use std::cmp::Ordering;

use crate::session::{Answer, ForgeSession, Judge, Round, Score, Tally, Turn, Vote, best_version, seats};
use crate::types::{AskId, RoundType, Seat};

/// The drafts that count, by seat: those of the latest round in which drafts were written and any came, and in their
/// place the positions that their authors have taken since.
pub(super) fn drafts(session: &ForgeSession) -> Vec<&Turn> {
    let written = |round: &Round| -> Vec<&Turn> {
        let is_text = |t: &&Turn| matches!(t.answer(), Some(Answer::Draft | Answer::Rebuttal(_)));
        session.turns_of(round.number).filter(is_text).collect()
    };
    let is_base = |r: &Round| matches!(r.round_type, RoundType::Draft | RoundType::Refinement);
    let complete: Vec<&Round> = session.rounds.iter().filter(|r| r.complete).collect();
    let Some(base) = complete.iter().rposition(|r| is_base(r) && !written(r).is_empty()) else { return Vec::new() };
    let mut drafts = written(complete[base]);
    for round in complete[base + 1..].iter().filter(|r| r.round_type == RoundType::Rebuttal) {
        for turn in written(round) {
            match drafts.iter_mut().find(|known| known.ask.seat == turn.ask.seat) {
                Some(known) => *known = turn,
                None => drafts.push(turn),
            }
        }
    }
    drafts.sort_by_key(|turn| turn.ask.seat);
    drafts
}

/// The seats that have a draft of somebody else to judge.
pub(super) fn critics(session: &ForgeSession) -> Vec<Seat> {
    let drafts = drafts(session);
    let others = |seat: &Seat| drafts.iter().any(|t| t.ask.seat != *seat);
    session.members().map(|p| p.seat).filter(others).collect()
}

/// The latest version of the shared answer.
pub(super) fn version(session: &ForgeSession) -> Option<&Turn> {
    let rounds = session.rounds.iter().rev().filter(|r| r.complete && r.round_type == RoundType::Synthesis);
    rounds.flat_map(|r| session.turns_of(r.number)).find(|t| is_version(t))
}

/// Whether a turn is a readable synthesis.
pub(super) fn is_version(turn: &Turn) -> bool {
    matches!(turn.answer(), Some(Answer::Synthesis { .. }))
}

/// The best version so far and its count: a later one with less or equal agreement does not replace it.
pub(super) fn best(session: &ForgeSession) -> Option<(AskId, Tally)> {
    best_version(&session.rounds, None)
}

/// The seats whose turn was complete in any round.
pub(super) fn able(session: &ForgeSession) -> Vec<Seat> {
    let able = |seat: &Seat| session.rounds.iter().any(|r| r.took_part.contains(seat));
    session.members().map(|p| p.seat).filter(able).collect()
}

/// What the critics said about one draft and in which turn, by seat.
pub(super) fn scores<'a>(session: &'a ForgeSession, draft: &AskId) -> Vec<(&'a AskId, &'a Score)> {
    let is_critique =
        |r: &&Round| r.complete && r.round_type == RoundType::Critique && r.labels.iter().any(|l| l.ask == *draft);
    let Some(round) = session.rounds.iter().rev().find(is_critique) else { return Vec::new() };
    let Some(label) = round.labels.iter().find(|l| l.ask == *draft).map(|l| &l.label) else { return Vec::new() };
    let mut found = Vec::new();
    for turn in session.turns_of(round.number) {
        if let Some(Answer::Critique { scores }) = turn.answer() {
            found.extend(scores.iter().filter(|s| s.label == *label).map(|s| (&turn.ask, s)));
        }
    }
    found
}

/// One member's order of the drafts of the others.
pub(super) struct Ranked<'a> {
    /// The turn that says so.
    pub(super) by: &'a AskId,
    /// The drafts, the best first.
    pub(super) order: Vec<&'a AskId>,
    /// Why.
    pub(super) reasoning: &'a str,
}

/// The rankings of the latest round of them, by seat.
pub(super) fn rankings(session: &ForgeSession) -> Vec<Ranked<'_>> {
    let is_ranking = |r: &&Round| r.complete && r.round_type == RoundType::Ranking;
    session.rounds.iter().rev().find(is_ranking).map(|round| rankings_of(session, round)).unwrap_or_default()
}

/// The rankings of a round, by seat.
pub(super) fn rankings_of<'a>(session: &'a ForgeSession, round: &'a Round) -> Vec<Ranked<'a>> {
    let draft = |label: &String| round.labels.iter().find(|l| l.label == *label).map(|l| &l.ask);
    let read = |turn: &'a Turn| match turn.answer() {
        Some(Answer::Ranking { order, reasoning }) => {
            Some(Ranked { by: &turn.ask, order: order.iter().filter_map(draft).collect(), reasoning })
        }
        _ => None,
    };
    session.turns_of(round.number).filter_map(read).collect()
}

/// What a draft has of what it could have: the sum over what was said of it, and how much was said.
type Mean = (u64, u64);

/// The Borda count of a draft: from each ranking a point for each draft that stands behind it. Since nobody ranks its
/// own, what counts is the mean, and each ranking is measured by the most that it can give.
fn borda(rankings: &[Ranked<'_>], draft: &AskId) -> Mean {
    // A common measure of the lengths that there are: all drafts, or all but the own.
    let longest = rankings.iter().map(|ranking| ranking.order.len() as u64).max().unwrap_or_default();
    let measure = longest.saturating_sub(1).max(1) * longest.saturating_sub(2).max(1);
    rankings.iter().filter(|ranking| ranking.order.len() > 1).fold((0, 0), |(sum, count), ranking| {
        let most = ranking.order.len() as u64 - 1;
        match ranking.order.iter().position(|ask| *ask == draft) {
            Some(place) => (sum + (most - place as u64) * measure / most, count + 1),
            None => (sum, count),
        }
    })
}

/// The drafts, the highest mean first, ties by seat; those of which nobody said anything last. Rankings count where there
/// are any of them, else scores.
pub(super) fn ranked(session: &ForgeSession) -> Vec<&Turn> {
    let rankings = rankings(session);
    let drafts = drafts(session);
    let about = |turn: &Turn| rankings.iter().any(|ranking| ranking.order.contains(&&turn.ask));
    let by_rank = drafts.iter().any(|turn| about(turn));
    let mean = |turn: &Turn| {
        if by_rank {
            return borda(&rankings, &turn.ask);
        }
        let scores = scores(session, &turn.ask);
        (scores.iter().map(|(_, s)| u64::from(s.score)).sum(), scores.len() as u64)
    };
    in_order(drafts.into_iter().map(|turn| (mean(turn), turn)).collect())
}

/// The order of the drafts that a round of rankings comes to, the best first.
pub(super) fn order_of(session: &ForgeSession, round: &Round) -> Vec<AskId> {
    let rankings = rankings_of(session, round);
    let turns = round.labels.iter().filter_map(|label| session.turns.get(&label.ask));
    in_order(turns.map(|turn| (borda(&rankings, &turn.ask), turn)).collect())
        .into_iter()
        .map(|t| t.ask.clone())
        .collect()
}

fn in_order(mut ranked: Vec<(Mean, &Turn)>) -> Vec<&Turn> {
    ranked.sort_by(|((sum, count), one), ((other_sum, other_count), other)| {
        let by_mean = match (count, other_count) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Greater,
            (_, 0) => Ordering::Less,
            // a/b > c/d as a·d > c·b.
            _ => (other_sum * count).cmp(&(sum * other_count)),
        };
        by_mean.then(one.ask.seat.cmp(&other.ask.seat))
    });
    ranked.into_iter().map(|(_, turn)| turn).collect()
}

/// What a member itself voted before an ask, the latest first.
pub(super) fn earlier_vote<'a>(session: &'a ForgeSession, ask: &AskId) -> Option<(&'a Turn, &'a Vote)> {
    let before = session.rounds.iter().rev().filter(|r| r.number < ask.round && r.round_type == RoundType::Convergence);
    let vote = |turn: &'a Turn| match turn.answer() {
        Some(Answer::Vote(vote)) => Some((turn, vote)),
        _ => None,
    };
    before.filter_map(|round| session.turn_of(round.number, ask.seat)).find_map(vote)
}

/// Who writes the next shared answer, the first choice first: whom the settings name, then the authors by rank, then
/// those without a draft who did answer something.
pub(super) fn writers(session: &ForgeSession) -> Vec<Seat> {
    let at_table = |seat: &Seat| session.members().any(|member| member.seat == *seat);
    let ranked = ranked(session).into_iter().map(|turn| turn.ask.seat).filter(at_table);
    let mut seats: Vec<Seat> = match &session.settings.judge {
        Judge::Highest => Vec::new(),
        Judge::Fixed { seat } => vec![*seat].into_iter().filter(at_table).collect(),
        Judge::Outside { .. } => vec![seats::JUDGE],
        Judge::Rotating => {
            let members: Vec<Seat> = able(session);
            let is_synthesis = |r: &&Round| r.complete && r.round_type == RoundType::Synthesis;
            let written = session.rounds.iter().filter(is_synthesis).count();
            let at = written.checked_rem(members.len()).unwrap_or(0);
            members[at..].iter().chain(&members[..at]).copied().collect()
        }
    };
    for seat in ranked.chain(able(session)) {
        if !seats.contains(&seat) {
            seats.push(seat);
        }
    }
    seats
}
