//! A member's card in a round. Every part keeps its place in every state.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use tachikoma_forge::session::{Change, ControlAction};

use super::copy::CopyButton;
use super::edit::{Edited, Editor};
use super::fields::fields;
use super::icon::{AGAIN, LATEST, MORE, RIGHT, hue, icon, of_state, who};
use super::menu::{Entry, Menu};
use super::person::YourTurn;
use crate::markdown;
use crate::run::Run;
use crate::runner::Runner;
use crate::view_model::card::{Card, State, Tokens, Words};
use crate::view_model::format::{clock, count};
use crate::view_model::steer::Act;

/// A card follows its end only while it is this near to it, in pixels.
const NEAR: i32 = 96;

/// A member's card.
#[component]
pub fn MemberCard(
    /// The card; changes at most once a frame.
    card: Signal<Card>,
    /// The time, in milliseconds since 1970; changes once a second while the session runs.
    now: Signal<u64>,
    /// Whether it is the one shown where there is room for one only.
    #[prop(into)]
    shown: Signal<bool>,
    /// Whether it scrolls by itself (the stage) or shows everything (the record).
    scrolls: bool,
    /// The session.
    run: Arc<Run>,
) -> AnyView {
    let first = card.get_untracked();
    let name = first.name.clone();
    let seat = first.seat;
    let state = Memo::new(move |_| card.read().state);
    let model = Memo::new(move |_| card.read().model.clone());
    let text = Signal::derive(move || card.read().text.to_string());
    let has_text = Memo::new(move |_| !card.read().text.is_empty());
    let stale = Memo::new(move |_| card.read().stale);
    let yours = Memo::new(move |_| {
        let card = card.read();
        card.ask.clone().filter(|_| card.state == State::YourTurn)
    });
    let class = move || {
        let shown = if shown.get() { "card shown " } else { "card " };
        let kind = if stale.get() {
            "stale "
        } else if yours.read().is_some() {
            "yours "
        } else {
            ""
        };
        [shown, kind, &hue(seat)].concat()
    };
    let edited = RwSignal::new(None::<Edited>);
    let due = Signal::derive(move || card.read().due);
    let body = {
        let (run, name) = (run.clone(), name.clone());
        move || match yours.get() {
            Some(ask) => view! { <YourTurn run=run.clone() ask=ask due=due now=now/> }.into_any(),
            None => view! { <CardBody card=card scrolls=scrolls name=name.clone()/> }.into_any(),
        }
    };
    let menu = acts_menu(&run, card, edited);
    let copies = ["Copy ", &name].concat();
    let copy = move || has_text.get().then(|| view! { <CopyButton name=copies.clone() text=text/> });
    let label = name.clone();
    view! {
        <article class=class aria-label=label>
            <header>
                <div class="card-top">
                    <h3>{who(seat, &name)}</h3>
                    {move || state_word(state.get())}
                </div>
                <p class="model">{move || markdown::clean(&model.get())}</p>
            </header>
            {move || stale.get().then(|| view! { <p class="aside-line stale-line">{icon(AGAIN)}"Stale: it read what you changed."</p> })}
            {body}
            <footer>
                {move || foot(&card.read(), now.get())}
                <span class="tools">
                    {copy}
                    {menu}
                </span>
            </footer>
            <Editor run=run edited=edited/>
        </article>
    }
    .into_any()
}

