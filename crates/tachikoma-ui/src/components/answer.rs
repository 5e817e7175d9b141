//! The final answer: the text in reading type, and in the margin what stands behind it.

use leptos::prelude::*;

use super::behind;
use super::copy::CopyButton;
use super::icon::{hue, who};
use super::votes::votes;
use crate::markdown;
use crate::strings;
use crate::view_model::agreement::formula;
use crate::view_model::format::{clock, count, many, share};
use crate::view_model::money::spent;
use crate::view_model::outcome::{Entry, Outcome};
use crate::view_model::totals::Totals;

/// The answer with its margin; then who disagrees and stands where; then the vote, how it was decided, and what the
/// author saw in the drafts. `check` is what checks the result.
#[must_use]
pub fn answer(outcome: &Outcome, totals: Totals, check: AnyView) -> AnyView {
    let name = |seat| {
        let entry = outcome.roster.iter().find(|entry| entry.seat == seat);
        entry.map_or_else(|| "?".to_owned(), |entry| entry.name.clone())
    };
    let vote = outcome.vote.map(|(round, _)| {
        view! {
            <section class="section labelled apart" aria-labelledby="vote-title">
                <header>
                    <h2 id="vote-title">"The deciding vote"</h2>
                    <span class="meta">{["round ", &round.to_string()].concat()}</span>
                </header>
                {votes(&outcome.ballots)}
            </section>
        }
    });
    let comparison = (!outcome.comparison.trim().is_empty()).then(|| {
        view! {
            <section class="section labelled apart" aria-labelledby="comparison-title">
                <header>
                    <h2 id="comparison-title">"Where they stand"</h2>
                    <span class="meta">{[&outcome.author, " on the drafts, before writing"].concat()}</span>
                </header>
                <div class="said comparison">{markdown::view::section(&markdown::read(&outcome.comparison))}</div>
            </section>
        }
    });
    view! {
        {behind::degraded(&outcome.behind)}
        {the_answer(outcome, totals)}
        {behind::minority(&outcome.behind, name)}
        {behind::stances(&outcome.behind)}
        {vote}
        {behind::decision(&outcome.behind, check)}
        {comparison}
    }
    .into_any()
}

fn the_answer(outcome: &Outcome, totals: Totals) -> AnyView {
    let round = outcome.round.to_string();
    let kind = match outcome.round_type {
        tachikoma_forge::types::RoundType::Draft | tachikoma_forge::types::RoundType::Refinement => "draft of round ",
        tachikoma_forge::types::RoundType::Rebuttal => "position of round ",
        tachikoma_forge::types::RoundType::Ballot => "ballot of round ",
        _ => "version of round ",
    };
    let source = [kind, &round, ", written by ", &outcome.author].concat();
    let copied = outcome.text.clone();
    let (agree, of) = outcome.vote.map_or((0, 0), |(_, t)| (t.agree, t.seats));
    let gist = outcome.vote.map(|(_, tally)| {
        let value = tally.agreement().map_or_else(|| "–".into(), share);
        view! {
            <p class="gist">
                <b>{value}</b>
                <span>{[&agree.to_string(), " of ", &of.to_string(), " agree"].concat()}</span>
                <span class="second">{clock(totals.time_ms)}</span>
            </p>
        }
    });
    view! {
        <div class="answer">
            <section class="labelled" aria-labelledby="answer-title">
                <header>
                    <h2 id="answer-title" tabindex="-1">{strings::FINAL_ANSWER}</h2>
                    <p class="meta">{source}</p>
                    <CopyButton name="Copy the answer" text=copied/>
                </header>
                <div>
                    {gist}
                    <div class="prose said">{markdown::view::section(&markdown::read(&outcome.text))}</div>
                </div>
            </section>
            <div class="margin">{agreement(outcome)}{roster(&outcome.roster)}{figures(totals)}</div>
        </div>
    }
    .into_any()
}

fn agreement(outcome: &Outcome) -> AnyView {
    let Some((_, tally)) = outcome.vote else {
        return view! {
            <section aria-label="Agreement of this version">
                <p class="meta">"Agreement"</p>
                <p class="second">"This version was never voted on."</p>
            </section>
        }
        .into_any();
    };
    let class = if outcome.agreed { "figure-large" } else { "figure-large short" };
    let [sum, result] = formula(&tally);
    view! {
        <section aria-label="Agreement of this version">
            <p class="meta">"Agreement"</p>
            <p class=class>{tally.agreement().map_or_else(|| "–".into(), share)}</p>
            <p class="formula">{sum}<br/>{result}</p>
        </section>
    }
    .into_any()
}

fn roster(roster: &[Entry]) -> AnyView {
    let items: Vec<_> = roster
        .iter()
        .map(|entry| {
            view! {
                <li class=hue(entry.seat)>{who(entry.seat, &entry.name)}<span class=entry.tone>{entry.part.clone()}</span></li>
            }
            .into_any()
        })
        .collect();
    view! { <section aria-label="Who took part"><ul class="roster">{items}</ul></section> }.into_any()
}

fn figures(totals: Totals) -> AnyView {
    let calls = match totals.retries {
        0 => count(totals.calls),
        retries => [&count(totals.calls - retries), ", and ", &many(retries, "retry", "retries")].concat(),
    };
    let (cost, beside) = spent(&totals.spending, totals.calls);
    let cost = if beside.is_empty() { cost } else { [&cost, ", ", &beside].concat() };
    let tokens = match (totals.spending.tokens, totals.spending.unreported) {
        (0, _) => "not reported".to_owned(),
        (tokens, 0) => count(tokens),
        (tokens, missing) => [&count(tokens), ", ", &many(missing, "call", "calls"), " unreported"].concat(),
    };
    let pairs = [
        ("Rounds", totals.rounds.to_string()),
        ("Time", clock(totals.time_ms)),
        ("Calls", calls),
        ("Tokens", tokens),
        ("Cost", cost),
    ];
    let pairs: Vec<_> =
        pairs.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }.into_any()).collect();
    view! { <section aria-label="Figures"><dl class="pairs">{pairs}</dl></section> }.into_any()
}
