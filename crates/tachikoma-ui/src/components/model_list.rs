//! The models of a provider on the page of keys and addresses: searched, shown, and where possible pulled and deleted.

use leptos::prelude::*;
use tachikoma_forge::llm::manage::{bytes_in_words, tokens_in_words};
use tachikoma_forge::llm::{Management, ModelInfo, ProviderKind, ProviderRow};

use super::icon::{BIN, CARE, CROSS, icon};
use crate::access::access;
use crate::models::{Models, models};
use crate::view_model::format::{count, many};
use crate::view_model::models::{MOST_SHOWN, Pull, search};

/// How many there have to be before a search is offered.
const MANY: usize = 8;

/// What a test found, and what can be done with it.
#[component]
pub fn ModelList(
    /// The provider.
    row: ProviderRow,
) -> AnyView {
    let access = access();
    let all = Memo::new(move |_| access.listed(row.name));
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| search(&all.read(), &wanted.read()));
    let is_here = Memo::new(move |_| !all.read().is_empty());
    let is_long = Memo::new(move |_| all.read().len() > MANY);
    let manages = row.management == Management::Ollama;
    let title = ["Models of ", row.label].concat();
    let id = ["find-", row.name].concat();
    let field = move || {
        let id = id.clone();
        is_long.get().then(|| {
            view! {
                <div class="field">
                    <label class="label" for=id.clone()>"Find"</label>
                    <input
                        class="input"
                        id=id
                        type="search"
                        prop:value=move || wanted.get()
                        on:input=move |e| wanted.set(event_target_value(&e))
                        autocomplete="off"
                        spellcheck="false"
                    />
                </div>
            }
        })
    };
    let counted = move || {
        let (found, all) = (found.read().len(), all.read().len());
        let shown = found.min(MOST_SHOWN);
        match (found == all, shown == found) {
            (true, true) => [&many(all as u64, "model", "models"), ", offered to every member."].concat(),
            (false, true) => [&count(found as u64), " of ", &many(all as u64, "model", "models"), "."].concat(),
            (_, false) => {
                ["The first ", &count(shown as u64), " of ", &count(found as u64), ". Search for more."].concat()
            }
        }
    };
    let list = move || {
        let title = title.clone();
        is_here.get().then(|| {
            view! {
                {field.clone()}
                <p class="meta" role="status">{counted}</p>
                <ul class="model-list" tabindex="0" aria-label=title>
                    {move || found.read().iter().take(MOST_SHOWN).map(|model| entry(row, model)).collect::<Vec<_>>()}
                </ul>
            }
        })
    };
    let more = if manages {
        view! { {pull(row)} }.into_any()
    } else if row.kind == ProviderKind::Cloud {
        ().into_any()
    } else {
        let words = ["Pulling and deleting models is not supported by ", row.label, "."].concat();
        view! { <p class="meta">{words}</p> }.into_any()
    };
    let models = models();
    let troubles = move || {
        let words = models.troubles.with(|all| all.get(row.name).cloned());
        words.map(|words| view! { <div class="notice bad">{icon(CARE)}<p>{words}</p></div> })
    };
    view! {
        <div class="models">
            {list}
            <div role="alert">{manages.then_some(troubles)}</div>
            {more}
        </div>
    }
    .into_any()
}

/// One model: its name, what is known, and what can be done with it.
fn entry(row: ProviderRow, model: &ModelInfo) -> AnyView {
    let name = crate::markdown::clean(&model.name);
    let facts = model.facts().join(" · ");
    let acts = (row.management == Management::Ollama).then(|| acts(row, &model.name));
    let (models, key) = (models(), (row.name.to_owned(), model.name.clone()));
    let shown = move || models.shown.with(|all| all.get(&key).cloned()).map(|shown| details(&shown));
    view! {
        <li>
            <div class="model-row">
                <span class="machine">{name}</span>
                <span class="meta">{facts}</span>
                {acts}
            </div>
            {shown}
        </li>
    }
    .into_any()
}

