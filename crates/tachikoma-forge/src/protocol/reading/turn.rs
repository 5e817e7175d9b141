//! Reading a finished turn as what its round asks for.

use super::rebuttal::stands;
use super::{attack, ballot, critique, ranking, rebuttal, text, vote};
use crate::protocol::{blind, standing};
use crate::session::{Answer, ForgeSession, Reading, Round};
use crate::types::{AskId, RoundType, StopReason};

/// What a turn says.
///
/// # Errors
/// What is missing, in words that go into the repair. Nothing is ever made up to fill a gap.
pub fn turn(session: &ForgeSession, ask: &AskId, said: &str, stop: StopReason) -> Result<(Answer, Reading), String> {
    let Some(round) = session.round(ask.round) else { return Err("its round is unknown".to_owned()) };
    let order = blind::order_of(round, ask.seat);
    // Most answers are JSON alone, and need it not.
    let quoted = || quoted(session, round, ask);
    match round.round_type {
        RoundType::Draft | RoundType::Refinement | RoundType::Baseline => text::draft(said),
        RoundType::Synthesis => text::synthesis(said),
        RoundType::Critique => critique::critique(said, stop, order, &quoted),
        RoundType::Ranking | RoundType::Comparison => {
            let (order, reasoning, reading) = ranking::order(said, stop, order, &quoted)?;
            let answer = match round.round_type {
                RoundType::Ranking => Answer::Ranking { order, reasoning },
                _ => Answer::Comparison { order, reasoning },
            };
            Ok((answer, reading))
        }
        RoundType::Rebuttal => {
            let mask = blind::Mask::of(session);
            let position = |label: &String| {
                let named = round.labels.iter().find(|l| l.label == *label)?;
                Some((label.clone(), mask.apply(session.turns.get(&named.ask)?.words())))
            };
            let others: Vec<(String, String)> = order.iter().filter_map(position).collect();
            rebuttal::rebuttal(said, stop, &others, &quoted)
        }
        RoundType::Attack => attack::attack(said, stop, &quoted),
        RoundType::Convergence => {
            let (answer, reading) = vote::vote(said, stop, &quoted)?;
            Ok((moved(session, ask, answer), reading))
        }
        RoundType::Ballot => ballot::ballot(said, stop),
    }
}

/// A vote without what it cannot know: stances on claims that the answer does not have, and words that moved the member
/// when it votes as before, or that do not stand in the answer.
fn moved(session: &ForgeSession, ask: &AskId, answer: Answer) -> Answer {
    let Answer::Vote(mut vote) = answer else { return answer };
    let Some(version) = standing::version(session) else { return Answer::Vote(vote) };
    if let Some(Answer::Synthesis { claims, .. }) = version.answer() {
        vote.stances.retain(|stance| usize::try_from(stance.claim).is_ok_and(|claim| claim <= claims.len()));
    }
    let switched = standing::earlier_vote(session, ask).is_some_and(|(_, earlier)| earlier.agree != vote.agree);
    if !switched || !stands(&vote.moved_by, &blind::Mask::of(session).apply(version.words())) {
        vote.moved_by.clear();
    }
    Answer::Vote(vote)
}

/// What the prompt quoted, as it stood there, so that it is not taken for the member's own words: the texts, and the words
/// within structured answers.
fn quoted(session: &ForgeSession, round: &Round, ask: &AskId) -> Vec<String> {
    let mask = blind::Mask::of(session);
    let mut texts = Vec::new();
    let mut add = |text: &str| {
        if text.contains(['{', '[']) {
            texts.push(text.to_owned());
            texts.push(mask.apply(text));
        }
    };
    let asked = session.turns.get(ask);
    let read = asked.into_iter().flat_map(|turn| &turn.reads).filter_map(|read| session.turns.get(read));
    let drafts = round.labels.iter().filter_map(|label| session.turns.get(&label.ask));
    for turn in read.chain(drafts).chain(standing::version(session)) {
        add(turn.text().unwrap_or_default());
        add(turn.words());
        match turn.answer() {
            Some(Answer::Attack { objections }) => objections.iter().for_each(|objection| add(&objection.text)),
            Some(Answer::Vote(vote)) => {
                [&vote.reasoning].into_iter().chain(&vote.concerns).chain(&vote.blocking).for_each(|text| add(text));
            }
            Some(Answer::Synthesis { claims, .. }) => claims.iter().for_each(|claim| add(claim)),
            _ => {}
        }
    }
    texts
}
