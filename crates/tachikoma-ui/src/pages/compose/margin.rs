//! What will happen, before anything is spent; the button that starts it; the demo.

use leptos::prelude::*;
use tachikoma_forge::types::RoundType;

use super::outlook::Outlook;
use crate::components::icon::{CARE, icon};
use crate::host::{Host, Order};
use crate::setup::Setup;
use crate::strings;
use crate::view_model::choosing::Part;
use crate::view_model::money;

pub(super) fn margin(
    setup: Setup,
    host: Host,
    outlook: Outlook,
    problem: Memo<Option<String>>,
    start: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let foresight = outlook.foresight;
    let figure = move || {
        let f = foresight.get();
        let to = (f.fewest < f.most).then(|| view! { <small>" to "</small>{f.most.to_string()} });
        view! { {f.fewest.to_string()}{to}<small>{if f.most == 1 { " call" } else { " calls" }}</small> }
    };
    let parts = outlook.parts;
    let shares = move || {
        let share =
            |part: &Part| view! { <i style=("flex", (part.calls * part.times.0.max(1)).to_string())></i> }.into_any();
        parts.read().iter().map(share).collect::<Vec<_>>()
    };
    let keys =
        move || parts.read().iter().map(|part| view! { <span>{part.name}</span> }.into_any()).collect::<Vec<_>>();
    let pairs = move || {
        let f = foresight.get();
        let rounds = if f.fewest_rounds == f.most_rounds {
            f.most_rounds.to_string()
        } else {
            [f.fewest_rounds.to_string().as_str(), " to ", &f.most_rounds.to_string()].concat()
        };
        let votes =
            outlook.outline().round_types.iter().any(|one| matches!(one, RoundType::Convergence | RoundType::Ballot));
        let threshold = votes.then(|| ("Stops at agreement", setup.course.threshold.get()));
        let steps = parts.read().iter().map(|part| (part.name, part.words())).collect::<Vec<_>>();
        let known = outlook.estimate().map(|estimate| money::expected(&estimate));
        let pairs = steps.into_iter().chain([("Rounds", rounds)]).chain(threshold).chain(known.into_iter().flatten());
        pairs.map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }.into_any()).collect::<Vec<_>>()
    };
    let wrong =
        move || problem.get().map(|text| view! { <div class="notice bad">{icon(CARE)}<p><b>{text}</b></p></div> });
    view! {
        <aside aria-label="What will happen">
            <section class="section">
                <header class="section-head">
                    <h2>"What will happen"</h2>
                    <span class="meta push">"before you spend"</span>
                </header>
                <p class="foresee">{figure}</p>
                <div class="shares" aria-hidden="true">{shares}</div>
                <div class="shares-key" aria-hidden="true">{keys}</div>
                <dl class="pairs">{pairs}</dl>
                <div role="alert">{wrong}</div>
                <div class="launch wide-only">
                    <button
                        type="button"
                        class="button main tall full"
                        disabled=move || host.starting.get()
                        on:click=move |_| start()
                    >
                        {strings::START}
                    </button>
                    <p class="meta" aria-hidden="true"><kbd>"Ctrl"</kbd>" "<kbd>"Enter"</kbd></p>
                </div>
            </section>
            <section class="offer" aria-label="Demo">
                <p>"No key yet? Watch scripted members deliberate: same rounds, same votes. It takes about a minute and sends nothing."</p>
                <button
                    type="button"
                    class="button full"
                    disabled=move || host.starting.get()
                    on:click=move |_| host.start.run(Order::Demo)
                >
                    {strings::DEMO}
                </button>
            </section>
        </aside>
    }
    .into_any()
}
