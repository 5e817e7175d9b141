//! The record: the rounds behind the one on the stage, each with what came of it in a few words.

use std::collections::BTreeMap;

use leptos::prelude::*;
use tachikoma_forge::session::ForgeSession;
use tachikoma_forge::types::{RoundNumber, RoundType, Seat};

use super::{Page, on_stage, title};
use crate::components::record::PastRound;
use crate::view_model::format::{clock, count, many, share};
use crate::view_model::scores;
use crate::view_model::steer::type_of;

/// A round of the record.
#[derive(Clone, PartialEq)]
pub(super) struct Past {
    number: RoundNumber,
    title: String,
    summary: String,
    long: String,
    seats: Vec<Seat>,
    complete: bool,
}

pub(super) fn past_rounds(page: &Page) -> Memo<Vec<Past>> {
    page.memo(|live| {
        let staged = on_stage(live).map(|(number, _)| number);
        let session = &live.session;
        session
            .rounds
            .iter()
            .filter(|r| Some(r.number) != staged)
            .map(|round| {
                let answered = session.turns_of(round.number).filter(|t| t.text().is_some()).count() as u64;
                let asked = round.seats.len() as u64;
                let of = |what: &str| {
                    if answered == asked {
                        many(answered, what, &[what, "s"].concat())
                    } else {
                        [&count(answered), " of ", &many(asked, what, &[what, "s"].concat())].concat()
                    }
                };
                let summary = match (round.round_type, round.tally) {
                    (RoundType::Draft | RoundType::Refinement | RoundType::Baseline, _) => of("draft"),
                    (RoundType::Ranking | RoundType::Comparison, _) => of("ranking"),
                    (RoundType::Rebuttal, _) => of("position"),
                    (RoundType::Attack, _) => of("attack"),
                    (RoundType::Ballot, _) => of("vote"),
                    (RoundType::Critique, _) => match scores::latest(live).filter(|s| s.round == round.number) {
                        Some(s) => [&s.given.to_string(), " of ", &s.expected.to_string(), " scores"].concat(),
                        None => of("critique"),
                    },
                    (RoundType::Synthesis, _) => {
                        let writer = session.turns_of(round.number).find(|t| t.text().is_some());
                        writer.map_or_else(|| "no version".into(), |t| ["by ", session.name_of(t.ask.seat)].concat())
                    }
                    (RoundType::Convergence, Some(tally)) => tally
                        .agreement()
                        .map_or_else(|| "not enough votes to count".into(), |a| ["agreement ", &share(a)].concat()),
                    (RoundType::Convergence, None) => of("vote"),
                };
                let mut seats = round.seats.clone();
                seats.extend(session.turns_of(round.number).map(|t| t.ask.seat));
                seats.sort_unstable();
                seats.dedup();
                let end = round.ended_ms.unwrap_or(session.updated_ms);
                Past {
                    number: round.number,
                    title: title(round.number, round.round_type),
                    summary,
                    long: clock(end.saturating_sub(round.started_ms)),
                    seats,
                    complete: round.complete,
                }
            })
            .chain(stale_rounds(&live.session))
            .collect()
    })
}

/// Rounds that a change has left behind: they are shown until they are done anew.
fn stale_rounds(session: &ForgeSession) -> Vec<Past> {
    let mut rounds: BTreeMap<RoundNumber, (RoundType, Vec<Seat>)> = BTreeMap::new();
    let behind = |round: RoundNumber| session.round(round).is_none();
    for turn in session.stale.values().filter(|turn| behind(turn.ask.round)) {
        let Some(round_type) = type_of(&turn.ask.step) else { continue };
        rounds.entry(turn.ask.round).or_insert((round_type, Vec::new())).1.push(turn.ask.seat);
    }
    let past = |(number, (round_type, seats)): (RoundNumber, (RoundType, Vec<Seat>))| Past {
        number,
        title: title(number, round_type),
        summary: "stale".into(),
        long: String::new(),
        seats,
        complete: false,
    };
    rounds.into_iter().map(past).collect()
}

pub(super) fn record(page: &Page, rounds: Memo<Vec<Past>>) -> AnyView {
    let run = page.run.clone();
    let target: Signal<Option<RoundNumber>> = page.round.into();
    let past = move |past: Past| {
        view! {
            <PastRound
                run=run.clone()
                round=past.number
                title=past.title
                summary=past.summary
                long=past.long
                seats=past.seats
                complete=past.complete
                target=target
            />
        }
    };
    view! { <div class="rounds"><For each=move || rounds.get() key=|past| (past.number, past.title.clone(), past.summary.clone(), past.seats.len()) children=past/></div> }.into_any()
}
