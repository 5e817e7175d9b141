//! Who is asked next, and how it ends.

use super::asks::Asks;
use super::standing::{able, best, critics, drafts, is_version, ranked, version, writers};
use super::{ask_id, labels};
use crate::protocol::{Conclusion, Plan};
use crate::session::{Absence, Answer, EndReason, Event, ForgeSession, Round, SessionState, Tally, Turn, TurnState};
use crate::types::{AskId, RoundType, Seat};

pub(super) fn plan(session: &ForgeSession) -> Plan {
    if matches!(session.state, SessionState::Ended { .. }) {
        return Plan::Wait;
    }
    match session.open_round() {
        Some(round) => in_round(session, round),
        None => between(session),
    }
}

pub(super) fn may_run(session: &ForgeSession, round_type: RoundType) -> Result<(), String> {
    let limit = session.settings.max_rounds;
    if session.rounds.len() >= limit as usize {
        return Err(format!("all {limit} rounds are used: raise the number of rounds to run another"));
    }
    match round_type {
        RoundType::Draft => Ok(()),
        RoundType::Critique if drafts(session).is_empty() => Err("a critique needs drafts; run Draft first".to_owned()),
        RoundType::Critique if critics(session).is_empty() => {
            Err("a critique needs a draft by somebody else; add a member and run Draft first".to_owned())
        }
        RoundType::Synthesis if drafts(session).is_empty() => {
            Err("a synthesis needs drafts; run Draft first".to_owned())
        }
        RoundType::Convergence if version(session).is_none() => {
            Err("a vote needs a shared answer; run Synthesis first".to_owned())
        }
        RoundType::Critique | RoundType::Synthesis | RoundType::Convergence => Ok(()),
    }
}

// --- within a round -------------------------------------------------------------------------------

fn in_round(session: &ForgeSession, round: &Round) -> Plan {
    // The journal may have been cut between the start of a round and its labels.
    if round.labels.is_empty()
        && let Some(labels) = labels::assign(session, round.number, round.round_type, &round.seats)
    {
        return Plan::Record(vec![labels]);
    }
    let settled = |seat: &&Seat| turn(session, round, **seat).is_some_and(Turn::is_settled);
    let asked = if round.round_type == RoundType::Synthesis {
        // One after the other, up to the first who has not failed.
        let failed = |seat: &&Seat| turn(session, round, **seat).is_some_and(|t| t.is_settled() && !is_version(t));
        let failures = round.seats.iter().take_while(failed).count();
        &round.seats[..round.seats.len().min(failures + 1)]
    } else {
        &round.seats[..]
    };
    if asked.iter().filter(settled).count() == asked.len() {
        return Plan::Record(close(session, round));
    }
    let asks = Asks::new(session, round);
    match asked.iter().filter_map(|seat| asks.of(*seat).transpose()).collect::<Result<Vec<_>, _>>() {
        Ok(asks) => Plan::Asks(asks),
        Err(broken) => Plan::Conclude(partial(session, &format!("A prompt is broken: {broken}."))),
    }
}

fn turn<'a>(session: &'a ForgeSession, round: &Round, seat: Seat) -> Option<&'a Turn> {
    session.turns.get(&ask_id(round.number, round.round_type, seat))
}

fn close(session: &ForgeSession, round: &Round) -> Vec<Event> {
    let (mut took_part, mut absent) = (Vec::new(), Vec::new());
    for seat in &round.seats {
        let missing = match turn(session, round, *seat).map(|t| &t.state) {
            Some(TurnState::Complete(complete)) => match (&complete.answer, round.round_type) {
                // A critic or voter whose answer cannot be read abstains; there is no such thing as half a text.
                (Answer::Abstained { why }, RoundType::Draft | RoundType::Synthesis) => Some(why.clone()),
                _ => None,
            },
            Some(TurnState::Failed { error }) => Some(error.message.clone()),
            // A writer who was never needed.
            Some(TurnState::Open) | None => continue,
        };
        match missing {
            Some(reason) => absent.push(Absence { seat: *seat, reason }),
            None => took_part.push(*seat),
        }
    }
    let mut events =
        vec![Event::RoundComplete { round: round.number, round_type: round.round_type, took_part, absent }];
    events.extend(check(session, round));
    events
}

