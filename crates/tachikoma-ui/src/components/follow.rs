//! What comes after: a follow-up question that stands on this session, and a fork of it.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::session::{Carry, Trim};
use tachikoma_forge::types::AskId;

use crate::run::Run;
use crate::runner::Runner;
use crate::view_model::format::{count, many};
use crate::view_model::live::Live;

/// What is carried, as it is chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Synthesis,
    Drafts,
    Picked,
}

/// The question, what it carries, and what is cut for whom. Shown once there is something to carry.
#[component]
pub fn FollowUp(
    /// The session.
    run: Arc<Run>,
) -> AnyView {
    let there = {
        let run = run.clone();
        Memo::new(move |_| run.with(|live| !live.running && live.session.result().is_some()))
    };
    (move || there.get().then(|| follow_up(&run))).into_any()
}

/// The turns that can be picked, with their names for people.
fn pickable(live: &Live) -> Vec<(AskId, String)> {
    let session = &live.session;
    let turns = session.rounds.iter().flat_map(|round| session.turns_of(round.number));
    let name = |ask: &AskId| {
        ["The ", &ask.step, " of ", session.name_of(ask.seat), ", round ", &ask.round.to_string()].concat()
    };
    turns.filter(|turn| turn.complete().is_some()).map(|turn| (turn.ask.clone(), name(&turn.ask))).collect()
}

fn follow_up(run: &Arc<Run>) -> AnyView {
    let runner: Runner = expect_context();
    let question = RwSignal::new(String::new());
    let choice = RwSignal::new(Choice::Synthesis);
    let picked = RwSignal::new(Vec::<AskId>::new());
    let refused = RwSignal::new(None::<String>);
    let carries = move || match choice.get() {
        Choice::Synthesis => Carry::Synthesis,
        Choice::Drafts => Carry::All,
        Choice::Picked => Carry::Picked(picked.get()),
    };
    let trims = {
        let run = run.clone();
        // Without prices the windows that `llm` knows count; the start says the same with both.
        Memo::new(move |_| runner.trims(&run, &carries()))
    };
    let option = move |value: Choice, words: &'static str| {
        view! {
            <label class="option">
                <input type="radio" name="carry" checked=value == Choice::Synthesis on:change=move |_| choice.set(value)/>
                {words}
            </label>
        }
    };
    let all = untrack(|| run.with(pickable));
    let boxes = move || {
        let one = |(ask, name): (AskId, String)| {
            let toggle = move |event| {
                let on = event_target_checked(&event);
                picked.update(|picked| {
                    picked.retain(|other| *other != ask);
                    if on {
                        picked.push(ask.clone());
                    }
                });
            };
            view! { <label class="option"><input type="checkbox" on:change=toggle/>{name}</label> }.into_any()
        };
        let all = all.clone();
        (choice.get() == Choice::Picked)
            .then(move || view! { <div class="picks">{all.into_iter().map(one).collect::<Vec<_>>()}</div> })
    };
    let start = {
        let run = run.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            refused.set(None);
            let (run, question, carries) = (run.clone(), question.get_untracked(), untrack(carries));
            leptos::task::spawn_local(async move {
                let started = runner.follow_up(&run, &question, &carries).await;
                refused.try_set(started.err());
            });
        }
    };
    view! {
        <section class="section apart" aria-labelledby="follow-title">
            <header class="section-head">
                <h2 id="follow-title">"Follow-up"</h2>
                <span class="meta">"the same members, with what was said here"</span>
            </header>
            <form class="follow" on:submit=start>
                <div class="field">
                    <label class="label" for="follow-question">"Follow-up question"</label>
                    <textarea class="input" id="follow-question" rows="2" on:input=move |e| question.set(event_target_value(&e))></textarea>
                </div>
                <fieldset class="field">
                    <legend class="label">"It carries"</legend>
                    <div class="options">
                        {option(Choice::Synthesis, "the answer")}
                        {option(Choice::Drafts, "the answer and all drafts")}
                        {option(Choice::Picked, "what I pick")}
                    </div>
                    {boxes}
                </fieldset>
                {move || trim_report(&trims.read())}
                <div role="alert">{move || refused.get().map(|why| view! { <p class="refused">{why}</p> })}</div>
                <div class="acts"><button type="submit" class="button">"Ask the follow-up"</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// What is cut for whom.
#[must_use]
pub fn trim_report(all: &[(String, Vec<Trim>)]) -> Option<AnyView> {
    let cut = |trim: &Trim| {
        [&trim.title, ": ", &count(trim.to as u64), " of ", &many(trim.from as u64, "character", "characters")].concat()
    };
    let one = |(name, trims): &(String, Vec<Trim>)| {
        let cuts: Vec<String> = trims.iter().map(cut).collect();
        view! { <li>{[name.as_str(), " gets ", &cuts.join("; "), "."].concat()}</li> }.into_any()
    };
    let entries: Vec<_> = all.iter().map(one).collect();
    (!entries.is_empty()).then(|| {
        view! {
            <div class="trims" role="note" aria-label="What is cut to fit">
                <p class="meta">"Cut to fit what their models take:"</p>
                <ul>{entries}</ul>
            </div>
        }
        .into_any()
    })
}