/// What can be done with the member and its turn; nothing where there is nothing.
fn acts_menu(run: &Arc<Run>, card: Signal<Card>, edited: RwSignal<Option<Edited>>) -> impl IntoView + use<> {
    let runner: Option<Runner> = use_context();
    let acts = Memo::new(move |_| card.read().acts.clone());
    let (seat, name) = card.with_untracked(|card| (card.seat, card.name.clone()));
    let run = run.clone();
    let entries = Signal::derive(move || {
        let entry = |act: Act| {
            let run = run.clone();
            let act_on = move |()| {
                let ask = card.with_untracked(|card| card.ask.clone());
                let action = match (act, ask) {
                    (Act::Edit, Some(ask)) => return edited.set(Some(Edited::Turn(ask))),
                    (Act::Replace, _) => return edited.set(Some(Edited::Model(seat))),
                    (Act::Skip, Some(ask)) => ControlAction::Skip { ask },
                    (Act::Retry, Some(ask)) => ControlAction::Retry { ask },
                    (Act::Redo, Some(ask)) => ControlAction::Change { change: Change::Redo { ask } },
                    (Act::Dismiss, _) => ControlAction::Dismiss { seat },
                    (Act::Recall, _) => ControlAction::Recall { seat },
                    (Act::Edit | Act::Skip | Act::Retry | Act::Redo, None) => return,
                };
                if let Some(runner) = runner {
                    runner.wish(&run, action);
                }
            };
            Entry { name: act.words().to_owned(), aside: "", act: Callback::new(act_on) }
        };
        acts.get().into_iter().map(entry).collect::<Vec<_>>()
    });
    let there = Memo::new(move |_| !acts.read().is_empty());
    let name = ["Steer ", &name].concat();
    move || {
        let name = name.clone();
        there.get().then(move || {
            view! { <Menu name=name class="tool" face=icon(MORE) entries=entries worded=false/> }
        })
    }
}

fn state_word(state: State) -> AnyView {
    view! { <span class=["state ", state.tone()].concat()>{icon(of_state(state))}{state.word()}</span> }.into_any()
}

fn foot(card: &Card, now: u64) -> AnyView {
    let tokens = match card.tokens {
        Tokens::None => None,
        Tokens::About(about) => Some((["≈ ", &count(about), " tok"].concat(), about)),
        Tokens::Reported(tokens) => Some(([&count(tokens), " tok"].concat(), tokens)),
    };
    let elapsed = card.took_ms.or_else(|| card.since.map(|since| now.saturating_sub(since)));
    // Tokens per second from the first piece on: what the model does, not what the network does.
    let producing = match (card.producing_since, card.since) {
        (Some(from), Some(_)) => Some(now.saturating_sub(from)),
        _ => None,
    };
    let speed = match (&tokens, producing) {
        (Some((_, tokens)), Some(ms)) if ms >= 1_000 => Some([&(tokens * 1_000 / ms).to_string(), "/s"].concat()),
        _ => None,
    };
    if tokens.is_none() && elapsed.is_none() {
        return view! { <span>"–"</span> }.into_any();
    }
    let span = |text: Option<String>| text.map(|t| view! { <span>{t}</span> }.into_any());
    let cost = Some(card.cost.clone()).filter(|cost| !cost.is_empty());
    [span(tokens.map(|(words, _)| words)), span(speed), span(cost), span(elapsed.map(clock))].into_any()
}

/// What the member says, in a box of its own that follows its end.
#[component]
fn CardBody(card: Signal<Card>, scrolls: bool, name: String) -> AnyView {
    let body = NodeRef::<Div>::new();
    let follows = StoredValue::new(true);
    let behind = RwSignal::new(false);
    let from_end = move || body.get_untracked().map_or(0, |b| b.scroll_height() - b.scroll_top() - b.client_height());
    // Also called a frame later, when the card may be gone and its node with it.
    let to_end = move || {
        if let Some(body) = body.try_get_untracked().flatten() {
            body.set_scroll_top(body.scroll_height());
        }
    };
    let scrolled = move |_| {
        let near = from_end() <= NEAR;
        follows.set_value(near);
        behind.set(!near);
        if let Some(body) = body.get_untracked() {
            let list = body.class_list();
            let _ = if body.scroll_top() > 0 { list.add_1("scrolled") } else { list.remove_1("scrolled") };
        }
    };
    // A wheel or a key upwards says "let me read" before the distance does.
    let wheel = move |event: leptos::ev::WheelEvent| {
        if event.delta_y() < 0.0 {
            follows.set_value(false);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowUp" | "PageUp" | "Home") {
            follows.set_value(false);
        }
    };
    if scrolls {
        Effect::new(move |_| {
            let writing = card.read().since.is_some();
            // The nodes are there a moment after the signal.
            if writing && follows.get_value() {
                crate::browser::next_frame(to_end);
            }
        });
    }
    let latest = move |_| {
        follows.set_value(true);
        behind.set(false);
        to_end();
    };
    let writing = Memo::new(move |_| card.read().state == State::Writing);
    let label = ["Text of ", &name].concat();
    view! {
        <div
            node_ref=body
            class="card-body"
            tabindex=scrolls.then_some("0")
            role=scrolls.then_some("group")
            aria-label=scrolls.then_some(label)
            on:scroll=scrolled
            on:wheel=wheel
            on:keydown=key
            on:touchmove=move |_| follows.set_value(from_end() <= NEAR)
        >
            {reasoning(card)}
            {words(card)}
            {note(card)}
        </div>
        {move || {
            (behind.get() && writing.get())
                .then(|| {
                    view! {
                        <button type="button" class="button small latest" on:click=latest>
                            {icon(LATEST)}
                            "Jump to latest"
                        </button>
                    }
                })
        }}
    }
    .into_any()
}

