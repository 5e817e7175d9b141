//! How a member thinks: a ready persona, or words of one's own.

use leptos::prelude::*;
use tachikoma_forge::session::PERSONAS;

/// The choice of words of one's own.
const OWN: &str = "own";

/// The choice and, unless there is none, its words, which may be changed.
pub fn persona(words: RwSignal<String>, id: String) -> AnyView {
    let own = RwSignal::new(false);
    let chosen = Memo::new(move |_| {
        let words = words.read();
        match PERSONAS.iter().find(|persona| *persona.text == **words) {
            Some(persona) => persona.name,
            None if words.is_empty() && !own.get() => "",
            None => OWN,
        }
    });
    let option = move |value: &'static str, name: &'static str| {
        view! { <option value=value selected=move || chosen.get() == value>{name}</option> }.into_any()
    };
    let options: Vec<_> = [option("", "None")]
        .into_iter()
        .chain(PERSONAS.iter().map(|persona| option(persona.name, persona.name)))
        .chain([option(OWN, "In your own words")])
        .collect();
    let choose = move |event| {
        let value = event_target_value(&event);
        own.set(value == OWN);
        if value != OWN {
            let ready = PERSONAS.iter().find(|persona| persona.name == value);
            words.set(ready.map(|persona| persona.text.to_owned()).unwrap_or_default());
        }
    };
    view! {
        <label class="label" for=id.clone()>"Persona"</label>
        <select class="input" id=id prop:value=move || chosen.get() on:change=choose>{options}</select>
        <textarea
            class="input"
            aria-label="Persona in words"
            rows="1"
            placeholder="How it should think"
            hidden=move || chosen.get().is_empty()
            prop:value=move || words.get()
            on:input=move |e| words.set(event_target_value(&e))
        ></textarea>
    }
    .into_any()
}
