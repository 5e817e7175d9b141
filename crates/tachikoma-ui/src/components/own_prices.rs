//! Prices of one's own: what somebody pays who pays otherwise than the table has it, or for what is not in it.

use leptos::prelude::*;

use super::icon::{CARE, icon};
use crate::pricing::Pricing;
use crate::strings;

/// The prices that were said, and a form for one more.
#[component]
pub fn OwnPrices() -> AnyView {
    let pricing: Pricing = expect_context();
    let [model, input, output] = [(); 3].map(|()| RwSignal::new(String::new()));
    let problem = RwSignal::new(None);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let said = pricing.say(&model.get_untracked(), &input.get_untracked(), &output.get_untracked());
        if said.is_ok() {
            for field in [model, input, output] {
                field.set(String::new());
            }
        }
        problem.set(said.err());
    };
    let field =
        |id: &'static str, label: &'static str, class: &'static str, hint: &'static str, value: RwSignal<String>| {
            view! {
                <div class="field">
                    <label class="label" for=id>{label}</label>
                    <input
                        class=class
                        id=id
                        placeholder=hint
                        prop:value=move || value.get()
                        on:input=move |e| value.set(event_target_value(&e))
                        autocomplete="off"
                        spellcheck="false"
                    />
                </div>
            }
            .into_any()
        };
    let wrong =
        move || problem.get().map(|text: String| view! { <div class="notice bad">{icon(CARE)}<p>{text}</p></div> });
    view! {
        <section class="section apart own-prices" aria-labelledby="own-prices-title">
            <header class="section-head">
                <h2 id="own-prices-title">{strings::OWN_PRICES}</h2>
                <span class="meta">"in dollars for a million tokens; they go before the shipped ones"</span>
            </header>
            {move || kept(pricing)}
            <form on:submit=submit novalidate=true>
                {field("own-price-model", "Provider and model", "input machine", "openai/gpt-4.1", model)}
                {field("own-price-in", strings::PROMPT_PRICE, "input", "2.00", input)}
                {field("own-price-out", strings::ANSWER_PRICE, "input", "8.00", output)}
                <button type="submit" class="button">{strings::SET_PRICE}</button>
            </form>
            <div role="alert">{wrong}</div>
        </section>
    }
    .into_any()
}

/// What was said, with a button each that takes it back.
fn kept(pricing: Pricing) -> Option<AnyView> {
    let rows: Vec<_> = pricing
        .own()
        .into_iter()
        .map(|price| {
            let name = price.name();
            let [input, output] = price.shown();
            let forget = {
                let name = name.clone();
                move |_| pricing.forget(&name)
            };
            view! {
                <tr>
                    <th scope="row">{name.clone()}</th>
                    <td class="figure">{input}</td>
                    <td class="figure">{output}</td>
                    <td class="figure">
                        <button type="button" class="button small" on:click=forget>
                            "Remove"<span class="unseen">{[" the price of ", &name].concat()}</span>
                        </button>
                    </td>
                </tr>
            }
            .into_any()
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <div class="wide-table" tabindex="0" role="region" aria-label="Prices that were set here">
                <table class="rows">
                    <caption class="unseen">"Prices that were set here, in dollars for a million tokens"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Model"</th>
                            <th scope="col" class="figure">"Prompts"</th>
                            <th scope="col" class="figure">"Answers"</th>
                            <td></td>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    })
}