/// What a vote comes to, as far as it is not recorded yet.
fn check(session: &ForgeSession, round: &Round) -> Vec<Event> {
    if round.round_type != RoundType::Convergence {
        return Vec::new();
    }
    let Some(version) = round.version.clone().or_else(|| version(session).map(|turn| turn.ask.clone())) else {
        return Vec::new();
    };
    let mut events = Vec::new();
    let tally = round.tally.unwrap_or_else(|| count(session, round));
    if round.tally.is_none() {
        let best = best(session, Some((version.clone(), tally))).map_or_else(|| version.clone(), |(best, _)| best);
        events.push(Event::ConvergenceChecked { round: round.number, tally, version: version.clone(), best });
    }
    if tally.converged() && session.converged.is_none() {
        events.push(Event::SessionConverged { round: round.number, answer: version });
    }
    events
}

fn count(session: &ForgeSession, round: &Round) -> Tally {
    let (mut agree, mut disagree) = (0, 0);
    for turn in session.turns_of(round.number) {
        if let Some(Answer::Vote(vote)) = turn.answer() {
            *(if vote.agree { &mut agree } else { &mut disagree }) += 1;
        }
    }
    let seats = u32::try_from(session.participants.len()).unwrap_or(u32::MAX);
    let threshold = session.settings.convergence_threshold;
    Tally { agree, disagree, abstain: seats.saturating_sub(agree + disagree), seats, threshold }
}

// --- between rounds -------------------------------------------------------------------------------

fn between(session: &ForgeSession) -> Plan {
    if let Some(round) = session.rounds.last() {
        // The journal may have been cut between any two of the facts that end a vote.
        let events = check(session, round);
        if !events.is_empty() {
            return Plan::Record(events);
        }
        if let Some(tally) = round.tally.filter(Tally::converged) {
            return agreed(round, tally);
        }
    }
    let used = session.rounds.len();
    let limit = session.settings.max_rounds as usize;
    if used >= limit {
        return out_of_rounds(session);
    }
    if let Some(wanted) = session.requested
        && may_run(session, wanted).is_ok()
    {
        return start(session, wanted);
    }
    let Some(last) = session.rounds.last() else { return start(session, RoundType::Draft) };
    let alone = able(session).len() < 2;
    match last.round_type {
        RoundType::Draft if drafts(session).is_empty() => {
            failed(&format!("No member could write a draft. {}", reasons(session, last)))
        }
        RoundType::Draft if !critics(session).is_empty() => start(session, RoundType::Critique),
        RoundType::Draft | RoundType::Critique if alone => {
            Plan::Conclude(partial(session, &format!("Only one member could answer. {}", reasons(session, last))))
        }
        RoundType::Draft | RoundType::Critique => start(session, RoundType::Synthesis),
        RoundType::Synthesis if last.took_part.is_empty() => Plan::Conclude(partial(
            session,
            &format!("No member could write a shared answer. {}", reasons(session, last)),
        )),
        RoundType::Synthesis => start(session, RoundType::Convergence),
        // Another version would meet the same silence.
        RoundType::Convergence if last.took_part.len() < 2 => {
            Plan::Conclude(partial(session, &format!("Fewer than two members could vote. {}", reasons(session, last))))
        }
        // A version that nobody could vote on any more is not worth writing.
        RoundType::Convergence if used + 1 >= limit => out_of_rounds(session),
        RoundType::Convergence => start(session, RoundType::Synthesis),
    }
}

