//! A member's card, folded from the events of whole rounds.

use tachikoma_forge::session::{Channel, ControlAction, EndReason, Envelope, Event, NextStep};
use tachikoma_forge::types::{LlmError, SessionId, StopReason, TokenUsage};

use super::super::example::{Script, ask, model, whole};
use super::*;

fn of(events: &[Envelope], running: bool, round: RoundNumber, seat: Seat) -> Card {
    let mut live = Live::new(SessionId("s".into()));
    live.running = running;
    for event in events {
        live.apply(event);
    }
    card(&mut live, round, seat)
}

/// A session in which the seat 0 of the first round is led through every state.
fn led(to: State) -> (Vec<Envelope>, bool) {
    let mut s = Script::new(&["Ada", "Turing"]);
    let id = ask(1, RoundType::Draft, 0);
    s.round(1, RoundType::Draft, &[0, 1]);
    if to == State::Waiting {
        return (s.events, true);
    }
    if to == State::YourTurn {
        if let Event::SessionCreated { participants, .. } = &mut s.events[0].event {
            participants[0].model = "person/Ada".parse().unwrap();
        }
        s.push(Event::ParticipantThinking { ask: id, prompt_hash: "0".into(), reads: vec![] });
        return (s.events, true);
    }
    s.ask(1, RoundType::Draft, 0);
    match to {
        State::Waiting | State::Reading | State::YourTurn => {}
        State::Thinking => {
            s.delta(&id, 1, Channel::Reasoning, "Hm.");
        }
        State::Writing | State::Stopped => {
            s.delta(&id, 1, Channel::Text, "I say");
        }
        State::Queued | State::Cooling | State::Capped => {
            let why = match to {
                State::Queued => WaitReason::Queued,
                State::Capped => WaitReason::Budget,
                _ => WaitReason::Cooling,
            };
            let until_ms = s.events.last().map(|e| e.at_ms + 12_000).filter(|_| to == State::Cooling);
            s.push(Event::ParticipantWaiting { ask: id, model: model(), why, until_ms });
        }
        State::Retrying => {
            s.delta(&id, 1, Channel::Text, "I s").push(Event::AttemptFailed {
                ask: id,
                attempt: 1,
                error: LlmError::new(ErrorKind::Overloaded, "It is overloaded"),
                partial: "I s".into(),
                usage: TokenUsage::default(),
                next: NextStep::Retry { after_ms: 1_500 },
            });
        }
        State::Done => {
            s.complete(&id, 1, "I say no.", Answer::Draft);
        }
        State::CutShort => {
            s.complete(&id, 1, "I say", Answer::Draft);
            if let Some(Event::ParticipantComplete { stop_reason, .. }) = s.events.last_mut().map(|e| &mut e.event) {
                *stop_reason = StopReason::MaxTokens;
            }
        }
        State::Absent => {
            s.push(Event::ParticipantFailed { ask: id, error: LlmError::new(ErrorKind::Auth, "The key is wrong") });
        }
    }
    (s.events, to != State::Stopped)
}

#[test]
fn every_state_is_reached_by_events_and_says_something() {
    for state in State::ALL {
        let (events, running) = led(state);
        let card = of(&events, running, 1, 0);
        assert_eq!(card.state, state);
        let says = !card.note.fact.is_empty() || !card.note.follows.is_empty() || card.words != Words::None;
        assert!(says || matches!(state, State::Thinking | State::Waiting | State::YourTurn), "{state:?}");
        assert!(!card.model.is_empty() && card.name == "Ada");
    }
}

#[test]
fn a_person_has_its_time_without_the_pauses() {
    let (mut events, _) = led(State::YourTurn);
    if let Event::SessionCreated { settings, .. } = &mut events[0].event {
        settings.person_seconds = Some(60);
    }
    let asked = events.last().unwrap().at_ms;
    assert_eq!(of(&events, true, 1, 0).due, Some(asked + 60_000));
    let control = |at_ms, action| Envelope { at_ms, event: Event::Control { action }, ..events[0].clone() };
    let mut paused = events.clone();
    paused.push(control(asked + 5_000, ControlAction::Pause));
    assert_eq!(of(&paused, true, 1, 0).due, None);
    paused.push(control(asked + 25_000, ControlAction::Unpause));
    let card = of(&paused, true, 1, 0);
    assert_eq!((card.due, card.state), (Some(asked + 80_000), State::YourTurn));
    assert_eq!(card.acts, [Act::Skip, Act::Dismiss]);
    assert_eq!(of(&events, false, 1, 0).state, State::YourTurn, "it can be answered once it goes on");
}

