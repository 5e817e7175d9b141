//! Reading a finished turn as what its round asks for.

use super::{attack, ballot, critique, ranking, rebuttal, text, vote};
use crate::protocol::{blind, standing};
use crate::session::{Answer, ForgeSession, Reading, Turn};
use crate::types::{AskId, RoundType, StopReason};

/// What a turn says.
///
/// # Errors
/// What is missing, in words that go into the repair. Nothing is ever made up to fill a gap.
pub fn turn(session: &ForgeSession, ask: &AskId, said: &str, stop: StopReason) -> Result<(Answer, Reading), String> {
    let Some(round) = session.round(ask.round) else { return Err("its round is unknown".to_owned()) };
    let order = blind::order_of(round, ask.seat);
    // What the prompt quoted, so that it is not taken for the member's own words.
    let turn_of = |ask: &AskId| session.turns.get(ask);
    let drafts: Vec<&str> = round.labels.iter().filter_map(|l| turn_of(&l.ask)).filter_map(Turn::text).collect();
    let version = || standing::version(session).and_then(Turn::text);
    match round.round_type {
        RoundType::Draft | RoundType::Refinement | RoundType::Baseline => text::draft(said),
        RoundType::Synthesis => text::synthesis(said),
        RoundType::Critique => critique::critique(said, stop, order, &drafts),
        RoundType::Ranking => ranking::ranking(said, stop, order, &drafts),
        RoundType::Comparison => ranking::comparison(said, stop, order, &drafts),
        RoundType::Rebuttal => {
            let position = |label: &String| {
                let turn = round.labels.iter().find(|l| l.label == *label).and_then(|l| turn_of(&l.ask))?;
                Some((label.clone(), turn.words().to_owned()))
            };
            let others: Vec<(String, String)> = order.iter().filter_map(position).collect();
            rebuttal::rebuttal(said, stop, &others)
        }
        RoundType::Attack => attack::attack(said, stop, &drafts.into_iter().chain(version()).collect::<Vec<_>>()),
        RoundType::Convergence => vote::vote(said, stop, &drafts.into_iter().chain(version()).collect::<Vec<_>>()),
        RoundType::Ballot => ballot::ballot(said, stop),
    }
}
