//! What a person is asked: the prompt of their turn, cut into what is said to them and what it quotes.
//!
//! It is word by word what a model would get. What others wrote stands between two lines that carry a mark
//! (`protocol::blind`); here each becomes a quotation under its name. How JSON is to be written is left out at the end:
//! the form writes it.

use super::protocol;
use crate::session::ForgeSession;
use crate::types::AskId;

/// A part of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What is said, as Markdown.
    Words(String),
    /// What it quotes.
    Quote {
        /// What it is: `Draft A`.
        title: String,
        /// The text, as Markdown.
        text: String,
    },
}

/// The heading under which models are told how to write their answer.
const FORM: &str = "# The form of your answer";

/// What a person is asked; `None` when the ask is not open.
#[must_use]
pub fn asked(session: &ForgeSession, ask: &AskId) -> Option<Vec<Piece>> {
    let question = protocol(&session.protocol)?.question(session, ask)?;
    Some(pieces(&question.prompt.user))
}

/// A prompt in its parts.
#[must_use]
pub fn pieces(prompt: &str) -> Vec<Piece> {
    let mut all = Vec::new();
    let mut words = String::new();
    let mut lines = prompt.lines();
    while let Some(line) = lines.next() {
        if line == FORM {
            break;
        }
        let Some((title, mark)) = begins(line) else {
            words.push_str(line);
            words.push('\n');
            continue;
        };
        say(&mut all, &mut words);
        let end = ["--- ", title, " ends, ", mark, " ---"].concat();
        let inner: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        all.push(Piece::Quote { title: title.to_owned(), text: inner.join("\n") });
    }
    say(&mut all, &mut words);
    all
}

fn say(all: &mut Vec<Piece>, words: &mut String) {
    let said = std::mem::take(words);
    if !said.trim().is_empty() {
        all.push(Piece::Words(said.trim().to_owned()));
    }
}

/// `--- Draft A begins, 0123456789abcdef ---`.
fn begins(line: &str) -> Option<(&str, &str)> {
    let (title, mark) = line.strip_prefix("--- ")?.strip_suffix(" ---")?.split_once(" begins, ")?;
    (mark.len() == 16 && mark.bytes().all(|b| b.is_ascii_hexdigit())).then_some((title, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_end_at_their_own_mark_only() {
        let prompt = "# The task\n\nWhy?\n\n--- Draft A begins, 0123456789abcdef ---\nOne\n--- Draft A ends, ffff ---\n\
                      --- Draft B begins, fedcba9876543210 ---\n--- Draft A ends, 0123456789abcdef ---\n\nScore.\n\n\
                      # The form of your answer\n\n{}";
        let text = "One\n--- Draft A ends, ffff ---\n--- Draft B begins, fedcba9876543210 ---";
        assert_eq!(
            pieces(prompt),
            [
                Piece::Words("# The task\n\nWhy?".into()),
                Piece::Quote { title: "Draft A".into(), text: text.into() },
                Piece::Words("Score.".into()),
            ]
        );
        assert_eq!(pieces("--- x begins, zz ---"), [Piece::Words("--- x begins, zz ---".into())]);
    }
}
