//! The head of a session: how it stands, what it is about, and what can be done with it as a whole.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::session::{ControlAction, Topic};

use super::Page;
use crate::browser;
use crate::components::attach::attached;
use crate::components::edit::{Edited, Editor};
use crate::components::export::{ExportMenu, Format};
use crate::components::follow::trim_report;
use crate::components::icon::{RIGHT, SQUARE, icon};
use crate::run::Run;
use crate::strings;
use crate::view_model::format::{many, protocol_name};
use crate::view_model::outcome::standing;

/// How it stands, the goal, Stop and Export.
pub(super) fn head(page: &Page, has_answer: Memo<bool>) -> AnyView {
    let standing = page.memo(standing);
    let topic = page.memo(|live| live.session.topic.clone());
    let facts = page.memo(|live| {
        let session = &live.session;
        let began =
            [browser::day(session.created_ms).as_str(), ", ", &browser::time_of_day(session.created_ms)].concat();
        (
            session.demo,
            protocol_name(&session.protocol),
            many(session.participants.len() as u64, "member", "members"),
            began,
        )
    });
    let eyebrow = move || {
        let (words, tone) = standing.get();
        let (demo, protocol, members, began) = facts.get();
        view! {
            <b class=tone>{words}</b>
            {demo.then(|| view! { <b class="warn">"Demo: scripted members"</b> })}
            <span>{protocol}</span>
            <span>{members}</span>
            <span>{began}</span>
        }
    };
    let trims = page.memo(|live| {
        let trims = live.session.trims();
        trims.into_iter().map(|(name, trims)| (name.to_owned(), trims)).collect::<Vec<_>>()
    });
    // A long goal is cut in the heading and told in full below.
    let brief = move || {
        let topic = topic.get();
        let more = topic.goal.trim() != topic.title.trim();
        let supplied = !topic.attachments.is_empty() || !topic.carried.is_empty();
        (more || !topic.constraints.is_empty() || supplied).then(|| {
            let constraints: Vec<_> =
                topic.constraints.iter().map(|c| view! { <li>{c.clone()}</li> }.into_any()).collect();
            let constraints = (!constraints.is_empty()).then(|| view! { <ul>{constraints}</ul> });
            let carried: Vec<_> =
                topic.carried.iter().map(|piece| view! { <li>{piece.title.clone()}</li> }.into_any()).collect();
            let carried = (!carried.is_empty())
                .then(|| view! { <p class="meta">"Carried from an earlier deliberation:"</p><ul>{carried}</ul> });
            view! {
                <details class="brief unfolds">
                    <summary>{icon(RIGHT)}{brief_title(&topic)}</summary>
                    <p class="goal-text">{topic.goal.clone()}</p>
                    {constraints}
                    {(!topic.attachments.is_empty()).then(|| attached(&topic.attachments))}
                    {carried}
                    {trim_report(&trims.get())}
                </details>
            }
        })
    };
    let edited = RwSignal::new(None::<Edited>);
    let edit_goal = view! {
        <button type="button" class="button small quiet" on:click=move |_| edited.set(Some(Edited::Goal))>"Edit the goal"</button>
        <Editor run=page.run.clone() edited=edited/>
    };
    let running = page.running;
    let stop = {
        let run = page.run.clone();
        move || {
            let run = run.clone();
            running.get().then(move || {
                view! {
                    <button type="button" class="button halt wide-only" on:click=move |_| run.steer(ControlAction::Stop)>
                        {icon(SQUARE)}
                        {strings::STOP}
                    </button>
                }
            })
        }
    };
    view! {
        <div class="run-head">
            <div>
                <p class="eyebrow">{eyebrow}</p>
                <h1>{move || topic.read().title.clone()}</h1>
                {brief}
                {edit_goal}
            </div>
            <div class="acts">{stop}<ExportMenu formats=formats(&page.run) main=has_answer/></div>
        </div>
    }
    .into_any()
}

/// What unfolds below the heading.
fn brief_title(topic: &Topic) -> String {
    match topic.attachments.len() {
        0 => "Goal and constraints in full".to_owned(),
        files => ["Goal and constraints in full, ", &many(files as u64, "attached file", "attached files")].concat(),
    }
}

fn formats(run: &Arc<Run>) -> Vec<Format> {
    let name = |run: &Run, ending: &str| ["deliberation-", &run.id.0, ending].concat();
    let (markdown, json, yaml) = (run.clone(), run.clone(), run.clone());
    let mut all = vec![
        Format {
            name: strings::MARKDOWN,
            ending: ".md",
            save: Callback::new(move |()| {
                let text = untrack(|| markdown.with(|live| tachikoma_forge::export::markdown(&live.session)));
                browser::download(&name(&markdown, ".md"), "text/markdown", &text);
            }),
        },
        Format {
            name: strings::JSON,
            ending: ".json",
            save: Callback::new(move |()| {
                browser::download(
                    &name(&json, ".json"),
                    "application/json",
                    &tachikoma_forge::export::json(&json.events()),
                );
            }),
        },
        Format {
            name: strings::YAML,
            ending: ".yaml",
            save: Callback::new(move |()| {
                browser::download(
                    &name(&yaml, ".yaml"),
                    "application/yaml",
                    &tachikoma_forge::export::yaml(&yaml.events()),
                );
            }),
        },
    ];
    if run.newer.is_some() {
        // The others promise all events, of which some are not known here.
        all.truncate(1);
    }
    all
}
