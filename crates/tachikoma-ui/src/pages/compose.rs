//! The form: what to deliberate, and with whom.

mod advanced;
mod margin;
mod members;
mod outlook;
mod protocol;

use leptos::html::Textarea;
use leptos::prelude::*;

use self::margin::margin;
use self::members::members;
use self::outlook::Outlook;
use self::protocol::protocol;
use crate::access::access;
use crate::host::{AttachField, Host, Order};
use crate::setup::Setup;
use crate::strings;
use crate::view_model::choosing::calls;
use crate::view_model::format::many;

/// The form.
#[component]
pub fn Compose() -> impl IntoView {
    let setup: Setup = expect_context();
    let AttachField(attach) = expect_context();
    let host: Host = expect_context();
    let access = access();
    // What is wrong with the form is said after the first try, not while somebody is still writing.
    let tried = RwSignal::new(false);
    let problem =
        Memo::new(move |_| host.problem.get().or_else(|| tried.get().then(|| setup.problem(access)).flatten()));
    let start = move || {
        tried.set(true);
        host.problem.set(None);
        if untrack(|| setup.problem(access)).is_none() {
            host.start.run(Order::Form);
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            start();
        }
    };
    let outlook = Outlook::of(setup);
    let foresight = outlook.foresight;
    view! {
        <main id="main" tabindex="-1" on:keydown=keys>
            <h1 class="unseen">"New deliberation"</h1>
            <div class="beside">
                <div class="form">
                    {goal(setup)}
                    <div class="field">
                        <label class="label" for="constraints">"Constraints"<span class="meta">"optional, one a line"</span></label>
                        <textarea
                            class="input"
                            id="constraints"
                            rows="3"
                            placeholder="What every answer has to respect"
                            prop:value=move || setup.constraints.get()
                            on:input=move |e| setup.constraints.set(event_target_value(&e))
                        ></textarea>
                    </div>
                    {attach()}
                    {members(setup)}
                    {protocol(setup, outlook)}
                </div>
                {margin(setup, host, outlook, problem, start)}
            </div>
            <div class="dock">
                <div>
                    <b class="strong">{move || calls(foresight.get())}</b>
                    <br/>
                    <span class="meta">{move || many(foresight.get().members, "member", "members")}</span>
                </div>
                <button
                    type="button"
                    class="button main"
                    disabled=move || host.starting.get()
                    on:click=move |_| start()
                >
                    {strings::START}
                </button>
            </div>
        </main>
    }
}

fn goal(setup: Setup) -> AnyView {
    let field = NodeRef::<Textarea>::new();
    let tries = strings::EXAMPLES
        .map(|(name, goal)| {
            let take = move |_| {
                setup.goal.set(goal.to_owned());
                if let Some(field) = field.get_untracked() {
                    let _ = field.focus();
                }
            };
            view! { <button type="button" on:click=take>{name}</button> }
        })
        .into_iter()
        .collect_view();
    view! {
        <div class="goal-field">
            <label class="label" for="goal">{strings::GOAL}</label>
            <textarea
                node_ref=field
                id="goal"
                rows="2"
                placeholder="What should they think about?"
                prop:value=move || setup.goal.get()
                on:input=move |e| setup.goal.set(event_target_value(&e))
            ></textarea>
            <div class="tries"><span>"Or try:"</span>{tries}</div>
        </div>
    }
    .into_any()
}
