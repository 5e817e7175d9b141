//! When two runs are equal.
//!
//! Equal means: the same asks, attempts, answers, counts and end, whatever the clock said and however
//! often the session was interrupted. So the canonical form is sorted by branch, round, step, seat and
//! revision, and holds no seq, no time or duration, no text so far, no resume mark and no interrupted
//! attempt; the attempts that remain are numbered anew.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Envelope, Event};
use crate::types::{AskId, Attempt};

/// The canonical form of a journal. Two runs are equal when these are.
#[must_use]
pub fn canonical(journal: &[Envelope]) -> Value {
    let interrupted = interrupted(journal);
    let numbers = renumbered(journal, &interrupted);
    let number = |ask: &AskId, attempt: Attempt| numbers.get(&(ask.clone(), attempt)).copied();

    let mut session = Vec::new();
    // Which member's call brings a warning first is a matter of the clock.
    let mut warnings = BTreeSet::new();
    let mut turns: BTreeMap<AskId, Vec<Value>> = BTreeMap::new();
    for Envelope { event, .. } in journal {
        match event {
            Event::ContentDelta { .. }
            | Event::TextSoFar { .. }
            | Event::ParticipantWaiting { .. }
            | Event::Resumed { .. } => {}
            // A stop that was followed by a continuation is part of an interruption.
            Event::Control { action: super::ControlAction::Stop }
            | Event::SessionEnded { reason: super::EndReason::Stopped, .. } => {}
            Event::ParticipantThinking { .. } | Event::HumanAnswered { .. } | Event::ParticipantFailed { .. } => {
                if let Some(ask) = event.ask() {
                    let value = to_value(event);
                    let list = turns.entry(ask.clone()).or_default();
                    // Resuming may ask again what was asked just before the cut.
                    if !list.contains(&value) {
                        list.push(value);
                    }
                }
            }
            Event::AttemptStarted { ask, attempt, model, why, .. } => {
                if let Some(n) = number(ask, *attempt) {
                    // A continued attempt stands for the one that was cut off: its reason is that one's.
                    let why = original_reason(journal, ask, *attempt, &interrupted).unwrap_or(*why);
                    turns.entry(ask.clone()).or_default().push(json!({
                        "type": "AttemptStarted", "attempt": n, "model": model, "why": why,
                    }));
                }
            }
            Event::AttemptFailed { ask, attempt, .. } | Event::ParticipantComplete { ask, attempt, .. } => {
                if let Some(n) = number(ask, *attempt) {
                    let mut value = to_value(event);
                    if let Some(map) = value.as_object_mut() {
                        map.insert("attempt".into(), json!(n));
                        map.remove("duration_ms");
                        map.remove("first_token_ms");
                    }
                    turns.entry(ask.clone()).or_default().push(value);
                }
            }
            Event::Warning { message } => {
                warnings.insert(message);
            }
            Event::SessionCreated { .. }
            | Event::RoundStarted { .. }
            | Event::LabelsAssigned { .. }
            | Event::RoundComplete { .. }
            | Event::ConvergenceChecked { .. }
            | Event::SessionConverged { .. }
            | Event::SessionEnded { .. }
            | Event::Control { .. }
            | Event::BranchOpened { .. }
            | Event::Error { .. } => session.push(to_value(event)),
        }
    }
    let turns: Vec<Value> =
        turns.into_iter().map(|(ask, events)| json!({ "ask": ask.to_string(), "events": events })).collect();
    json!({ "session": session, "warnings": warnings, "turns": turns })
}

fn to_value(event: &Event) -> Value {
    serde_json::to_value(event).unwrap_or(Value::Null)
}

/// Attempts that were cut off from outside, whether or not a resume has said so yet.
fn interrupted(journal: &[Envelope]) -> BTreeSet<(AskId, Attempt)> {
    let mut cut = BTreeSet::new();
    for Envelope { event, .. } in journal {
        if let Event::Resumed { interrupted } = event {
            cut.extend(interrupted.iter().map(|i| (i.ask.clone(), i.attempt)));
        }
    }
    cut
}

/// The number of each attempt that remains, counted within its ask.
fn renumbered(journal: &[Envelope], interrupted: &BTreeSet<(AskId, Attempt)>) -> BTreeMap<(AskId, Attempt), u32> {
    let mut next: BTreeMap<AskId, u32> = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for Envelope { event, .. } in journal {
        if let Event::AttemptStarted { ask, attempt, .. } = event
            && !interrupted.contains(&(ask.clone(), *attempt))
        {
            let n = next.entry(ask.clone()).or_insert(0);
            *n += 1;
            numbers.insert((ask.clone(), *attempt), *n);
        }
    }
    numbers
}

/// The reason of the first of a row of interrupted attempts that this one continues.
fn original_reason(
    journal: &[Envelope],
    ask: &AskId,
    attempt: Attempt,
    interrupted: &BTreeSet<(AskId, Attempt)>,
) -> Option<super::AttemptReason> {
    let mut reason = None;
    for Envelope { event, .. } in journal {
        if let Event::AttemptStarted { ask: a, attempt: n, why, .. } = event
            && a == ask
            && *n < attempt
        {
            reason = interrupted.contains(&(a.clone(), *n)).then(|| reason.unwrap_or(*why));
        }
    }
    reason
}