fn acts(row: ProviderRow, name: &str) -> AnyView {
    let models = models();
    let key = (row.name.to_owned(), name.to_owned());
    let is_shown = Memo::new(move |_| models.shown.with(|all| all.contains_key(&key)));
    let word = move || if is_shown.get() { "Hide" } else { "Show" };
    let expanded = move || if is_shown.get() { "true" } else { "false" };
    let (whose, remove) = ([" ", name].concat(), ["Delete ", name].concat());
    let (to_show, to_delete) = (name.to_owned(), name.to_owned());
    view! {
        <span class="tools">
            <button type="button" class="as-link" aria-expanded=expanded on:click=move |_| models.show(row.name, &to_show)>
                {word}<span class="unseen">{whose}</span>
            </button>
            <button type="button" class="tool" aria-label=remove on:click=move |_| models.ask_to_delete(row.name, to_delete.clone())>
                {icon(BIN)}
            </button>
        </span>
    }
    .into_any()
}

/// Everything that the server says of one model.
fn details(shown: &Result<ModelInfo, String>) -> AnyView {
    let model = match shown {
        Ok(model) => model,
        Err(words) => {
            return view! { <div class="notice bad">{icon(CARE)}<p>{words.clone()}</p></div> }.into_any();
        }
    };
    let exact = |number: Option<u64>, words: fn(u64) -> String, unit: &str| {
        number.map(|n| [&words(n), " (", &count(n), unit].concat())
    };
    let can = model.capabilities.iter().map(|c| c.word()).collect::<Vec<_>>().join(", ");
    let pairs = [
        ("Context", exact(model.context_tokens, tokens_in_words, " tokens)")),
        ("Size", exact(model.size_bytes, bytes_in_words, " bytes)")),
        ("Parameters", model.parameters.clone()),
        ("Quantization", model.quantization.clone()),
        ("Family", model.family.clone()),
        ("Can", Some(can).filter(|can| !can.is_empty())),
    ];
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some(view! { <dt>{name}</dt><dd>{value?}</dd> }));
    view! { <dl class="pairs">{pairs.collect::<Vec<_>>()}</dl> }.into_any()
}

/// Fetches a model by its name.
fn pull(row: ProviderRow) -> AnyView {
    let models = models();
    let name = RwSignal::new(String::new());
    let state = Memo::new(move |_| models.pulls.with(|all| all.get(row.name).cloned()));
    let running = Memo::new(move |_| matches!(&*state.read(), Some(Pull::Running { .. })));
    let id = ["pull-", row.name].concat();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        models.pull(row.name, &name.get_untracked());
    };
    let said = Memo::new(move |_| state.read().as_ref().map(Pull::said).unwrap_or_default());
    let failed = Memo::new(move |_| matches!(&*state.read(), Some(Pull::Failed(..))));
    let tone = move || if failed.get() { "pull-said danger" } else { "pull-said" };
    view! {
        <form class="pull" on:submit=submit novalidate=true>
            <div class="with-button">
                <div class="field">
                    <label class="label" for=id.clone()>"Pull by name"</label>
                    <input
                        class="input machine"
                        id=id
                        placeholder="llama3.2"
                        prop:value=move || name.get()
                        on:input=move |e| name.set(event_target_value(&e))
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                    />
                </div>
                <button type="submit" class="button" disabled=move || running.get()>"Pull"</button>
            </div>
            <p class=tone role="status">{move || said.get()}</p>
            {move || running.get().then(|| progress(models, row, state))}
        </form>
    }
    .into_any()
}

/// How far a pull is: seen by everybody, read aloud when somebody asks for it.
fn progress(models: Models, row: ProviderRow, state: Memo<Option<Pull>>) -> AnyView {
    let percent = Memo::new(move |_| match &*state.read() {
        Some(Pull::Running { percent, .. }) => *percent,
        _ => None,
    });
    let words = move || match state.get() {
        Some(Pull::Running { status, amount, .. }) if amount.is_empty() => status,
        Some(Pull::Running { status, amount, .. }) => [&status, " · ", &amount].concat(),
        _ => String::new(),
    };
    let value = move || percent.get().map(|percent| percent.to_string());
    view! {
        <div class="pull-bar">
            <progress max="100" value=value aria-label="Pulled so far"></progress>
            <button type="button" class="button small" on:click=move |_| models.cancel(row.name)>
                {icon(CROSS)}"Cancel"
            </button>
        </div>
        <p class="meta">{words}</p>
    }
    .into_any()
}
