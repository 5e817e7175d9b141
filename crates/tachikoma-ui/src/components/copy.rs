//! A button that copies.

use leptos::prelude::*;

use super::icon::{CHECK, COPY, icon};

/// Copies a text, and shows for a moment that it did.
#[component]
pub fn CopyButton(
    /// What a screen reader calls it.
    #[prop(into)]
    name: String,
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        crate::browser::copy(&text.get_untracked());
        set_copied.set(true);
        set_timeout(
            move || {
                set_copied.try_set(false);
            },
            std::time::Duration::from_millis(1500),
        );
    };
    view! {
        <button type="button" class="tool" aria-label=name on:click=copy>
            {move || icon(if copied.get() { CHECK } else { COPY })}
        </button>
    }
}
