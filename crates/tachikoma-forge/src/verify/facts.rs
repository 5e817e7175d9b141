//! Facts that the engine records because they follow: rounds, labels, counts.

use super::{Check, Rule};
use crate::protocol::Plan;
use crate::session::{Event, ForgeSession};

impl Check<'_> {
    /// A fact has to be the first that the protocol plans on what is recorded before it.
    pub(super) fn fact(&mut self, seq: u64, event: &Event) {
        self.report.checked(match event {
            Event::LabelsAssigned { .. } => Rule::Labels,
            Event::ConvergenceChecked { .. } => Rule::Tallies,
            _ => Rule::Rounds,
        });
        if let Event::LabelsAssigned { round, labels, orders } = event {
            self.report.checked(Rule::OwnDraft);
            for order in orders {
                let own = labels.iter().any(|l| l.ask.seat == order.seat && order.labels.contains(&l.label));
                if own {
                    let name = self.session.name_of(order.seat);
                    let words = format!("In round {round} {name} was given its own draft to read.");
                    self.report.finds(seq, words);
                }
            }
        }
        let plan = self.protocol.plan(&self.session);
        let words = match &plan {
            Plan::Record(events) => match events.first() {
                Some(expected) if expected == event => return,
                Some(expected) => differs(&self.session, expected, event),
                None => None,
            },
            _ => None,
        };
        let words = words.unwrap_or_else(|| {
            format!(
                "{} is recorded, but what follows from the record is {}: an event before it is missing or was changed.",
                said(event),
                follows(&plan)
            )
        });
        self.report.finds(seq, words);
    }
}

/// In what a fact differs from the one of its kind that follows; `None` for facts of two kinds.
fn differs(session: &ForgeSession, expected: &Event, recorded: &Event) -> Option<String> {
    match (expected, recorded) {
        (
            Event::ConvergenceChecked { tally, version, best, .. },
            Event::ConvergenceChecked { round, tally: counted, version: on, best: kept },
        ) => Some(if tally != counted {
            format!(
                "The tally of round {round} is recorded as “{}”, but the recorded votes come to “{}”.",
                counted.explained(),
                tally.explained()
            )
        } else if version == on {
            format!("The best version after round {round} is recorded as {kept}; by the counts it is {best}.")
        } else {
            format!("The vote of round {round} is recorded as one on {on}; the version at hand was {version}.")
        }),
        (Event::LabelsAssigned { labels, .. }, Event::LabelsAssigned { round, labels: given, .. })
            if labels != given =>
        {
            Some(format!("The labels of round {round} are not those that the seed gives."))
        }
        (Event::LabelsAssigned { .. }, Event::LabelsAssigned { round, .. }) => {
            Some(format!("The order in which members read in round {round} is not the one that the seed gives."))
        }
        (
            Event::RoundComplete { took_part, absent, .. },
            Event::RoundComplete { round, took_part: recorded, absent: missing, .. },
        ) => {
            let names = |seats: &[u16]| seats.iter().map(|seat| session.name_of(*seat)).collect::<Vec<_>>().join(", ");
            Some(if took_part == recorded {
                format!(
                    "Round {round} is recorded with {} absent; by its turns {} are, or for other reasons.",
                    missing.len(),
                    absent.len()
                )
            } else {
                let (theirs, ours) = (names(recorded), names(took_part));
                format!("Round {round} is recorded with {theirs} taking part; by its turns it was {ours}.")
            })
        }
        (
            Event::RoundStarted { round, round_type, seats },
            Event::RoundStarted { round: number, round_type: recorded, seats: asked },
        ) => Some(format!(
            "Round {number} is recorded as {recorded} of {} members; what follows is round {round}, {round_type} of {}.",
            asked.len(),
            seats.len()
        )),
        (Event::SessionConverged { .. }, Event::SessionConverged { round, .. }) => {
            Some(format!("The agreement of round {round} is recorded for another version than the one voted on."))
        }
        _ => None,
    }
}

fn said(event: &Event) -> String {
    match event {
        Event::RoundStarted { round, round_type, .. } => format!("The start of round {round} ({round_type})"),
        Event::LabelsAssigned { round, .. } => format!("Labels for round {round}"),
        Event::RoundComplete { round, .. } => format!("The end of round {round}"),
        Event::ConvergenceChecked { round, .. } => format!("A count for round {round}"),
        Event::SessionConverged { round, .. } => format!("Agreement in round {round}"),
        _ => "Something".to_owned(),
    }
}

/// What follows, in words.
pub(super) fn follows(plan: &Plan) -> String {
    match plan {
        Plan::Record(events) => events.first().map_or_else(|| "nothing".to_owned(), |event| said(event).to_lowercase()),
        Plan::Asks(asks) => match asks.first() {
            Some(ask) => format!("that members are asked in round {}", ask.id.round),
            None => "nothing".to_owned(),
        },
        Plan::Conclude(end) => format!("the end ({})", end.detail.trim_end_matches('.')),
        Plan::Wait => "nothing".to_owned(),
    }
}
