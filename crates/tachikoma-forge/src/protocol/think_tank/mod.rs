//! The default protocol: blind drafts, blind scored critique, synthesis, vote; then synthesis and vote
//! again until enough members agree or the rounds are used up.
//!
//! Only one member writes a synthesis: the one whose draft was scored highest; if it fails, the next.
//! The best version so far is kept: a later one with less agreement does not replace it.

mod asks;
mod labels;
mod mask;
mod rank;
mod read;

use super::{Ask, Conclusion, Plan, Prompt, Protocol};
use crate::session::{
    Absence, Answer, EndReason, Event, ForgeSession, Reading, Round, SessionState, Tally, Turn, TurnState,
};
use crate::types::{AskId, RoundNumber, RoundType, Seat, StopReason};

/// The default protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThinkTank;

impl Protocol for ThinkTank {
    fn name(&self) -> &'static str {
        "think-tank"
    }

    fn plan(&self, session: &ForgeSession) -> Plan {
        if matches!(session.state, SessionState::Ended { .. }) {
            return Plan::Wait;
        }
        match session.open_round() {
            Some(round) => in_round(session, round),
            None => next(session),
        }
    }

    fn read(
        &self,
        session: &ForgeSession,
        ask: &AskId,
        text: &str,
        stop: StopReason,
    ) -> Result<(Answer, Reading), String> {
        let Some(round) = session.round(ask.round) else { return Err("the round is unknown".to_owned()) };
        match round.round_type {
            RoundType::Draft => read::draft(text),
            RoundType::Critique => read::critique(text, stop, labels::order_of(round, ask.seat)),
            RoundType::Synthesis => read::synthesis(text),
            RoundType::Convergence => read::vote(text, stop),
        }
    }

    fn repair(&self, session: &ForgeSession, ask: &Ask, text: &str, missing: &str) -> Prompt {
        asks::repair(session, ask, text, missing)
    }

    fn may_run(&self, session: &ForgeSession, round_type: RoundType) -> Result<(), String> {
        let drafts = drafts(session);
        match round_type {
            RoundType::Draft => Ok(()),
            RoundType::Critique if critics(session).is_empty() => {
                Err("a critique needs drafts that somebody else can judge: run a Draft round first".to_owned())
            }
            RoundType::Synthesis if drafts.is_empty() => {
                Err("a synthesis needs drafts: run a Draft round first".to_owned())
            }
            RoundType::Convergence if version(session).is_none() => {
                Err("a vote needs a shared answer: run a Synthesis round first".to_owned())
            }
            RoundType::Critique | RoundType::Synthesis | RoundType::Convergence => Ok(()),
        }
    }
}

// --- within a round ------------------------------------------------------------------------------

fn in_round(session: &ForgeSession, round: &Round) -> Plan {
    if let Some(assigned) = missing_labels(session, round) {
        return Plan::Record(vec![assigned]);
    }
    let turn = |seat: Seat| session.turns.get(&ask_id(round.number, round.round_type, seat));
    let over = if round.round_type == RoundType::Synthesis {
        let written = round.seats.iter().any(|seat| turn(*seat).is_some_and(|t| t.complete().is_some()));
        written || round.seats.iter().all(|seat| turn(*seat).is_some_and(Turn::is_settled))
    } else {
        round.seats.iter().all(|seat| turn(*seat).is_some_and(Turn::is_settled))
    };
    if over {
        return Plan::Record(vec![close(session, round)]);
    }
    if round.round_type == RoundType::Synthesis {
        // One at a time: the first who has not failed.
        let failed = |seat: &Seat| turn(*seat).is_some_and(|t| matches!(t.state, TurnState::Failed { .. }));
        let writer = round.seats.iter().find(|seat| !failed(seat));
        return Plan::Asks(writer.map(|seat| asks::synthesis(session, round, *seat)).into_iter().collect());
    }
    Plan::Asks(round.seats.iter().filter_map(|seat| asks::ask(session, round, *seat)).collect())
}

/// The labels that a round needs and lacks. Each fact is a plan of its own: a journal may be cut between
/// any two events, and what is missing then is planned again.
fn missing_labels(session: &ForgeSession, round: &Round) -> Option<Event> {
    let withhold_own = match round.round_type {
        RoundType::Critique => true,
        RoundType::Synthesis => false,
        RoundType::Draft | RoundType::Convergence => return None,
    };
    let assign = || labels::assign(session, round.number, &drafts(session), &round.seats, withhold_own);
    round.labels.is_empty().then(assign)
}

