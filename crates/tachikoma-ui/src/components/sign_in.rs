//! The offer to sign in at a provider instead of pasting a key, and how that stands.

use leptos::prelude::*;
use tachikoma_forge::llm;

use super::icon::{CARE, icon};
use crate::access::access;
use crate::sign_in::sign_in;
use crate::strings;
use crate::view_model::sign_in::Standing;

/// The offer, in the row of the provider that has it; nothing in any other.
#[component]
pub fn SignIn(
    /// The provider.
    provider: &'static str,
) -> AnyView {
    if provider != llm::SignIn::PROVIDER {
        return ().into_any();
    }
    let (access, sign_in) = (access(), sign_in());
    let trading = move || sign_in.standing.with(|s| *s == Standing::Trading);
    let how = move || {
        let (class, text) = match sign_in.standing.get() {
            Standing::Idle => return ().into_any(),
            Standing::Done if !access.has_key(provider) => return ().into_any(),
            Standing::Open => ("second", "Waiting for OpenRouter's window. This page stays as it is.".to_owned()),
            Standing::Gone => (
                "second",
                "The window is closed. If you were not through, sign in again; if it is still open, go on there."
                    .to_owned(),
            ),
            Standing::Trading => ("second", "Getting the key…".to_owned()),
            Standing::Done => ("second", "Signed in. The key is in this tab's memory.".to_owned()),
            Standing::Failed(trouble) => ("warn", trouble.words()),
        };
        let mark = (class == "warn").then(|| icon(CARE));
        view! { <p class=["meta ", class].concat()>{mark}{text}</p> }.into_any()
    };
    view! {
        <div class="sign-in">
            <button type="button" class="button" disabled=trading on:click=move |_| sign_in.begin()>
                {strings::SIGN_IN}
            </button>
            <div role="status">{how}</div>
        </div>
    }
    .into_any()
}
