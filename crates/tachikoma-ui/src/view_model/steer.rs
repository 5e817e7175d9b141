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
    /// Whether a change waits: what goes on then has a button of its own.
    pub changed: bool,
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
        changed: pending(live).is_some(),
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
    !matches!(
        action,
        ControlAction::Change { .. } | ControlAction::Stop | ControlAction::Pause | ControlAction::Note { .. }
    )
}

/// The type of round that an ask belongs to, by the name of its step.
#[must_use]
pub fn type_of(step: &str) -> Option<RoundType> {
    RoundType::ALL.into_iter().find(|round_type| round_type.step() == step)
}

#[cfg(test)]
mod tests {
    use tachikoma_forge::session::{Answer, Envelope, Event};
    use tachikoma_forge::types::SessionId;

    use super::super::card::{Card, card};
    use super::super::compare::{branches, compare};
    use super::super::example::{ask, whole};
    use super::*;

    /// A finished session whose first draft was edited: a critique of it, the synthesis and the votes are stale.
    fn edited() -> (Live, Vec<Envelope>) {
        let mut events = whole();
        let draft = ask(1, RoundType::Draft, 0);
        let turn = tachikoma_forge::types::AskId { branch: 1, revision: 1, ..draft.clone() };
        let of = |round, round_type, seats: &[Seat]| {
            seats.iter().map(move |seat| ask(round, round_type, *seat)).collect::<Vec<_>>()
        };
        let stale = [
            of(2, RoundType::Critique, &[1]),
            of(3, RoundType::Synthesis, &[1]),
            of(4, RoundType::Convergence, &[0, 1, 2]),
        ]
        .concat();
        let change = Change::Text { ask: draft, text: "Another draft.".into() };
        let last = events.last().unwrap().clone();
        let event = Event::BranchOpened { from: 0, change, turn: Some(turn), answer: Some(Answer::Draft), stale };
        events.push(Envelope { branch: 1, seq: last.seq + 1, at_ms: last.at_ms + 1_000, event, ..last });
        let mut live = Live::new(SessionId("s".into()));
        live.running = true;
        for event in &events {
            live.apply(event);
        }
        (live, events)
    }

    #[test]
    fn a_change_says_what_is_stale_and_what_to_do_about_it() {
        let (mut live, mut events) = edited();
        let change = pending(&live).unwrap();
        assert_eq!(change.what, "You edited the draft of Ada in round 1.");
        assert_eq!(change.stale, [&count(live.session.stale.len() as u64), " answers read it and are stale."].concat());
        assert!(change.go_on.starts_with("Redo "), "{}", change.go_on);
        let marked: Card = card(&mut live, 3, 1);
        assert!(marked.stale && marked.acts.is_empty() && !marked.text.is_empty(), "{marked:?}");
        assert!(!card(&mut live, 1, 0).stale);
        // Once it goes on there is nothing to decide.
        let last = events.last().unwrap().clone();
        let event = Event::Control { action: ControlAction::Unpause };
        events.push(Envelope { seq: last.seq + 1, event, ..last });
        live.apply(events.last().unwrap());
        assert_eq!(pending(&live), None);
    }

    #[test]
    fn branches_are_listed_compared_and_looked_at() {
        let (live, _) = edited();
        let all = branches(&live.session);
        assert_eq!(all.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["Branch 1", "Branch 2"]);
        assert_eq!((all[0].what.as_str(), all[1].stands.as_str()), ("As it began.", "Not finished."));
        let differences = compare(&live.session, 0, 1);
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert_eq!(differences[0].title, "The draft of Ada in round 1");
        let before = live.on_branch(0).unwrap();
        assert_eq!((before.shown, before.running), (Some(0), false));
        assert!(before.session.result().is_some() && before.session.stale.is_empty());
        assert_eq!(controls(&before), None, "what does not go on is not steered");
        assert!(controls(&live).is_some_and(|controls| controls.paused));
    }
}
