//! What must hold in every run, whatever failed in it.

use std::collections::{BTreeMap, BTreeSet};

use tachikoma_forge::export::{json, read};
use tachikoma_forge::session::{
    Answer, AttemptState, ControlAction, EndReason, Envelope, Event, ForgeSession, NextStep, Reading, Round,
    SessionState, StopRule, Tally, Turn, canonical,
};
use tachikoma_forge::types::{AskId, Nanos, RoundType};

use super::purse::price;
use super::routing;
use super::scenario::Run;

/// Everything that is wrong with a run; empty when nothing is.
#[must_use]
pub fn violations(run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    if !run.ended {
        found.push(format!("it did not end within {:?}", run.took));
    }
    let Some(session) = ForgeSession::fold(&run.journal) else {
        found.push("the journal is empty".to_owned());
        return found;
    };
    found.extend(lost_events(&run.journal));
    found.extend(doubled_calls(run));
    found.extend(mixed_attempts(run, &session));
    found.extend(leaked_identities(run, &session));
    found.extend(invented_votes(run, &session));
    found.extend(honest_end(run, &session));
    found.extend(refusals(run));
    found.extend(broken_caps(run, &session));
    found.extend(routing::violations(run, &session));
    found.extend(read_back(&run.journal, &session));
    found
}

/// What was written is taken when somebody hands it in, and tells the same session: as a journal's lines, or as an
/// export. One of the two for each run, since runs are many.
fn read_back(journal: &[Envelope], session: &ForgeSession) -> Vec<String> {
    let line = |event| serde_json::to_string(event).unwrap_or_default() + "\n";
    let document = if journal.len().is_multiple_of(2) { journal.iter().map(line).collect() } else { json(journal) };
    let again = match read(document.as_bytes()) {
        Ok(again) => again.events,
        Err(e) => return vec![format!("it cannot be imported: {e}")],
    };
    // What is equal has equal canonical forms.
    let same = (again == journal || canonical(&again) == canonical(journal))
        && ForgeSession::fold(&again).as_ref() == Some(session);
    if same { Vec::new() } else { vec!["the journal does not read back as it was written".to_owned()] }
}

fn lost_events(journal: &[Envelope]) -> Vec<String> {
    let gap = journal.iter().enumerate().find(|(i, e)| e.seq != *i as u64 + 1);
    gap.map(|(i, e)| format!("event {} is missing: found number {}", i + 1, e.seq)).into_iter().collect()
}

/// A call for an ask that is complete already, or two at once, or twice the same.
fn doubled_calls(run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for call in &run.calls {
        if !seen.insert((call.ask.clone(), call.attempt, call.at_event)) {
            found.push(format!("{} attempt {} went out twice", call.ask, call.attempt));
        }
        let before = &run.journal[..call.at_event.min(run.journal.len())];
        if before.iter().any(|e| matches!(&e.event, Event::ParticipantComplete { ask, .. } if *ask == call.ask)) {
            found.push(format!("{} was asked again after it was complete", call.ask));
        }
    }
    let mut complete: BTreeMap<&AskId, u32> = BTreeMap::new();
    for envelope in &run.journal {
        if let Event::ParticipantComplete { ask, .. } | Event::ParticipantFailed { ask, .. } = &envelope.event {
            *complete.entry(ask).or_default() += 1;
        }
    }
    // What was asked for anew settles once more.
    let allowed = |ask: &AskId| {
        let again = |event: &Event| match event {
            Event::Control { action: ControlAction::Retry { ask: again } } => again == ask,
            Event::Control { action: ControlAction::Replace { seat, .. } } => *seat == ask.seat,
            _ => false,
        };
        1 + run.journal.iter().filter(|envelope| again(&envelope.event)).count()
    };
    found.extend(
        complete
            .iter()
            .filter(|(ask, n)| **n as usize > allowed(ask))
            .map(|(ask, n)| format!("{ask} settled {n} times")),
    );
    found
}

