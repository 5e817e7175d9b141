//! Which way they take: presets, protocols, the course of the chosen one, and who writes the shared answer.

use leptos::prelude::*;
use tachikoma_forge::protocol::{AUTO, OUTLINES, Outline};
use tachikoma_forge::session::Preset;
use tachikoma_forge::types::RoundType;

use super::advanced::{advanced, field};
use super::outlook::Outlook;
use crate::access::access;
use crate::components::icon::{CARE, icon};
use crate::components::key_question::key_questions;
use crate::setup::{HIGHEST, MEMBER, OUTSIDE, ROTATING, Setup};
use crate::view_model::choosing::{drawing, step};
use crate::view_model::format::protocol_name;

pub(super) fn protocol(setup: Setup, outlook: Outlook) -> AnyView {
    let access = access();
    let is_preset = Memo::new(move |_| setup.course.is_preset());
    let button = move |preset: Preset| {
        view! {
            <button
                type="button"
                aria-pressed=move || (is_preset.get() == Some(preset)).to_string()
                aria-describedby=["preset-", preset.name()].concat()
                on:click=move |_| setup.course.preset(preset)
            >
                {preset.name()}
            </button>
        }
        .into_any()
    };
    let foreseen = move |preset: Preset| {
        view! {
            <div id=["preset-", preset.name()].concat()>
                <b>{preset.name()}</b>" "{preset.about()}
                <p class="meta">{move || outlook.of_preset(preset)}</p>
            </div>
        }
        .into_any()
    };
    let buttons: Vec<_> = Preset::ALL.into_iter().map(button).collect();
    let presets: Vec<_> = Preset::ALL.into_iter().map(foreseen).collect();
    let ways: Vec<_> = OUTLINES.iter().map(|outline| way(setup, outlook, Some(outline))).collect();
    let steps = move || {
        let outline = outlook.outline();
        let drawn = |round_type: &RoundType| {
            let step = step(outline, *round_type);
            view! {
                <div>
                    <svg viewBox="0 0 74 24" aria-hidden="true"><path d=step.path></path></svg>
                    <div><h3>{step.name}</h3><p>{step.what}</p></div>
                </div>
            }
            .into_any()
        };
        outline.round_types.iter().map(drawn).collect::<Vec<_>>()
    };
    view! {
        <section class="section" aria-labelledby="protocol-title">
            <header class="section-head">
                <h2 id="protocol-title">"Protocol"</h2>
                <span class="choice push" role="group" aria-label="Preset">{buttons}</span>
            </header>
            <div class="presets">{presets}</div>
            <div class="ways" role="radiogroup" aria-labelledby="protocol-title">
                {ways}
                {way(setup, outlook, None)}
            </div>
            <div class="steps">{steps}</div>
            <div class="advanced-fields">
                {judge(setup, outlook)}
                {move || depth(setup, outlook.outline())}
            </div>
            {key_questions(access, move || setup.withheld(access))}
            <div role="status">
                {move || outlook.warning().map(|text| view! { <div class="notice">{icon(CARE)}<p>{text}</p></div> })}
            </div>
            {advanced(setup)}
        </section>
    }
    .into_any()
}

/// A protocol to choose; without one, whichever fits the goal.
fn way(setup: Setup, outlook: Outlook, outline: Option<&'static Outline>) -> AnyView {
    let name = outline.map_or(AUTO, |outline| outline.name);
    let chosen = move || *setup.course.protocol.read() == name;
    let about = move || match outline {
        Some(outline) => outline.good_for.to_owned(),
        None => {
            let (name, why) = outlook.chosen.get();
            let why = why.map(|why| [" Now ", &protocol_name(name), ": ", &why].concat());
            ["Suggests one by the words of the goal.", &why.unwrap_or_default()].concat()
        }
    };
    let takes = move || outline.map(|outline| outlook.of_protocol(outline));
    let id = move |part: &str| ["way-", name, part].concat();
    view! {
        <label class="way">
            <input
                type="radio"
                name="protocol"
                aria-labelledby=id("")
                aria-describedby=id("-about")
                prop:checked=chosen
                on:change=move |_| setup.course.protocol.set(name.to_owned())
            />
            <svg viewBox="0 0 56 23" aria-hidden="true"><path d=drawing(name)></path></svg>
            <span>
                <b id=id("")>{protocol_name(name)}</b>
                <span id=id("-about")>{about}<span class="meta">{takes}</span></span>
            </span>
        </label>
    }
    .into_any()
}

/// Who writes the shared answer, where there is one.
fn judge(setup: Setup, outlook: Outlook) -> AnyView {
    let course = setup.course;
    let types = move || outlook.outline().round_types;
    let writes = Memo::new(move |_| types().contains(&RoundType::Synthesis));
    let proposes = Memo::new(move |_| types().contains(&RoundType::Attack));
    let options = move || {
        let option = |value: String, name: String| {
            let selected = *course.judge.read() == value;
            view! { <option value=value selected=selected>{name}</option> }.into_any()
        };
        let first = if proposes.get() { "The first member" } else { "Whoever is rated best" };
        let members = setup
            .members
            .get()
            .into_iter()
            .enumerate()
            .map(|(seat, member)| option([MEMBER, &seat.to_string()].concat(), member.shown_name()));
        let ends = [(OUTSIDE, "A model that is no member")];
        [(HIGHEST, first), (ROTATING, "Each in its turn")]
            .map(|(value, name)| option(value.into(), name.into()))
            .into_iter()
            .chain(members)
            .chain(ends.map(|(value, name)| option(value.into(), name.into())))
            .collect::<Vec<_>>()
    };
    let label = move || if proposes.get() { "The author" } else { "Writes the shared answer" };
    let outside = move || {
        let is_outside = writes.get() && *course.judge.read() == OUTSIDE;
        is_outside.then(|| field("outside", "Model of the judge", "provider/model of no member.", course.outside))
    };
    view! {
        <div class="field" hidden=move || !writes.get()>
            <label class="label" for="judge">{label}</label>
            <select class="input" id="judge" on:change=move |e| course.judge.set(event_target_value(&e))>{options}</select>
            <p class="meta">"Who fails is followed by the next in line."</p>
        </div>
        {outside}
    }
    .into_any()
}

/// How deep it goes, where the protocol has a depth.
fn depth(setup: Setup, outline: &'static Outline) -> Option<AnyView> {
    let has = |round_type| outline.round_types.contains(&round_type);
    let label = match (has(RoundType::Rebuttal), has(RoundType::Refinement)) {
        (true, _) => "Rounds of rebuttal",
        (_, true) => "Layers",
        _ => return None,
    };
    Some(field("depth", label, "Empty: 2.", setup.course.depth))
}
