//! The timeline of rounds: rounds are measures, members are lines, a turn is a bar.

use tachikoma_forge::protocol::outline;
use tachikoma_forge::session::TurnState;
use tachikoma_forge::types::{RoundNumber, RoundType, Seat};

use super::format::clock;
use super::live::Live;

/// A round on the staff.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The round's number.
    pub round: RoundNumber,
    /// What the members do in it.
    pub round_type: RoundType,
    /// How long it took, or has taken, in milliseconds; `None` before it begins.
    pub long_ms: Option<u64>,
    /// Whether it is under way.
    pub now: bool,
    /// Where the playhead stands, in percent, while it is under way.
    pub at: f64,
    /// One bar a member, by seat.
    pub bars: Vec<Bar>,
    /// What a screen reader says: "Round 2: Critique, finished in 1:32".
    pub label: String,
}

/// A member's turn within a measure, in percent of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// The seat.
    pub seat: Seat,
    /// Until where it read and thought.
    pub thinks: f64,
    /// Until where it wrote.
    pub writes: f64,
    /// Where attempts failed.
    pub failed: Vec<f64>,
    /// Whether it has no part in the round.
    pub gone: bool,
}

/// The measures of a session at a moment (milliseconds since 1970).
#[must_use]
pub fn measures(live: &Live, now: u64) -> Vec<Measure> {
    let session = &live.session;
    let mut all: Vec<Measure> = session
        .rounds
        .iter()
        .map(|round| {
            let open = !round.complete && live.running;
            let end = match round.ended_ms {
                Some(end) => end,
                None if open => now.max(round.started_ms),
                None => session.updated_ms.max(round.started_ms),
            };
            let long_ms = end - round.started_ms;
            // A running round keeps room to grow: the playhead moves through the measure, the measure does not stretch.
            let span = if open { (long_ms * 3 / 2).max(8_000) } else { long_ms.max(1) };
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of a round, for a drawing")]
            let percent = |at: u64| (at.saturating_sub(round.started_ms) as f64 / span as f64 * 100.0).min(100.0);
            let bars = session.participants.iter().map(|p| bar(live, round.number, p.seat, end, &percent)).collect();
            let name = ["Round ", &round.number.to_string(), ": ", round.round_type.name()].concat();
            let finished = bars_done(live, round.number, &round.seats);
            let label = if open {
                [&name, ", running, ", &finished].concat()
            } else if round.complete {
                [&name, ", finished in ", &clock(long_ms)].concat()
            } else {
                [&name, ", not finished"].concat()
            };
            Measure {
                round: round.number,
                round_type: round.round_type,
                long_ms: Some(long_ms),
                now: open,
                at: percent(end),
                bars,
                label,
            }
        })
        .collect();
    if live.running {
        all.extend(upcoming(live));
    }
    all
}

/// "2 of 4 finished".
fn bars_done(live: &Live, round: RoundNumber, seats: &[Seat]) -> String {
    let settled = seats.iter().filter(|&&s| live.turn(round, s).is_some_and(|t| t.is_settled())).count();
    [&settled.to_string(), " of ", &seats.len().to_string(), " finished"].concat()
}

fn bar(live: &Live, round: RoundNumber, seat: Seat, end: u64, percent: &dyn Fn(u64) -> f64) -> Bar {
    let Some(turn) = live.turn(round, seat) else {
        let gone = live.session.round(round).is_some_and(|r| r.complete && r.seats.contains(&seat));
        return Bar { seat, gone, ..Bar::default() };
    };
    let Some(times) = live.times.get(&turn.ask) else { return Bar { seat, ..Bar::default() } };
    let until = times.settled.unwrap_or(end);
    let thinks = times.first_text.unwrap_or(until).min(until);
    Bar {
        seat,
        thinks: percent(thinks),
        writes: percent(until),
        failed: times.failed.iter().map(|&at| percent(at)).collect(),
        gone: matches!(turn.state, TurnState::Failed { .. }),
    }
}

/// What follows by the usual order: the rest of the first pass, later the next round only.
fn upcoming(live: &Live) -> Vec<Measure> {
    let rounds = &live.session.rounds;
    let course = outline(&live.session.protocol).map(|outline| (outline.course)(&live.session.settings, true));
    let next = course.unwrap_or_default().into_iter().skip(rounds.len());
    let first = rounds.last().map_or(0, |r| r.number) + 1;
    (first..=live.session.settings.max_rounds)
        .zip(next)
        .map(|(round, round_type)| Measure {
            round,
            round_type,
            long_ms: None,
            now: false,
            at: 0.0,
            bars: live.session.participants.iter().map(|p| Bar { seat: p.seat, ..Bar::default() }).collect(),
            label: ["Round ", &round.to_string(), ": ", round_type.name(), ", not started"].concat(),
        })
        .collect()
}

/// How wide each measure is, as CSS columns: by its time, but never so narrow that its name is lost.
#[must_use]
pub fn columns(measures: &[Measure], small: bool) -> String {
    let known: Vec<u64> = measures.iter().filter_map(|m| m.long_ms.filter(|_| !m.now)).collect();
    let usual = if known.is_empty() { 1 } else { known.iter().sum::<u64>() / known.len() as u64 };
    measures
        .iter()
        .map(|m| {
            let long = m.long_ms.filter(|_| !m.now).unwrap_or(usual).max(usual / 6).max(1);
            let least = match m.round_type {
                _ if small => "2.25rem",
                RoundType::Convergence => "6.9rem",
                _ => "5.4rem",
            };
            ["minmax(", least, ",", &long.to_string(), "fr)"].concat()
        })
        .collect::<Vec<_>>()
        .join(" ")
}
