//! The fields of an answer: what a person fills in, and what is edited.

use leptos::prelude::*;
use tachikoma_forge::protocol::{FieldKind, Form, FormField};

/// The fields; `form` holds what stands in them. `id` begins the ids of the fields.
#[must_use]
pub fn answer_form(form: RwSignal<Form>, id: &str) -> AnyView {
    let fields = form.with_untracked(|form| form.fields.clone());
    let mut all = Vec::new();
    let mut rest = fields.into_iter().peekable();
    while let Some(first) = rest.next() {
        if first.group.is_empty() {
            all.push(field(form, id, &first));
            continue;
        }
        let group = first.group.clone();
        let mut within = vec![field(form, id, &first)];
        while let Some(next) = rest.next_if(|next| next.group == group) {
            within.push(field(form, id, &next));
        }
        all.push(view! { <fieldset class="form-group"><legend>{group}</legend>{within}</fieldset> }.into_any());
    }
    view! { <div class="answer-form">{all}</div> }.into_any()
}

fn field(form: RwSignal<Form>, id: &str, field: &FormField) -> AnyView {
    let id = [id, "-", &field.key.replace('/', "-")].concat();
    let (key, label, value) = (field.key.clone(), field.label.clone(), field.value.clone());
    let set = move |value: String| form.update(|form| form.set(&key, value));
    match &field.kind {
        FieldKind::Words | FieldKind::Lines => {
            let rows = if field.kind == FieldKind::Words { "6" } else { "2" };
            let hint = (field.kind == FieldKind::Lines).then(|| view! { <span class="meta">"one a line"</span> });
            view! {
                <div class="field">
                    <label class="label" for=id.clone()>{label}{hint}</label>
                    <textarea class="input" id=id rows=rows prop:value=value on:input=move |e| set(event_target_value(&e))></textarea>
                </div>
            }
            .into_any()
        }
        FieldKind::Number => view! {
            <div class="field short">
                <label class="label" for=id.clone()>{label}</label>
                <input
                    class="input"
                    id=id
                    inputmode="numeric"
                    autocomplete="off"
                    prop:value=value
                    on:input=move |e| set(event_target_value(&e))
                />
            </div>
        }
        .into_any(),
        FieldKind::Choice(of) => choice(&id, label, of, &value, set),
        FieldKind::Order => order(label, &value, set),
    }
}

fn choice(
    id: &str,
    label: String,
    of: &[(String, String)],
    value: &str,
    set: impl Fn(String) + Clone + 'static,
) -> AnyView {
    let options: Vec<_> = of
        .iter()
        .map(|(name, words)| {
            let (set, chosen) = (set.clone(), name.clone());
            view! {
                <label class="option">
                    <input
                        type="radio"
                        name=id.to_owned()
                        value=name.clone()
                        checked=name == value
                        on:change=move |_| set(chosen.clone())
                    />
                    {words.clone()}
                </label>
            }
            .into_any()
        })
        .collect();
    view! { <fieldset class="field"><legend class="label">{label}</legend><div class="options">{options}</div></fieldset> }
        .into_any()
}

/// All labels in order: a button moves one up or down, and keeps the focus.
fn order(label: String, value: &str, set: impl Fn(String) + Clone + Send + Sync + 'static) -> AnyView {
    let labels: Vec<String> = value.split(',').map(|label| label.trim().to_owned()).collect();
    let order = RwSignal::new(labels);
    let said = RwSignal::new(String::new());
    let shift = move |name: String, up: bool| {
        order.update(|order| {
            let Some(at) = order.iter().position(|label| *label == name) else { return };
            let to = if up { at.saturating_sub(1) } else { (at + 1).min(order.len() - 1) };
            order.swap(at, to);
            said.set(
                ["Draft ", &name, " is now number ", &(to + 1).to_string(), " of ", &order.len().to_string(), "."]
                    .concat(),
            );
        });
        set(order.read_untracked().join(", "));
    };
    let item = move |name: String| {
        let (up, down) = (shift.clone(), shift.clone());
        let (first, second) = (name.clone(), name.clone());
        view! {
            <li>
                <span>{["Draft ", &name].concat()}</span>
                <span class="tools">
                    <button
                        type="button"
                        class="button small"
                        aria-label=["Move draft ", &name, " up"].concat()
                        on:click=move |_| up(first.clone(), true)
                    >
                        "Up"
                    </button>
                    <button
                        type="button"
                        class="button small"
                        aria-label=["Move draft ", &name, " down"].concat()
                        on:click=move |_| down(second.clone(), false)
                    >
                        "Down"
                    </button>
                </span>
            </li>
        }
        .into_any()
    };
    view! {
        <fieldset class="field">
            <legend class="label">{label}</legend>
            <ol class="order"><For each=move || order.get() key=|name| name.clone() children=item/></ol>
            <p class="unseen" role="status">{said}</p>
        </fieldset>
    }
    .into_any()
}
