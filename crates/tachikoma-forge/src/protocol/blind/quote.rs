//! Quoting what members wrote, so that it cannot be taken for part of the prompt.
//!
//! A quotation stands between two lines that carry a mark. The mark is drawn from the session's seed for
//! one ask alone, so no text that was written before can hold it and end its own quotation.

use crate::types::{AskId, Chance, Seed};

/// The quotations of one prompt.
pub(in crate::protocol) struct Quotes {
    /// What both lines carry.
    pub(in crate::protocol) mark: String,
}

impl Quotes {
    /// The quotations in the prompt of an ask.
    pub(in crate::protocol) fn new(seed: Seed, id: &AskId) -> Self {
        Self::with_mark(format!("{:016x}", Chance::new(seed, "mark", &id.to_string()).draw()))
    }

    pub(in crate::protocol) const fn with_mark(mark: String) -> Self {
        Self { mark }
    }

    /// A text, quoted.
    pub(in crate::protocol) fn quote(&self, what: &str, text: &str) -> String {
        let mark = &self.mark;
        // Sixteen hex digits cannot be guessed; if they are there all the same, somebody leaked them.
        let text = text.trim().replace(mark.as_str(), "[mark]");
        format!("--- {what} begins, {mark} ---\n{text}\n--- {what} ends, {mark} ---")
    }
}
