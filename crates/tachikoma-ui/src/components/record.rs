//! The record: every round as it was written, three lines high until it is opened.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::types::{RoundNumber, Seat};

use super::card::MemberCard;
use super::icon::{RIGHT, icon};
use crate::run::Run;
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
            view! { <MemberCard card=card now=now shown=Signal::from(true) scrolls=false/> }
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
        </section>
    }
    .into_any()
}
