//! What the page reads: Markdown from models, and its own addresses.

use tachikoma_ui::markdown::{Block, Inline, Stream, Target, read};
use tachikoma_ui::route::Route;

use super::{cut, lossy};

/// Deeper than this nothing is nested, whatever is written.
const DEEPEST: usize = 16;

/// Markdown, whole and as it arrives.
pub(super) fn markdown(data: &[u8]) {
    let text = lossy(data);
    let whole = read(&text);
    whole.iter().for_each(|block| block_is_safe(block, 0));
    let mut stream = Stream::default();
    let mut settled = 0;
    let mut so_far = 0;
    for piece in cut(data) {
        so_far += piece.len();
        let Some(text) = text.get(..so_far) else { continue };
        stream.update(text);
        assert!(stream.settled().len() >= settled && stream.generation() == 0, "a settled block is gone");
        settled = stream.settled().len();
        // A definition reaches back across blocks, which only the end can know.
        if !text.contains("]:") {
            let settled = stream.settled().iter().map(|block| (**block).clone());
            let now: Vec<Block> = settled.chain(stream.tail().iter().cloned()).collect();
            assert_eq!(now, read(text), "before the end: {text:?}");
        }
    }
    stream.update(&text);
    stream.finish();
    let now: Vec<Block> = stream.settled().iter().map(|block| (**block).clone()).collect();
    assert_eq!(now, whole, "at the end");
}

fn block_is_safe(block: &Block, depth: usize) {
    assert!(depth <= DEEPEST, "nested without end");
    match block {
        Block::Paragraph(inner) | Block::Heading(_, inner) => line_is_safe(inner, depth),
        Block::Code(text) => text_is_safe(text),
        Block::Quote(blocks) => blocks.iter().for_each(|inner| block_is_safe(inner, depth + 1)),
        Block::List { items, .. } => {
            items.iter().flat_map(|item| &item.blocks).for_each(|inner| block_is_safe(inner, depth + 1));
        }
        Block::Table { head, rows } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| line_is_safe(cell, depth + 1));
        }
        Block::Rule => {}
    }
    if let Block::Heading(level, _) = block {
        assert!((1..=6).contains(level));
    }
}

fn line_is_safe(line: &[Inline], depth: usize) {
    assert!(depth <= DEEPEST, "nested without end");
    for piece in line {
        match piece {
            Inline::Text(text) | Inline::Code(text) => text_is_safe(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Struck(inner) => line_is_safe(inner, depth + 1),
            Inline::Link { target, inner } => {
                target_is_safe(target);
                line_is_safe(inner, depth + 1);
            }
            Inline::Image { alt, target } => {
                text_is_safe(alt);
                target.iter().for_each(target_is_safe);
            }
            Inline::Break => {}
        }
    }
}

fn text_is_safe(text: &str) {
    let unfit = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!text.contains(unfit), "{text:?}");
}

fn target_is_safe(target: &Target) {
    let (scheme, rest) = target.href.split_once(':').expect("a scheme");
    let scheme = scheme.to_ascii_lowercase();
    assert!(["http", "https", "mailto"].contains(&scheme.as_str()), "{target:?}");
    let place = rest.trim_start_matches('/').to_ascii_lowercase();
    assert!(!target.host.is_empty() && place.starts_with(&target.host), "{target:?} hides where it goes");
    assert!(scheme == "mailto" || !target.host.contains('@'), "{target:?} hides where it goes");
    assert!(target.href.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != '\\'), "{target:?}");
}

/// What stands behind the `#`.
pub(super) fn route(data: &[u8]) {
    let text = lossy(data);
    let route = Route::read(&text);
    let href = route.href();
    assert!(href.starts_with("#/") && href.bytes().all(|b| b.is_ascii_alphanumeric() || b"#/-".contains(&b)), "{href}");
    assert_eq!(Route::read(&href), route, "{href}");
}
