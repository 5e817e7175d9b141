//! What stands behind a result, below it: who disagrees, who stands where on which claim, who changed its mind, how it
//! was decided, and whether it helped.

use leptos::prelude::*;
use tachikoma_forge::session::Dissenter;

use super::icon::{CARE, hue, icon, who};
use crate::markdown;
use crate::view_model::behind::Behind;

/// The notice above a result that is less than it was meant to be; nothing for a full one.
#[must_use]
pub fn degraded(behind: &Behind) -> Option<AnyView> {
    if behind.degraded.is_empty() {
        return None;
    }
    let items: Vec<_> = behind.degraded.iter().map(|text| view! { <li>{text.clone()}</li> }.into_any()).collect();
    Some(
        view! {
            <div class="notice" role="status">
                {icon(CARE)}
                <div><p><b>"Degraded: this result is less than it was meant to be."</b></p><ul>{items}</ul></div>
            </div>
        }
        .into_any(),
    )
}

/// The minority report. It is there also when everybody agrees.
#[must_use]
pub fn minority(behind: &Behind, name: impl Fn(u16) -> String) -> AnyView {
    let minority = &behind.dissent.minority;
    let against: Vec<_> = minority.against.iter().map(|d| one(d, &name(d.seat), "disagrees")).collect();
    let reserved: Vec<_> =
        minority.reserved.iter().map(|d| one(d, &name(d.seat), "agrees, with reservations")).collect();
    view! {
        <section class="section labelled apart" aria-labelledby="dissent-title">
            <header><h2 id="dissent-title">"Minority report"</h2></header>
            <div><p class="second">{minority.sentence()}</p>{against}{reserved}</div>
        </section>
    }
    .into_any()
}

fn one(dissenter: &Dissenter, name: &str, how: &'static str) -> AnyView {
    let list = |title: &'static str, items: &[String]| {
        let items: Vec<_> = items.iter().map(|c| view! { <li>{markdown::clean(c)}</li> }.into_any()).collect();
        (!items.is_empty()).then(|| view! { <p class="meta">{title}</p><ul>{items}</ul> })
    };
    view! {
        <blockquote class=["dissent ", &hue(dissenter.seat)].concat() aria-label=name.to_owned()>
            <p class="meta">{who(dissenter.seat, name)}" "{how}</p>
            <div class="said">{markdown::view::section(&markdown::read(&dissenter.why))}</div>
            {list("Blocking", &dissenter.blocking)}
            {list("Concerns", &dissenter.concerns)}
        </blockquote>
    }
    .into_any()
}

/// Who stands where on each claim, and who changed its mind.
#[must_use]
pub fn stances(behind: &Behind) -> AnyView {
    let table = (!behind.dissent.claims.is_empty()).then(|| claims(behind));
    let switches: Vec<_> = behind
        .switches
        .iter()
        .map(|line| {
            let class = if line.explained { "" } else { "warn" };
            let mark = if line.explained { "" } else { "Unexplained: " };
            view! {
                <li class=hue(line.seat)>
                    {who(line.seat, &line.name)}" "{line.what.clone()}". "
                    <span class=class>{mark}{line.why.clone()}</span>
                </li>
            }
            .into_any()
        })
        .collect();
    let switches = (!switches.is_empty()).then(|| {
        view! {
            <section class="section labelled apart" aria-labelledby="switches-title">
                <header><h2 id="switches-title">"Who changed its mind"</h2></header>
                <ul>{switches}</ul>
            </section>
        }
    });
    view! { {table}{switches} }.into_any()
}

fn claims(behind: &Behind) -> AnyView {
    let heads: Vec<_> = behind
        .columns
        .iter()
        .map(|(seat, name)| view! { <th scope="col">{who(*seat, name)}</th> }.into_any())
        .collect();
    let rows: Vec<_> = behind
        .dissent
        .claims
        .iter()
        .map(|claim| {
            let cells: Vec<_> = behind
                .columns
                .iter()
                .map(|(seat, _)| {
                    let stance = claim.of(*seat);
                    let stance = if stance.is_empty() { "–".to_owned() } else { stance };
                    view! { <td>{stance}</td> }.into_any()
                })
                .collect();
            view! { <tr><th scope="row">{markdown::clean(&claim.text)}</th>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <section class="section apart" aria-labelledby="claims-title">
            <header class="section-head">
                <h2 id="claims-title">"Who stands where"</h2>
                <span class="meta">"by claim and member, with the round in which it was said"</span>
            </header>
            <div class="wide-table" tabindex="0" role="region" aria-label="Stances by claim and member">
                <table class="rows">
                    <caption class="unseen">"Where each member stands on each claim"</caption>
                    <thead><tr><th scope="col">"Claim"</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// How it was decided: the rule, and the formula of every vote with its inputs; how independent the drafts are; and
/// whether it helped. `check` is what checks all of that.
#[must_use]
pub fn decision(behind: &Behind, check: AnyView) -> AnyView {
    let formula: Vec<_> =
        behind.formula.iter().map(|line| view! { <li class="formula">{line.clone()}</li> }.into_any()).collect();
    let formula = (!formula.is_empty()).then(|| view! { <ul>{formula}</ul> });
    let voices: Vec<_> =
        behind.voices.iter().map(|text| view! { <p class="second">{text.clone()}</p> }.into_any()).collect();
    let helped = behind.helped.as_ref().map(|(sentence, why)| {
        view! {
            <section class="section labelled apart" aria-labelledby="helped-title">
                <header><h2 id="helped-title">"Did it help?"</h2></header>
                <div>
                    <p>{sentence.clone()}</p>
                    <div class="said second">{markdown::view::section(&markdown::read(why))}</div>
                </div>
            </section>
        }
    });
    view! {
        <section class="section labelled apart" aria-labelledby="decision-title">
            <header><h2 id="decision-title">"How it was decided"</h2></header>
            <div>
                <p>{behind.rule}</p>
                {formula}
                {voices}
                {check}
            </div>
        </section>
        {helped}
    }
    .into_any()
}
