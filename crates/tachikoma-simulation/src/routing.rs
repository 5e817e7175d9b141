//! What must hold of who was asked, when and why.

use std::collections::BTreeSet;

use tachikoma_forge::engine::cools;
use tachikoma_forge::session::{
    AttemptReason, AttemptRecord, AttemptState, ControlAction, EndReason, Event, FallbackReason, ForgeSession,
    NextStep, Participant, SessionState, Turn,
};
use tachikoma_forge::types::{AskId, ErrorKind, ModelRef};

use super::scenario::Run;

pub(super) fn violations(run: &Run, session: &ForgeSession) -> Vec<String> {
    let mut found = run.unwelcome.clone();
    // The cap ends a session when nothing runs any more; who waited for it is not asked.
    let capped = matches!(session.state, SessionState::Ended { reason: EndReason::Budget, .. });
    let runs = |turn: &Turn| turn.latest().is_some_and(|attempt| attempt.state == AttemptState::Running);
    for turn in session.turns.values() {
        if !turn.is_settled() && (!capped || runs(turn)) {
            found.push(format!("{} was lost: neither answered nor absent", turn.ask));
        }
        let Some(member) = session.participant(turn.ask.seat) else { continue };
        // Somebody chose another model for it, or had it asked anew, and the journal says so.
        if run.journal.iter().any(|envelope| chosen(&envelope.event, &turn.ask)) {
            continue;
        }
        let mut before: Option<&AttemptRecord> = None;
        for attempt in &turn.attempts {
            let why = match before {
                None => first(member, attempt),
                Some(before) => change(run, session, turn, member, before, attempt),
            };
            found.extend(why.map(|why| format!("{} attempt {}: {why}", turn.ask, attempt.attempt)));
            before = Some(attempt);
        }
    }
    found
}

fn chosen(event: &Event, ask: &AskId) -> bool {
    match event {
        Event::Control { action: ControlAction::Replace { seat, .. } } => *seat == ask.seat,
        Event::Control { action: ControlAction::Retry { ask: again } } => again == ask,
        _ => false,
    }
}

fn first(member: &Participant, attempt: &AttemptRecord) -> Option<String> {
    let own = member.model.targets().any(|target| *target == attempt.model);
    let told = own || attempt.why == AttemptReason::Cooling;
    (!told).then(|| format!("{} is not its own model, and nothing says why", attempt.model))
}

/// Whether the journal says why this attempt went where it went, and whether that is true.
fn change(
    run: &Run,
    session: &ForgeSession,
    turn: &Turn,
    member: &Participant,
    before: &AttemptRecord,
    attempt: &AttemptRecord,
) -> Option<String> {
    let expected = match &before.state {
        AttemptState::Failed { next: NextStep::Absent, .. } => return Some("nothing was left to try".to_owned()),
        AttemptState::Failed { next: NextStep::Fallback { model, because }, error } => {
            let lie = lie(run, session, turn, member, (before, error.kind), model, *because);
            if lie.is_some() {
                return lie;
            }
            model
        }
        _ => &before.model,
    };
    let told = *expected == attempt.model || attempt.why == AttemptReason::Cooling;
    (!told).then(|| format!("{} was asked in place of {expected}, and nothing says why", attempt.model))
}

/// What is wrong with the reason that is given for a fallback.
fn lie(
    run: &Run,
    session: &ForgeSession,
    turn: &Turn,
    member: &Participant,
    (before, kind): (&AttemptRecord, ErrorKind),
    next: &ModelRef,
    because: FallbackReason,
) -> Option<String> {
    let window = |model: &ModelRef| run.targets.get(model).and_then(|target| target.context_window);
    let larger = |model: &ModelRef| window(model) > window(&before.model);
    let elsewhere = |model: &ModelRef| model.provider_name() != before.model.provider_name();
    let declined = matches!(kind, ErrorKind::ContentFilter | ErrorKind::Refusal);
    let mates = |pool: &&tachikoma_forge::types::Pool| pool.targets().any(|target| *target == before.model);
    let own = member.pools().find(mates);
    let holds = match because {
        FallbackReason::LargerContext => kind == ErrorKind::ContextTooLong && larger(next),
        FallbackReason::OtherProvider => declined && elsewhere(next),
        FallbackReason::Interchangeable => own.is_some_and(|pool| pool.targets().any(|target| target == next)),
        FallbackReason::NextInList => {
            // No better one may have been left: one that was never asked here, and never failed anybody.
            let asked: BTreeSet<&ModelRef> = turn.attempts.iter().map(|a| &a.model).collect();
            let all = session.turns.values().flat_map(|turn| &turn.attempts);
            let cooled: BTreeSet<&ModelRef> = all
                .filter(|a| matches!(&a.state, AttemptState::Failed { error, .. } if cools(error.kind)))
                .map(|a| &a.model)
                .collect();
            let in_own = |model: &ModelRef| own.is_some_and(|pool| pool.targets().any(|target| target == model));
            let mut left = member.targets().filter(|m| !asked.contains(m) && !cooled.contains(m) && !in_own(m));
            match kind {
                ErrorKind::ContextTooLong => !left.any(larger),
                _ if declined => !left.any(elsewhere),
                _ => true,
            }
        }
    };
    (!holds).then(|| format!("after {kind} of {} it went to {next} because {because:?}, which is not so", before.model))
}
