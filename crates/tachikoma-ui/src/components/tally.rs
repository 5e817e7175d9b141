//! The figures of a running session in one line.

use leptos::prelude::*;

use crate::view_model::format::{clock, count};
use crate::view_model::money::spent;
use crate::view_model::totals::Totals;

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The open round: "Round 7: Synthesis".
    pub round: String,
    /// How far it is: "2 of 4 finished".
    pub progress: String,
    /// Whether it runs.
    pub running: bool,
    /// The totals.
    pub totals: Totals,
    /// The most calls there can be, retries apart.
    pub most_calls: u64,
    /// The most rounds there can be.
    pub most_rounds: u32,
    /// The caps on money and tokens, in words.
    pub caps: (Option<String>, Option<String>),
}

/// The line.
#[component]
pub fn Tally(
    /// What is shown.
    figures: Memo<Figures>,
) -> AnyView {
    (move || {
        let f = figures.get();
        let tokens = match f.totals.spending.tokens {
            0 => "–".to_owned(),
            tokens => count(tokens),
        };
        let (cost, beside) = spent(&f.totals.spending, f.totals.calls);
        let (cap, token_cap) = f.caps;
        let small = |text: Option<String>| text.map(|text| view! { " "<small>{text}</small> });
        let dot = f.running.then(|| view! { <span class="pulse" aria-hidden="true"></span> });
        view! {
            <dl class="tally">
                <div><dt>"Now"</dt><dd>{dot}{f.round}" "<small>{f.progress}</small></dd></div>
                <div><dt>"Time"</dt><dd>{clock(f.totals.time_ms)}</dd></div>
                <div><dt>"Cost"</dt><dd>{cost}{small(cap.or(Some(beside).filter(|words| !words.is_empty())))}</dd></div>
                <div><dt>"Tokens"</dt><dd>{tokens}{small(token_cap)}</dd></div>
                <div>
                    <dt>"Calls"</dt>
                    <dd>{count(f.totals.calls)}" "<small>{["of at most ", &count(f.most_calls)].concat()}</small></dd>
                </div>
                <div>
                    <dt>"Rounds"</dt>
                    <dd>{count(f.totals.rounds)}" "<small>{["of at most ", &f.most_rounds.to_string()].concat()}</small></dd>
                </div>
            </dl>
        }
    })
    .into_any()
}
