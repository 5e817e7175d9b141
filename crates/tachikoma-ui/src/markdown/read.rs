//! Reading Markdown into the safe tree.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{Block, Inline, Item, Target, target};

/// Deeper nesting is read flat: a thousand `>` in a row must not become a thousand boxes (or a stack overflow).
const DEEPEST: usize = 12;

/// Reads a whole text into blocks.
#[must_use]
pub fn read(text: &str) -> Vec<Block> {
    read_with_ranges(&unified(text)).into_iter().map(|(block, _)| block).collect()
}

/// The text with line feeds alone for line ends, since a carriage return does not end every kind of line for the
/// parser. One at the very end is left out: a line feed may follow.
pub(super) fn unified(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    let text = text.strip_suffix('\r').unwrap_or(text);
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Text without what would change how other text is read: control characters and the marks that turn
/// its direction around.
#[must_use]
pub fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|&c| c == '\n' || c == '\t' || !(c.is_control() || turns(c))).collect()
}

/// Reads a whole text into its outermost blocks, each with the bytes it came from.
pub(super) fn read_with_ranges(text: &str) -> Vec<(Block, Range<usize>)> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        builder.take(event, range);
    }
    builder.done
}

/// What is being built, innermost last.
enum Frame {
    Paragraph(Vec<Inline>),
    Heading(u8, Vec<Inline>),
    Code(String),
    Quote(Vec<Block>),
    List(Option<u64>, Vec<Item>),
    Item(Item, Vec<Inline>),
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
    Row(bool, Vec<Vec<Inline>>),
    Cell(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Struck(Vec<Inline>),
    Link(Option<Target>, Vec<Inline>),
    Image(Option<Target>, Vec<Inline>),
    /// Something that has no place in the tree: what it holds goes to the frame around it.
    Through,
}

#[derive(Default)]
struct Builder {
    frames: Vec<Frame>,
    done: Vec<(Block, Range<usize>)>,
    start: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.frames.is_empty() {
            self.start = range.start;
        }
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(_) => self.close(range.end),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.inline(Inline::Code(clean(&text))),
            Event::SoftBreak => self.inline(Inline::Text(" ".to_owned())),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule, range.end),
            Event::TaskListMarker(ticked) => {
                if let Some(Frame::Item(item, _)) = self.frames.iter_mut().rev().find(|f| matches!(f, Frame::Item(..)))
                {
                    item.task = Some(ticked);
                }
            }
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => self.text(&text),
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        let deep = self.frames.len() >= DEEPEST;
        self.frames.push(match tag {
            Tag::Paragraph | Tag::HtmlBlock => Frame::Paragraph(Vec::new()),
            Tag::Heading { level, .. } => Frame::Heading(level as u8, Vec::new()),
            Tag::CodeBlock(_) => Frame::Code(String::new()),
            _ if deep => Frame::Through,
            Tag::BlockQuote(_) => Frame::Quote(Vec::new()),
            Tag::List(start) => Frame::List(start, Vec::new()),
            Tag::Item => Frame::Item(Item::default(), Vec::new()),
            Tag::Table(_) => Frame::Table(Vec::new(), Vec::new()),
            Tag::TableHead => Frame::Row(true, Vec::new()),
            Tag::TableRow => Frame::Row(false, Vec::new()),
            Tag::TableCell => Frame::Cell(Vec::new()),
            Tag::Emphasis => Frame::Emphasis(Vec::new()),
            Tag::Strong => Frame::Strong(Vec::new()),
            Tag::Strikethrough => Frame::Struck(Vec::new()),
            Tag::Link { dest_url, .. } => Frame::Link(target(&dest_url), Vec::new()),
            Tag::Image { dest_url, .. } => Frame::Image(target(&dest_url), Vec::new()),
            _ => Frame::Through,
        });
    }

    fn close(&mut self, end: usize) {
        match self.frames.pop() {
            Some(Frame::Paragraph(inner)) => self.block(Block::Paragraph(inner), end),
            Some(Frame::Heading(level, inner)) => self.block(Block::Heading(level, inner), end),
            Some(Frame::Code(text)) => self.block(Block::Code(text.trim_end_matches('\n').to_owned()), end),
            Some(Frame::Quote(blocks)) => self.block(Block::Quote(blocks), end),
            Some(Frame::List(start, items)) => self.block(Block::List { start, items }, end),
            Some(Frame::Table(head, rows)) => self.block(Block::Table { head, rows }, end),
            Some(Frame::Item(mut item, loose)) => {
                if !loose.is_empty() {
                    item.blocks.push(Block::Paragraph(loose));
                }
                match self.frames.last_mut() {
                    Some(Frame::List(_, items)) => items.push(item),
                    _ => item.blocks.into_iter().for_each(|b| self.block(b, end)),
                }
            }
            Some(Frame::Row(is_head, cells)) => {
                if let Some(Frame::Table(head, rows)) = self.frames.last_mut() {
                    if is_head {
                        *head = cells;
                    } else {
                        rows.push(cells);
                    }
                }
            }
            Some(Frame::Cell(inner)) => match self.frames.last_mut() {
                Some(Frame::Row(_, cells)) => cells.push(inner),
                _ => inner.into_iter().for_each(|i| self.inline(i)),
            },
            Some(Frame::Emphasis(inner)) => self.inline(Inline::Emphasis(inner)),
            Some(Frame::Strong(inner)) => self.inline(Inline::Strong(inner)),
            Some(Frame::Struck(inner)) => self.inline(Inline::Struck(inner)),
            Some(Frame::Link(Some(target), inner)) => self.inline(Inline::Link { target, inner }),
            // An address that must not be followed: its words stay, the link goes.
            Some(Frame::Link(None, inner)) => inner.into_iter().for_each(|i| self.inline(i)),
            Some(Frame::Image(target, inner)) => self.inline(Inline::Image { alt: words(&inner), target }),
            Some(Frame::Through) | None => {}
        }
    }

    fn text(&mut self, text: &str) {
        let text = clean(text);
        if let Some(Frame::Code(code)) = self.frames.last_mut() {
            code.push_str(&text);
        } else {
            self.inline(Inline::Text(text));
        }
    }

    /// Adds a piece of a line to the innermost frame that takes one.
    fn inline(&mut self, piece: Inline) {
        for frame in self.frames.iter_mut().rev() {
            match frame {
                Frame::Paragraph(inner)
                | Frame::Heading(_, inner)
                | Frame::Item(_, inner)
                | Frame::Cell(inner)
                | Frame::Emphasis(inner)
                | Frame::Strong(inner)
                | Frame::Struck(inner)
                | Frame::Link(_, inner)
                | Frame::Image(_, inner) => {
                    return match (inner.last_mut(), piece) {
                        (Some(Inline::Text(before)), Inline::Text(after)) => before.push_str(&after),
                        (_, piece) => inner.push(piece),
                    };
                }
                Frame::Quote(blocks) => return blocks.push(Block::Paragraph(vec![piece])),
                Frame::Code(_) | Frame::List(..) | Frame::Table(..) | Frame::Row(..) | Frame::Through => {}
            }
        }
    }

    /// Adds a block to the innermost frame that takes one, or to the result.
    fn block(&mut self, block: Block, end: usize) {
        for frame in self.frames.iter_mut().rev() {
            match frame {
                Frame::Quote(blocks) => return blocks.push(block),
                Frame::Item(item, loose) => {
                    // The text of a tight item comes before its blocks.
                    if !loose.is_empty() {
                        item.blocks.push(Block::Paragraph(std::mem::take(loose)));
                    }
                    return item.blocks.push(block);
                }
                _ => {}
            }
        }
        if self.frames.is_empty() {
            self.done.push((block, self.start..end));
        }
    }
}

