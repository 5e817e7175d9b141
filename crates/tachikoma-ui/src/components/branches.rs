//! Branches: what a change has left to do, the branches there are, and how two of them differ.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::session::{Change, ControlAction};
use tachikoma_forge::types::BranchId;

use super::icon::{CARE, icon};
use crate::run::Run;
use crate::runner::Runner;
use crate::view_model::compare::{Difference, Entry, Part, branches, compare};
use crate::view_model::steer::{name_of, pending};

/// The change that waits for somebody to say what follows.
#[component]
pub fn PendingChange(
    /// The session.
    run: Arc<Run>,
) -> AnyView {
    let runner: Runner = expect_context();
    let change = {
        let run = run.clone();
        Memo::new(move |_| run.with(|live| if live.shown.is_some() { None } else { pending(live) }))
    };
    (move || {
        let change = change.get()?;
        let (go, back) = (run.clone(), run.clone());
        let from = change.from;
        Some(view! {
            <div class="standing" role="status">
                <p><b>{change.what}" "</b>{change.stale}</p>
                <div class="acts">
                    <button type="button" class="button main" on:click=move |_| runner.wish(&go, ControlAction::Unpause)>
                        {change.go_on}
                    </button>
                    <button type="button" class="button" on:click=move |_| back.view(Some(from))>"Look at it as it was"</button>
                </div>
            </div>
        })
    })
    .into_any()
}

/// The branches, where there are several.
#[component]
pub fn Branches(
    /// The session.
    run: Arc<Run>,
) -> AnyView {
    let all = {
        let run = run.clone();
        Memo::new(move |_| run.with(|live| branches(&live.session)))
    };
    let there = Memo::new(move |_| !all.read().is_empty());
    (move || there.get().then(|| list(&run, all))).into_any()
}

fn list(run: &Arc<Run>, all: Memo<Vec<Entry>>) -> AnyView {
    let runner: Runner = expect_context();
    // Which one is seen, and whether it is another than the one that goes on.
    let seen = {
        let run = run.clone();
        Memo::new(move |_| run.with(|live| (live.session.branch, live.shown.is_some())))
    };
    let against = RwSignal::new(None::<BranchId>);
    let entry = {
        let run = run.clone();
        move |entry: Entry| {
            let (show, id, shown) = (run.clone(), entry.id, entry.name.clone());
            let is_seen = move || seen.get().0 == id;
            view! {
                <tr aria-current=move || is_seen().then_some("true")>
                    <td><b>{entry.name.clone()}</b></td>
                    <td>{entry.what}</td>
                    <td class="second">{entry.stands}</td>
                    <td class="figure">
                        <button
                            type="button"
                            class="button small"
                            disabled=is_seen
                            aria-label=move || [if is_seen() { "Shown " } else { "Show " }, &shown].concat()
                            on:click=move |_| { against.set(None); show.view(Some(id)); }
                        >
                            {move || if is_seen() { "Shown" } else { "Show" }}
                        </button>
                        <button
                            type="button"
                            class="button small quiet"
                            disabled=is_seen
                            aria-label=["Compare with ", &entry.name].concat()
                            on:click=move |_| against.set(Some(id))
                        >
                            "Compare"
                        </button>
                    </td>
                </tr>
            }
            .into_any()
        }
    };
    let elsewhere = {
        let run = run.clone();
        move || {
            let (branch, other) = seen.get();
            let (on, back) = (run.clone(), run.clone());
            other.then(move || {
                let change = Change::Switch { branch };
                view! {
                    <div class="notice" role="status">
                        {icon(CARE)}
                        <p>
                            {["You look at branch ", &name_of(branch), ", which does not go on. "].concat()}
                            <button type="button" class="as-link" on:click=move |_| back.view(None)>"Back to the one that does"</button>
                            " or "
                            <button
                                type="button"
                                class="as-link"
                                on:click=move |_| runner.wish(&on, ControlAction::Change { change: change.clone() })
                            >
                                "go on from here"
                            </button>
                            "."
                        </p>
                    </div>
                }
            })
        }
    };
    let differences = {
        let run = run.clone();
        move || {
            let other = against.get()?;
            let (here, all) =
                run.with(|live| (live.session.branch, compare(&live.session, other, live.session.branch)));
            (other != here).then(|| comparison(other, here, &all))
        }
    };
    let rows = move || all.get().into_iter().map(entry.clone()).collect::<Vec<_>>();
    view! {
        <section class="section apart" aria-labelledby="branches-title">
            <header class="section-head">
                <h2 id="branches-title">"Branches"</h2>
                <span class="meta">"every change keeps what was before"</span>
            </header>
            {elsewhere}
            <table class="rows branches">
                <thead class="unseen">
                    <tr><th scope="col">"Branch"</th><th scope="col">"Change"</th><th scope="col">"Standing"</th><th scope="col">"Look"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {differences}
        </section>
    }
    .into_any()
}

fn comparison(before: BranchId, after: BranchId, all: &[Difference]) -> AnyView {
    let part = |part: &Part| match part {
        Part::Same(text) => view! { <span>{text.clone()}</span> }.into_any(),
        Part::Gone(text) => view! { <del>{text.clone()}</del> }.into_any(),
        Part::New(text) => view! { <ins>{text.clone()}</ins> }.into_any(),
    };
    let one = |difference: &Difference| {
        let parts: Vec<_> = difference.parts.iter().map(part).collect();
        view! { <h3>{difference.title.clone()}</h3><p class="difference">{parts}</p> }.into_any()
    };
    let none = all
        .is_empty()
        .then(|| view! { <p class="second">"They do not differ in goal, answer, or any text that you changed."</p> });
    let all: Vec<_> = all.iter().map(one).collect();
    let title = ["From branch ", &name_of(before), " to branch ", &name_of(after)].concat();
    view! { <section class="branch-differences" aria-label=title.clone()><p class="meta">{title.clone()}</p>{none}{all}</section> }.into_any()
}
