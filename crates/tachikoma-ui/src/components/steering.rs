//! The quiet bar of what can be done with a session that runs.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::session::ControlAction;
use tachikoma_forge::types::RoundType;

use crate::run::Run;
use crate::runner::Runner;
use crate::view_model::steer::{Controls, controls};

/// What is asked for in a line below the bar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Note,
    Rounds,
}

/// The bar. What is refused stands above it, with all else that stands in the way.
#[component]
pub fn Steering(
    /// The session.
    run: Arc<Run>,
) -> AnyView {
    let runner: Runner = expect_context();
    let state = {
        let run = run.clone();
        Memo::new(move |_| run.with(controls))
    };
    let notes = {
        let run = run.clone();
        Memo::new(move |_| run.with(|live| live.session.notes.clone()))
    };
    let asked = RwSignal::new(None::<Asked>);
    let there = Memo::new(move |_| state.read().is_some());
    let bar = {
        let run = run.clone();
        move || there.get().then(|| buttons(&run, runner, state, asked))
    };
    let line = {
        let run = run.clone();
        move || match (there.get(), asked.get()) {
            (true, Some(Asked::Note)) => Some(note(&run, runner, asked)),
            (true, Some(Asked::Rounds)) => Some(rounds(&run, runner, asked, state)),
            _ => None,
        }
    };
    let notes = move || {
        let notes = notes.get();
        let one = |note: &tachikoma_forge::session::Note| {
            let when = ["From round ", &(note.after + 1).to_string(), " on"].concat();
            view! { <dt>{when}</dt><dd>{note.text.clone()}</dd> }.into_any()
        };
        let all: Vec<_> = notes.iter().map(one).collect();
        (!all.is_empty()).then(|| view! { <dl class="notes" aria-label="Your notes">{all}</dl> })
    };
    view! {
        {bar}
        {line}
        {notes}
    }
    .into_any()
}

fn buttons(run: &Arc<Run>, runner: Runner, state: Memo<Option<Controls>>, asked: RwSignal<Option<Asked>>) -> AnyView {
    let wish = {
        let run = run.clone();
        move |action: ControlAction| runner.wish(&run, action)
    };
    let (pause, skip, finish) = (wish.clone(), wish.clone(), wish);
    let paused = Memo::new(move |_| state.read().is_some_and(|state| state.paused));
    let changed = Memo::new(move |_| state.read().is_some_and(|state| state.changed));
    let synthesis = Memo::new(move |_| state.read().is_some_and(|state| state.synthesis));
    let toggle = move |what: Asked| asked.update(|asked| *asked = if *asked == Some(what) { None } else { Some(what) });
    let opens = move |what: Asked| (asked.get() == Some(what)).to_string();
    let pause = move |_| pause(if paused.get_untracked() { ControlAction::Unpause } else { ControlAction::Pause });
    let skip = move || {
        let skip = skip.clone();
        let to = ControlAction::SkipTo { round_type: RoundType::Synthesis };
        synthesis.get().then(move || {
            view! {
                <button type="button" class="button small quiet" on:click=move |_| skip(to.clone())>"Skip to synthesis"</button>
            }
        })
    };
    view! {
        <div class="steering" role="group" aria-label="Steering">
            <button type="button" class="button small" hidden=move || changed.get() on:click=pause>
                {move || if paused.get() { "Resume" } else { "Pause" }}
            </button>
            <button
                type="button"
                class="button small quiet"
                aria-expanded=move || opens(Asked::Note)
                on:click=move |_| toggle(Asked::Note)
            >
                "Add a note"
            </button>
            <button
                type="button"
                class="button small quiet"
                aria-expanded=move || opens(Asked::Rounds)
                on:click=move |_| toggle(Asked::Rounds)
            >
                "Rounds"
            </button>
            {skip}
            <button type="button" class="button small quiet" on:click=move |_| finish(ControlAction::Finish)>
                "Finish with what is ready"
            </button>
        </div>
    }
    .into_any()
}

fn note(run: &Arc<Run>, runner: Runner, asked: RwSignal<Option<Asked>>) -> AnyView {
    let text = RwSignal::new(String::new());
    let run = run.clone();
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        runner.wish(&run, ControlAction::Note { text: text.get_untracked() });
        asked.set(None);
    };
    view! {
        <form class="steering-line" on:submit=add>
            <label class="label" for="note">"Note"<span class="meta">"every member reads it from the next round on"</span></label>
            <textarea class="input" id="note" rows="2" on:input=move |e| text.set(event_target_value(&e))></textarea>
            <button type="submit" class="button small">"Add"</button>
        </form>
    }
    .into_any()
}

fn rounds(run: &Arc<Run>, runner: Runner, asked: RwSignal<Option<Asked>>, state: Memo<Option<Controls>>) -> AnyView {
    let most = state.get_untracked().map_or(0, |state| state.max_rounds);
    let at = move || ["it is in round ", &state.read().as_ref().map_or(0, |state| state.at).to_string()].concat();
    let value = RwSignal::new(most.to_string());
    let run = run.clone();
    let set = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match value.read_untracked().trim().parse() {
            Ok(max_rounds @ 1..) => {
                runner.wish(&run, ControlAction::SetRounds { max_rounds });
                asked.set(None);
            }
            _ => run.refused.set(Some("The most rounds is a whole number above 0.".to_owned())),
        }
    };
    view! {
        <form class="steering-line" on:submit=set>
            <label class="label" for="most-rounds">
                "Most rounds"<span class="meta">{at}</span>
            </label>
            <input
                class="input"
                id="most-rounds"
                inputmode="numeric"
                autocomplete="off"
                prop:value=value.get_untracked()
                on:input=move |e| value.set(event_target_value(&e))
            />
            <button type="submit" class="button small">"Set"</button>
        </form>
    }
    .into_any()
}
