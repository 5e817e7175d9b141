//! A member that never stops: what it sends is kept within bounds, and the attempt ends with words that say why.

#![allow(clippy::unwrap_used)] // A test may.

use tachikoma_forge::engine::{MAX_TURN_BYTES, SAME_PIECES};
use tachikoma_forge::session::{Event, NextStep, Settings};
use tachikoma_forge::types::{ErrorKind, LlmError};
use tachikoma_tests::table::Table;

/// How the latest attempt of the first seat ended, if it did, and what was done next.
fn ended(table: &Table) -> Option<(&LlmError, &NextStep)> {
    table.journal.iter().rev().find_map(|envelope| match &envelope.event {
        Event::AttemptFailed { ask, error, next, .. } if ask.seat == 0 => Some((error, next)),
        _ => None,
    })
}

fn table() -> Table {
    Table::of(&["a/x", "b/y"], Settings::default())
}

#[test]
fn the_same_piece_a_hundred_times_in_a_row_ends_the_attempt() {
    let mut table = table();
    for _ in 1..SAME_PIECES {
        table.says(0, "and so on ");
    }
    assert_eq!(ended(&table), None, "one less is honest text still");
    table.says(0, "and so on ");
    let (error, next) = ended(&table).unwrap();
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(error.to_string().contains("the same piece 100 times"), "{error}");
    // The same model would go on as before.
    assert!(!matches!(next, NextStep::Retry { .. }), "{next:?}");
    // What had come is kept, and nothing that comes later.
    table.says(0, "and so on ");
    let turn = table.engine.session().turns.values().find(|turn| turn.ask.seat == 0).unwrap();
    assert_eq!(turn.attempts[0].text, "and so on ".repeat(SAME_PIECES as usize));
    // Nobody else is troubled.
    table.answers(1);
    assert!(table.engine.session().turns.values().any(|turn| turn.ask.seat == 1 && turn.complete().is_some()));
}

#[test]
fn what_repeats_in_honest_text_does_not() {
    for pieces in [["-", "-"], ["| ", "| "], ["a row ", "another "]] {
        let mut table = table();
        for piece in pieces.iter().cycle().take(SAME_PIECES as usize * 3) {
            table.says(0, piece);
        }
        assert_eq!(ended(&table), None, "{pieces:?}");
    }
}

#[test]
fn more_than_two_mebibytes_end_the_attempt() {
    let mut table = table();
    let pieces = ["x".repeat(64 * 1024), "y".repeat(64 * 1024)];
    for piece in pieces.iter().cycle().take(MAX_TURN_BYTES / (64 * 1024)) {
        table.says(0, piece);
    }
    assert_eq!(ended(&table), None, "exactly so much is allowed");
    table.says(0, "z");
    let (error, _) = ended(&table).unwrap();
    assert!(error.kind == ErrorKind::Protocol && error.to_string().contains("more than 2 MiB"), "{error}");
}
