//! Changing what is there: a turn in its own form, the goal, and the model that speaks for a member.

use std::sync::Arc;

use leptos::html::Dialog;
use leptos::prelude::*;
use tachikoma_forge::protocol::Form;
use tachikoma_forge::session::{Change, ControlAction, Topic};
use tachikoma_forge::types::{AskId, Seat};

use super::answer_form::answer_form;
use crate::run::Run;
use crate::runner::Runner;

/// What a dialog changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// A turn.
    Turn(AskId),
    /// The goal and its constraints.
    Goal,
    /// The model of a member.
    Model(Seat),
}

/// A dialog of the browser's own: it keeps the focus inside and closes with Escape. `edited` opens and closes it.
#[component]
pub fn Editor(
    /// The session.
    run: Arc<Run>,
    /// What is changed; none while it is closed.
    edited: RwSignal<Option<Edited>>,
) -> AnyView {
    (move || edited.get().map(|what| dialog(&run, edited, what))).into_any()
}

fn dialog(run: &Arc<Run>, edited: RwSignal<Option<Edited>>, what: Edited) -> AnyView {
    let runner: Runner = expect_context();
    let node = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            let _ = dialog.show_modal();
        }
    });
    // Closed by itself the dialog gives the focus back to where it came from.
    let close = move || {
        if let Some(dialog) = node.try_get_untracked().flatten() {
            dialog.close();
        }
    };
    let Some(Parts { title, follows, fields, wish }) = untrack(|| parts(run, &what)) else { return ().into_any() };
    let refused = RwSignal::new(None::<String>);
    let run = run.clone();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wish = match wish() {
            Ok(wish) => wish,
            Err(why) => return refused.set(Some(why)),
        };
        let run = run.clone();
        leptos::task::spawn_local(async move {
            let done = match wish {
                Wish::Change(change) => runner.steer(&run, ControlAction::Change { change }).await,
                Wish::Replace(seat, model) => runner.replace(&run, seat, &model).await,
            };
            match done {
                Ok(()) => close(),
                Err(why) => drop(refused.try_set(Some(why))),
            }
        });
    };
    view! {
        <dialog node_ref=node class="editor" aria-labelledby="editor-title" on:close=move |_| edited.set(None)>
            <form on:submit=save>
                <h2 id="editor-title">{title}</h2>
                <p class="meta">{follows}</p>
                {fields}
                <div role="alert">{move || refused.get().map(|why| view! { <p class="refused">{why}</p> })}</div>
                <div class="acts">
                    <button type="button" class="button" on:click=move |_| close()>"Cancel"</button>
                    <button type="submit" class="button main">"Save"</button>
                </div>
            </form>
        </dialog>
    }
    .into_any()
}

/// What somebody wants when they save.
enum Wish {
    Change(Change),
    Replace(Seat, String),
}

/// What a dialog is made of.
struct Parts {
    title: String,
    follows: &'static str,
    fields: AnyView,
    wish: Box<dyn Fn() -> Result<Wish, String>>,
}

const ON_A_BRANCH: &str = "It opens a branch. What read it is marked stale, and asked anew only when you say so.";

fn parts(run: &Run, what: &Edited) -> Option<Parts> {
    match what {
        Edited::Turn(ask) => {
            let (form, name) =
                run.with(|live| Some((Form::of(&live.session, ask)?, live.session.name_of(ask.seat).to_owned())))?;
            let form = RwSignal::new(form);
            let ask = ask.clone();
            Some(Parts {
                title: ["Edit the ", &ask.step, " of ", &name].concat(),
                follows: ON_A_BRANCH,
                fields: answer_form(form, "edit"),
                wish: Box::new(move || {
                    let text = form.read_untracked().text()?;
                    Ok(Wish::Change(Change::Text { ask: ask.clone(), text }))
                }),
            })
        }
        Edited::Goal => {
            let topic = run.with(|live| live.session.topic.clone());
            let goal = RwSignal::new(topic.goal.clone());
            let constraints = RwSignal::new(topic.constraints.join("\n"));
            let area = |id: &'static str, label: &'static str, value: RwSignal<String>| {
                view! {
                    <div class="field">
                        <label class="label" for=id>{label}</label>
                        <textarea class="input" id=id rows="3" prop:value=value.get_untracked() on:input=move |e| value.set(event_target_value(&e))></textarea>
                    </div>
                }
                .into_any()
            };
            let fields =
                [area("edit-goal", "Goal", goal), area("edit-constraints", "Constraints, one a line", constraints)];
            Some(Parts {
                title: "Edit the goal".to_owned(),
                follows: "It opens a branch on which everything is asked anew, once you say so.",
                fields: fields.into_any(),
                wish: Box::new(move || {
                    let new = Topic::new(goal.get_untracked()).with_constraints(&constraints.read_untracked());
                    let Topic { title, goal, constraints, .. } = new;
                    Ok(Wish::Change(Change::Goal { topic: Topic { title, goal, constraints, ..topic.clone() } }))
                }),
            })
        }
        Edited::Model(seat) => {
            let seat = *seat;
            let member = run.with(|live| live.session.participant(seat).cloned())?;
            let model = RwSignal::new(member.model.to_string());
            let fields = view! {
                <div class="field">
                    <label class="label" for="edit-model">"Model"<span class="meta">"provider/model"</span></label>
                    <input
                        class="input machine"
                        id="edit-model"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=model.get_untracked()
                        on:input=move |e| model.set(event_target_value(&e))
                    />
                </div>
            };
            Some(Parts {
                title: ["Who speaks for ", &member.name].concat(),
                follows: "It answers from now on, and what the member is being asked.",
                fields: fields.into_any(),
                wish: Box::new(move || Ok(Wish::Replace(seat, model.get_untracked()))),
            })
        }
    }
}
