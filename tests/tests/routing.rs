//! Who is asked, when and why: one situation each, told to the engine by hand.

#![allow(clippy::unwrap_used)] // A test may.

use std::time::Duration;

use tachikoma_forge::engine::{Engine, IDLE_TIMEOUT, Input, Piece};
use tachikoma_forge::protocol::protocol;
use tachikoma_forge::session::{
    AttemptReason, Balance, Envelope, Event, FallbackReason, ForgeSession, NextStep, Settings, TurnState, WaitReason,
};
use tachikoma_forge::types::{ErrorKind, LlmError, ModelRef, Now, Seat};
use tachikoma_tests::table::{START, Table, targets};

fn limited(seconds: u64) -> LlmError {
    LlmError::new(ErrorKind::RateLimited, "Slow down.").with_retry_after(Duration::from_secs(seconds))
}

fn models(asked: &[(Seat, String)]) -> Vec<&str> {
    asked.iter().map(|(_, model)| model.as_str()).collect()
}

#[test]
fn who_comes_first_is_served_first_and_the_others_are_shown_as_queued() {
    let one = Settings { concurrency: Some(1), ..Settings::default() };
    let mut table = Table::of(&["a/x", "a/y", "a/x", "b/x"], one);
    assert_eq!(table.asked(), [(0, "a/x".to_owned()), (3, "b/x".to_owned())]);
    assert_eq!(table.waits(1), Some((WaitReason::Queued, "a/y".to_owned())));
    table.later(200);
    assert_eq!(table.shown.len(), 2, "each is told once: {:?}", table.shown);
    table.answers(0);
    assert_eq!(table.call(1).model.to_string(), "a/y");
    assert_eq!((table.waits(1), table.waits(2)), (None, Some((WaitReason::Queued, "a/x".to_owned()))));
    // A retry goes to the end of the line.
    table.fails(1, LlmError::new(ErrorKind::Truncated, "It broke off."));
    assert_eq!(table.calls.last().unwrap().ask.seat, 2);
    // The round ends for who is still in the line, too.
    table.later(110);
    let settled = table.engine.session().turns.values().filter(|t| t.is_settled() && t.ask.round == 1).count();
    assert_eq!(settled, 4);
}

#[test]
fn what_one_member_learns_counts_for_the_others() {
    let mut table = Table::of(&["a/x", "a/x,b/x", "a/y"], Settings::default());
    // Two calls at once: the third member waits in the line.
    assert_eq!(models(&table.asked()), ["a/x", "a/x"]);
    table.fails(0, limited(400));
    // It has nothing else to ask, and the round is over before that.
    assert!(matches!(table.next(), NextStep::Absent));
    assert_eq!(table.call(2).model.to_string(), "a/y", "another model of the server does not cool");
    table.fails(1, LlmError::new(ErrorKind::Truncated, "It broke off."));
    table.later(1);
    assert_eq!(table.call(1).model.to_string(), "b/x", "its own model cools for longer than it waits");
    let why = |e: &Envelope| matches!(e.event, Event::AttemptStarted { why: AttemptReason::Cooling, .. });
    assert_eq!(table.journal.iter().filter(|e| why(e)).count(), 1);
}

#[test]
fn a_short_cooldown_is_waited_for_and_a_later_shorter_one_does_not_end_it() {
    let mut table = Table::of(&["a/x,b/x", "a/x,b/x"], Settings::default());
    table.fails(0, limited(30));
    table.fails(1, limited(5));
    assert!(matches!(table.next(), NextStep::Retry { after_ms: 5_000..=5_500 }));
    table.later(6);
    assert_eq!(table.calls.len(), 2);
    let waits = table.waits(1).unwrap();
    assert_eq!(waits, (WaitReason::Cooling, "a/x".to_owned()));
    table.later(23);
    assert_eq!(table.calls.len(), 2, "30 s were asked for");
    table.later(5);
    assert_eq!(models(&table.asked()), ["a/x"; 4]);
}

#[test]
fn when_all_cool_the_earliest_is_waited_for_or_nobody() {
    let mut table = Table::of(&["a/x,b/x", "c/x"], Settings::default());
    table.fails(0, limited(100));
    table.fails(0, limited(90));
    table.later(89);
    assert_eq!(models(&table.asked()), ["a/x", "c/x", "b/x"]);
    table.later(12);
    assert_eq!(models(&table.asked()), ["a/x", "c/x", "b/x", "b/x"]);
    // Without credit nobody is asked again before the round ends.
    let mut table = Table::of(&["a/x", "a/x"], Settings::default());
    table.fails(0, LlmError::new(ErrorKind::Quota, "No credit is left."));
    table.fails(1, LlmError::new(ErrorKind::Truncated, "It broke off."));
    table.later(2);
    assert_eq!(table.calls.len(), 2);
    let turns: Vec<_> = table.engine.session().turns.values().collect();
    let TurnState::Failed { error } = &turns[1].state else { panic!("{:?}", turns[1].state) };
    assert!(error.kind == ErrorKind::Quota && error.message.contains("left alone for 10 min"), "{error}");
}

