//! The app: what all pages share, and which of them is shown.

use leptos::prelude::*;

use crate::components::masthead::Masthead;
use crate::pages::compose::Compose;
use crate::pages::deliberation::Deliberation;
use crate::pages::history::History;
use crate::pages::providers::Providers;
use crate::route::{self, Route};
use crate::runner::Runner;
use crate::setup::Setup;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let route = route::current();
    let runner = Runner::new();
    provide_context(runner);
    provide_context(runner.access);
    provide_context(Setup::open());
    // A page is drawn anew when the address names another one, not when it names another round of the same session.
    let page = Memo::new(move |_| match route.get() {
        Route::Session(id, _) => Route::Session(id, None),
        other => other,
    });
    let round = Memo::new(move |_| match route.get() {
        Route::Session(_, round) => round,
        _ => None,
    });
    Effect::new(move |before: Option<()>| {
        page.track();
        // After a change of pages a screen reader begins at the top; on the first view the browser decides.
        if before.is_some() {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            crate::browser::next_frame(|| crate::browser::show("main"));
        }
    });
    let show = move || match page.get() {
        Route::Compose => view! { <Compose/> }.into_any(),
        Route::History => view! { <History/> }.into_any(),
        Route::Providers => view! { <Providers/> }.into_any(),
        Route::Session(id, _) => view! { <Deliberation id=id round=round/> }.into_any(),
    };
    view! {
        <a class="skip" href="#main" on:click=|event| { event.prevent_default(); crate::browser::show("main"); }>
            "Skip to content"
        </a>
        <Masthead route=route/>
        {show}
    }
}
