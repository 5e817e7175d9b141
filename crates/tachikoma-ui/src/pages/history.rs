//! What is kept in this browser.

use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::types::SessionId;

use crate::backend;
use crate::browser;
use crate::components::confirm::Confirm;
use crate::components::icon::{BIN, icon, shape};
use crate::components::import::{Import, ImportButton, ImportNotice};
use crate::host::Order;
use crate::route::Route;
use crate::runner::Runner;
use crate::strings;
use crate::view_model::format::{clock, many};
use crate::view_model::shelf::{Row, Standing};

/// What was found.
#[derive(Clone)]
enum Shelf {
    Loading,
    Failed(String),
    Here(Vec<Row>),
}

/// The page of what is kept.
#[component]
pub fn History() -> impl IntoView {
    let runner: Runner = expect_context();
    let shelf = RwSignal::new(Shelf::Loading);
    let load = move || {
        spawn_local(async move {
            let mut rows = match backend::shelf().await {
                Ok(rows) => rows,
                Err(message) => return drop(shelf.try_set(Shelf::Failed(message))),
            };
            rows.sort_by(|a, b| (b.created_ms, &b.id).cmp(&(a.created_ms, &a.id)));
            shelf.try_set(Shelf::Here(rows));
        });
    };
    load();
    let asking = RwSignal::new(false);
    let doomed = RwSignal::new(None::<(SessionId, String)>);
    let ask = Callback::new(move |(id, title): (SessionId, String)| {
        doomed.set(Some((id, title)));
        asking.set(true);
    });
    let remove = Callback::new(move |()| {
        let Some((id, _)) = doomed.get_untracked() else { return };
        spawn_local(async move {
            if let Err(message) = runner.remove(id).await {
                shelf.set(Shelf::Failed(message));
                return;
            }
            load();
        });
    });
    let follows = Signal::derive(move || {
        let title = doomed.read().as_ref().map(|(_, title)| title.clone()).unwrap_or_default();
        ["“", &title, "” and everything its members wrote is removed from this browser. There is no way back."].concat()
    });
    let show = move || {
        match shelf.get() {
        Shelf::Loading => {
            view! { <div class="blank bars" role="status" aria-label="Loading"><i></i><i></i><i></i></div> }.into_any()
        }
        Shelf::Failed(message) => view! {
            <div class="blank" role="alert"><h2>"History cannot be read"</h2><p>{message}</p></div>
        }
        .into_any(),
        Shelf::Here(rows) if rows.is_empty() => view! {
            <div class="blank">
                <h2>"Nothing here yet"</h2>
                <p>"Deliberations are kept in this browser. The demo needs no key."</p>
                <button type="button" class="button" on:click=move |_| runner.start(Order::Demo)>{strings::DEMO}</button>
            </div>
        }
        .into_any(),
        Shelf::Here(rows) => list(&rows, runner, ask),
    }
    };
    let import = Import::new(Callback::new(move |()| load()));
    let over = |event: leptos::ev::DragEvent| event.prevent_default();
    let dropped = move |event: leptos::ev::DragEvent| {
        // Otherwise the browser would leave the page and show the file.
        event.prevent_default();
        import.take(event.data_transfer().and_then(|data| data.files()));
    };
    view! {
        <main id="main" tabindex="-1" on:dragover=over on:drop=dropped>
            <div class="run-head">
                <h1>"History"</h1>
                <div class="acts"><ImportButton import=import/></div>
            </div>
            <ImportNotice import=import/>
            {show}
            <Confirm open=asking question="Delete this deliberation?" follows=follows yes="Delete" on_yes=remove/>
        </main>
    }
}

/// The heading under which a day stands.
fn shelf_of(days: u64) -> &'static str {
    match days {
        0 => "Today",
        1 => "Yesterday",
        2..7 => "This week",
        7..31 => "This month",
        _ => "Earlier",
    }
}

fn list(rows: &[Row], runner: Runner, ask: Callback<(SessionId, String)>) -> AnyView {
    let mut heading = "";
    let mut views = Vec::new();
    for row in rows {
        let days = browser::days_ago(row.created_ms);
        let here = shelf_of(days);
        if here != heading {
            heading = here;
            views.push(view! { <h2>{here}</h2> }.into_any());
        }
        views.push(one(row, days, runner, ask));
    }
    let total = [&many(rows.len() as u64, "deliberation", "deliberations"), ", in this browser only."].concat();
    view! {
        <div class="shelf">
            <div class="shelf-row shelf-head" aria-hidden="true">
                <span>"Goal"</span><span>"Started"</span><span>"Members"</span><span>"Agreement"</span>
                <span class="figure">"Time"</span><span></span>
            </div>
            <div>{views}</div>
        </div>
        <p class="shelf-foot">{total}</p>
    }
    .into_any()
}

fn one(row: &Row, days: u64, runner: Runner, ask: Callback<(SessionId, String)>) -> AnyView {
    let href = Route::Session(row.id.clone(), None).href();
    let started = if days == 0 { browser::time_of_day(row.created_ms) } else { browser::day(row.created_ms) };
    let shapes: Vec<_> = row.seats.iter().map(|&seat| shape(seat)).collect();
    let names = row.names.join(", ");
    let runs = runner.runs(&row.id);
    let (words, tone) = if runs { ("running".to_owned(), "accent strong") } else { row.standing.words() };
    let standing = match row.standing {
        Standing::Agreed(Some(value)) if !runs => view! {
            <span class="agreed">
                <span class="meter" aria-hidden="true"><i style=("width", [&(value / 10).to_string(), "%"].concat())></i></span>
                {words}
            </span>
        }
        .into_any(),
        _ => view! { <span class=tone>{words}</span> }.into_any(),
    };
    let note = (!row.note.is_empty() && !runs).then(|| view! { <span class="note">{row.note.clone()}</span> });
    let (id, title) = (row.id.clone(), row.title.clone());
    let label = ["Delete ", &row.title].concat();
    view! {
        <div class="shelf-row">
            <a href=href>{row.title.clone()}{note}</a>
            <span class="meta">{started}</span>
            <span class="shapes" role="img" aria-label=names>{shapes}</span>
            <span>{standing}</span>
            <span class="figure second">{clock(row.time_ms)}</span>
            <span class="acts">
                <button type="button" class="tool" aria-label=label on:click=move |_| ask.run((id.clone(), title.clone()))>
                    {icon(BIN)}
                </button>
            </span>
        </div>
    }
    .into_any()
}