/// Every text equals what exactly one attempt sent, or the start of it.
fn mixed_attempts(run: &Run, session: &ForgeSession) -> Vec<String> {
    let mut found = Vec::new();
    let sent = |ask: &AskId, attempt| run.calls.iter().rev().find(|c| c.ask == *ask && c.attempt == attempt);
    for turn in session.all_turns() {
        for attempt in &turn.attempts {
            let Some(call) = sent(&turn.ask, attempt.attempt) else {
                // A cut may fall between the word that a call goes out and the call.
                if attempt.state == AttemptState::Interrupted && attempt.text.is_empty() {
                    continue;
                }
                found.push(format!("{} attempt {} was never called", turn.ask, attempt.attempt));
                continue;
            };
            let whole = attempt.state == AttemptState::Succeeded;
            if (whole && attempt.text != call.sent) || !call.sent.starts_with(&attempt.text) {
                found.push(format!("{} attempt {} holds text that it did not send", turn.ask, attempt.attempt));
            }
        }
        if let Some(complete) = turn.complete().filter(|complete| complete.reading != Reading::Person)
            && sent(&turn.ask, complete.attempt).is_none_or(|call| call.sent != complete.text)
        {
            found.push(format!("{} is not the text of its attempt", turn.ask));
        }
    }
    found
}

fn leaked_identities(run: &Run, session: &ForgeSession) -> Vec<String> {
    let mut found = Vec::new();
    for call in &run.calls {
        // A first draft quotes nobody.
        let blind = !["draft", "ballot", "baseline"].contains(&call.ask.step.as_str());
        let prompt = call.prompt.to_lowercase();
        if let Some(name) = run.identities.iter().find(|name| blind && prompt.contains(&name.to_lowercase())) {
            found.push(format!("the prompt of {} names {name}", call.ask));
        }
    }
    // Who writes the shared answer reads all drafts; a critic never its own.
    let judges = |r: &&Round| r.round_type != RoundType::Synthesis && r.round_type != RoundType::Refinement;
    for round in session.rounds.iter().filter(judges) {
        for order in &round.orders {
            let own = round.labels.iter().find(|l| l.ask.seat == order.seat);
            if own.is_some_and(|own| order.labels.contains(&own.label)) {
                found.push(format!("seat {} reviews its own draft", order.seat));
            }
        }
    }
    found
}

fn invented_votes(run: &Run, session: &ForgeSession) -> Vec<String> {
    let mut found = Vec::new();
    for turn in session.turns.values() {
        if let Some(Answer::Vote(vote)) = turn.answer()
            && run.meant.get(&turn.ask).is_some_and(|meant| *meant != vote.agree)
        {
            found.push(format!("{} voted otherwise than it meant", turn.ask));
        }
    }
    for round in &session.rounds {
        let Some(tally) = round.tally else { continue };
        let votes: Vec<bool> = session
            .turns_of(round.number)
            .filter_map(|t| match t.answer() {
                Some(Answer::Vote(vote)) => Some(vote.agree),
                _ => None,
            })
            .collect();
        let agree = votes.iter().filter(|v| **v).count();
        let counted = Tally {
            agree: u32::try_from(agree).unwrap_or(0),
            disagree: u32::try_from(votes.len() - agree).unwrap_or(0),
            abstain: u32::try_from(round.seats.len() - votes.len()).unwrap_or(0),
            blocking: blocking(session, round.number),
            ..tally
        };
        if counted != tally {
            found.push(format!("round {} counts {tally:?}, the votes are {counted:?}", round.number));
        }
    }
    found
}

fn blocking(session: &ForgeSession, round: u32) -> u32 {
    let votes = session.turns_of(round).filter_map(|turn| match turn.answer() {
        Some(Answer::Vote(vote)) => Some(vote.blocking.len()),
        _ => None,
    });
    u32::try_from(votes.sum::<usize>()).unwrap_or(0)
}

/// What a server refused once is left out from then on, and people are told each thing once.
fn refusals(run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    let mut refused: Vec<(usize, &str, String)> = Vec::new();
    let mut models = BTreeMap::new();
    let mut told = BTreeSet::new();
    for (at, envelope) in run.journal.iter().enumerate() {
        match &envelope.event {
            Event::AttemptStarted { ask, attempt, model, .. } => {
                models.insert((ask, *attempt), model.to_string());
            }
            Event::AttemptFailed { ask, attempt, next: NextStep::WithoutParameter { parameter }, .. } => {
                let model = models.get(&(ask, *attempt)).cloned().unwrap_or_default();
                if refused.iter().any(|(_, p, m)| p == parameter && *m == model) {
                    found.push(format!("{model} refused {parameter} twice"));
                }
                refused.push((at, parameter, model));
            }
            Event::Warning { message } if !told.insert(message) => found.push(format!("told twice: {message}")),
            _ => {}
        }
    }
    for call in &run.calls {
        let model = call.model.to_string();
        let known = refused.iter().filter(|(at, _, m)| *at < call.at_event && *m == model);
        for (_, parameter, _) in known.filter(|(_, p, _)| !call.without.iter().any(|w| w == p)) {
            found.push(format!("{model} was sent {parameter} although it refuses it"));
        }
    }
    for (_, parameter, model) in &refused {
        if !told.iter().any(|message| message.starts_with(model.as_str()) && message.contains(*parameter)) {
            found.push(format!("nobody was told that {model} refuses {parameter}"));
        }
    }
    found
}

