//! A person's turn: what is asked, and the form to answer it. What is half written stays in this browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::protocol::Form;
use tachikoma_forge::protocol::asked::{Piece, asked};
use tachikoma_forge::session::ControlAction;
use tachikoma_forge::types::AskId;

use super::answer_form::answer_form;
use crate::run::Run;
use crate::runner::{Runner, answers_of};
use crate::view_model::format::clock;
use crate::{browser, markdown};

/// The question and the form.
#[component]
pub fn YourTurn(
    /// The session.
    run: Arc<Run>,
    /// What is to be answered.
    ask: AskId,
    /// Until when, in milliseconds since 1970, where there is a limit.
    due: Signal<Option<u64>>,
    /// The time.
    now: Signal<u64>,
) -> AnyView {
    let runner: Runner = expect_context();
    let name = ask.to_string();
    let kept_as = [answers_of(&run.id).as_str(), &name].concat();
    let (question, form) = untrack(|| run.with(|live| (asked(&live.session, &ask), Form::of(&live.session, &ask))));
    let Some(mut form) = form else { return ().into_any() };
    let kept = browser::stored(&kept_as).and_then(|text| serde_json::from_str::<BTreeMap<String, String>>(&text).ok());
    for (key, value) in kept.unwrap_or_default() {
        form.set(&key, value);
    }
    let fresh = form.clone();
    let form = RwSignal::new(form);
    {
        let kept_as = kept_as.clone();
        Effect::new(move |_| {
            let form = form.read();
            if *form != fresh {
                let all: BTreeMap<&str, &str> =
                    form.fields.iter().map(|field| (field.key.as_str(), field.value.as_str())).collect();
                browser::store(&kept_as, &serde_json::to_string(&all).unwrap_or_default());
            }
        });
    }
    let refused = RwSignal::new(None::<String>);
    let sending = RwSignal::new(false);
    let give = {
        let run = run.clone();
        move |action: Result<ControlAction, String>| {
            let action = match action {
                Ok(action) => action,
                Err(why) => return refused.set(Some(why)),
            };
            refused.set(None);
            sending.set(true);
            let (run, kept_as) = (run.clone(), kept_as.clone());
            leptos::task::spawn_local(async move {
                match runner.steer(&run, action).await {
                    // The turn is over, and this form about to go.
                    Ok(()) => browser::store(&kept_as, ""),
                    Err(why) => {
                        sending.try_set(false);
                        // As it is written for a member that is asked again.
                        let why = why.trim_end_matches('.');
                        refused.try_set(Some(["It cannot be taken yet: ", why, "."].concat()));
                    }
                }
            });
        }
    };
    let (send, skip) = (give.clone(), give);
    let (answered, skipped) = (ask.clone(), ask);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = form.read_untracked().text();
        send(text.map(|text| ControlAction::Answer { ask: answered.clone(), text }));
    };
    let left = move || {
        let left = due.get()?.saturating_sub(now.get());
        Some(view! { <span class="meta" role="timer">{[&clock(left), " left"].concat()}</span> })
    };
    let id = ["answer-", &name.replace('/', "-")].concat();
    view! {
        <form class="your-turn" aria-label="Your answer" on:submit=send>
            {question.map(the_question)}
            <div class="your-answer">
                {answer_form(form, &id)}
                <div role="alert">{move || refused.get().map(|why| view! { <p class="refused">{why}</p> })}</div>
                <div class="acts">
                    <button type="submit" class="button main" disabled=move || sending.get()>"Send"</button>
                    <button
                        type="button"
                        class="button"
                        disabled=move || sending.get()
                        on:click=move |_| skip(Ok(ControlAction::Skip { ask: skipped.clone() }))
                    >
                        "Skip"
                    </button>
                    {left}
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn the_question(pieces: Vec<Piece>) -> AnyView {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => {
            view! { <div class="said">{markdown::view::blocks(&markdown::read(words))}</div> }.into_any()
        }
        Piece::Quote { title, text } => view! {
            <blockquote class="quoted" aria-label=title.clone()>
                <p class="meta">{title.clone()}</p>
                <div class="said">{markdown::view::blocks(&markdown::read(text))}</div>
            </blockquote>
        }
        .into_any(),
    };
    let pieces: Vec<_> = pieces.iter().map(piece).collect();
    view! {
        <details class="question unfolds" open>
            <summary>{super::icon::icon(super::icon::RIGHT)}"What is asked"</summary>
            <div class="question-text" tabindex="0" role="group" aria-label="What is asked">{pieces}</div>
        </details>
    }
    .into_any()
}
