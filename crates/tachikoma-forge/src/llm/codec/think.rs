//! Reasoning inside the text: `<think>…</think>` at the very start of an answer.
//!
//! Servers without a reasoning parser pass a model's tags through, cut anywhere. Only a tag that opens
//! the answer counts, so that an answer *about* such tags stays whole; a block that is never closed is
//! reasoning to its end, since the model never came to answer. A closing tag whose opening one was part
//! of the prompt cannot be told from text that was already shown, and stays text.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// What a piece of text turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    Reasoning(&'t str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// White space, or the beginning of an opening tag, is held back.
    Start,
    /// In the block: the beginning of a closing tag is held back. `fresh` while only line ends came.
    Inside { fresh: bool },
    /// Behind the block: line ends are dropped.
    Behind,
    /// Text to the end.
    Text,
}

/// Splits a stream of texts.
#[derive(Clone, Debug)]
pub(super) struct Think {
    state: State,
    held: String,
}

impl Think {
    /// `on` says whether to look for tags at all.
    pub(super) const fn new(on: bool) -> Self {
        Self { state: if on { State::Start } else { State::Text }, held: String::new() }
    }

    /// Whether all that follows is text.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Text
    }

    /// Takes more text.
    pub(super) fn push(&mut self, text: &str, sink: &mut dyn FnMut(Piece<'_>)) {
        let mut joined = std::mem::take(&mut self.held);
        joined.push_str(text);
        let mut rest = joined.as_str();
        loop {
            match self.state {
                State::Start => {
                    let begun = rest.trim_start();
                    if let Some(inside) = begun.strip_prefix(OPEN) {
                        rest = inside;
                        self.state = State::Inside { fresh: true };
                    } else if OPEN.starts_with(begun) {
                        rest.clone_into(&mut self.held);
                        return;
                    } else {
                        self.state = State::Text;
                    }
                }
                State::Inside { fresh } => {
                    let rest_trimmed = if fresh { rest.trim_start_matches(['\n', '\r']) } else { rest };
                    rest = rest_trimmed;
                    if let Some(at) = rest.find(CLOSE) {
                        emit(rest[..at].trim_end_matches(['\n', '\r']), Piece::Reasoning, sink);
                        rest = &rest[at + CLOSE.len()..];
                        self.state = State::Behind;
                        continue;
                    }
                    let keep = held_back(rest);
                    emit(&rest[..rest.len() - keep], Piece::Reasoning, sink);
                    if rest.len() > keep {
                        self.state = State::Inside { fresh: false };
                    }
                    rest[rest.len() - keep..].clone_into(&mut self.held);
                    return;
                }
                State::Behind => {
                    rest = rest.trim_start_matches(['\n', '\r']);
                    if rest.is_empty() {
                        return;
                    }
                    self.state = State::Text;
                }
                State::Text => return emit(rest, Piece::Text, sink),
            }
        }
    }

    /// The answer ends: gives what was held back.
    pub(super) fn end(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        let held = std::mem::take(&mut self.held);
        match std::mem::replace(&mut self.state, State::Text) {
            State::Inside { .. } => emit(&held, Piece::Reasoning, sink),
            State::Start | State::Behind | State::Text => emit(&held, Piece::Text, sink),
        }
    }
}

fn emit<'t>(text: &'t str, piece: fn(&'t str) -> Piece<'t>, sink: &mut dyn FnMut(Piece<'_>)) {
    if !text.is_empty() {
        sink(piece(text));
    }
}

/// How many bytes at the end may belong to a closing tag, with the line ends before it.
fn held_back(text: &str) -> usize {
    let tag = (1..CLOSE.len()).rev().find(|len| text.ends_with(&CLOSE[..*len])).unwrap_or(0);
    let before = &text[..text.len() - tag];
    text.len() - before.trim_end_matches(['\n', '\r']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, at: &[usize]) -> (String, String) {
        let mut think = Think::new(true);
        let (mut out, mut reasoning) = (String::new(), String::new());
        let mut sink = |piece: Piece<'_>| match piece {
            Piece::Text(t) => out.push_str(t),
            Piece::Reasoning(t) => reasoning.push_str(t),
        };
        let mut from = 0;
        for to in at.iter().copied().chain([text.len()]) {
            think.push(&text[from..to], &mut sink);
            from = to;
        }
        think.end(&mut sink);
        (out, reasoning)
    }

    #[test]
    fn every_cut_gives_the_same() {
        let cases = [
            ("<think>a\nb</think>answer", "answer", "a\nb"),
            ("\n <think>\nwhy\n\n</think>\n\nbecause\n", "because\n", "why"),
            ("<think>never closed </thin", "", "never closed </thin"),
            ("<thin air", "<thin air", ""),
            ("  plain", "  plain", ""),
            ("say <think>x</think>", "say <think>x</think>", ""),
            ("<think></think>hm</think>", "hm</think>", ""),
            ("  ", "  ", ""),
        ];
        for (text, wanted, reasoning) in cases {
            for a in 0..=text.len() {
                for b in a..=text.len() {
                    assert_eq!(split(text, &[a, b]), (wanted.to_owned(), reasoning.to_owned()), "{text:?} {a} {b}");
                }
            }
        }
    }
}
