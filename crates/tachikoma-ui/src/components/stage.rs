//! The round that is under way: its members side by side, on a phone one at a time behind tabs.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::types::{RoundNumber, Seat};
use wasm_bindgen::JsCast;

use super::card::MemberCard;
use super::icon::{hue, shape};
use crate::run::Run;
use crate::view_model::card::{Card, State};

/// The round, drawn large.
#[component]
pub fn Stage(
    /// The session.
    run: Arc<Run>,
    /// The round.
    round: RoundNumber,
    /// Its name: "Round 7: Synthesis".
    #[prop(into)]
    title: String,
    /// Who sits at the table.
    seats: Vec<(Seat, String)>,
) -> AnyView {
    let shown = RwSignal::new(seats.first().map_or(0, |(seat, _)| *seat));
    let now: Signal<u64> = run.now.clone().into();
    let id = ["round-", &round.to_string()].concat();
    let heading = [&id, "-title"].concat();
    let labelled = heading.clone();
    let (mut tabs, mut cards) = (Vec::new(), Vec::new());
    for (seat, name) in seats {
        let card: Signal<Card> = run.card(round, seat).into();
        let state = Memo::new(move |_| card.read().state);
        // Whoever is asked sees it at once.
        Effect::new(move |_| {
            if state.get() == State::YourTurn {
                shown.set(seat);
            }
        });
        tabs.push(
            view! {
                <button
                    type="button"
                    role="tab"
                    class=hue(seat)
                    aria-selected=move || (shown.get() == seat).to_string()
                    on:click=move |_| shown.set(seat)
                >
                    <span class="who">{shape(seat)}<span>{name}</span></span>
                    <small class=move || state.get().tone()>{move || state.get().word()}</small>
                </button>
            }
            .into_any(),
        );
        cards.push(
            view! { <MemberCard card=card now=now shown=Signal::derive(move || shown.get() == seat) scrolls=true run=run.clone()/> },
        );
    }
    // Among tabs one moves with the arrow keys.
    let keys = |event: leptos::ev::KeyboardEvent| {
        let Some(tab) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return };
        let next = match event.key().as_str() {
            "ArrowRight" => tab.next_element_sibling(),
            "ArrowLeft" => tab.previous_element_sibling(),
            _ => return,
        };
        if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = next.focus();
            next.click();
        }
    };
    view! {
        <section class="section stage" id=id aria-labelledby=labelled tabindex="-1">
            <header class="section-head"><h2 id=heading>{title}</h2></header>
            <div class="tabs" role="tablist" aria-label="Members" on:keydown=keys>{tabs}</div>
            <div class="cards">{cards}</div>
        </section>
    }
    .into_any()
}
