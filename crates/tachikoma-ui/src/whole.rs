//! The whole app: the form, and everything that comes after it.

use leptos::mount::mount_to_body;
use leptos::prelude::*;

use crate::app::{Shared, app};
use crate::backend;
use crate::components::attach::attach_files;
use crate::components::panels::saved_panels;
use crate::components::picker::picker;
use crate::host::{AttachField, First, Handover, Host, ModelField, PanelsField};
use crate::models::Models;
use crate::pages::compose::Compose;
use crate::pages::deliberation::Deliberation;
use crate::pages::history::History;
use crate::pages::providers::Providers;
use crate::route::Route;
use crate::runner::Runner;
use crate::sign_in::SignIn;

/// Shows the app: in the place of the first one with what that hands over, or by itself.
pub fn open(told: Option<&str>) {
    let handover: Option<Handover> = told.and_then(|text| serde_json::from_str(text).ok());
    let arrived = handover.is_some();
    let (setup, order) = handover.map_or((None, None), |h| (Some(h.setup), h.order));
    mount_to_body(move || {
        let shared = Shared::open(setup, backend::registry());
        let runner = Runner::new(shared);
        provide_context(runner);
        provide_context(SignIn::new(shared.access));
        provide_context(Models::new(shared.access));
        provide_context(ModelField(picker));
        provide_context(AttachField(attach_files));
        provide_context(PanelsField(saved_panels));
        provide_context(First(StoredValue::new(order)));
        let start = Callback::new(move |order| runner.start(order));
        let host = Host { starting: runner.starting, problem: runner.problem, start };
        if let Some(order) = order {
            runner.start(order);
        }
        let page = move |route, round| match route {
            Route::Compose => view! { <Compose/> }.into_any(),
            Route::History => view! { <History/> }.into_any(),
            Route::Providers => view! { <Providers/> }.into_any(),
            Route::Session(id, _) => view! { <Deliberation id=id round=round/> }.into_any(),
        };
        app(host, shared, page, arrived)
    });
}