/// What providers bill stays below the cap, whatever they tell, and nothing goes out without its share set aside, at
/// the price of the target that it goes to.
fn broken_caps(run: &Run, session: &ForgeSession) -> Vec<String> {
    let settings = &session.settings;
    let mut found = Vec::new();
    if !settings.is_capped() {
        return found;
    }
    let (mut tokens, mut cost) = (0, Nanos::ZERO);
    for call in &run.calls {
        let (prompt, answer) = call.billed;
        let bill = price(&call.model).most(prompt, answer);
        tokens += prompt + answer;
        cost += bill;
        let record = session
            .all_turns()
            .find(|turn| turn.ask == call.ask)
            .and_then(|t| t.attempts.iter().find(|a| a.attempt == call.attempt));
        let share = record.and_then(|record| record.reserved);
        if !share.is_some_and(|share| share.tokens >= prompt + answer && share.cost.is_some_and(|cost| cost >= bill)) {
            found.push(format!("{bill} is billed, the share of {} at {} is {share:?}", call.ask, call.model));
        }
    }
    if settings.max_cost.is_some_and(|cap| cost > cap) {
        found.push(format!("{cost} is billed, the cap is {:?}", settings.max_cost));
    }
    if settings.max_tokens_total.is_some_and(|cap| tokens > cap) {
        found.push(format!("{tokens} tokens are billed, the cap is {:?}", settings.max_tokens_total));
    }
    let counted = session.committed();
    let known = session.spending();
    if tokens > counted.tokens || counted.cost.is_none_or(|counted| cost > counted || known.cost > counted) {
        found.push(format!("{cost} and {tokens} tokens are billed, the session counts {counted:?} and {known:?}"));
    }
    found
}

/// The end that is recorded follows from what is recorded.
fn honest_end(run: &Run, session: &ForgeSession) -> Vec<String> {
    let SessionState::Ended { reason, answer, rule, .. } = &session.state else {
        return vec!["no end is recorded".to_owned()];
    };
    let mut found = Vec::new();
    let agreed = session.rounds.last().is_some_and(|r| r.tally.is_some_and(|t| t.converged()));
    // By their own wish people may go on after an agreement, or end before one is recorded.
    let asked = ["run round", "skip to", "finish"].iter().any(|name| run.steered.contains_key(name));
    let by_votes = session.rounds.iter().any(|r| r.round_type == RoundType::Convergence);
    if *reason == EndReason::Converged && by_votes && !agreed || agreed && *reason != EndReason::Converged && !asked {
        found.push(format!("the end says {reason:?}, the votes say converged = {agreed}"));
    }
    if rule.is_none() {
        found.push("nothing says which rule ended it".to_owned());
    }
    let limited = session.settings.is_capped() || session.settings.max_seconds.is_some();
    if *reason == EndReason::Budget && !limited {
        found.push("the cap ended it, and there is none".to_owned());
    }
    let is_text = |turn: &Turn| matches!(turn.answer(), Some(Answer::Draft | Answer::Synthesis { .. }));
    let refused = session.settings.refuse_below.is_some() && *rule == Some(StopRule::Members);
    let has_text = session.turns.values().any(is_text) && !refused;
    if has_text && answer.as_ref().and_then(|a| session.turns.get(a)).and_then(|t| t.text()).is_none() {
        found.push(format!("there is text, but the end ({reason:?}) shows none"));
    }
    if session.rounds.len() > session.settings.max_rounds as usize {
        found.push(format!("{} rounds of at most {}", session.rounds.len(), session.settings.max_rounds));
    }
    found
}
