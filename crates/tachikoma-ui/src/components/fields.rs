//! A structured answer as fields.

use leptos::prelude::*;

use super::icon::{CHECK, CROSS, DASH, icon};
use crate::markdown;
use crate::view_model::agreement::Choice;
use crate::view_model::fields::Field;

/// Several fields.
#[must_use]
pub fn fields(all: &[Field]) -> AnyView {
    view! { <div class="fields said">{all.iter().map(field).collect::<Vec<_>>()}</div> }.into_any()
}

fn field(field: &Field) -> AnyView {
    match field {
        Field::Words { label, text } if label.is_empty() => {
            view! { <div class="said">{markdown::view::blocks(&markdown::read(text))}</div> }.into_any()
        }
        Field::Words { label, text } => view! {
            <dl><dt>{label.clone()}</dt><dd class="said">{markdown::view::blocks(&markdown::read(text))}</dd></dl>
        }
        .into_any(),
        Field::List { label, items } => {
            let items: Vec<_> = items.iter().map(|item| view! { <li>{words(item)}</li> }.into_any()).collect();
            view! { <dl><dt>{label.clone()}</dt><dd><ul>{items}</ul></dd></dl> }.into_any()
        }
        Field::Draft { label, points, inner } => {
            let heading = if label.is_empty() { "Draft".to_owned() } else { ["Draft ", label].concat() };
            let points = points.map(|p| {
                view! { <span class="points">{p.to_string()}<span class="meta">" of 100"</span></span> }.into_any()
            });
            view! {
                <div class="draft">
                    <h4>{markdown::clean(&heading)}{points}</h4>
                    {inner.iter().map(self::field).collect::<Vec<_>>()}
                </div>
            }
            .into_any()
        }
        Field::Vote(agree) => choice(if *agree { Choice::Agree } else { Choice::Disagree }),
    }
}

/// One line of Markdown, or all its blocks when there are several.
fn words(text: &str) -> Vec<AnyView> {
    match markdown::read(text).as_slice() {
        [markdown::Block::Paragraph(inner)] => markdown::view::line(inner),
        all => markdown::view::blocks(all),
    }
}

/// A vote as a mark and a word.
#[must_use]
pub fn choice(choice: Choice) -> AnyView {
    let (class, mark) = match choice {
        Choice::Agree => ("ballot-word accent", CHECK),
        Choice::Disagree => ("ballot-word warn", CROSS),
        Choice::Absent => ("ballot-word danger", CROSS),
        Choice::Abstain | Choice::Pending => ("ballot-word second", DASH),
    };
    view! { <span class=class>{icon(mark)}{choice.word()}</span> }.into_any()
}
