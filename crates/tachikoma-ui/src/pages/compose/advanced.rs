//! The limits: fields that most leave as they are.

use leptos::prelude::*;
use tachikoma_forge::session::Balance;

use crate::components::icon::{RIGHT, icon};
use crate::setup::Setup;
use crate::strings;

pub(super) fn advanced(setup: Setup) -> AnyView {
    let course = setup.course;
    let summary = move || {
        [
            "stops at agreement ",
            &course.threshold.read(),
            " · at most ",
            &course.rounds.read(),
            " rounds · ",
            &setup.timeout.read(),
            " s a round",
        ]
        .concat()
            + &match setup.max_cost.read().trim() {
                "" => String::new(),
                cap => [" · at most $", cap.trim_start_matches('$')].concat(),
            }
    };
    view! {
        <details class="advanced unfolds">
            <summary>{icon(RIGHT)}"Advanced"<span class="meta">{summary}</span></summary>
            <div class="advanced-fields">
                {field("threshold", "Convergence threshold", "Agreement that ends it: above 0, up to 1.", course.threshold)}
                {field("rounds", "Most rounds", "All kinds of rounds count.", course.rounds)}
                {field("patience", "Patience", "Further votes in which nothing moves. Empty: no end by them.", course.patience)}
                {field("blocking", "Blocking issues", "The most that may be open when it ends. Empty: any.", course.blocking)}
                {field("answer-tokens", "Tokens of an answer", "The most. Empty: 8192.", course.answer_tokens)}
                {field("timeout", "Round timeout", "Seconds; then the round ends with what is ready.", setup.timeout)}
                {field("concurrency", "Calls at once", "To one server. Empty: 1 to a local server, 8 to others.", setup.concurrency)}
                {balance(setup)}
                {field("max-cost", strings::MOST_COST, "Dollars for all calls together, such as 0.50. Empty: no cap.", setup.max_cost)}
                {field("max-tokens", strings::MOST_TOKENS, "Prompts and answers of all calls. Empty: no cap.", setup.max_tokens_total)}
                {field("max-seconds", "Most time in all", "Seconds; then the best that there is stands. Empty: no limit.", setup.guard.max_seconds)}
                {field("refuse-below", "Fewest drafts", "With fewer there is no answer. Empty: any.", setup.guard.refuse_below)}
                {field("check", "Compare with one model", "provider/model that answers alone afterwards, to see whether it helped. Empty: no check.", setup.guard.baseline)}
                {field("check-by", "Compared by", "provider/model of no member, blind. Empty: by you.", setup.guard.compared_by)}
                {field("person-seconds", "Time for a person", "Seconds for each of their answers. Empty: as long as it takes.", setup.person_seconds)}
            </div>
        </details>
    }
    .into_any()
}

/// A field for a number, or for a model.
pub(super) fn field(id: &'static str, label: &'static str, hint: &'static str, value: RwSignal<String>) -> AnyView {
    view! {
        <div class="field">
            <label class="label" for=id>{label}</label>
            <input
                class="input"
                id=id
                inputmode="decimal"
                prop:value=move || value.get()
                on:input=move |e| value.set(event_target_value(&e))
                autocomplete="off"
            />
            <p class="meta">{hint}</p>
        </div>
    }
    .into_any()
}

/// How the targets of a member share the work.
fn balance(setup: Setup) -> AnyView {
    let name = |balance: Balance| match balance {
        Balance::RoundRobin => "Each in its turn",
        Balance::LeastBusy => "The least busy",
        Balance::Fastest => "The fastest so far",
    };
    let option = move |balance: Balance| {
        let selected = move || setup.balance.get() == balance;
        view! { <option value=balance.name() selected=selected>{name(balance)}</option> }
    };
    let choose = move |event| setup.balance.set(event_target_value(&event).parse().unwrap_or_default());
    view! {
        <div class="field">
            <label class="label" for="balance">"Sharing the work"</label>
            <select class="input" id="balance" on:change=choose>{Balance::ALL.map(option).into_iter().collect_view()}</select>
            <p class="meta">"Among the interchangeable models of a member."</p>
        </div>
    }
    .into_any()
}
