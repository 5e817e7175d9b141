//! Labels in place of names, and an order of its own for each reader.

use crate::protocol::standing::drafts;
use crate::session::{Event, ForgeSession, Label, ReadingOrder, Round, Turn};
use crate::types::{Chance, RoundNumber, RoundType, Seat};

/// The n-th label, from 0: A to Z, then AA, AB, …
fn label(n: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = n;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        if rest < 26 {
            return letters.iter().rev().collect();
        }
        rest = rest / 26 - 1;
    }
}

/// Which label stands for whose draft, and in which order each reader gets those of the others.
/// `None` in a round that quotes no drafts.
///
/// The writer of a synthesis needs all drafts, so it has no order: it reads by label, and which label
/// stands for whose draft is drawn as well.
pub(in crate::protocol) fn assign(
    session: &ForgeSession,
    round: RoundNumber,
    round_type: RoundType,
    readers: &[Seat],
) -> Option<Event> {
    let drafts = drafts(session);
    let quotes_none = matches!(round_type, RoundType::Draft | RoundType::Ballot) || round_type.is_check();
    if quotes_none || drafts.is_empty() {
        return None;
    }
    let labels = known(session, &drafts).unwrap_or_else(|| {
        let mut shuffled = drafts;
        Chance::new(session.seed, "labels", &format!("r{round}")).shuffle(&mut shuffled);
        shuffled.iter().enumerate().map(|(n, turn)| Label { label: label(n), ask: turn.ask.clone() }).collect()
    });
    let order = |seat: &Seat| {
        let mut order: Vec<String> = labels.iter().filter(|l| l.ask.seat != *seat).map(|l| l.label.clone()).collect();
        Chance::new(session.seed, "order", &format!("r{round}/s{seat}")).shuffle(&mut order);
        ReadingOrder { seat: *seat, labels: order }
    };
    let readers = if round_type == RoundType::Synthesis { &[] } else { readers };
    let orders = readers.iter().map(order).collect();
    Some(Event::LabelsAssigned { round, labels, orders })
}

/// The labels that the same drafts have already, so that a comparison and a later vote speak of the same.
fn known(session: &ForgeSession, drafts: &[&Turn]) -> Option<Vec<Label>> {
    let same = |round: &&Round| {
        round.labels.len() == drafts.len() && round.labels.iter().all(|l| drafts.iter().any(|t| t.ask == l.ask))
    };
    session.rounds.iter().rev().find(same).map(|r| r.labels.clone())
}

/// The labels that a seat reads in a round, in its order.
pub(in crate::protocol) fn order_of(round: &Round, seat: Seat) -> &[String] {
    round.orders.iter().find(|o| o.seat == seat).map_or(&[], |o| o.labels.as_slice())
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_letters() {
        let labels: Vec<String> = [0, 1, 25, 26, 27, 51, 52, 701, 702].into_iter().map(label).collect();
        assert_eq!(labels, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
