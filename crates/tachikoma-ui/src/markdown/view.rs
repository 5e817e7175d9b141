//! The safe tree as DOM nodes. Every text goes in as a text node, every attribute is written here.

use leptos::prelude::*;

use super::{Block, Inline, Item, Target};
use crate::components::copy::CopyButton;

/// Several blocks.
#[must_use]
pub fn blocks(blocks: &[Block]) -> Vec<AnyView> {
    blocks.iter().map(block).collect()
}

/// Blocks that stand in a section of the page itself and not in a card, so that their headings begin a rank higher.
#[must_use]
pub fn section(blocks: &[Block]) -> Vec<AnyView> {
    let one = |it: &Block| match it {
        Block::Heading(1..=3, inner) => view! { <h3>{line(inner)}</h3> }.into_any(),
        Block::Heading(_, inner) => view! { <h4>{line(inner)}</h4> }.into_any(),
        other => block(other),
    };
    blocks.iter().map(one).collect()
}

/// One block.
#[must_use]
pub fn block(block: &Block) -> AnyView {
    match block {
        Block::Paragraph(inner) => view! { <p>{line(inner)}</p> }.into_any(),
        // The page has headings of its own above: a model's begin below them. A text may begin with any of the upper
        // three ranks, and none may be left out: so they are one.
        Block::Heading(1..=3, inner) => view! { <h4>{line(inner)}</h4> }.into_any(),
        Block::Heading(_, inner) => view! { <h5>{line(inner)}</h5> }.into_any(),
        Block::Code(text) => view! {
            <div class="code">
                <pre tabindex="0"><code>{text.clone()}</code></pre>
                <CopyButton name="Copy code" text=text.clone()/>
            </div>
        }
        .into_any(),
        Block::Quote(inner) => view! { <blockquote>{blocks(inner)}</blockquote> }.into_any(),
        Block::List { start: None, items: all } => view! { <ul>{items(all)}</ul> }.into_any(),
        Block::List { start: Some(start), items: all } => {
            view! { <ol start=start.to_string()>{items(all)}</ol> }.into_any()
        }
        Block::Table { head, rows } => table(head, rows),
        Block::Rule => view! { <hr/> }.into_any(),
    }
}

fn items(items: &[Item]) -> Vec<AnyView> {
    items
        .iter()
        .map(|item| {
            let mark = item.task.map(|ticked| {
                let (mark, word) = if ticked { ("☑", "done: ") } else { ("☐", "to do: ") };
                view! { <span class="task" aria-hidden="true">{mark}</span><span class="unseen">{word}</span> }
            });
            // A lone paragraph is the item itself.
            let inner = match item.blocks.as_slice() {
                [Block::Paragraph(inner)] => line(inner),
                all => blocks(all),
            };
            view! { <li>{mark}{inner}</li> }.into_any()
        })
        .collect()
}

fn table(head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> AnyView {
    let head: Vec<_> = head.iter().map(|cell| view! { <th scope="col">{line(cell)}</th> }.into_any()).collect();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let cells: Vec<_> = row.iter().map(|cell| view! { <td>{line(cell)}</td> }.into_any()).collect();
            view! { <tr>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

/// One line.
#[must_use]
pub fn line(inner: &[Inline]) -> Vec<AnyView> {
    inner.iter().map(piece).collect()
}

fn piece(piece: &Inline) -> AnyView {
    match piece {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Code(text) => view! { <code>{text.clone()}</code> }.into_any(),
        Inline::Emphasis(inner) => view! { <em>{line(inner)}</em> }.into_any(),
        Inline::Strong(inner) => view! { <strong>{line(inner)}</strong> }.into_any(),
        Inline::Struck(inner) => view! { <s>{line(inner)}</s> }.into_any(),
        Inline::Link { target, inner } => link(target, line(inner)),
        Inline::Image { alt, target } => {
            let words = if alt.is_empty() { "[image]".to_owned() } else { ["[image: ", alt, "]"].concat() };
            match target {
                Some(target) => link(target, vec![words.into_any()]),
                None => words.into_any(),
            }
        }
        Inline::Break => view! { <br/> }.into_any(),
    }
}

fn link(target: &Target, words: Vec<AnyView>) -> AnyView {
    view! {
        <a href=target.href.clone() target="_blank" rel="noopener noreferrer nofollow" referrerpolicy="no-referrer">
            {words}
        </a>
        <span class="host">{[" (", &target.host, ")"].concat()}</span>
    }
    .into_any()
}