#[test]
fn what_can_be_done_follows_from_where_a_turn_stands() {
    let acts = |to| {
        let (events, running) = led(to);
        of(&events, running, 1, 0).acts
    };
    assert_eq!(acts(State::Writing), [Act::Skip, Act::Retry, Act::Replace, Act::Dismiss]);
    assert_eq!(acts(State::Absent), [Act::Retry, Act::Replace, Act::Dismiss]);
    assert_eq!(acts(State::Done), [Act::Replace, Act::Dismiss, Act::Edit]);
    assert_eq!(acts(State::Stopped), []);
    assert_eq!(of(&whole(), false, 1, 0).acts, [Act::Edit, Act::Redo], "the record can be edited");
}

#[test]
fn a_failed_attempts_text_is_not_shown_as_the_answer() {
    let (events, _) = led(State::Retrying);
    let card = of(&events, true, 1, 0);
    assert_eq!(card.words, Words::None);
    assert_eq!(card.note.fact, "It is overloaded.");
    assert_eq!(card.note.follows, "Trying again after 2 s. Attempt 2.");
}

#[test]
fn who_waits_says_for_what_and_until_a_call_goes_out() {
    let (events, _) = led(State::Cooling);
    let card = of(&events, true, 1, 0);
    assert!(card.note.follows.ends_with("Asked again after 12 s."), "{:?}", card.note);
    assert_eq!(of(&events, false, 1, 0).state, State::Stopped, "nobody waits in a session that does not run");
    let mut s = Script::new(&["Ada", "Turing"]);
    let id = ask(1, RoundType::Draft, 0);
    s.round(1, RoundType::Draft, &[0, 1]).ask(1, RoundType::Draft, 0);
    s.push(Event::ParticipantWaiting { ask: id.clone(), model: model(), why: WaitReason::Queued, until_ms: None });
    s.attempt(&id, 2, AttemptReason::Cooling);
    assert_eq!(of(&s.events, true, 1, 0).state, State::Reading);
}

#[test]
fn who_waited_for_the_cap_when_it_ended_is_not_promised_another_call() {
    let (mut events, _) = led(State::Capped);
    let mut end = events.last().unwrap().clone();
    end.event = Event::SessionEnded {
        reason: EndReason::Budget,
        answer: None,
        detail: "The cap is reached.".into(),
        rule: None,
    };
    events.push(end);
    let card = of(&events, false, 1, 0);
    assert_eq!((card.state, card.note.follows.starts_with("Not asked")), (State::Stopped, true), "{:?}", card.note);
}

#[test]
fn structured_answers_are_fields_and_never_raw() {
    for (round, seat) in [(2, 0), (2, 1), (4, 0), (4, 2)] {
        assert!(matches!(of(&whole(), false, round, seat).words, Words::Fields(f) if !f.is_empty()));
    }
    let mut s = Script::new(&["Ada", "Turing"]);
    s.round(2, RoundType::Critique, &[0, 1]).ask(2, RoundType::Critique, 0);
    let text = r#"{"critiques":[{"label":"B","score":72,"strengths":["Clear."]}]}"#;
    for end in 0..text.len() {
        let mut s = s.clone();
        s.delta(&ask(2, RoundType::Critique, 0), 1, Channel::Text, &text[..end]);
        let words = of(&s.events, true, 2, 0).words;
        assert!(matches!(words, Words::None | Words::Fields(_)), "{words:?}");
    }
}

#[test]
fn an_unreadable_answer_is_an_abstention_with_its_text_kept() {
    let mut s = Script::new(&["Ada", "Turing"]);
    s.round(2, RoundType::Critique, &[0, 1]).ask(2, RoundType::Critique, 0);
    let answer = Answer::Abstained { why: "no scores".into() };
    s.complete(&ask(2, RoundType::Critique, 0), 1, "I like them all.", answer);
    let card = of(&s.events, false, 2, 0);
    assert_eq!(card.words, Words::Raw("I like them all.".into()));
    assert_eq!(card.note.fact, "Counted as an abstention.");
}

#[test]
fn others_read_while_one_writes() {
    let mut s = Script::new(&["Ada", "Turing", "Hopper"]);
    s.round(3, RoundType::Synthesis, &[1]).ask(3, RoundType::Synthesis, 1);
    let card = of(&s.events, true, 3, 0);
    assert_eq!(card.state, State::Reading);
    assert_eq!(card.note.follows, "Turing writes. The vote comes next.");
    assert_eq!(model().provider, "demo");
}

#[test]
fn tokens_are_guessed_until_they_are_reported() {
    let (events, _) = led(State::Writing);
    assert_eq!(of(&events, true, 1, 0).tokens, Tokens::About(2));
    let (events, _) = led(State::Done);
    assert_eq!(of(&events, true, 1, 0).tokens, Tokens::Reported(20));
}

#[test]
fn who_does_not_write_the_shared_answer_reads() {
    let mut s = Script::new(&["Ada", "Turing"]);
    s.round(1, RoundType::Synthesis, &[1, 0]);
    s.ask(1, RoundType::Synthesis, 1);
    let reader = of(&s.events, true, 1, 0);
    assert_eq!(reader.state, State::Reading);
    assert_eq!(reader.note.follows, "Turing writes. The vote comes next.");
}