/// What the member thinks aloud: open while it only thinks, closed once it writes.
fn reasoning(card: Signal<Card>) -> AnyView {
    let there = Memo::new(move |_| !card.read().reasoning.is_empty());
    let text = Memo::new(move |_| card.read().reasoning.clone());
    let open = Memo::new(move |_| card.read().state == State::Thinking);
    let title = Memo::new(move |_| match card.read().thought_ms {
        Some(ms) => ["Thought for ", &(ms / 1000).max(1).to_string(), " s"].concat(),
        None => "Thinking".to_owned(),
    });
    (move || {
        there.get().then(|| {
            view! {
                <details class="reasoning unfolds" open=move || open.get()>
                    <summary>{icon(RIGHT)}{move || title.get()}</summary>
                    <p>{move || markdown::clean(&text.get())}</p>
                </details>
            }
        })
    })
    .into_any()
}

fn note(card: Signal<Card>) -> AnyView {
    let note = Memo::new(move |_| card.read().note.clone());
    (move || {
        let note = note.get();
        (!note.fact.is_empty() || !note.follows.is_empty()).then(|| {
            let fact = (!note.fact.is_empty()).then(|| view! { <b>{note.fact.clone()}</b><br/> });
            view! { <p class="aside-line">{fact}{note.follows.clone()}</p> }
        })
    })
    .into_any()
}

/// Which kind of words a card shows; the view is built anew only when this changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Text,
    Fields,
    Raw,
}

fn words(card: Signal<Card>) -> AnyView {
    let kind = Memo::new(move |_| match card.read().words {
        Words::None => Kind::None,
        Words::Text { .. } => Kind::Text,
        Words::Fields(_) => Kind::Fields,
        Words::Raw(_) => Kind::Raw,
    });
    (move || match kind.get() {
        Kind::None => ().into_any(),
        Kind::Text => text(card),
        Kind::Fields => (move || match &card.read().words {
            Words::Fields(all) => fields(all),
            _ => ().into_any(),
        })
        .into_any(),
        Kind::Raw => (move || match &card.read().words {
            Words::Raw(raw) => view! {
                <details class="reasoning unfolds">
                    <summary>{icon(RIGHT)}"What it wrote"</summary>
                    <p>{markdown::clean(raw)}</p>
                </details>
            }
            .into_any(),
            _ => ().into_any(),
        })
        .into_any(),
    })
    .into_any()
}

/// Markdown as it arrives: settled blocks are nodes that stay, only the tail is drawn again.
fn text(card: Signal<Card>) -> AnyView {
    let keys = Memo::new(move |_| match &card.read().words {
        Words::Text { version, settled, .. } => (0..settled.len()).map(|at| (*version, at)).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let block = move |(_, at): (_, usize)| match &card.read_untracked().words {
        Words::Text { settled, .. } => settled.get(at).map_or_else(|| ().into_any(), |b| markdown::view::block(b)),
        _ => ().into_any(),
    };
    let tail = Memo::new(move |_| match &card.read().words {
        Words::Text { tail, .. } => tail.clone(),
        _ => Vec::new(),
    });
    let writing = Memo::new(move |_| card.read().state == State::Writing);
    view! {
        <div class="said">
            <For each=move || keys.get() key=|key| *key children=block/>
            {move || markdown::view::blocks(&tail.read())}
            {move || writing.get().then(|| view! { <span class="caret" aria-hidden="true"></span> })}
        </div>
    }
    .into_any()
}
