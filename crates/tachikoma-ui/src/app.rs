//! What both apps have: the bar, and the page that the address names.

use leptos::prelude::*;
use tachikoma_forge::llm::ProviderRegistry;
use tachikoma_forge::types::RoundNumber;

use crate::access::Access;
use crate::components::masthead::Masthead;
use crate::host::Host;
use crate::pricing::Pricing;
use crate::route::{self, Route};
use crate::setup::{KeptSetup, Setup};

/// What all pages share.
#[derive(Clone, Copy)]
pub struct Shared {
    /// The form.
    pub setup: Setup,
    /// Keys and addresses.
    pub access: Access,
    /// What models cost.
    pub pricing: Pricing,
}

impl Shared {
    /// The form as it was handed over or is kept, and the providers on offer.
    #[must_use]
    pub fn open(setup: Option<KeptSetup>, registry: ProviderRegistry) -> Self {
        let (setup, access) = (Setup::open(setup), Access::open(registry));
        Self { setup, access, pricing: Pricing::open(access) }
    }
}

/// The app. `page` draws what the address names, at the round that it names; `arrived` says that people come
/// from another page, so that this one is not their first.
pub fn app(
    host: Host,
    shared: Shared,
    page: impl Fn(Route, Memo<Option<RoundNumber>>) -> AnyView + Send + 'static,
    arrived: bool,
) -> AnyView {
    let route = route::current();
    provide_context(host);
    provide_context(shared.access);
    provide_context(shared.setup);
    provide_context(shared.pricing);
    // A page is drawn anew when the address names another one, not when it names another round of the same session.
    let here = Memo::new(move |_| match route.get() {
        Route::Session(id, _) => Route::Session(id, None),
        other => other,
    });
    let round = Memo::new(move |_| match route.get() {
        Route::Session(_, round) => round,
        _ => None,
    });
    Effect::new(move |before: Option<()>| {
        here.track();
        // After a change of pages a screen reader begins at the top; on the first view the browser decides.
        if before.is_some() || arrived {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            crate::browser::next_frame(|| crate::browser::show("main"));
        }
    });
    let show = move || page(here.get(), round);
    view! {
        <a class="skip" href="#main" on:click=|event| { event.prevent_default(); crate::browser::show("main"); }>
            "Skip to content"
        </a>
        <Masthead route=route/>
        {show}
    }
    .into_any()
}