/// The words of a line, without their marks.
fn words(inner: &[Inline]) -> String {
    inner.iter().fold(String::new(), |mut all, piece| {
        match piece {
            Inline::Text(text) | Inline::Code(text) => all.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Struck(inner) | Inline::Link { inner, .. } => {
                all.push_str(&words(inner));
            }
            Inline::Image { alt, .. } => all.push_str(alt),
            Inline::Break => all.push(' '),
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn common_shapes_are_read() {
        let blocks =
            read("# Title\n\nSome *soft* **hard** `code`.\n\n3. a\n4. b\n   - [x] c\n\n```rust\nfn x() {}\n```\n");
        assert_eq!(blocks.len(), 4);
        assert_eq!(blocks[0], Block::Heading(1, vec![text("Title")]));
        let Block::List { start: Some(3), items } = &blocks[2] else { panic!("{:?}", blocks[2]) };
        assert_eq!(items[0].blocks, [Block::Paragraph(vec![text("a")])]);
        let Block::List { start: None, items } = &items[1].blocks[1] else { panic!() };
        assert_eq!(items[0].task, Some(true));
        assert_eq!(blocks[3], Block::Code("fn x() {}".into()));
        let Block::Table { head, rows } = &read("| a | b |\n|---|---|\n| 1 | 2 |\n")[0] else { panic!() };
        assert_eq!((head.len(), rows.len()), (2, 1));
    }

    #[test]
    fn html_is_text() {
        assert_eq!(read("<script>alert(1)</script>\n"), [Block::Paragraph(vec![text("<script>alert(1)</script>\n")])]);
        assert_eq!(
            read("a <img src=x onerror=alert(1)> b"),
            [Block::Paragraph(vec![text("a <img src=x onerror=alert(1)> b")])]
        );
    }

    #[test]
    fn refused_links_keep_their_words_and_images_are_never_sources() {
        assert_eq!(read("[click](javascript:alert(1))"), [Block::Paragraph(vec![text("click")])]);
        let Block::Paragraph(inner) = &read("![a *b*](https://track.example/x.png?secret)")[0] else { panic!() };
        let Inline::Image { alt, target: Some(target) } = &inner[0] else { panic!("{inner:?}") };
        assert_eq!((alt.as_str(), target.host.as_str()), ("a b", "track.example"));
        let Block::Paragraph(inner) = &read("![x](data:image/svg+xml,<svg onload=alert(1)>)")[0] else { panic!() };
        assert!(!matches!(&inner[0], Inline::Image { target: Some(_), .. }));
    }

    #[test]
    fn nesting_has_a_bottom() {
        fn depth(blocks: &[Block]) -> usize {
            blocks
                .iter()
                .map(|b| match b {
                    Block::Quote(inner) => 1 + depth(inner),
                    Block::List { items, .. } => 1 + items.iter().map(|i| depth(&i.blocks)).max().unwrap_or(0),
                    _ => 1,
                })
                .max()
                .unwrap_or(0)
        }
        for hostile in ["> ".repeat(5_000) + "x", "- ".repeat(5_000) + "x", "*a **b ".repeat(3_000), "[".repeat(9_000)]
        {
            assert!(depth(&read(&hostile)) <= DEEPEST + 1);
        }
        assert_eq!(read(&("> ".repeat(40) + "kept")).len(), 1);
    }

    #[test]
    fn marks_that_turn_text_around_are_dropped() {
        assert_eq!(clean("a\u{202e}b\u{0}c\u{1b}[31m\n\u{2066}d"), "abc[31m\nd");
    }
}
