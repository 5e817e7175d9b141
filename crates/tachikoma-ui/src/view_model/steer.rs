//! What can be done with a session and with each of its turns, and what a change has left to do.

use tachikoma_forge::session::{Change, ControlAction, ForgeSession, SessionState, Spending, Turn};
use tachikoma_forge::types::{BranchId, RoundNumber, RoundType, Seat};

use super::format::{count, many};
use super::live::Live;

/// What can be done with a member or its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Go on without this answer.
    Skip,
    /// Ask once more.
    Retry,
    /// Let another model speak for the member.
    Replace,
    /// Ask the member no more.
    Dismiss,
    /// Ask the member again from now on.
    Recall,
    /// Put another text in its place.
    Edit,
    /// Ask anew what is answered, and what read it.
    Redo,
}

impl Act {
    /// The words of its entry in a menu.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Skip => "Skip this answer",
            Self::Retry => "Ask again",
            Self::Replace => "Replace the model…",
            Self::Dismiss => "Take from the table",
            Self::Recall => "Bring back",
            Self::Edit => "Edit…",
            Self::Redo => "Ask anew",
        }
    }
}

/// What can be done with a seat in a round.
#[must_use]
pub fn acts(live: &Live, round: RoundNumber, seat: Seat) -> Vec<Act> {
    let session = &live.session;
    let Some(member) = session.participant(seat) else { return Vec::new() };
    let open = session.open_round().is_some_and(|open| open.number == round);
    let latest = session.rounds.last().is_some_and(|last| last.number == round);
    let turn = session.turn_of(round, seat);
    let mut acts = Vec::new();
    if live.running && open {
        match turn {
            Some(turn) if !turn.is_settled() && member.is_person() => acts.push(Act::Skip),
            Some(turn) if !turn.is_settled() => acts.extend([Act::Skip, Act::Retry]),
            Some(turn) if turn.complete().is_none() => acts.push(Act::Retry),
            _ => {}
        }
    }
    if live.running && latest {
        if !member.is_person() {
            acts.push(Act::Replace);
        }
        acts.push(if session.dismissed.contains(&seat) { Act::Recall } else { Act::Dismiss });
    }
    if turn.is_some_and(|turn| turn.complete().is_some()) {
        acts.push(Act::Edit);
    }
    if !open && turn.is_some_and(|turn| turn.is_settled() && !is_persons(session, turn)) {
        acts.push(Act::Redo);
    }
    acts
}

fn is_persons(session: &ForgeSession, turn: &Turn) -> bool {
    session.participant(turn.ask.seat).is_some_and(tachikoma_forge::session::Participant::is_person)
}

/// The persons who are asked now: the round and the seat of each.
#[must_use]
pub fn persons_turns(live: &Live) -> Vec<(RoundNumber, Seat)> {
    if live.session.is_finished() {
        return Vec::new();
    }
    let open = live.session.turns.values().filter(|turn| !turn.is_settled() && is_persons(&live.session, turn));
    open.map(|turn| (turn.ask.round, turn.ask.seat)).collect()
}

/// The controls of a session that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls {
    /// Whether it is paused.
    pub paused: bool,
    /// Whether a synthesis can be next.
    pub synthesis: bool,
    /// The most rounds, as they are set.
    pub max_rounds: u32,
    /// The round that it is in.
    pub at: u32,
}

/// What can be done with a session that runs.
#[must_use]
pub fn controls(live: &Live) -> Option<Controls> {
    let session = &live.session;
    let known = tachikoma_forge::protocol::outline(&session.protocol);
    let synthesis = known.is_some_and(|outline| outline.round_types.contains(&RoundType::Synthesis))
        && session.open_round().is_none_or(|open| open.round_type != RoundType::Synthesis);
    (live.running && live.shown.is_none()).then(|| Controls {
        paused: session.paused,
        synthesis,
        max_rounds: session.settings.max_rounds,
        at: session.rounds.last().map_or(0, |round| round.number),
    })
}

/// A change that waits for somebody to say that what follows from it is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What was changed, in a sentence.
    pub what: String,
    /// What it made stale, in a sentence; empty for nothing.
    pub stale: String,
    /// The words of the button that goes on.
    pub go_on: String,
    /// The branch that it comes from.
    pub from: BranchId,
}

/// The change on whose consequences somebody has to decide; `None` once it goes on.
#[must_use]
pub fn pending(live: &Live) -> Option<Pending> {
    let session = &live.session;
    let branch = session.branches.iter().find(|branch| branch.id == session.branch)?;
    let change = branch.change.as_ref()?;
    let gone_on = session.turns.values().any(|turn| turn.asked_ms > branch.opened_ms);
    if !session.paused || gone_on || !matches!(session.state, SessionState::Running) {
        return None;
    }
    let stale = session.stale.len() as u64;
    let is = if stale == 1 { " answer read it and is stale." } else { " answers read it and are stale." };
    let cost = Spending::of(session.stale.values().flat_map(|turn| &turn.attempts), &session.settings).cost;
    let about = if cost.0 == 0 { String::new() } else { [" (≈ ", &cost.to_string(), ")"].concat() };
    Some(Pending {
        what: sentence(session, change),
        stale: if stale == 0 { String::new() } else { [count(stale).as_str(), is].concat() },
        go_on: match stale {
            0 => "Go on from here".to_owned(),
            _ => ["Redo ", &many(stale, "answer", "answers"), &about].concat(),
        },
        from: branch.from.unwrap_or_default(),
    })
}

/// A change as people read it.
#[must_use]
pub fn sentence(session: &ForgeSession, change: &Change) -> String {
    let turn = |ask: &tachikoma_forge::types::AskId| {
        ["the ", &ask.step, " of ", session.name_of(ask.seat), " in round ", &ask.round.to_string()].concat()
    };
    match change {
        Change::Text { ask, .. } => ["You edited ", &turn(ask), "."].concat(),
        Change::Redo { ask } => ["You had ", &turn(ask), " asked anew."].concat(),
        Change::Goal { .. } => "You changed the goal.".to_owned(),
        Change::Back { round } => ["You went back to the end of round ", &round.to_string(), "."].concat(),
        Change::Switch { branch } => ["You went on from branch ", &name_of(*branch), "."].concat(),
    }
}

/// Branches are counted from 1 where people read it.
#[must_use]
pub fn name_of(branch: BranchId) -> String {
    (branch + 1).to_string()
}

/// Whether it needs calls: then the keys have to be here.
#[must_use]
pub const fn needs_keys(action: &ControlAction) -> bool {
    !matches!(action, ControlAction::Change { .. } | ControlAction::Stop | ControlAction::Pause | ControlAction::Note { .. })
}

/// The type of round that an ask belongs to, by the name of its step.
#[must_use]
pub fn type_of(step: &str) -> Option<RoundType> {
    RoundType::ALL.into_iter().find(|round_type| round_type.step() == step)
}