#[test]
fn what_is_too_long_goes_to_a_larger_model_and_what_is_declined_to_another_provider() {
    let table = [
        ("a/small,a/other,b/large", ErrorKind::ContextTooLong, "b/large", FallbackReason::LargerContext),
        ("a/small|b/small,a/other", ErrorKind::ContextTooLong, "a/other", FallbackReason::NextInList),
        ("a/large,a/small,b/other", ErrorKind::ContextTooLong, "a/small", FallbackReason::NextInList),
        ("a/x,a/y,b/z", ErrorKind::ContentFilter, "b/z", FallbackReason::OtherProvider),
        ("a/x,a#2/y,b/z", ErrorKind::Refusal, "b/z", FallbackReason::OtherProvider),
        ("a/x,a/y", ErrorKind::Refusal, "a/y", FallbackReason::NextInList),
        ("a/x,a/y,b/z", ErrorKind::Auth, "a/y", FallbackReason::NextInList),
    ];
    for (list, kind, next, why) in table {
        let mut table = Table::of(&[list, "c/x"], Settings::default());
        // Either target may be first in a pool; what holds for one holds for both.
        table.fails(0, LlmError::new(kind, "No."));
        let NextStep::Fallback { model, because } = table.next() else { panic!("{list}: {:?}", table.next()) };
        assert_eq!((model.to_string().as_str(), *because), (next, why), "{list} after {kind}");
        assert_eq!(table.call(0).model, *model);
    }
}

#[test]
fn an_interchangeable_target_takes_over_at_once() {
    let mut table = Table::of(&["a/x|b/x", "c/x"], Settings::default());
    let first = table.call(0).model.clone();
    table.fails(0, limited(60));
    let NextStep::Fallback { model, because: FallbackReason::Interchangeable } = table.next().clone() else {
        panic!("{:?}", table.next())
    };
    assert!(model != first && table.call(0).model == model);
    // When both cool, the one that is ready first.
    table.fails(0, limited(20));
    assert!(matches!(table.next(), NextStep::Retry { .. }));
    table.later(23);
    assert_eq!((table.calls.len(), &table.call(0).model), (4, &model));
}

#[test]
fn a_pool_shares_the_work_by_the_session_s_balance() {
    let member = "a/x|b/x";
    let members = [member; 4];
    let counts = |table: &Table, model: &str| table.calls.iter().filter(|c| c.model.to_string() == model).count();
    for balance in Balance::ALL {
        let table = Table::of(&members, Settings { balance, ..Settings::default() });
        assert_eq!((counts(&table, "a/x"), counts(&table, "b/x")), (2, 2), "{balance}: two at once each");
    }
    // The one that was quicker is asked from then on.
    let fastest = Settings { balance: Balance::Fastest, ..Settings::default() };
    let mut table = Table::of(&["a/x|b/x", "a/x|b/x"], fastest);
    let quick = table.call(1).model.clone();
    assert_ne!(table.call(0).model, quick);
    table.later(1);
    table.answers(1);
    table.later(5);
    table.answers(0);
    let critics: Vec<&ModelRef> = table.calls[2..].iter().map(|call| &call.model).collect();
    assert_eq!(critics, [&quick, &quick], "both critics");
}

#[test]
fn silence_is_borne_longer_before_the_first_word_and_a_sign_of_life_starts_it_anew() {
    let settings = Settings { round_timeout_seconds: 3_000, ..Settings::default() };
    let mut table = Table::of(&["a/x", "b/x"], settings);
    let beat = |table: &mut Table| {
        let (ask, attempt) = (table.call(0).ask.clone(), table.call(0).attempt);
        table.give(Input::Piece { ask, attempt, piece: Piece::default() });
    };
    table.later(200);
    beat(&mut table);
    // The other one gave no sign of life.
    table.later(45);
    assert_eq!(table.call(1).attempt, 2);
    table.answers(1);
    table.later(190);
    assert_eq!(table.call(0).attempt, 1);
    table.says(0, "Well,");
    table.later(IDLE_TIMEOUT.as_secs() - 5);
    beat(&mut table);
    table.later(IDLE_TIMEOUT.as_secs() - 5);
    assert_eq!(table.call(0).attempt, 1);
    table.later(10);
    assert!(table.call(0).attempt > 1);
}

#[test]
fn a_resumed_session_leaves_alone_what_was_to_be_left_alone() {
    for (away, asked_at_once) in [(1, false), (200, true)] {
        let mut table = Table::of(&["a/x,b/x", "a/x,b/x"], Settings::default());
        table.fails(0, limited(150));
        assert_eq!(table.call(0).model.to_string(), "b/x");
        let session = ForgeSession::fold(&table.journal).unwrap();
        // Another process: its clock begins anew, the wall's goes on.
        let now = Now { mono: Duration::from_secs(7), wall_ms: START.wall_ms + away * 1_000 };
        let targets = targets(&session.participants);
        let engine = Engine::resume(session, protocol("think-tank").unwrap(), targets, None, now).unwrap();
        let table = Table::run(engine, now, table.journal.clone());
        let own = table.call(1).model.to_string() == "a/x";
        assert_eq!(own, asked_at_once, "after {away} s: {:?}", table.asked());
    }
}
