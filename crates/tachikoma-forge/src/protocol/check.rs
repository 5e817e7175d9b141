//! Did it help? When the deliberation is over and a check is asked for, one model alone answers the same goal, and
//! somebody who took part in nothing compares its answer, the best single draft and the result, blind. The end is what
//! it was before, whatever comes of that: a check that fails is one that says nothing.

use std::borrow::Cow;

use super::standing::ranked;
use super::{Ask, Build, Conclusion, Plan};
use crate::prompt::PromptError;
use crate::session::{Answer, Event, ForgeSession, Label, ReadingOrder, Turn, seats};
use crate::types::{AskId, Chance, RoundNumber, RoundType, Seat};

/// The session without the rounds of a check: what the deliberation itself has come to.
pub(super) fn without(session: &ForgeSession) -> Cow<'_, ForgeSession> {
    if session.rounds_used() == session.rounds.len() {
        return Cow::Borrowed(session);
    }
    let mut deliberation = session.clone();
    deliberation.rounds.retain(|round| !round.round_type.is_check());
    Cow::Owned(deliberation)
}

/// What is still to be done of a check before this end; the end itself when that is nothing.
pub(super) fn epilogue(session: &ForgeSession, end: Conclusion) -> Plan {
    let (Some(_), Some(answer)) = (&session.settings.check, &end.answer) else { return Plan::Conclude(end) };
    let complete = |round_type| session.rounds.iter().filter(move |r| r.complete && r.round_type == round_type);
    let start =
        |round_type, seat: Seat, round: RoundNumber| Event::RoundStarted { round, round_type, seats: vec![seat] };
    let round = session.rounds.last().map_or(1, |last| last.number + 1);
    if complete(RoundType::Baseline).count() == 0 {
        return Plan::Record(vec![start(RoundType::Baseline, seats::BASELINE, round)]);
    }
    let compared = complete(RoundType::Comparison).any(|r| r.labels.iter().any(|label| label.ask == *answer));
    match labels(session, round, answer).filter(|_| !compared) {
        Some(labels) => Plan::Record(vec![start(RoundType::Comparison, seats::CHECK, round), labels]),
        None => Plan::Conclude(end),
    }
}

/// Which label stands for which text, and in which order they are read; `None` when there is nothing to compare the
/// result with.
pub(super) fn labels(session: &ForgeSession, round: RoundNumber, answer: &AskId) -> Option<Event> {
    let draft = ranked(session).first().map(|turn| &turn.ask);
    let is_baseline = |turn: &&Turn| turn.ask.seat == seats::BASELINE && matches!(turn.answer(), Some(Answer::Draft));
    let baseline = session.turns.values().find(is_baseline).map(|turn| &turn.ask);
    let mut texts = vec![answer.clone()];
    texts.extend(draft.into_iter().chain(baseline).filter(|ask| *ask != answer).cloned());
    if texts.len() < 2 {
        return None;
    }
    Chance::new(session.seed, "labels", &format!("r{round}")).shuffle(&mut texts);
    let labels: Vec<Label> =
        ["A", "B", "C"].into_iter().zip(texts).map(|(label, ask)| Label { label: label.to_owned(), ask }).collect();
    let mut order: Vec<String> = labels.iter().map(|label| label.label.clone()).collect();
    let seat = seats::CHECK;
    Chance::new(session.seed, "order", &format!("r{round}/s{seat}")).shuffle(&mut order);
    Some(Event::LabelsAssigned { round, labels, orders: vec![ReadingOrder { seat, labels: order }] })
}

/// What is asked in a round of a check.
pub(super) fn ask(build: Build<'_>) -> Result<Option<Ask>, PromptError> {
    match build.round_type() {
        RoundType::Baseline => build.draft("baseline").map(Some),
        _ => build.comparison("comparison").map(Some),
    }
}
