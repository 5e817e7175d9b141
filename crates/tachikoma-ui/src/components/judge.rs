//! The person who asked compares, blind: the texts of a comparison under their labels, put in an order by clicking the
//! best, then the next best.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::protocol::masked;
use tachikoma_forge::session::{ControlAction, Turn, seats};
use tachikoma_forge::types::{AskId, RoundType};

use crate::markdown;
use crate::run::Run;
use crate::view_model::live::Live;

/// What is to be compared: the ask, and each text with its label, in the order in which it is read.
type Compared = (AskId, Vec<(String, String)>);

/// What waits for the person's judgement; nothing when a model compares, or nobody.
fn compared(live: &Live) -> Option<Compared> {
    let session = &live.session;
    let round = session.open_round().filter(|round| round.round_type == RoundType::Comparison)?;
    let turn = session.turn_of(round.number, seats::CHECK).filter(|turn| !turn.is_settled())?;
    if !live.running || !session.pools_of(seats::CHECK).is_empty() {
        return None;
    }
    let order = round.orders.iter().find(|order| order.seat == seats::CHECK)?;
    let text = |label: &String| {
        let ask = &round.labels.iter().find(|known| known.label == *label)?.ask;
        let words = session.turns.get(ask).map(Turn::words).unwrap_or_default();
        Some((label.clone(), masked(session, words)))
    };
    Some((turn.ask.clone(), order.labels.iter().filter_map(text).collect()))
}

/// The texts, and a button for each that is not placed yet.
#[component]
pub fn Judge(
    /// The session.
    run: Arc<Run>,
) -> AnyView {
    let read = run.clone();
    let waiting = Memo::new(move |_| read.with(compared));
    (move || waiting.get().map(|compared| form(&run, compared))).into_any()
}

fn form(run: &Arc<Run>, (ask, texts): Compared) -> AnyView {
    let chosen = RwSignal::new(Vec::<String>::new());
    let problem = RwSignal::new(None::<String>);
    let steered = run.clone();
    let send = move |action: ControlAction| {
        let run = steered.clone();
        leptos::task::spawn_local(async move { problem.set(run.control(action).await.err()) });
    };
    let labels: Vec<String> = texts.iter().map(|(label, _)| label.clone()).collect();
    let choose = {
        let (send, ask) = (send.clone(), ask.clone());
        move |label: String| {
            chosen.update(|order| order.push(label));
            let mut order = chosen.get_untracked();
            let left: Vec<&String> = labels.iter().filter(|label| !order.contains(label)).collect();
            if let [last] = left[..] {
                // Only one place is left for it.
                order.push(last.clone());
                send(ControlAction::Judge { ask: ask.clone(), order });
            }
        }
    };
    let shown: Vec<_> = texts
        .into_iter()
        .map(|(label, text)| {
            let (choose, name) = (choose.clone(), label.clone());
            let place = {
                let label = label.clone();
                move || chosen.read().iter().position(|known| *known == label)
            };
            let taken = place.clone();
            let words = move || match (taken(), chosen.read().len()) {
                (Some(place), _) => ["Place ", &(place + 1).to_string()].concat(),
                (None, 0) => "This is the best".to_owned(),
                (None, _) => "This is the next best".to_owned(),
            };
            view! {
                <article class="section" aria-label=["Answer ", &label].concat()>
                    <h3>{["Answer ", &label].concat()}</h3>
                    <div class="said">{markdown::view::section(&markdown::read(&text))}</div>
                    <button
                        type="button"
                        class="button"
                        disabled=move || place().is_some()
                        on:click=move |_| choose(name.clone())
                    >
                        {words}
                    </button>
                </article>
            }
            .into_any()
        })
        .collect();
    let skip = move |_| send(ControlAction::Skip { ask: ask.clone() });
    let refused = move || problem.get().map(|text| view! { <p class="danger" role="alert">{text}</p> });
    view! {
        <section class="section apart" aria-labelledby="judge-title">
            <header class="section-head">
                <h2 id="judge-title">"Which answer is best?"</h2>
                <span class="meta">"one is the result, and which one is hidden; nothing of the result changes"</span>
            </header>
            {shown}
            {refused}
            <p>
                <button type="button" class="button" on:click=move |_| chosen.set(Vec::new())>"Begin again"</button>
                <button type="button" class="button" on:click=skip>"Skip the comparison"</button>
            </p>
        </section>
    }
    .into_any()
}
