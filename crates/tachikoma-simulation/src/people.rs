//! People in the simulation: they answer at their seats, and steer.

use std::time::Duration;

use tachikoma_forge::session::{Change, ControlAction, Event, ForgeSession, Topic};
use tachikoma_forge::types::{AskId, Chance, ModelRef, RoundType, Seat};

use super::world::World;

/// Answers and wishes that follow from what was journalled since `before`.
pub(super) fn notice(world: &mut World<'_>, before: usize, session: &ForgeSession) {
    let events: Vec<Event> =
        world.run.journal[before.min(world.run.journal.len())..].iter().map(|e| e.event.clone()).collect();
    for (at, event) in events.iter().enumerate() {
        if let Event::ParticipantThinking { ask, .. } = event {
            answer_later(world, ask, session);
        }
        if world.scenario.steered {
            steer(world, before + at, session);
        }
    }
}

/// After a cut the people who were asked are asked still.
pub(super) fn ask_again(world: &mut World<'_>, session: &ForgeSession) {
    let open: Vec<AskId> =
        session.turns.values().filter(|turn| !turn.is_settled()).map(|turn| turn.ask.clone()).collect();
    for ask in open {
        answer_later(world, &ask, session);
    }
}

/// A person takes minutes; now and then longer than there is.
fn answer_later(world: &mut World<'_>, ask: &AskId, session: &ForgeSession) {
    if !session.participant(ask.seat).is_some_and(|member| member.is_person()) {
        return;
    }
    let key = ask.to_string();
    let mut chance = world.chance("person", &key);
    let late = chance.below(10) == 0 && session.settings.person_seconds.is_some();
    let takes = Duration::from_secs(if late { 700 } else { 10 + chance.below(500) });
    world.run.deadlines |= late || session.settings.max_seconds.is_some();
    let text = world.answer(ask, None, session, None, &format!("{key}#0"));
    if chance.below(5) == 0 {
        // A slip of the pen: it is handed back, and given again.
        world.plan(world.clock + takes / 2, ControlAction::Answer { ask: ask.clone(), text: String::new() });
    }
    world.plan(world.clock + takes, ControlAction::Answer { ask: ask.clone(), text });
}

/// One wish in about every twelve events, of any kind.
fn steer(world: &mut World<'_>, at: usize, session: &ForgeSession) {
    let mut chance = world.chance("steer", &at.to_string());
    // Somebody who changes the goal for ever never gets an answer.
    if at > 240 || chance.below(12) != 0 {
        return;
    }
    let soon = world.clock + Duration::from_millis(chance.below(20_000));
    let seat = Seat::try_from(chance.below(session.participants.len() as u64)).unwrap_or(0);
    let asks: Vec<&AskId> = session.turns.keys().collect();
    let ask = usize::try_from(chance.below(asks.len().max(1) as u64))
        .ok()
        .and_then(|at| asks.get(at))
        .map(|ask| (*ask).clone());
    let action = match (chance.below(16), ask) {
        (0, _) => ControlAction::Pause,
        (1, _) => ControlAction::Note { text: format!("Think of the staff. ({at})") },
        (2, _) => ControlAction::SetRounds { max_rounds: 1 + u32::try_from(chance.below(12)).unwrap_or(0) },
        (3, _) => ControlAction::Dismiss { seat },
        (4, _) => ControlAction::Recall { seat },
        (5, Some(ask)) => ControlAction::Skip { ask },
        (6, Some(ask)) => ControlAction::Retry { ask },
        (7, _) => replace(seat, at),
        (8, _) => ControlAction::RunRound { round_type: any_round(&mut chance) },
        (9, _) => ControlAction::SkipTo { round_type: any_round(&mut chance) },
        (10, _) if chance.below(4) == 0 => ControlAction::Finish,
        (_, Some(ask)) => ControlAction::Change { change: change(world, ask, session, &mut chance) },
        (_, None) => ControlAction::Pause,
    };
    let waits = matches!(action, ControlAction::Pause | ControlAction::Change { .. });
    world.plan(soon, action);
    if waits {
        world.plan(soon + Duration::from_secs(5), ControlAction::Unpause);
    }
}

fn any_round(chance: &mut Chance) -> RoundType {
    RoundType::ALL[usize::try_from(chance.below(RoundType::ALL.len() as u64)).unwrap_or(0)]
}

fn replace(seat: Seat, at: usize) -> ControlAction {
    let model = ModelRef { provider: "znewcomer".into(), model: format!("zmodel-new-{at}"), base_url: None };
    ControlAction::Replace {
        seat,
        model: model.into(),
        fallbacks: Vec::new(),
        prices: Default::default(),
        context_window: None,
        vision: None,
    }
}

fn change(world: &mut World<'_>, ask: AskId, session: &ForgeSession, chance: &mut Chance) -> Change {
    match chance.below(6) {
        0 => Change::Redo { ask },
        1 => Change::Goal { topic: Topic::new("Should the library open on Mondays?") },
        2 => Change::Back { round: ask.round },
        3 => {
            let at = usize::try_from(chance.below(session.branches.len() as u64)).unwrap_or(0);
            Change::Switch { branch: session.branches[at].id }
        }
        _ => {
            let text = world.answer(&ask, None, session, None, &format!("{ask}#changed{}", chance.draw()));
            Change::Text { ask, text }
        }
    }
}

/// Names that no blind prompt may hold from here on.
pub(super) fn make_known(world: &mut World<'_>, action: &ControlAction) {
    if let ControlAction::Replace { model, .. } = action {
        world.run.identities.extend(model.targets().flat_map(|model| [model.provider.clone(), model.model.clone()]));
    }
}

/// Whose answer was handed back has nothing better to say, a slip of the pen apart.
pub(super) fn gives_up(action: &ControlAction) -> Option<ControlAction> {
    match action {
        ControlAction::Answer { ask, text } if !text.is_empty() => Some(ControlAction::Skip { ask: ask.clone() }),
        _ => None,
    }
}

/// The name of a wish.
pub(super) const fn name(action: &ControlAction) -> &'static str {
    match action {
        ControlAction::Stop => "stop",
        ControlAction::Pause => "pause",
        ControlAction::Unpause => "unpause",
        ControlAction::RunRound { .. } => "run round",
        ControlAction::SkipTo { .. } => "skip to",
        ControlAction::Finish => "finish",
        ControlAction::Note { .. } => "note",
        ControlAction::SetRounds { .. } => "set rounds",
        ControlAction::Dismiss { .. } => "dismiss",
        ControlAction::Recall { .. } => "recall",
        ControlAction::Skip { .. } => "skip",
        ControlAction::Retry { .. } => "retry",
        ControlAction::Replace { .. } => "replace",
        ControlAction::Answer { .. } => "answer",
        ControlAction::Judge { .. } => "judge",
        ControlAction::Change { change } => match change {
            Change::Text { .. } => "change text",
            Change::Redo { .. } => "redo",
            Change::Goal { .. } => "change goal",
            Change::Back { .. } => "go back",
            Change::Switch { .. } => "switch branch",
        },
    }
}
