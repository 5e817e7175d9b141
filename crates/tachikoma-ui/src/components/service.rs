//! A provider's row: key, address, and what its test found. Folded until somebody wants it, since there are many.

use leptos::prelude::*;
use tachikoma_forge::llm::{ProviderKind, ProviderRow};

use super::copy::CopyButton;
use super::icon::{BARRED, CARE, CHECK, CROSS, RIGHT, icon};
use super::key_question::key_questions;
use super::model_list::ModelList;
use super::sign_in::SignIn;
use crate::access::{Test, access};
use crate::strings;
use crate::view_model::verdict::Verdict;

/// The row of one provider.
#[component]
pub fn Service(
    /// The provider.
    row: ProviderRow,
) -> AnyView {
    let access = access();
    let id = |part: &str| ["service-", row.name, "-", part].concat();
    let test = Memo::new(move |_| access.standing(row.name, ""));
    let running = Memo::new(move |_| test.get() == Test::Running);
    let ways = match row.kind {
        ProviderKind::Cloud => "a vendor's service; needs a key",
        ProviderKind::Local => "models on your machine, free",
        ProviderKind::Hybrid => "any server that speaks OpenAI's chat completions",
    };
    let get_key = row.key_url.map(|url| {
        view! {
            <p class="meta">
                <a href=url target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer">{strings::GET_KEY}</a>
            </p>
        }
    });
    // What was begun here stays unfolded.
    let begun = untrack(|| access.has_key(row.name) || access.endpoint(row.name).is_some() || test.get() != Test::Idle);
    let standing = move || match &*test.read() {
        Test::Done(verdict) => verdict.head,
        Test::Running => "testing",
        Test::Idle if access.has_key(row.name) => "has a key",
        Test::Idle if row.needs_key => "needs a key",
        Test::Idle => "",
    };
    let key_placeholder = move || match (access.has_key(row.name), row.needs_key) {
        (true, _) => "In this tab. Type to replace it",
        (false, true) => "Paste a key",
        (false, false) => "Only if the server asks for one",
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        access.test(row.name);
    };
    let key_field = view! {
        <div class="field">
            <label class="label" for=id("key")>
                {strings::API_KEY}
                {(!row.needs_key).then(|| view! { <span class="meta">"optional"</span> })}
            </label>
            <input
                class="input machine"
                id=id("key")
                type="password"
                placeholder=key_placeholder
                on:input=move |e| access.set_key(row.name, &event_target_value(&e))
                autocomplete="off"
                spellcheck="false"
            />
        </div>
    };
    let url_field = view! {
        <div class="field">
            <label class="label" for=id("url")>{strings::BASE_URL}</label>
            <input
                class="input machine"
                id=id("url")
                type="url"
                placeholder=row.base_url.unwrap_or("http://127.0.0.1:1234")
                prop:value=move || access.endpoint(row.name).unwrap_or_default()
                on:change=move |e| access.set_endpoint(row.name, &event_target_value(&e))
                autocomplete="off"
                spellcheck="false"
            />
        </div>
    };
    // What a provider cannot do without comes first, and the button stands beside it.
    let button = view! {
        <button type="submit" class="button" disabled=move || running.get()>{strings::TEST}</button>
    };
    let inputs = if row.needs_key {
        view! { <div class="with-button">{key_field}{button}</div>{url_field} }.into_any()
    } else {
        view! { <div class="with-button">{url_field}{button}</div>{key_field} }.into_any()
    };
    view! {
        <section class="service" aria-labelledby=id("title")>
            <details class="unfolds" id=id("fold") open=begun>
                <summary>{icon(RIGHT)}<h3 id=id("title")>{row.label}</h3><span class="meta">{standing}</span></summary>
                <div class="service-body">
                    <div><p class="meta">{ways}</p>{get_key}</div>
                    <form class="inputs" on:submit=submit novalidate=true>
                        <SignIn provider=row.name/>
                        {inputs}
                        {key_questions(access, move || access.withheld(row.name, "").map(|url| (row, url)).into_iter().collect())}
                    </form>
                    <div role="status">{move || verdict(&test.read())}</div>
                    <ModelList row=row/>
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn verdict(test: &Test) -> AnyView {
    match test {
        Test::Idle => view! { <div class="verdict idle"><p class="verdict-head">"Not tested"</p></div> }.into_any(),
        Test::Running => {
            view! { <div class="verdict idle"><p class="verdict-head">"Asking for its models…"</p></div> }.into_any()
        }
        Test::Done(verdict) => done(verdict),
    }
}

fn done(verdict: &Verdict) -> AnyView {
    let mark = match (verdict.tone, verdict.command.is_some()) {
        ("good", _) => CHECK,
        ("care", true) => BARRED,
        ("bad", false) => CROSS,
        _ => CARE,
    };
    let advice = (!verdict.advice.is_empty()).then(|| view! { <p>{verdict.advice.clone()}</p> });
    let command = verdict.command.clone().map(|command| {
        view! {
            <div class="command"><code>{command.clone()}</code><CopyButton name="Copy the line" text=command/></div>
            <p class="meta">"In the macOS app or as a service, set the variable OLLAMA_ORIGINS to this page's address and restart it."</p>
        }
    });
    view! {
        <div class=["verdict ", verdict.tone].concat()>
            <p class="verdict-head">{icon(mark)}<span>{verdict.head}</span><span class="meta">{verdict.detail.clone()}</span></p>
            {advice}
            {command}
        </div>
    }
    .into_any()
}