fn close(session: &ForgeSession, round: &Round) -> Event {
    let (mut took_part, mut absent) = (Vec::new(), Vec::new());
    for seat in &round.seats {
        match session.turns.get(&ask_id(round.number, round.round_type, *seat)).map(|t| &t.state) {
            Some(TurnState::Complete(_)) => took_part.push(*seat),
            Some(TurnState::Failed { error }) => absent.push(Absence { seat: *seat, reason: error.message.clone() }),
            // A candidate who was never needed.
            Some(TurnState::Open) | None => {}
        }
    }
    Event::RoundComplete { round: round.number, round_type: round.round_type, took_part, absent }
}

/// The count of a vote that is over, or that it reached the threshold, if that is not recorded yet.
fn missing_count(session: &ForgeSession, round: &Round) -> Option<Event> {
    if round.round_type != RoundType::Convergence {
        return None;
    }
    let version = round.version.as_ref().or_else(|| version(session).map(|t| &t.ask))?;
    match round.tally {
        None => {
            let tally = count(session, round);
            let best = match best(session) {
                Some((best, earlier)) if !tally.beats(&earlier) => best,
                Some(_) | None => version.clone(),
            };
            Some(Event::ConvergenceChecked { round: round.number, tally, version: version.clone(), best })
        }
        Some(tally) if tally.converged() && session.converged.is_none() => {
            Some(Event::SessionConverged { round: round.number, answer: version.clone() })
        }
        Some(_) => None,
    }
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

// --- between rounds ------------------------------------------------------------------------------

fn next(session: &ForgeSession) -> Plan {
    let number = session.rounds.last().map_or(1, |r| r.number + 1);
    if let Some(fact) = session.rounds.last().and_then(|round| missing_count(session, round)) {
        return Plan::Record(vec![fact]);
    }
    if let Some(round) = session.rounds.last()
        && round.tally.is_some_and(|t| t.converged())
    {
        return agreed(round);
    }
    if number > session.settings.max_rounds {
        return out_of_rounds(session);
    }
    if let Some(wanted) = session.requested
        && ThinkTank.may_run(session, wanted).is_ok()
    {
        return start(session, number, wanted);
    }
    let Some(last) = session.rounds.last() else { return start(session, number, RoundType::Draft) };
    match last.round_type {
        RoundType::Draft if drafts(session).is_empty() => {
            let why = reasons(last, session);
            conclude(EndReason::Failed, None, format!("No member could write a draft. {why}"))
        }
        RoundType::Draft if critics(session).is_empty() => start(session, number, RoundType::Synthesis),
        RoundType::Draft => start(session, number, RoundType::Critique),
        RoundType::Critique => start(session, number, RoundType::Synthesis),
        RoundType::Synthesis if last.took_part.is_empty() => {
            let why = reasons(last, session);
            partial(session, &format!("No member could write a shared answer. {why}"))
        }
        RoundType::Synthesis => start(session, number, RoundType::Convergence),
        RoundType::Convergence if last.took_part.is_empty() => {
            let why = reasons(last, session);
            partial(session, &format!("Nobody could vote on the shared answer. {why}"))
        }
        // A version that nobody can vote on any more is not worth writing.
        RoundType::Convergence if number >= session.settings.max_rounds => out_of_rounds(session),
        RoundType::Convergence => start(session, number, RoundType::Synthesis),
    }
}

fn start(session: &ForgeSession, number: RoundNumber, round_type: RoundType) -> Plan {
    let everybody = || session.participants.iter().map(|p| p.seat).collect();
    let seats: Vec<Seat> = match round_type {
        RoundType::Draft | RoundType::Convergence => everybody(),
        RoundType::Critique => critics(session),
        RoundType::Synthesis => rank::writers(session),
    };
    Plan::Record(vec![Event::RoundStarted { round: number, round_type, seats }])
}

fn agreed(round: &Round) -> Plan {
    let tally = round.tally.unwrap_or(Tally { agree: 0, disagree: 0, abstain: 0, seats: 0, threshold: 1 });
    let detail = format!(
        "Converged in round {}: {} of {} votes agree, {} needed.",
        round.number,
        tally.agree,
        tally.agree + tally.disagree,
        decimal(tally.threshold)
    );
    conclude(EndReason::Converged, round.version.clone(), detail)
}

fn out_of_rounds(session: &ForgeSession) -> Plan {
    let rounds = session.rounds.len();
    let Some((version, tally)) = best(session) else {
        return partial(session, &format!("The limit of {rounds} rounds was reached before any vote."));
    };
    let votes = tally.agree + tally.disagree;
    let count = match tally.agreement() {
        Some(agreement) => {
            format!(
                "{} of {votes} votes agreed with it ({} of {} needed)",
                tally.agree,
                decimal(agreement),
                decimal(tally.threshold)
            )
        }
        None => format!("{votes} of at least {} votes were cast on it", tally.quorum()),
    };
    let detail = format!(
        "No agreement after {rounds} rounds. This is the version of round {} with the most agreement: {count}.",
        version.round
    );
    conclude(EndReason::NotConverged, Some(version), detail)
}

/// The best that there is: the best version, else the latest shared answer, else the best draft.
fn partial(session: &ForgeSession, why: &str) -> Plan {
    let best = best(session).map(|(ask, _)| ask).or_else(|| version(session).map(|t| t.ask.clone()));
    let draft = || rank::by_score(&drafts(session), session).first().map(|t| t.ask.clone());
    match best {
        Some(ask) => conclude(EndReason::Partial, Some(ask), format!("{why} This is the best version so far.")),
        None => match draft() {
            Some(ask) => conclude(EndReason::Partial, Some(ask), format!("{why} This is the best draft.")),
            None => conclude(EndReason::Failed, None, why.to_owned()),
        },
    }
}

const fn conclude(reason: EndReason, answer: Option<AskId>, detail: String) -> Plan {
    Plan::Conclude(Conclusion { reason, answer, detail })
}

/// Who failed, and why, in one line.
fn reasons(round: &Round, session: &ForgeSession) -> String {
    let each: Vec<String> = round
        .absent
        .iter()
        .map(|a| format!("{}: {}", session.name_of(a.seat), a.reason.trim_end_matches('.')))
        .collect();
    if each.is_empty() { String::new() } else { format!("{}.", each.join("; ")) }
}

/// Thousandths as people write them.
fn decimal(thousandths: u32) -> String {
    format!("{}.{:02}", thousandths / 1000, thousandths % 1000 / 10)
}

// --- what there is --------------------------------------------------------------------------------

/// The drafts that count: those of the latest round of drafts that brought any.
fn drafts(session: &ForgeSession) -> Vec<&Turn> {
    let rounds = session.rounds.iter().rev().filter(|r| r.complete && r.round_type == RoundType::Draft);
    for round in rounds {
        let drafts: Vec<&Turn> = session.turns_of(round.number).filter(|t| t.complete().is_some()).collect();
        if !drafts.is_empty() {
            return drafts;
        }
    }
    Vec::new()
}

/// The seats that have a draft of somebody else to judge.
fn critics(session: &ForgeSession) -> Vec<Seat> {
    let drafts = drafts(session);
    let others = |seat: Seat| drafts.iter().any(|t| t.ask.seat != seat);
    session.participants.iter().map(|p| p.seat).filter(|seat| others(*seat)).collect()
}

/// The latest shared answer.
fn version(session: &ForgeSession) -> Option<&Turn> {
    let rounds = session.rounds.iter().rev().filter(|r| r.complete && r.round_type == RoundType::Synthesis);
    rounds.flat_map(|r| session.turns_of(r.number)).find(|t| t.complete().is_some())
}

/// The best version so far, and its count.
fn best(session: &ForgeSession) -> Option<(AskId, Tally)> {
    let best = session.best.clone()?;
    // The same version may be voted on again when somebody asks for it: its best count stands.
    let counts = session.rounds.iter().filter(|r| r.version.as_ref() == Some(&best)).filter_map(|r| r.tally);
    let tally = counts.reduce(|kept, later| if later.beats(&kept) { later } else { kept })?;
    Some((best, tally))
}

/// The stable name of an ask.
fn ask_id(round: RoundNumber, round_type: RoundType, seat: Seat) -> AskId {
    let step = match round_type {
        RoundType::Draft => "draft",
        RoundType::Critique => "critique",
        RoundType::Synthesis => "synthesis",
        RoundType::Convergence => "convergence",
    };
    AskId { branch: 0, round, step: step.to_owned(), seat, revision: 0 }
}
