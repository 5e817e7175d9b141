//! The record: every round as it was written, three lines high until it is opened.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::session::{Change, ControlAction};
use tachikoma_forge::types::{RoundNumber, Seat};

use super::card::MemberCard;
use super::icon::{RIGHT, icon};
use crate::run::Run;
use crate::runner::Runner;
use crate::view_model::card::Card;

/// A round of the record.
#[component]
pub fn PastRound(
    /// The session.
    run: Arc<Run>,
    /// The round.
    round: RoundNumber,
    /// Its name: "Round 2: Critique".
    #[prop(into)]
    title: String,
    /// What came of it: "11 of 12 scores".
    #[prop(into)]
    summary: String,
    /// How long it took.
    #[prop(into)]
    long: String,
    /// Who was asked.
    seats: Vec<Seat>,
    /// Whether it is over, and counts.
    complete: bool,
    /// The round that the address names, which is shown open.
    target: Signal<Option<RoundNumber>>,
) -> AnyView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if target.get() == Some(round) {
            open.set(true);
        }
    });
    let now: Signal<u64> = run.now.clone().into();
    let id = ["round-", &round.to_string()].concat();
    let heading = [&id, "-title"].concat();
    let labelled = heading.clone();
    let cards: Vec<_> = seats
        .into_iter()
        .map(|seat| {
            let card: Signal<Card> = run.card(round, seat).into();
            view! { <MemberCard card=card now=now shown=Signal::from(true) scrolls=false run=run.clone()/> }
        })
        .collect();
    let label = {
        let title = title.clone();
        move || [if open.get() { "Fold " } else { "Unfold " }, &title].concat()
    };
    view! {
        <section class="past" class:open=move || open.get() id=id aria-labelledby=labelled tabindex="-1">
            <header class="past-head" on:click=move |_| open.update(|o| *o = !*o)>
                <button type="button" class="tool toggle" aria-label=label aria-expanded=move || open.get().to_string()>
                    {icon(RIGHT)}
                </button>
                <h3 id=heading>{title}</h3>
                <span class="summary second">{summary}</span>
                <span class="long meta">{long}</span>
            </header>
            <div class="cards">{cards}</div>
            {move || (open.get() && complete).then(|| round_acts(&run, round))}
        </section>
    }
    .into_any()
}

/// What can be done with a round that is over.
fn round_acts(run: &Arc<Run>, round: RoundNumber) -> AnyView {
    let runner: Runner = expect_context();
    let back = run.clone();
    let back = move |_| runner.wish(&back, ControlAction::Change { change: Change::Back { round } });
    let forked = run.clone();
    let fork = move |_| {
        let run = forked.clone();
        leptos::task::spawn_local(async move {
            let done = runner.fork(&run, round).await;
            run.refused.set(done.err());
        });
    };
    view! {
        <p class="round-acts">
            <button type="button" class="button small quiet" on:click=back>"Go back to here"</button>
            <button type="button" class="button small quiet" on:click=fork>"Fork from here"</button>
        </p>
    }
    .into_any()
}
