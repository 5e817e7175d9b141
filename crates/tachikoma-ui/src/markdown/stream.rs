//! Markdown that is still arriving.
//!
//! A block is settled once another has begun behind it and that one's first line is complete: until
//! then `-` may still become `---`, and a line may still turn what stands above it into a heading or a
//! table. Settled blocks are read once and never touched again, so a long answer costs no more per frame
//! than a short one. One thing can reach back across blocks, the definition of a link: so the whole text
//! is read once more at the end, and that reading stands.

use std::sync::Arc;

use super::read::{read_with_ranges, unified};
use super::{Block, read};

/// A text that arrives, read so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    text: String,
    settled_bytes: usize,
    settled: Vec<Arc<Block>>,
    tail: Vec<Block>,
    whole: bool,
    generation: u32,
}

impl Stream {
    /// Takes the text so far. Anything but a continuation of what was known (a new attempt) starts over.
    pub fn update(&mut self, text: &str) {
        let text = &*unified(text);
        if text == self.text {
            return;
        }
        if !text.starts_with(self.text.as_str()) {
            *self = Self { generation: self.generation + 1, ..Self::default() };
        }
        self.text.push_str(&text[self.text.len()..]);
        self.whole = false;
        let rest = &self.text[self.settled_bytes..];
        let mut blocks = read_with_ranges(rest);
        // What a table is, its second line decides.
        let lines = |block: &Block| if matches!(block, Block::Table { .. }) { 2 } else { 1 };
        let begun = |block: &Block, from: usize| rest[from..].matches('\n').nth(lines(block) - 1).is_some();
        let open = blocks.iter().rposition(|(block, range)| begun(block, range.start)).unwrap_or(0);
        if let Some((_, range)) = blocks.get(open).filter(|_| open > 0) {
            // From the start of its line, since what stands before it there (blanks) belongs to its reading.
            let cut = rest[..range.start].rfind('\n').map_or(0, |at| at + 1);
            self.settled_bytes += cut;
            self.settled.extend(blocks.drain(..open).map(|(block, _)| Arc::new(block)));
        }
        self.tail = blocks.into_iter().map(|(block, _)| block).collect();
    }

    /// The text is complete: reads it once more as a whole. Blocks that come out the same are kept as they are.
    pub fn finish(&mut self) {
        if self.whole {
            return;
        }
        let old = std::mem::take(&mut self.settled);
        let mut differs = false;
        self.settled = read(&self.text)
            .into_iter()
            .enumerate()
            .map(|(at, block)| match old.get(at) {
                Some(kept) if **kept == block => kept.clone(),
                Some(_) => {
                    differs = true;
                    Arc::new(block)
                }
                None => Arc::new(block),
            })
            .collect();
        // A view keys its blocks by generation and place: a changed block needs a new key.
        self.generation += u32::from(differs);
        self.tail.clear();
        self.whole = true;
    }

    /// The blocks that will not change, in order.
    #[must_use]
    pub fn settled(&self) -> &[Arc<Block>] {
        &self.settled
    }

    /// The blocks that may.
    #[must_use]
    pub fn tail(&self) -> &[Block] {
        &self.tail
    }

    /// Counts up when the text starts over.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether nothing has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

// On the host only: the generator of texts is not built for a browser.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now(stream: &Stream) -> Vec<Block> {
        stream.settled.iter().map(|b| (**b).clone()).chain(stream.tail.iter().cloned()).collect()
    }

    #[test]
    fn settled_blocks_are_read_once() {
        let mut stream = Stream::default();
        stream.update("One.\n\nTw");
        assert_eq!(stream.settled.len(), 0, "the second block's first line is not complete");
        stream.update("One.\n\nTwo.\n");
        assert_eq!(stream.settled.len(), 1);
        let first = stream.settled[0].clone();
        stream.update("One.\n\nTwo.\n\n- a\n- b\n\nThree.\n");
        assert_eq!(stream.settled.len(), 3);
        stream.finish();
        assert!(Arc::ptr_eq(&first, &stream.settled[0]), "kept, not read again");
        assert_eq!(stream.generation(), 0);
    }

    #[test]
    fn what_was_read_too_early_once() {
        // A carriage return alone ends a line; a line that looks like a table's second is none in the end.
        for text in ["# A\rB\n\n***", "| a | b\n| s | |\n|---|---x\n"] {
            let mut stream = Stream::default();
            for end in 0..=text.len() {
                stream.update(&text[..end]);
                assert_eq!(now(&stream), read(&text[..end]), "{:?}", &text[..end]);
            }
        }
    }

    #[test]
    fn another_attempt_starts_over() {
        let mut stream = Stream::default();
        stream.update("The first try.\n\nIt had two blocks.\n");
        stream.update("The second");
        assert_eq!((stream.generation(), stream.settled.len()), (1, 0));
        assert_eq!(now(&stream), read("The second"));
    }

    #[test]
    fn a_definition_reaches_back_only_at_the_end() {
        let text = "See [it][x].\n\nMore.\n\nEven more.\n\n[x]: https://example.org\n";
        let mut stream = Stream::default();
        for end in 0..=text.len() {
            stream.update(&text[..end]);
        }
        stream.finish();
        assert_eq!(now(&stream), read(text));
        assert_eq!(stream.generation(), 1, "a block changed, so the view has to draw anew");
    }

    /// The pieces that decide where blocks begin and end. No definitions: see above.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "\n",
            "\n\n",
            "\r",
            "\r\n",
            "a",
            "b c ",
            "- ",
            "* ",
            "1. ",
            "2) ",
            "> ",
            "# ",
            "## ",
            "```",
            "~~~\n",
            "---\n",
            "===\n",
            "    ",
            "  ",
            "\t",
            "| a | b |\n",
            "|---|---|\n",
            "**",
            "_",
            "`",
            "<div>\n",
            "</div>\n",
            "<!-- ",
            " -->",
            "<b>",
            "\\",
            "é",
            "[x](https://e.org)",
            "!",
            "[ ] ",
            "&amp;",
            "***\n",
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn arriving_reads_like_the_whole(pieces in prop::collection::vec(piece(), 0..40)) {
            let text = pieces.concat();
            let mut stream = Stream::default();
            let mut so_far = String::new();
            for piece in &pieces {
                so_far.push_str(piece);
                stream.update(&so_far);
            }
            prop_assert_eq!(now(&stream), read(&text), "before the end: {:?}", text);
            stream.finish();
            prop_assert_eq!(now(&stream), read(&text), "at the end: {:?}", text);
            prop_assert_eq!(stream.generation(), 0);
        }
    }
}
