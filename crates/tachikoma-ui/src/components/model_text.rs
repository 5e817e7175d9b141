//! A member's model as a plain field: what the first visit has.

use leptos::prelude::*;

use crate::access::Access;
use crate::setup::Member;
use crate::strings;

/// The field, with the browser's own suggestions. `id` is its id.
#[must_use]
pub fn model_text(access: Access, member: Member, id: String) -> AnyView {
    let list = [&id, "-list"].concat();
    let offered = move || {
        let models = access.offered(&member.provider.read(), &member.base_url.read());
        models.into_iter().map(|model| view! { <option value=model.name></option> }.into_any()).collect::<Vec<_>>()
    };
    view! {
        <label class="label" for=id.clone()>{strings::MODEL}</label>
        <input
            class="input"
            id=id
            list=list.clone()
            prop:value=move || member.model.get()
            on:input=move |e| member.model.set(event_target_value(&e))
            autocomplete="off"
            spellcheck="false"
        />
        <datalist id=list>{offered}</datalist>
    }
    .into_any()
}
