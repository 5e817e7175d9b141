//! Keys and addresses.

use leptos::prelude::*;

use crate::access::access;
use crate::components::service::Service;

/// The page of keys and addresses.
#[component]
pub fn Providers() -> impl IntoView {
    let rows = access().rows().into_iter().map(|row| view! { <Service row=row/> }).collect_view();
    view! {
        <main id="main" tabindex="-1">
            <h1>"Providers"</h1>
            <p class="intro">
                "Calls go from this page straight to the provider you choose. A test lists the models; it spends no tokens."
            </p>
            <div class="services">{rows}</div>
            <section class="section apart" aria-labelledby="kept-title">
                <header class="section-head"><h2 id="kept-title">"Where keys are kept"</h2></header>
                <p class="second">
                    "In the memory of this tab only: closing or reloading it forgets them. They are never stored, never exported, and sent to nobody but their provider. Addresses are kept in this browser."
                </p>
            </section>
        </main>
    }
}
