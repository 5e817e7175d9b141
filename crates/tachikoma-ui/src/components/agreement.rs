//! Agreement over the rounds: a line, a threshold, the ballots, and all of it as a table.

use leptos::prelude::*;

use super::icon::{hue, outline, shape};
use crate::view_model::agreement::{Agreement, Ballot, Choice, Point};
use crate::view_model::format::share;

/// The chart.
#[component]
pub fn AgreementChart(
    /// The votes.
    agreement: Memo<Agreement>,
) -> AnyView {
    view! {
        <section class="section" aria-labelledby="agreement-title">
            <header class="section-head">
                <h2 id="agreement-title">"Agreement"</h2>
                <span class="meta">"agree ÷ (agree + disagree)"</span>
            </header>
            {move || chart(&agreement.read())}
            <div class="beneath">
                <span>"Filled: agrees"</span>
                <span>"Outline: disagrees"</span>
                <span>"Bar: abstains"</span>
                <details>
                    <summary>"Show as a table"</summary>
                    {move || table(&agreement.read())}
                </details>
            </div>
        </section>
    }
    .into_any()
}

/// Where the point of a vote stands, in percent of the width.
fn place(at: usize, of: usize) -> u32 {
    // Three votes fill the width; more share it.
    let of = of.max(3);
    let (at, of) = (u32::try_from(at).unwrap_or(0), u32::try_from(of).unwrap_or(3));
    16 + 68 * at / (of - 1)
}

/// How high an agreement stands, in percent.
fn level(thousandths: u32) -> (&'static str, String) {
    ("--y", (thousandths / 10).to_string())
}

fn column(x: u32) -> (&'static str, String) {
    ("--x", x.to_string())
}

fn chart(agreement: &Agreement) -> AnyView {
    let count = agreement.points.len();
    let counted: Vec<(u32, u32)> = agreement
        .points
        .iter()
        .enumerate()
        .filter_map(|(index, p)| Some((place(index, count), p.tally?.agreement()?)))
        .collect();
    let line = counted
        .iter()
        .enumerate()
        .map(|(index, (x, y))| {
            [if index == 0 { "M" } else { "L" }, &x.to_string(), " ", &(100 - y / 10).to_string()].concat()
        })
        .collect::<String>();
    let dots: Vec<_> = counted
        .iter()
        .map(|&(x, y)| {
            view! {
               <span class="dot" style:--x=x.to_string() style:--y=(y / 10).to_string()></span>
               <span class="value" style:--x=x.to_string() style:--y=(y / 10).to_string()>{share(y)}</span>
            }
            .into_any()
        })
        .collect();
    let feet: Vec<_> = agreement.points.iter().enumerate().map(|(index, p)| foot(p, place(index, count))).collect();
    let empty = counted.is_empty().then(|| view! { <p class="empty">"No vote yet"</p> });
    view! {
        <div class="chart" role="img" aria-label=agreement.sentence.clone()>
            <span class="tick" style=level(0)>"0"</span>
            <span class="tick" style=level(500)>"0.5"</span>
            <span class="level" style=level(500)></span>
            <span class="tick" style=level(1000)>"1"</span>
            <span class="level" style=level(1000)></span>
            <div class="threshold" style=level(agreement.threshold)>
                <span>{["stops at ", &share(agreement.threshold)].concat()}</span>
            </div>
            <svg viewBox="0 0 100 100" preserveAspectRatio="none">
                <path d=line vector-effect="non-scaling-stroke"></path>
            </svg>
            {dots}
            {empty}
        </div>
        <div class="chart-foot">{feet}</div>
    }
    .into_any()
}

fn foot(point: &Point, x: u32) -> AnyView {
    let marks: Vec<_> = point.ballots.iter().map(mark).collect();
    let sign = point.ballots.iter().map(|b| [&b.name, ": ", b.choice.word()].concat()).collect::<Vec<_>>().join(", ");
    view! {
        <div style=column(x)>
            {["Round ", &point.round.to_string()].concat()}
            <div class="ballot" role="img" aria-label=sign>{marks}</div>
        </div>
    }
    .into_any()
}

fn mark(ballot: &Ballot) -> AnyView {
    match ballot.choice {
        Choice::Agree => shape(ballot.seat),
        Choice::Disagree => outline(ballot.seat),
        Choice::Abstain | Choice::Absent | Choice::Pending => view! { <i class=hue(ballot.seat)></i> }.into_any(),
    }
}

fn table(agreement: &Agreement) -> AnyView {
    let rows: Vec<_> = agreement
        .points
        .iter()
        .map(|point| {
            let cells = match point.tally {
                Some(t) => [
                    t.agree.to_string(),
                    t.disagree.to_string(),
                    t.abstain.to_string(),
                    t.agreement().map_or_else(|| "no count".into(), share),
                ],
                None => ["–", "–", "–", "not yet"].map(str::to_owned),
            };
            let cells: Vec<_> = cells.into_iter().map(|c| view! { <td class="figure">{c}</td> }.into_any()).collect();
            view! { <tr><th scope="row">{point.round.to_string()}</th>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <table class="rows">
            <caption class="unseen">"Votes and agreement by round"</caption>
            <thead>
                <tr>
                    <th scope="col">"Round"</th>
                    <th scope="col" class="figure">"Agree"</th>
                    <th scope="col" class="figure">"Disagree"</th>
                    <th scope="col" class="figure">"Abstain"</th>
                    <th scope="col" class="figure">"Agreement"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
