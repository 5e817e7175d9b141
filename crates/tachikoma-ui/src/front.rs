//! The app of the first visit: the form, and small, because it has to arrive before anybody can begin.
//!
//! For anything else it has the whole app fetched (`www/boot.js` knows where it is), hands over what was
//! typed, and makes room.

use std::cell::RefCell;

use js_sys::{Function, Promise};
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::llm::ProviderRegistry;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::app::{Shared, app};
use crate::components::icon::{DOWN, Icon, PLUS, icon};
use crate::components::model_text::model_text;
use crate::host::{AttachField, Handover, Host, ModelField, Order, PanelsField};
use crate::pages::compose::Compose;
use crate::route::Route;
use crate::setup::Setup;
use crate::strings;

thread_local! {
    /// What is mounted: dropping it takes the app from the page.
    static MOUNTED: RefCell<Option<UnmountHandle<<AnyView as Render>::State>>> = const { RefCell::new(None) };
}

/// Shows the app. `rest` fetches the whole one and promises the function that opens it.
pub fn open(rest: Function) {
    let draw = move || {
        let shared = Shared::open(None, ProviderRegistry::new());
        let front = Front {
            setup: shared.setup,
            rest: StoredValue::new_local(rest),
            starting: RwSignal::new(false),
            problem: RwSignal::new(None),
        };
        provide_context(ModelField(model_text));
        provide_context(AttachField(|| later("attach", Order::Attach, PLUS, strings::ATTACH)));
        provide_context(PanelsField(|| later("push", Order::Panels, DOWN, strings::PANELS)));
        let start = Callback::new(move |order| front.make_room(Some(order)));
        let host = Host { starting: front.starting, problem: front.problem, start };
        let page = move |route, _| match route {
            Route::Compose => view! { <Compose/> }.into_any(),
            _ => front.elsewhere(),
        };
        app(host, shared, page, false)
    };
    MOUNTED.set(Some(mount_to(document().body().unwrap_throw(), draw)));
}

#[derive(Clone, Copy)]
struct Front {
    setup: Setup,
    rest: StoredValue<Function, LocalStorage>,
    starting: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Front {
    /// Fetches the whole app and lets it take over.
    fn make_room(self, order: Option<Order>) {
        self.starting.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let open = match self.fetch().await {
                Ok(open) => open,
                Err(error) => {
                    self.starting.set(false);
                    self.problem.set(Some(not_loaded(&error)));
                    return;
                }
            };
            // Two may have waited, when people went from page to page meanwhile: the first has made room for both.
            let Some(mounted) = MOUNTED.take() else { return };
            let handover = Handover { setup: untrack(|| self.setup.kept()), order };
            let told = serde_json::to_string(&handover).unwrap_or_default();
            // After this no signal of this app is left.
            drop(mounted);
            let _ = open.call1(&JsValue::NULL, &told.into());
        });
    }

    async fn fetch(self) -> Result<Function, JsValue> {
        let promise: Promise = self.rest.get_value().call0(&JsValue::NULL)?.unchecked_into();
        Ok(JsFuture::from(promise).await?.unchecked_into())
    }

    /// In place of every other page, until the whole app shows it.
    fn elsewhere(self) -> AnyView {
        self.make_room(None);
        let show = move || match self.problem.get() {
            None => view! { <div class="blank bars" role="status" aria-label="Loading"><i></i><i></i><i></i></div> }
                .into_any(),
            Some(text) => view! {
                <div class="blank" role="alert">
                    <h1>"This page is not here yet"</h1>
                    <p>{text}</p>
                    <button type="button" class="button" on:click=move |_| self.make_room(None)>"Try again"</button>
                </div>
            }
            .into_any(),
        };
        view! { <main id="main" tabindex="-1">{show}</main> }.into_any()
    }
}

/// A button that has the whole app fetched, which has what is behind it.
fn later(class: &'static str, order: Order, mark: Icon, name: &'static str) -> AnyView {
    let host: Host = expect_context();
    view! {
        <div class=class>
            <button
                type="button"
                class="button small"
                disabled=move || host.starting.get()
                on:click=move |_| host.start.run(order)
            >
                {icon(mark)}
                {name}
            </button>
        </div>
    }
    .into_any()
}

fn not_loaded(error: &JsValue) -> String {
    let why = error.dyn_ref::<js_sys::Error>().map(|e| [" (", &String::from(e.message()), ")"].concat());
    let why = why.unwrap_or_default();
    ["The rest of this page could not be loaded", &why, ". Check the connection, then try again."].concat()
}
