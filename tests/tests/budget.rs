//! What is set aside under a cap, for which call, and when that ends: one situation each, led by hand.

#![allow(clippy::unwrap_used)] // A test may.

use tachikoma_forge::cost::{Price, Rates};
use tachikoma_forge::engine::{Input, Piece};
use tachikoma_forge::session::{EndReason, Event, Reserved, SessionState, Settings, WaitReason};
use tachikoma_forge::types::{ErrorKind, LlmError, ModelRef, Nanos, Seat, StopReason, TokenUsage};
use tachikoma_tests::table::Table;

const HIGH: Nanos = Nanos(1_000_000_000_000);

/// A cap, and what the models cost: `dear` a hundred times as much as the others.
fn capped(cap: Nanos) -> Settings {
    let mut settings = Settings { max_cost: Some(cap), max_tokens: Some(1_000), ..Settings::default() };
    for provider in ["a", "b"] {
        for (name, rate) in [("x", 1_000_000), ("dear", 100_000_000)] {
            let model: ModelRef = format!("{provider}/{name}").parse().unwrap();
            let rates = Rates { input: rate, output: rate, ..Rates::default() };
            settings.prices.set(&model, Price { rates, ..Price::free() });
        }
    }
    settings
}

/// What the latest call of a seat set aside.
fn share(table: &Table, seat: Seat) -> Reserved {
    let turns = table.engine.session().turns.values();
    turns.filter(|t| t.ask.seat == seat).filter_map(|t| t.latest()).next_back().unwrap().reserved.unwrap()
}

fn committed(table: &Table) -> Nanos {
    table.engine.session().committed().cost.unwrap()
}

/// The latest call of a seat is answered, and says what it used.
fn answers(table: &mut Table, seat: Seat, tokens: u64) {
    let (ask, attempt) = (table.call(seat).ask.clone(), table.call(seat).attempt);
    let usage = TokenUsage { input_tokens: Some(tokens), output_tokens: Some(tokens), ..TokenUsage::default() };
    let piece = Piece { text: "Open.".into(), usage: Some(usage), ..Piece::default() };
    table.give(Input::Piece { ask: ask.clone(), attempt, piece });
    table.give(Input::Finished { ask, attempt, stop_reason: StopReason::End });
}

/// What a first draft of each model sets aside.
fn shares() -> (Nanos, Nanos) {
    let table = Table::of(&["a/x", "a/dear"], capped(HIGH));
    (share(&table, 0).cost.unwrap(), share(&table, 1).cost.unwrap())
}

#[test]
fn the_share_of_a_call_is_the_price_of_the_target_that_is_called() {
    let (cheap, dear) = shares();
    assert_eq!(dear.0, cheap.0 * 100);
    let mut table = Table::of(&["a/dear,b/x", "b/x"], capped(HIGH));
    assert_eq!(committed(&table), dear.plus(cheap));
    // The fallback sets aside its own share, and the first one's is over: it was turned away.
    table.fails(0, LlmError::new(ErrorKind::Auth, "The key is wrong.").with_status(401));
    assert_eq!((table.call(0).model.to_string().as_str(), share(&table, 0).cost), ("b/x", Some(cheap)));
    assert_eq!(committed(&table), cheap.plus(cheap));
    // Of a pool, that of the target whose turn it is; with any key it costs the same.
    let table = Table::of(&["a/dear|b/x", "a/dear|b/x", "a#2/x"], capped(HIGH));
    for seat in 0..3 {
        let price = if table.call(seat).model.model == "dear" { dear } else { cheap };
        assert_eq!(share(&table, seat).cost, Some(price), "{}", table.call(seat).model);
    }
    assert_eq!(committed(&table), dear.plus(cheap).plus(cheap));
}

#[test]
fn who_waits_for_a_server_or_a_cooling_model_sets_nothing_aside() {
    let (cheap, _) = shares();
    let one = Settings { concurrency: Some(1), ..capped(HIGH) };
    let mut table = Table::of(&["a/x", "a/x", "b/x"], one);
    assert_eq!(table.waits(1), Some((WaitReason::Queued, "a/x".to_owned())));
    assert_eq!(committed(&table), cheap.plus(cheap));
    let slow = LlmError::new(ErrorKind::RateLimited, "Slow down.").with_status(429);
    table.fails(0, slow.with_retry_after(std::time::Duration::from_secs(30)));
    assert_eq!(table.waits(1), Some((WaitReason::Cooling, "a/x".to_owned())));
    assert_eq!(committed(&table), cheap, "only the third member is called");
}

#[test]
fn who_waits_for_the_cap_takes_no_place_at_its_server_and_is_asked_when_there_is_room() {
    let (cheap, dear) = shares();
    let one = Settings { concurrency: Some(1), ..capped(Nanos(dear.0 + cheap.0 - 1)) };
    let mut table = Table::of(&["b/x", "a/dear", "a/x"], one);
    let asked = |table: &Table| table.asked().into_iter().map(|(seat, _)| seat).collect::<Vec<_>>();
    assert_eq!(table.waits(1), Some((WaitReason::Budget, "a/dear".to_owned())));
    assert_eq!((asked(&table), committed(&table)), (vec![0, 2], cheap.plus(cheap)));
    // Now there would be room under the cap, but its server is taken.
    answers(&mut table, 0, 1);
    assert_eq!(table.waits(1), Some((WaitReason::Queued, "a/dear".to_owned())));
    assert_eq!(committed(&table), Nanos(cheap.0 + 2_000));
    answers(&mut table, 2, 1);
    assert_eq!((asked(&table), table.waits(1)), (vec![0, 2, 1], None));
    assert_eq!(committed(&table), Nanos(dear.0 + 4_000));
}

#[test]
fn when_all_that_is_left_waits_for_the_cap_it_ends_and_every_share_is_over() {
    let (cheap, dear) = shares();
    let mut table = Table::of(&["a/x", "b/dear", "b/dear"], capped(Nanos(dear.0 + cheap.0 / 2)));
    assert_eq!(table.waits(1), Some((WaitReason::Budget, "b/dear".to_owned())));
    assert_eq!((table.calls.len(), table.shown.len(), committed(&table)), (1, 2, cheap));
    // It was turned away: its share is over at once, and another takes the room.
    table.fails(0, LlmError::new(ErrorKind::Overloaded, "Later.").with_status(529));
    assert_eq!((table.calls.len(), table.call(1).attempt, committed(&table)), (2, 1, dear));
    table.later(30);
    assert_eq!(table.waits(0), Some((WaitReason::Budget, "a/x".to_owned())), "its retry waits as a first try does");
    assert!(!table.engine.is_over(), "a call under way may leave room");
    answers(&mut table, 1, 10);
    assert_eq!((table.call(0).attempt, committed(&table)), (2, Nanos(2_000_000 + cheap.0)));
    answers(&mut table, 0, 1);
    let SessionState::Ended { reason: EndReason::Budget, detail, .. } = &table.engine.session().state else {
        panic!("{:?}", table.asked())
    };
    assert!(detail.starts_with("The cap of $"), "{detail}");
    assert_eq!(committed(&table), table.engine.session().spending().cost, "nothing is set aside any more");
    assert_eq!(table.journal.iter().filter(|e| matches!(e.event, Event::SessionEnded { .. })).count(), 1);
}