fn start(session: &ForgeSession, round_type: RoundType) -> Plan {
    let round = session.rounds.last().map_or(1, |r| r.number + 1);
    let seats = match round_type {
        RoundType::Draft | RoundType::Convergence => session.participants.iter().map(|p| p.seat).collect(),
        RoundType::Critique => critics(session),
        RoundType::Synthesis => writers(session),
    };
    let labels = labels::assign(session, round, round_type, &seats);
    let mut events = vec![Event::RoundStarted { round, round_type, seats }];
    events.extend(labels);
    Plan::Record(events)
}

// --- the end --------------------------------------------------------------------------------------

fn agreed(round: &Round, tally: Tally) -> Plan {
    let voted = tally.agree + tally.disagree;
    let dissent = match (tally.disagree, tally.abstain) {
        (0, 0) => String::new(),
        (disagree, 0) => format!(" {disagree} disagreed."),
        (disagree, abstain) => format!(" {disagree} disagreed and {abstain} did not vote."),
    };
    let detail = format!(
        "Converged in round {}: {} of {voted} votes agree ({} needed).{dissent}",
        round.number,
        tally.agree,
        decimal(tally.threshold)
    );
    conclude(EndReason::Converged, round.version.clone(), detail)
}

fn out_of_rounds(session: &ForgeSession) -> Plan {
    let rounds = session.rounds.len();
    let Some((version, tally)) = best(session, None) else {
        return Plan::Conclude(partial(session, &format!("The limit of {rounds} rounds was reached before any vote.")));
    };
    let voted = tally.agree + tally.disagree;
    let count = if tally.has_quorum() {
        format!("{} of {voted} votes agree with it ({} needed)", tally.agree, decimal(tally.threshold))
    } else {
        format!("{voted} of at least {} votes were cast on it", tally.quorum())
    };
    let detail = format!(
        "No agreement after {rounds} rounds. This is the version of round {}, which found the most: {count}.",
        version.round
    );
    conclude(EndReason::NotConverged, Some(version), detail)
}

/// The best that there is: the best version, else the latest one, else the best draft. What an open round has
/// brought counts where nothing before it does.
pub(super) fn partial(session: &ForgeSession, why: &str) -> Conclusion {
    let why = why.trim();
    let open = || session.open_round().into_iter().flat_map(|round| session.turns_of(round.number));
    let version = best(session, None).map(|(ask, _)| ask).or_else(|| version(session).map(|t| t.ask.clone()));
    let version = version.or_else(|| open().find(|t| is_version(t)).map(|t| t.ask.clone()));
    if let Some(version) = version {
        let detail = format!("{why} This is the best version of the shared answer so far.");
        return Conclusion { reason: EndReason::Partial, answer: Some(version), detail };
    }
    let draft = ranked(session).first().copied().or_else(|| open().find(|t| t.answer() == Some(&Answer::Draft)));
    match draft {
        Some(draft) => Conclusion {
            reason: EndReason::Partial,
            answer: Some(draft.ask.clone()),
            detail: format!("{why} This is the best draft."),
        },
        None => Conclusion { reason: EndReason::Failed, answer: None, detail: why.to_owned() },
    }
}

fn failed(why: &str) -> Plan {
    conclude(EndReason::Failed, None, why.trim().to_owned())
}

const fn conclude(reason: EndReason, answer: Option<AskId>, detail: String) -> Plan {
    Plan::Conclude(Conclusion { reason, answer, detail })
}

/// Who is absent from a round, and why, in one line.
fn reasons(session: &ForgeSession, round: &Round) -> String {
    let each = round.absent.iter().map(|a| format!("{}: {}", session.name_of(a.seat), a.reason.trim_end_matches('.')));
    let each: Vec<String> = each.collect();
    if each.is_empty() { String::new() } else { format!("{}.", each.join("; ")) }
}

/// Thousandths as people write them: 800 is 0.8.
fn decimal(thousandths: u32) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
