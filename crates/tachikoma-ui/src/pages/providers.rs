//! Keys and addresses.

use leptos::prelude::*;

use tachikoma_forge::llm::ProviderRow;

use crate::access::access;
use crate::components::analytics::Analytics;
use crate::components::browser_model::OwnModel;
use crate::components::service::Service;
use crate::strings;

/// The page of keys and addresses.
#[component]
pub fn Providers() -> impl IntoView {
    let (cloud, own) = access().rows_by_place();
    view! {
        <main id="main" tabindex="-1">
            <h1>"Providers"</h1>
            <p class="intro">
                "Calls go from this page straight to the provider you choose. A test lists the models; it spends no tokens."
            </p>
            {group("services-cloud", strings::IN_THE_CLOUD, cloud)}
            {group("services-own", strings::ON_YOUR_MACHINE, own)}
            <OwnModel/>
            <Analytics/>
            <section class="section apart" aria-labelledby="kept-title">
                <header class="section-head"><h2 id="kept-title">"Where keys are kept"</h2></header>
                <p class="second">
                    "In the memory of this tab only: closing or reloading it forgets them. They are never stored, never exported, and sent to nobody but their provider. Addresses are kept in this browser."
                </p>
            </section>
        </main>
    }
}

/// The providers of one place, under its name.
fn group(id: &'static str, title: &'static str, rows: Vec<ProviderRow>) -> AnyView {
    let rows = rows.into_iter().map(|row| view! { <Service row=row/> }.into_any()).collect_view();
    view! {
        <section class="section services" aria-labelledby=id>
            <header class="section-head"><h2 id=id>{title}</h2></header>
            {rows}
        </section>
    }
    .into_any()
}
