//! A member's place in the form.

use leptos::prelude::*;
use tachikoma_forge::llm::ProviderRow;
use tachikoma_forge::session::PERSON;

use super::icon::{BIN, RIGHT, hue, icon, shape};
use super::key_question::key_questions;
use super::persona::persona;
use crate::access::access;
use crate::browser_model::{self, BrowserModel};
use crate::host::ModelField;
use crate::setup::{Member, Setup};
use crate::strings;

/// The fields of one member.
#[component]
pub fn Place(
    /// The form.
    setup: Setup,
    /// The member.
    member: Member,
) -> AnyView {
    let access = access();
    let seat = Memo::new(move |_| {
        let at = setup.members.read().iter().position(|m| m.key == member.key).unwrap_or(0);
        u16::try_from(at).unwrap_or(0)
    });
    let name = Memo::new(move |_| member.shown_name());
    let id = move |part: &str| ["member-", &member.key.to_string(), "-", part].concat();
    let option = move |value: &'static str, label: &'static str| {
        view! { <option value=value selected=move || *member.provider.read() == value>{label}</option> }.into_any()
    };
    let group = move |title: &'static str, rows: Vec<ProviderRow>| {
        let options: Vec<_> = rows.into_iter().map(|row| option(row.name, row.label)).collect();
        view! { <optgroup label=title>{options}</optgroup> }.into_any()
    };
    let (cloud, own) = access.rows_by_place();
    let options =
        [group("Cloud", cloud), group("Local", own), option(PERSON, "A person"), option("demo", "Demo (scripted)")];
    let brought = untrack(|| !member.base_url.read().is_empty());
    let is_person = Memo::new(move |_| *member.provider.read() == PERSON);
    // Offered where the browser has one; a member that was given it elsewhere keeps it.
    let own_model = Memo::new(move |_| {
        let is_there = access.browser_model.with(|model| *model != BrowserModel::Absent);
        is_there || *member.provider.read() == browser_model::PROVIDER
    });
    let own_model = move || own_model.get().then(|| option(browser_model::PROVIDER, strings::BROWSER_MODEL));
    let choose = move |event| {
        let provider = event_target_value(&event);
        if let Some(model) = untrack(|| access.offered(&provider, "")).first() {
            member.model.set(model.name.clone());
        } else if provider == "demo" {
            member.model.set("ada".into());
        } else if provider == PERSON {
            member.model.set("You".into());
        } else {
            member.model.set(String::new());
        }
        // A name that was given for another model would mislead.
        member.name.set(String::new());
        member.provider.set(provider);
    };
    // One that a panel brought is shown for every provider.
    let own_address = Memo::new(move |_| {
        let needed = access.row(&member.provider.read()).is_some_and(|r| r.base_url.is_none());
        needed || brought
    });
    let address_hint =
        move || access.endpoint(&member.provider.read()).unwrap_or_else(|| "http://127.0.0.1:1234".into());
    let hint = move || {
        let provider = member.provider.get();
        let row = access.row(&provider);
        if provider == "demo" {
            return view! { <span>"scripted, sends nothing"</span> }.into_any();
        }
        if provider == PERSON {
            return view! { <span>"answers on this page, when it is their turn"</span> }.into_any();
        }
        if provider == browser_model::PROVIDER {
            let words = match &*access.browser_model.read() {
                BrowserModel::Ready => "runs in this browser, sends nothing",
                BrowserModel::Absent => "this browser has none",
                BrowserModel::Downloadable(_) | BrowserModel::Downloading(_) => "not downloaded yet",
            };
            return view! { <span>{words}</span> }.into_any();
        }
        match row {
            Some(_) if access.lacks_key(&provider, None) => {
                view! { <span class="warn">"no key yet · "<a href="#/providers">"add one"</a></span> }.into_any()
            }
            Some(row) => {
                let address = access.endpoint(&provider).or(row.base_url.map(str::to_owned)).unwrap_or_default();
                let host = address.split("//").nth(1).unwrap_or(&address).to_owned();
                view! { <span>{host}</span> }.into_any()
            }
            None => ().into_any(),
        }
    };
    let ModelField(model_field) = expect_context();
    let others = move |part: &'static str, label: &'static str, example: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label class="label" for=id(part)>{label}</label>
                <input
                    class="input machine"
                    id=id(part)
                    placeholder=example
                    prop:value=move || value.get()
                    on:input=move |e| value.set(event_target_value(&e))
                    autocomplete="off"
                    spellcheck="false"
                />
            </div>
        }
        .into_any()
    };
    let has_others = !(untrack(|| member.shares.read().is_empty() && member.fallbacks.read().is_empty()));
    view! {
        <fieldset class=move || ["place ", &hue(seat.get())].concat() aria-label=move || name.get()>
            <div class="place-head">
                {move || shape(seat.get())}
                <input
                    aria-label="Name"
                    prop:value=move || name.get()
                    on:change=move |e| member.name.set(event_target_value(&e))
                    autocomplete="off"
                    maxlength="60"
                />
                <span class="tools">
                    <button
                        type="button"
                        class="tool"
                        aria-label=move || ["Remove ", &name.get()].concat()
                        on:click=move |_| setup.remove(member.key)
                    >
                        {icon(BIN)}
                    </button>
                </span>
            </div>
            <div class="place-row">
                <div class="field">
                    <label class="label" for=id("provider")>{strings::PROVIDER}</label>
                    <select class="input" id=id("provider") prop:value=move || member.provider.get() on:change=choose>
                        {options.into_iter().collect_view()}
                        {own_model}
                    </select>
                </div>
                <div class="field pick" hidden=is_person>
                    {model_field(access, member, id("model"))}
                </div>
            </div>
            {move || {
                own_address.get().then(|| {
                    view! {
                        <div class="field">
                            <label class="label" for=id("url")>{strings::BASE_URL}</label>
                            <input
                                class="input machine"
                                id=id("url")
                                type="url"
                                placeholder=address_hint
                                prop:value=move || member.base_url.get()
                                on:input=move |e| member.base_url.set(event_target_value(&e))
                                autocomplete="off"
                                spellcheck="false"
                            />
                        </div>
                    }
                })
            }}
            <div class="field persona" hidden=is_person>{persona(member.persona, id("persona"))}</div>
            <details class="unfolds" open=has_others hidden=is_person>
                <summary>{icon(RIGHT)}"Other models"</summary>
                {others("shares", "Shares the work with", "provider/model@address|provider/model", member.shares)}
                {others("fallbacks", "Falls back to", "provider/model, provider/model", member.fallbacks)}
            </details>
            {key_questions(access, move || member.withheld(access))}
            <p class="hint meta">{hint}</p>
        </fieldset>
    }
    .into_any()
}
