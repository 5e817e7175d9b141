//! The formula: when a vote agrees, and when further votes would change nothing. Everything that it needs is recorded,
//! so anybody can compute it again from an export.

use super::standing::{best, version};
use crate::session::{Answer, Event, ForgeSession, Round, StopRule, Tally, best_version};
use crate::types::{RoundType, Seat};

/// What a vote comes to, as far as it is not recorded yet.
pub(super) fn count(session: &ForgeSession, round: &Round) -> Vec<Event> {
    if round.round_type != RoundType::Convergence || round.tally.is_some() {
        return Vec::new();
    }
    let Some(version) = round.version.clone().or_else(|| version(session).map(|turn| turn.ask.clone())) else {
        return Vec::new();
    };
    let tally = tally(session, round);
    let best = best_version(&session.rounds, Some((version.clone(), tally)));
    let best = best.map_or_else(|| version.clone(), |(best, _)| best);
    vec![Event::ConvergenceChecked { round: round.number, tally, version, best }]
}

/// The count of the votes of a round.
pub(super) fn tally(session: &ForgeSession, round: &Round) -> Tally {
    let (mut agree, mut disagree, mut blocking) = (0_u32, 0_u32, 0_u32);
    for turn in session.turns_of(round.number) {
        if let Some(Answer::Vote(vote)) = turn.answer() {
            *(if vote.agree { &mut agree } else { &mut disagree }) += 1;
            blocking = blocking.saturating_add(u32::try_from(vote.blocking.len()).unwrap_or(u32::MAX));
        }
    }
    let seats = u32::try_from(round.seats.len()).unwrap_or(u32::MAX);
    Tally {
        agree,
        disagree,
        abstain: seats.saturating_sub(agree + disagree),
        seats,
        threshold: session.settings.convergence_threshold,
        blocking,
        max_blocking: session.settings.max_blocking,
    }
}

/// The rule by which further rounds would be in vain, and what it rests on, in words; `None` while there is hope.
///
/// With a patience of n: no member has voted otherwise in the last n votes than in the one before them (an impasse), or
/// none of the last n versions found more agreement than the best one before them (the ranking is stable).
pub(super) fn in_vain(session: &ForgeSession) -> Option<(StopRule, String)> {
    let patience = usize::try_from(session.settings.patience?).ok().filter(|patience| *patience > 0)?;
    let votes: Vec<&Round> = session.rounds.iter().filter(|r| r.complete && r.tally.is_some()).collect();
    let last = votes.get(votes.len().checked_sub(patience + 1)?..)?;
    let said: Vec<Vec<(Seat, bool)>> = last.iter().map(|round| votes_of(session, round)).collect();
    if said.iter().all(|votes| *votes == said[0]) && said[0].iter().any(|(_, agree)| !agree) {
        let words = format!("no member voted otherwise in {} votes", patience + 1);
        return Some((StopRule::Impasse, words));
    }
    let (best, _) = best(session)?;
    let later = votes.iter().rposition(|round| round.version.as_ref() == Some(&best)).map(|at| votes.len() - 1 - at)?;
    (later >= patience).then(|| {
        let words = format!("none of the {later} versions after it found more agreement");
        (StopRule::StableRanking, words)
    })
}

fn votes_of(session: &ForgeSession, round: &Round) -> Vec<(Seat, bool)> {
    let votes = session.turns_of(round.number).filter_map(|turn| match turn.answer() {
        Some(Answer::Vote(vote)) => Some((turn.ask.seat, vote.agree)),
        _ => None,
    });
    votes.collect()
}
