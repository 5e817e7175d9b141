//! Which server answers at an address, or on this machine.

use leptos::prelude::*;
use tachikoma_forge::llm::detect::Detected;

use super::icon::{CARE, CHECK, icon};
use crate::access::access;
use crate::models::{Models, Search, models};
use crate::view_model::format::many;

/// Looks for servers.
#[component]
pub fn Finder() -> impl IntoView {
    let models = models();
    let url = RwSignal::new(String::new());
    let running = Memo::new(move |_| *models.search.read() == Search::Running);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        models.look(&url.get_untracked());
    };
    view! {
        <section class="section finder" aria-labelledby="finder-title">
            <header class="section-head"><h2 id="finder-title">"Find a server"</h2></header>
            <form on:submit=submit novalidate=true>
                <div class="with-button">
                    <div class="field">
                        <label class="label" for="finder-url">
                            "Address"<span class="meta">"empty: the usual ones of this machine"</span>
                        </label>
                        <input
                            class="input machine"
                            id="finder-url"
                            type="url"
                            placeholder="http://127.0.0.1:8080"
                            prop:value=move || url.get()
                            on:input=move |e| url.set(event_target_value(&e))
                            autocomplete="off"
                            spellcheck="false"
                        />
                    </div>
                    <button type="submit" class="button" disabled=move || running.get()>"Detect"</button>
                </div>
                <p class="meta">"A few short questions without a key tell which server it is."</p>
            </form>
            <div role="status">{move || found(models, &models.search.read())}</div>
        </section>
    }
}

fn found(models: Models, search: &Search) -> AnyView {
    match search {
        Search::Idle => ().into_any(),
        Search::Running => view! { <p class="second">"Asking…"</p> }.into_any(),
        Search::Nothing(words) => view! { <div class="notice">{icon(CARE)}<p>{words.clone()}</p></div> }.into_any(),
        Search::Found(all) => {
            let all: Vec<_> = all.iter().map(|found| one(models, found)).collect();
            view! { <ul class="found">{all}</ul> }.into_any()
        }
    }
}

fn one(models: Models, found: &Detected) -> AnyView {
    let label = access().row(found.provider).map_or(found.provider, |row| row.label);
    let version = found.version.as_ref().map(|version| [" ", version].concat()).unwrap_or_default();
    let offers = match (found.wants_key, found.models.len()) {
        _ if found.healthy == Some(false) => "says that it is not well".to_owned(),
        (true, _) => "asks for a key".to_owned(),
        (false, 0) => "no model yet".to_owned(),
        (false, number) => many(number as u64, "model", "models"),
    };
    let take = {
        let found = found.clone();
        move |_| models.take(&found)
    };
    view! {
        <li>
            <span class="accent">{icon(CHECK)}<b>{label}</b>{version}</span>
            <span class="machine">{found.base_url.clone()}</span>
            <span class="meta">{offers}</span>
            <button type="button" class="button small" on:click=take>
                "Use it"<span class="unseen">{[": ", label, " at ", &found.base_url].concat()}</span>
            </button>
        </li>
    }
    .into_any()
}
