//! The critique table: the number is always there, the shade only helps.

use leptos::prelude::*;
use tachikoma_forge::types::Seat;

use super::fields::fields;
use super::icon::{hue, who};
use crate::view_model::fields::of_score;
use crate::view_model::scores::{Cell, Draft, Scores};

/// The table, and beneath it the critique that was opened.
#[component]
pub fn ScoreTable(
    /// The scores.
    scores: Memo<Option<Scores>>,
) -> AnyView {
    let opened = RwSignal::new(None::<(Seat, String)>);
    let table = move || scores.get().map(|s| table(&s, opened));
    let meta = move || {
        scores.get().map(|s| {
            let round = s.round.to_string();
            ["round ", &round, ", ", &s.given.to_string(), " of ", &s.expected.to_string(), " scores"].concat()
        })
    };
    let detail = move || {
        let (seat, label) = opened.get()?;
        let scores = scores.get()?;
        let column = scores.drafts.iter().position(|d| d.label == label)?;
        let row = scores.rows.iter().find(|r| r.seat == seat)?;
        let Cell::Given(score) = row.cells.get(column)? else { return None };
        let title = [&row.name, " on the draft of ", &scores.drafts[column].name].concat();
        Some(view! {
            <div class=["dissent opened ", &hue(seat)].concat()>
                <h3>{title}</h3>
                {fields(&[of_score(score)])}
                <button type="button" class="button small" on:click=move |_| opened.set(None)>
                    "Close"
                </button>
            </div>
        })
    };
    view! {
        <section class="section" aria-labelledby="scores-title">
            <header class="section-head">
                <h2 id="scores-title">"Critique scores"</h2>
                <span class="meta">{meta}</span>
            </header>
            <div class="scores-wrap">{table}</div>
            <div class="beneath">
                <span class="ramp">"25 "<i></i>" 90"</span>
                <span>"Blind: critics saw letters, in shuffled order, and never their own draft."</span>
            </div>
            <div aria-live="polite">{detail}</div>
        </section>
    }
    .into_any()
}

fn table(scores: &Scores, opened: RwSignal<Option<(Seat, String)>>) -> AnyView {
    let columns: Vec<_> = (0..=scores.drafts.len()).map(|_| view! { <col/> }.into_any()).collect();
    let heads: Vec<_> = scores
        .drafts
        .iter()
        .map(|d| {
            view! { <th scope="col"><small>{["Draft ", &d.label].concat()}</small>{who(d.seat, &d.name)}</th> }
                .into_any()
        })
        .collect();
    let rows: Vec<_> = scores
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<_> =
                row.cells.iter().zip(&scores.drafts).map(|(c, d)| cell(row.seat, &row.name, c, d, opened)).collect();
            view! { <tr><th scope="row">{who(row.seat, &row.name)}</th>{cells}</tr> }.into_any()
        })
        .collect();
    let full = scores.rows.len().saturating_sub(1);
    let means: Vec<_> = scores
        .drafts
        .iter()
        .map(|d| {
            let (mean, given) = d.mean.map_or(("–".to_owned(), full), |(mean, given)| (mean.to_string(), given));
            let of = (given < full).then(|| view! { <small>{[" of ", &given.to_string()].concat()}</small> });
            let best = d.best.then(|| view! { <small>" best"</small> });
            view! { <td>{mean}{best}{of}</td> }.into_any()
        })
        .collect();
    view! {
        <table class="scores">
            <caption class="unseen">"Critique scores, 0 to 100, critic by draft"</caption>
            <colgroup>{columns}</colgroup>
            <thead><tr><th scope="col"><span class="unseen">"Critic"</span></th>{heads}</tr></thead>
            <tbody>{rows}</tbody>
            <tfoot><tr><th scope="row">"Mean"</th>{means}</tr></tfoot>
        </table>
    }
    .into_any()
}

fn cell(seat: Seat, critic: &str, cell: &Cell, draft: &Draft, opened: RwSignal<Option<(Seat, String)>>) -> AnyView {
    match cell {
        Cell::Own => view! { <td><span>"own"<span class="wide-only">"draft"</span></span></td> }.into_any(),
        Cell::Pending => view! { <td><span><span class="unseen">"not yet"</span></span></td> }.into_any(),
        Cell::NoScore => view! { <td><span class="none">"no score"</span></td> }.into_any(),
        Cell::Absent => view! { <td><span class="none">"absent"</span></td> }.into_any(),
        Cell::Given(score) => {
            let points = score.score.to_string();
            let shade = points.clone();
            let label = [critic, " gives draft ", &draft.label, " ", &points, ". Read the critique"].concat();
            let key = (seat, draft.label.clone());
            let pressed = {
                let key = key.clone();
                move || (opened.read().as_ref() == Some(&key)).to_string()
            };
            let open = move |_| {
                opened.update(|o| *o = if o.as_ref() == Some(&key) { None } else { Some(key.clone()) });
            };
            view! {
                <td><button type="button" style=("--points", shade) aria-label=label aria-pressed=pressed on:click=open><b>{points}</b></button></td>
            }
            .into_any()
        }
    }
}
