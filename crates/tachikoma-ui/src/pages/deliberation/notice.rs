//! What stands in the way of a session: it was cut off or stopped, it failed, or people should know something.
//!
//! Here stands Continue, with the fields for what a reload has forgotten. It never starts anything by itself.

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::session::{Participant, SessionState};

use super::Page;
use crate::components::icon::{CARE, icon};
use crate::components::key_question::key_questions;
use crate::run::Run;
use crate::runner::Runner;
use crate::strings;
use crate::view_model::format::many;
use crate::view_model::steer::pending;

/// What stands in the way: it was cut off or stopped, it failed, or people should know something.
pub(super) fn standing_notice(page: &Page) -> AnyView {
    let newer = page.run.newer.clone();
    let known = newer.is_none();
    // A change that waits has a notice of its own.
    let can_continue =
        page.memo(move |live| known && live.can_continue() && live.shown.is_none() && pending(live).is_none());
    let ended = page.memo(|live| match &live.session.state {
        SessionState::Ended { reason, answer: None, detail, .. } => Some((*reason, detail.clone())),
        _ => None,
    });
    let progress = page.memo(|live| {
        let answers = live.session.turns.values().filter(|t| t.text().is_some()).count() as u64;
        many(
            answers,
            "answer is complete and is not asked for again",
            "answers are complete and are not asked for again",
        )
    });
    let participants = page.memo(|live| live.session.participants.clone());
    let warnings = page.memo(|live| live.session.warnings.clone());
    let runner = page.runner;
    let run = page.run.clone();
    let notice = move || {
        if can_continue.get() {
            return Some(go_on(run.clone(), runner, participants, progress.get()));
        }
        let (_, detail) = ended.get()?;
        Some(
            view! { <div class="standing" role="alert"><p><b class="danger">"There is no answer. "</b>{detail}</p></div> }
                .into_any(),
        )
    };
    let warnings = move || {
        warnings
            .get()
            .into_iter()
            .map(|text| view! { <div class="notice">{icon(CARE)}<p>{text}</p></div> }.into_any())
            .collect::<Vec<_>>()
    };
    let unkept = page.run.unkept.clone();
    let unkept = move || {
        unkept.get().map(|why| {
            let keeps = if why.is_empty() { "all of it any more. " } else { "it. " };
            view! {
                <div class="notice">
                    {icon(CARE)}
                    <p>
                        <b>"This deliberation is only in this tab. "</b>
                        "Export it before you close or reload: the browser does not keep "
                        {keeps}
                        {why}
                    </p>
                </div>
            }
        })
    };
    let newer = newer.map(|newer| {
        view! {
            <div class="notice">
                {icon(CARE)}
                <p><b>"This is as much as this page can read. "</b>{newer}" Reload to get the newer page."</p>
            </div>
        }
    });
    view! { {elsewhere(&page.run)}{newer}{unkept}{notice}{warnings} }.into_any()
}

/// That it runs in another tab, and what of it is not done.
fn elsewhere(run: &Run) -> AnyView {
    let (followed, refused) = (run.followed.clone(), run.refused.clone());
    let followed = move || {
        followed.get().then(|| {
            view! {
                <div class="notice" role="status">
                    <p>
                        <b>{strings::ELSEWHERE}</b>
                        " What you ask of it here, such as Stop, that tab does. When it is closed, you can continue here."
                    </p>
                </div>
            }
        })
    };
    let refused = move || {
        refused.get().map(|why| view! { <div class="notice bad" role="alert">{icon(CARE)}<p><b>{why}</b></p></div> })
    };
    view! { {followed}{refused} }.into_any()
}

fn go_on(run: Arc<Run>, runner: Runner, participants: Memo<Vec<Participant>>, progress: String) -> AnyView {
    let access = runner.shared.access;
    let tried = RwSignal::new(false);
    let missing = Memo::new(move |_| {
        let rows = access.missing_keys(&participants.read());
        rows.into_iter().map(|row| (row.name, row.label)).collect::<Vec<_>>()
    });
    let withheld = Memo::new(move |_| access.withheld_from(&participants.read()));
    // Asked for from the start, so that Continue works the first time. Fields stay while they are filled in.
    let asked = missing.get_untracked();
    let keys: Vec<_> = asked
        .into_iter()
        .map(|(name, label)| {
            let id = ["continue-key-", name].concat();
            view! {
                <div class="field">
                    <label class="label" for=id.clone()>{strings::API_KEY}<span class="meta">{label}</span></label>
                    <input
                        class="input machine"
                        id=id
                        type="password"
                        placeholder="Keys are forgotten by a reload"
                        autocomplete="off"
                        on:input=move |e| access.set_key(name, &event_target_value(&e))
                    />
                </div>
            }
            .into_any()
        })
        .collect();
    let keys = (!keys.is_empty()).then(|| view! { <div class="missing">{keys}</div> });
    let click = move |_| {
        tried.set(true);
        if missing.read_untracked().is_empty() && withheld.read_untracked().is_empty() {
            runner.go_on(run.clone());
        }
    };
    let problem = move || {
        let names: Vec<String> = missing.read().iter().map(|(_, label)| (*label).to_owned()).collect();
        let lacking = (tried.get() && !names.is_empty())
            .then(|| ["The key for ", &crate::view_model::format::names(&names), " is missing."].concat());
        let unasked = || tried.get() && !withheld.read().is_empty();
        let lacking = lacking.or_else(|| unasked().then(|| "Say first whether the key may go there.".to_owned()));
        lacking.or_else(|| runner.problem.get()).map(|text| {
            view! { <div class="notice bad" role="alert">{icon(CARE)}<p><b>{text}</b></p></div> }
        })
    };
    view! {
        <div class="standing">
            <p><b>"Stopped before the end. Nothing is lost: "</b>{progress}"."</p>
            <button type="button" class="button main" disabled=move || runner.starting.get() on:click=click>
                {strings::CONTINUE}
            </button>
            {keys}
            {key_questions(access, move || withheld.get())}
            {problem}
        </div>
    }
    .into_any()
}
