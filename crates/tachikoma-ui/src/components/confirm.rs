//! A question before something that cannot be undone.

use leptos::html::Dialog;
use leptos::prelude::*;

/// Asks, in a dialog of the browser's own: it keeps the focus inside and closes with Escape.
#[component]
pub fn Confirm(
    /// Whether it asks.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    question: String,
    /// What follows from yes.
    #[prop(into)]
    follows: Signal<String>,
    /// The word of the button that does it.
    #[prop(into)]
    yes: String,
    /// What yes does.
    on_yes: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let (Some(dialog), true) = (dialog.get(), open.get()) {
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        open.set(false);
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog node_ref=dialog on:close=move |_| open.set(false) aria-labelledby="confirm-question">
            <h2 id="confirm-question">{question}</h2>
            <p>{follows}</p>
            <div class="acts">
                <button type="button" class="button" on:click=move |_| close()>"Cancel"</button>
                <button type="button" class="button halt" on:click=move |_| { close(); on_yes.run(()); }>{yes}</button>
            </div>
        </dialog>
    }
}
