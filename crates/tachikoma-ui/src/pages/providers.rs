//! Keys and addresses.

use leptos::prelude::*;

use tachikoma_forge::llm::ProviderRow;

use crate::access::access;
use crate::components::analytics::Analytics;
use crate::components::browser_model::OwnModel;
use crate::components::confirm::Confirm;
use crate::components::finder::Finder;
use crate::components::own_prices::OwnPrices;
use crate::components::service::Service;
use crate::models::models;
use crate::strings;

/// The page of keys and addresses.
#[component]
pub fn Providers() -> impl IntoView {
    let (cloud, own) = access().rows_by_place();
    let models = models();
    let follows = Signal::derive(move || {
        let (provider, name) = models.doomed.get().unwrap_or_default();
        let label = access().row(provider).map_or(provider, |row| row.label);
        [&name, " is removed from ", label, ". To have it again, it must be pulled again."].concat()
    });
    view! {
        <main id="main" tabindex="-1">
            <h1>"Providers"</h1>
            <p class="intro">
                "Calls go from this page straight to the provider you choose. A test lists the models; it spends no tokens."
            </p>
            <Finder/>
            {group("services-cloud", strings::IN_THE_CLOUD, cloud)}
            {group("services-own", strings::ON_YOUR_MACHINE, own)}
            <OwnModel/>
            <Analytics/>
            <OwnPrices/>
            <section class="section apart" aria-labelledby="kept-title">
                <header class="section-head"><h2 id="kept-title">"Where keys are kept"</h2></header>
                <p class="second">
                    "In the memory of this tab only: closing or reloading it forgets them. They are never stored, never exported, and sent to nobody but their provider. Addresses and prices of your own stay on this machine."
                </p>
            </section>
            <Confirm
                open=models.asking
                question="Delete this model?"
                follows=follows
                yes="Delete"
                on_yes=Callback::new(move |()| models.delete())
            />
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
