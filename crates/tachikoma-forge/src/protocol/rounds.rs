//! What all protocols have in common: how a round runs and closes, and the rules that hold between rounds.

use super::asks::Asks;
use super::standing::{able, critics, drafts, is_version, version, writers};
use super::{Ask, Conclusion, Next, Plan, Protocol, blind, check, convergence, ending};
use crate::prompt::PromptError;
use crate::session::{
    Absence, Answer, Event, ForgeSession, Round, SessionState, Settings, StopRule, Tally, Turn, TurnState,
};
use crate::types::{RoundNumber, RoundType, Seat};

pub(super) fn plan(protocol: &(dyn Protocol + '_), session: &ForgeSession) -> Plan {
    if matches!(session.state, SessionState::Ended { .. }) {
        return Plan::Wait;
    }
    match session.open_round() {
        Some(round) => in_round(protocol, session, round),
        None => match deliberation(protocol, session) {
            Plan::Conclude(end) => check::epilogue(session, end),
            plan => plan,
        },
    }
}

/// What follows in the deliberation itself, whatever a check after it has come to.
fn deliberation(protocol: &(dyn Protocol + '_), session: &ForgeSession) -> Plan {
    let next = session.rounds.last().map_or(1, |round| round.number + 1);
    between(protocol, &check::without(session), next)
}

/// How the deliberation is over, once it is; what a check after it still has to do changes nothing of that.
pub(super) fn conclusion(protocol: &(dyn Protocol + '_), session: &ForgeSession) -> Option<Conclusion> {
    if session.open_round().is_some_and(|round| !round.round_type.is_check()) {
        return None;
    }
    match deliberation(protocol, session) {
        Plan::Conclude(end) => Some(end),
        Plan::Record(_) | Plan::Asks(_) | Plan::Wait => None,
    }
}

pub(super) fn may_run(
    protocol: &(dyn Protocol + '_),
    session: &ForgeSession,
    round_type: RoundType,
) -> Result<(), String> {
    if !protocol.outline().round_types.contains(&round_type) {
        return Err(format!("the protocol {} has no {round_type} round", protocol.name()));
    }
    let limit = session.settings.max_rounds;
    if session.rounds_used() >= limit as usize {
        return Err(format!("all {limit} rounds are used: raise the number of rounds to run another"));
    }
    let article = if matches!(round_type, RoundType::Attack) { "an" } else { "a" };
    let what = round_type.step();
    match round_type {
        RoundType::Draft | RoundType::Ballot => Ok(()),
        RoundType::Baseline | RoundType::Comparison => Err("a check comes after the end".to_owned()),
        RoundType::Convergence if version(session).is_none() => {
            Err("a vote needs a shared answer; run Synthesis first".to_owned())
        }
        RoundType::Convergence => Ok(()),
        _ if drafts(session).is_empty() => Err(format!("{article} {what} needs drafts; run Draft first")),
        RoundType::Critique | RoundType::Ranking | RoundType::Rebuttal | RoundType::Attack
            if critics(session).is_empty() =>
        {
            Err(format!("{article} {what} needs a draft by somebody else; add a member and run Draft first"))
        }
        _ => Ok(()),
    }
}

/// Who is asked in a round of a type where a protocol says nothing else.
pub(super) fn usual_seats(session: &ForgeSession, round_type: RoundType) -> Vec<Seat> {
    match round_type {
        RoundType::Critique | RoundType::Ranking | RoundType::Rebuttal | RoundType::Attack => critics(session),
        RoundType::Synthesis => writers(session),
        _ => session.members().map(|member| member.seat).collect(),
    }
}

// --- within a round -------------------------------------------------------------------------------

fn in_round(protocol: &(dyn Protocol + '_), session: &ForgeSession, round: &Round) -> Plan {
    // The journal may have been cut between the start of a round and its labels.
    if round.labels.is_empty()
        && let Some(labels) = labels(protocol, session, round)
    {
        return Plan::Record(vec![labels]);
    }
    let left = |seat: Seat| session.dismissed.contains(&seat) && session.turn_of(round.number, seat).is_none();
    let seats: Vec<Seat> = round.seats.iter().copied().filter(|seat| !left(*seat)).collect();
    let turn = |seat: &Seat| session.turn_of(round.number, *seat);
    let settled = |seat: &&Seat| turn(seat).is_some_and(Turn::is_settled);
    let asked = if protocol.in_line(round.round_type) {
        // One after the other, up to the first who has not failed.
        let wrote = |t: &Turn| is_version(t) || matches!(t.answer(), Some(Answer::Draft));
        let failed = |seat: &&Seat| turn(seat).is_some_and(|t| t.is_settled() && !wrote(t));
        let failures = seats.iter().take_while(failed).count();
        &seats[..seats.len().min(failures + 1)]
    } else {
        &seats[..]
    };
    if asked.iter().filter(settled).count() == asked.len() {
        return Plan::Record(close(session, round));
    }
    match asks(protocol, session, round, asked) {
        Ok(asks) if asks.is_empty() => Plan::Record(close(session, round)),
        Ok(asks) => Plan::Asks(asks),
        Err(_) if round.round_type.is_check() => Plan::Record(close(session, round)),
        Err(broken) => {
            Plan::Conclude(ending::partial(session, &format!("A prompt is broken: {broken}."), StopRule::Fault))
        }
    }
}

fn labels(protocol: &(dyn Protocol + '_), session: &ForgeSession, round: &Round) -> Option<Event> {
    match round.round_type {
        RoundType::Comparison => {
            let answer = conclusion(protocol, session)?.answer?;
            check::labels(session, round.number, &answer)
        }
        round_type => blind::assign(session, round.number, round_type, &round.seats),
    }
}

fn asks(
    protocol: &(dyn Protocol + '_),
    session: &ForgeSession,
    round: &Round,
    seats: &[Seat],
) -> Result<Vec<Ask>, PromptError> {
    let is_check = round.round_type.is_check();
    let all = Asks::new(protocol.outline(), session, round);
    let ask = |build| if is_check { check::ask(build) } else { protocol.ask(build) };
    seats.iter().filter_map(|seat| ask(all.of(*seat)).transpose()).collect()
}

fn close(session: &ForgeSession, round: &Round) -> Vec<Event> {
    let (mut took_part, mut absent) = (Vec::new(), Vec::new());
    for seat in &round.seats {
        let missing = match session.turn_of(round.number, *seat).map(|t| &t.state) {
            Some(TurnState::Complete(complete)) => match (&complete.answer, round.round_type) {
                // Who was to judge and cannot be read abstains; there is no such thing as half a text.
                (
                    Answer::Abstained { why },
                    RoundType::Draft
                    | RoundType::Refinement
                    | RoundType::Synthesis
                    | RoundType::Rebuttal
                    | RoundType::Ballot,
                ) => Some(why.clone()),
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
    events.extend(convergence::count(session, round));
    events
}

// --- between rounds -------------------------------------------------------------------------------

/// `next` is the number that a further round gets.
fn between(protocol: &(dyn Protocol + '_), session: &ForgeSession, next: RoundNumber) -> Plan {
    let last = session.rounds.last();
    if let Some(round) = last {
        // The journal may have been cut between any two of the facts that end a vote.
        let events = convergence::count(session, round);
        if !events.is_empty() {
            return Plan::Record(events);
        }
    }
    if let Some(wanted) = session.requested
        && may_run(protocol, session, wanted).is_ok()
    {
        return start(protocol, session, wanted, next);
    }
    if let Some(round) = last
        && let Some(tally) = round.tally.filter(Tally::converged)
    {
        return match (session.converged, &round.version) {
            (None, Some(version)) => {
                Plan::Record(vec![Event::SessionConverged { round: round.number, answer: version.clone() }])
            }
            _ => ending::agreed(round, tally),
        };
    }
    if let Some(end) = too_few(protocol, session) {
        return end;
    }
    if session.rounds.len() >= session.settings.max_rounds as usize {
        let votes = protocol.outline().round_types.contains(&RoundType::Convergence);
        return Plan::Conclude(match protocol.next(session) {
            // It was the last step.
            Next::End(end) => end,
            Next::Round(_) if votes => ending::out_of_rounds(session),
            Next::Round(_) => {
                ending::partial(session, "All rounds were used before the last step.", StopRule::MaxRounds)
            }
        });
    }
    if last.is_some_and(|round| round.tally.is_some())
        && let Some((rule, words)) = convergence::in_vain(session)
    {
        let why = format!("No agreement: {words}");
        return Plan::Conclude(ending::not_converged(session, &why, rule));
    }
    match protocol.next(session) {
        Next::Round(round_type) => start(protocol, session, round_type, next),
        Next::End(end) => Plan::Conclude(end),
    }
}

/// The ends that no protocol can do anything about.
fn too_few(protocol: &(dyn Protocol + '_), session: &ForgeSession) -> Option<Plan> {
    let last = session.rounds.last()?;
    let end = |why: &str| Some(Plan::Conclude(ending::partial(session, why, StopRule::Members)));
    let reasons = ending::reasons(session, last);
    let drafts = drafts(session).len();
    match last.round_type {
        RoundType::Draft if drafts == 0 => {
            let why = format!("No member could write a draft. {reasons}");
            return Some(Plan::Conclude(ending::failed(&why, StopRule::Members)));
        }
        RoundType::Attack if last.took_part.is_empty() => {
            return end(&format!("Nobody could look for what breaks the proposal. {reasons}"));
        }
        RoundType::Synthesis if last.took_part.is_empty() => {
            return end(&format!("No member could write a shared answer. {reasons}"));
        }
        // Another version would meet the same silence.
        RoundType::Convergence if last.took_part.len() < 2.min(last.seats.len()) => {
            return end(&format!("Fewer than two members could vote. {reasons}"));
        }
        _ => {}
    }
    let wanted = session.settings.refuse_below? as usize;
    // Where one writes for all, no number of texts can be asked for.
    let is_text = matches!(last.round_type, RoundType::Draft | RoundType::Refinement | RoundType::Ballot)
        && !protocol.in_line(last.round_type);
    (is_text && last.took_part.len() < wanted).then(|| {
        let why = format!(
            "Refused: {} of at least {wanted} members answered, and fewer were not to be enough. {reasons}",
            last.took_part.len()
        );
        Plan::Conclude(ending::failed(&why, StopRule::Members))
    })
}

fn start(protocol: &(dyn Protocol + '_), session: &ForgeSession, round_type: RoundType, round: RoundNumber) -> Plan {
    let seats = protocol.seats(session, round_type);
    if seats.is_empty() {
        let why = format!("Nobody is left to ask in a {round_type} round.");
        return Plan::Conclude(ending::partial(session, &why, StopRule::Members));
    }
    let labels = blind::assign(session, round, round_type, &seats);
    let mut events = vec![Event::RoundStarted { round, round_type, seats }];
    events.extend(labels);
    Plan::Record(events)
}

/// Whether only one member ever answered.
pub(super) fn is_alone(session: &ForgeSession) -> bool {
    able(session).len() < 2
}

/// The end of every protocol that takes a vote: a version, a vote on it, and again while the rounds last.
pub(super) fn version_or_vote(session: &ForgeSession, last: RoundType) -> Next {
    match last {
        RoundType::Synthesis => Next::Round(RoundType::Convergence),
        // A version that nobody could vote on any more is not worth writing.
        RoundType::Convergence if session.rounds.len() + 1 >= session.settings.max_rounds as usize => {
            Next::End(ending::out_of_rounds(session))
        }
        _ => Next::Round(RoundType::Synthesis),
    }
}

/// The rounds of a protocol that takes a vote: those before the first version, then as [`version_or_vote`] has it.
pub(super) fn voted_course(before: Vec<RoundType>, settings: &Settings, agreed: bool) -> Vec<RoundType> {
    let most = usize::try_from(settings.max_rounds).unwrap_or(usize::MAX);
    let whole = before.len() + 2;
    let limit = if agreed { most.min(whole) } else { most };
    let useful = if limit > whole { limit - (limit - whole) % 2 } else { limit };
    let looped = [RoundType::Synthesis, RoundType::Convergence].into_iter().cycle();
    before.into_iter().chain(looped).take(useful).collect()
}

/// The rounds of a protocol that has a last step.
pub(super) fn plain_course(mut rounds: Vec<RoundType>, settings: &Settings) -> Vec<RoundType> {
    rounds.truncate(usize::try_from(settings.max_rounds).unwrap_or(usize::MAX));
    rounds
}

/// How many rounds of a type are over since the latest drafts.
pub(super) fn since_drafts(session: &ForgeSession, round_type: RoundType) -> u32 {
    let rounds = session.rounds.iter().rev().take_while(|round| round.round_type != RoundType::Draft);
    u32::try_from(rounds.filter(|round| round.round_type == round_type).count()).unwrap_or(u32::MAX)
}
