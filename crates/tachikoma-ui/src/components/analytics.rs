//! How providers and models did in the sessions of this browser: bars, and all of it as a table.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{CARE, icon};
use crate::backend;
use crate::strings;
use crate::view_model::analytics::{Row, help, rows};
use crate::view_model::format::many;

/// What was found.
#[derive(Clone)]
enum Found {
    Loading,
    Rows(Vec<Row>, u64, Vec<String>),
    Failed(String),
}

/// The figures of this browser's sessions.
#[component]
pub fn Analytics() -> AnyView {
    let found = RwSignal::new(Found::Loading);
    spawn_local(async move {
        let read = backend::metrics().await;
        // Somebody may have left the page meanwhile.
        found.try_set(match read {
            Ok(past) => Found::Rows(rows(&past.metrics), past.sessions, help(&past.help)),
            Err(why) => Found::Failed(why),
        });
    });
    let counted = move || match found.get() {
        Found::Rows(_, sessions, _) if sessions > 0 => many(sessions, "session", "sessions"),
        _ => String::new(),
    };
    let show = move || {
        match found.get() {
        Found::Loading => view! { <p class="meta" role="status">"Reading what was kept…"</p> }.into_any(),
        Found::Failed(why) => {
            view! { <div class="notice bad" role="alert">{icon(CARE)}<p>{why}</p></div> }.into_any()
        }
        Found::Rows(rows, ..) if rows.is_empty() => view! {
            <p class="second">"Nothing yet. After the first deliberation with models, calls, failures, speed and cost stand here."</p>
        }
        .into_any(),
        Found::Rows(rows, _, help) => view! { {charts(&rows)}{table(rows)}{helped(help)} }.into_any(),
    }
    };
    view! {
        <section class="section apart" aria-labelledby="analytics-title">
            <header class="section-head">
                <h2 id="analytics-title">{strings::ANALYTICS}</h2>
                <span class="meta">"from the sessions kept here; told to nobody"</span>
                <span class="meta push">{counted}</span>
            </header>
            {show}
        </section>
    }
    .into_any()
}

/// How often deliberating helped, a line for each set-up in which that was checked.
fn helped(lines: Vec<String>) -> Option<AnyView> {
    if lines.is_empty() {
        return None;
    }
    let lines: Vec<_> = lines.into_iter().map(|line| view! { <li>{line}</li> }.into_any()).collect();
    Some(view! { <h3>"Did it help?"</h3><ul>{lines}</ul> }.into_any())
}

/// Two bars for each model. The table beneath says the same in figures.
fn charts(rows: &[Row]) -> AnyView {
    let bar = |class: &'static str, x: u64, length: u64| {
        view! { <rect class=class x=x.to_string() y="0" width=length.to_string() height="10"></rect> }.into_any()
    };
    let drawn = |parts: Vec<AnyView>| {
        view! { <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">{parts}</svg> }
            .into_any()
    };
    let chart = |title: &'static str,
                 key: &'static str,
                 parts: &dyn Fn(&Row) -> Vec<AnyView>,
                 says: &dyn Fn(&Row) -> String| {
        let lines: Vec<_> = rows
            .iter()
            .map(|row| {
                view! { <li><span class="machine">{row.model.clone()}</span>{drawn(parts(row))}<span>{says(row)}</span></li> }
                    .into_any()
            })
            .collect();
        view! {
            <figure>
                <figcaption>{title}<span class="meta">{key}</span></figcaption>
                <ul>{lines}</ul>
            </figure>
        }
        .into_any()
    };
    view! {
        <div class="gauges">
            {chart(
                "Calls",
                "failed ones at the end",
                &|row| vec![bar("whole", 0, row.bars.answered), bar("failed", row.bars.answered, row.bars.failed)],
                &|row| row.calls.clone(),
            )}
            {chart(
                "Time to the first token",
                "half of the calls; light: nineteen of twenty",
                &|row| vec![bar("light", 0, row.bars.p95), bar("whole", 0, row.bars.p50)],
                &|row| row.first_token.0.clone(),
            )}
        </div>
    }
    .into_any()
}

fn table(rows: Vec<Row>) -> AnyView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let figures = [row.calls, row.failed, row.first_token.0, row.first_token.1, row.speed, row.cost];
            let figures: Vec<_> =
                figures.into_iter().map(|text| view! { <td class="figure">{text}</td> }.into_any()).collect();
            view! {
                <tr>
                    <th scope="row">{row.model}</th>
                    <td class=row.health.1>{row.health.0}</td>
                    {figures}
                </tr>
            }
            .into_any()
        })
        .collect();
    let heads = ["Calls", "Failed", "First token", "95 of 100", "Tokens/s", "Cost"];
    let heads: Vec<_> =
        heads.into_iter().map(|head| view! { <th scope="col" class="figure">{head}</th> }.into_any()).collect();
    view! {
        <div class="wide-table" tabindex="0" role="region" aria-label="Figures by model">
            <table class="rows">
                <caption class="unseen">"Calls, failures, speed and cost by model"</caption>
                <thead><tr><th scope="col">"Model"</th><th scope="col">"Health"</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
