//! A fork: a session of its own that begins as another one stood at the end of a round.
//!
//! Its journal tells what the shown branch knows, and nothing of other branches: rounds from the fold, calls and answers
//! from the events, all under names of the first branch. It is stopped, so that it goes on when somebody continues it.

use std::collections::BTreeMap;

use super::{
    Change, ControlAction, EndReason, Envelope, Event, ForgeSession, ForkedFrom, Label, Round, SCHEMA_VERSION,
    StopRule, Turn, TurnState, best_version,
};
use crate::types::{AskId, RoundNumber, SessionId};

/// The journal of a fork. `events` is the journal of the session, whose shown branch is taken; `now_ms` is the time in
/// milliseconds since 1970.
///
/// # Errors
/// When there is no such session, or the round is not complete, in words.
pub fn fork(events: &[Envelope], round: RoundNumber, id: SessionId, now_ms: u64) -> Result<Vec<Envelope>, String> {
    let session = ForgeSession::fold(events).ok_or("there is no session to fork")?;
    if session.round(round).is_none_or(|found| !found.complete) {
        return Err(format!("there is no complete round {round} to fork from"));
    }
    let rounds: Vec<&Round> = session.rounds.iter().filter(|r| r.number <= round).collect();
    let mut fork = Fork { id, seq: 0, events: Vec::new(), names: BTreeMap::new() };
    for turn in session.turns.values().filter(|turn| turn.ask.round <= round) {
        fork.names.insert(turn.ask.clone(), AskId { branch: 0, revision: 0, ..turn.ask.clone() });
    }
    let forked_from = Some(ForkedFrom { session: session.id.clone(), round });
    let Some(Event::SessionCreated { participants, settings, protocol, seed, suggested, demo, .. }) =
        events.first().map(|first| first.event.clone())
    else {
        return Err("its first event is missing".to_owned());
    };
    let topic = session.topic.clone();
    fork.push(
        now_ms,
        Event::SessionCreated { topic, participants, settings, protocol, seed, suggested, demo, forked_from },
    );
    fork.notes(&session, 0, now_ms);
    for round in &rounds {
        fork.round(&session, events, round);
    }
    // Who speaks, who is at the table and how far it may go is as it was left.
    for envelope in events {
        if let Event::Control { action } = &envelope.event
            && matches!(
                action,
                ControlAction::Replace { .. }
                    | ControlAction::Dismiss { .. }
                    | ControlAction::Recall { .. }
                    | ControlAction::SetRounds { .. }
            )
        {
            fork.push(envelope.at_ms, Event::Control { action: action.clone() });
        }
    }
    let ended_ms = rounds.last().and_then(|round| round.ended_ms).unwrap_or(now_ms);
    let answer = best_until(&session, round).map(|version| fork.name(&version));
    let detail = format!("A fork at the end of round {round}. Continue takes it up there.");
    fork.push(
        ended_ms,
        Event::SessionEnded { reason: EndReason::Stopped, answer, detail, rule: Some(StopRule::Stopped) },
    );
    Ok(fork.events)
}

/// The best version as it was known at the end of a round.
fn best_until(session: &ForgeSession, last: RoundNumber) -> Option<AskId> {
    let rounds: Vec<Round> = session.rounds.iter().filter(|round| round.number <= last).cloned().collect();
    best_version(&rounds, None).map(|(version, _)| version)
}

/// The journal in the making.
struct Fork {
    id: SessionId,
    seq: u64,
    events: Vec<Envelope>,
    /// The turns by the names that they had.
    names: BTreeMap<AskId, AskId>,
}

impl Fork {
    fn push(&mut self, at_ms: u64, event: Event) {
        self.seq += 1;
        self.events.push(Envelope {
            v: SCHEMA_VERSION,
            session: self.id.clone(),
            seq: self.seq,
            branch: 0,
            at_ms,
            event,
        });
    }

    fn name(&self, ask: &AskId) -> AskId {
        self.names.get(ask).unwrap_or(ask).clone()
    }

    /// What was noted while a round was the last one; before the first it is round 0.
    fn notes(&mut self, session: &ForgeSession, after: RoundNumber, at_ms: u64) {
        for note in session.notes.iter().filter(|note| note.after == after) {
            let action = ControlAction::Note { text: note.text.clone() };
            self.push(at_ms, Event::Control { action });
        }
    }

    fn round(&mut self, session: &ForgeSession, events: &[Envelope], round: &Round) {
        let Round { number, round_type, seats, labels, orders, .. } = round.clone();
        self.push(round.started_ms, Event::RoundStarted { round: number, round_type, seats });
        self.notes(session, number, round.started_ms);
        if !labels.is_empty() {
            let labels = labels.into_iter().map(|l| Label { ask: self.name(&l.ask), ..l }).collect();
            self.push(round.started_ms, Event::LabelsAssigned { round: number, labels, orders });
        }
        for turn in session.turns_of(number) {
            self.turn(events, turn);
        }
        let ended_ms = round.ended_ms.unwrap_or(round.started_ms);
        let (took_part, absent) = (round.took_part.clone(), round.absent.clone());
        self.push(ended_ms, Event::RoundComplete { round: number, round_type, took_part, absent });
        if let (Some(tally), Some(version)) = (round.tally, &round.version) {
            let best = best_until(session, number).unwrap_or_else(|| version.clone());
            let (version, best) = (self.name(version), self.name(&best));
            self.push(ended_ms, Event::ConvergenceChecked { round: number, tally, version, best });
        }
    }

    fn turn(&mut self, events: &[Envelope], turn: &Turn) {
        let ask = self.name(&turn.ask);
        let reads = turn.reads.iter().map(|read| self.name(read)).collect();
        self.push(
            turn.asked_ms,
            Event::ParticipantThinking { ask: ask.clone(), prompt_hash: turn.prompt_hash.clone(), reads },
        );
        let told = events.iter().filter(|e| e.event.ask() == Some(&turn.ask) && e.event.is_durable());
        for envelope in told {
            let mut event = envelope.event.clone();
            match &mut event {
                Event::AttemptStarted { ask: named, .. }
                | Event::AttemptFailed { ask: named, .. }
                | Event::ParticipantComplete { ask: named, .. }
                | Event::HumanAnswered { ask: named, .. }
                | Event::ParticipantFailed { ask: named, .. } => *named = ask.clone(),
                // The whole text follows.
                _ => continue,
            }
            self.push(envelope.at_ms, event);
        }
        // What a person put in its place was told with the branch.
        let edited = events.iter().any(|e| {
            matches!(&e.event, Event::BranchOpened { change: Change::Text { .. }, turn: Some(new), .. } if *new == turn.ask)
        });
        if let (true, TurnState::Complete(complete)) = (edited, &turn.state) {
            let complete = complete.as_ref().clone();
            self.push(
                turn.asked_ms,
                Event::ParticipantComplete {
                    ask,
                    attempt: complete.attempt,
                    model: complete.model,
                    text: complete.text,
                    reasoning: complete.reasoning,
                    stop_reason: complete.stop_reason,
                    usage: complete.usage,
                    first_token_ms: complete.first_token_ms,
                    duration_ms: complete.duration_ms,
                    answer: complete.answer,
                    reading: complete.reading,
                    obtained: complete.obtained,
                },
            );
        }
    }
}
