//! Letters in place of names, and an order of its own for each reader.

use crate::session::{Event, ForgeSession, Label, ReadingOrder, Round, Turn};
use crate::types::{Chance, RoundNumber, Seat};

/// The letters of the n-th label, from 0: A to Z, then AA, AB, …
fn label(mut n: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
        if n < 26 {
            break;
        }
        n = n / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// Which letter stands for whose draft, and in which order each reader gets them. A reader's own draft
/// is in its order only when it writes the synthesis, which needs all.
pub(super) fn assign(
    session: &ForgeSession,
    round: RoundNumber,
    drafts: &[&Turn],
    readers: &[Seat],
    withhold_own: bool,
) -> Event {
    let labels = known(session, drafts).unwrap_or_else(|| {
        let mut shuffled: Vec<&Turn> = drafts.to_vec();
        Chance::new(session.seed, "labels", &format!("r{round}")).shuffle(&mut shuffled);
        shuffled.iter().enumerate().map(|(n, turn)| Label { label: label(n), ask: turn.ask.clone() }).collect()
    });
    let orders = readers
        .iter()
        .map(|seat| {
            let mut order: Vec<String> =
                labels.iter().filter(|l| !withhold_own || l.ask.seat != *seat).map(|l| l.label.clone()).collect();
            Chance::new(session.seed, "order", &format!("r{round}/s{seat}")).shuffle(&mut order);
            ReadingOrder { seat: *seat, labels: order }
        })
        .collect();
    Event::LabelsAssigned { round, labels, orders }
}

/// The letters that the same drafts have already.
fn known(session: &ForgeSession, drafts: &[&Turn]) -> Option<Vec<Label>> {
    let same = |round: &&Round| {
        round.labels.len() == drafts.len() && round.labels.iter().all(|l| drafts.iter().any(|t| t.ask == l.ask))
    };
    session.rounds.iter().rev().find(same).map(|r| r.labels.clone())
}

/// The labels that a seat reads in a round, in its order.
pub(super) fn order_of(round: &Round, seat: Seat) -> &[String] {
    round.orders.iter().find(|o| o.seat == seat).map_or(&[], |o| o.labels.as_slice())
}
