//! Fetching a model: Ollama's `/api/pull`, one JSON object per line.
//!
//! A line says what is being done, and for a layer its digest and bytes; the last one is `success`. An error is a
//! line of its own under status 200. An end without either is a break. Source: the server's API documentation,
//! "Pull a model".

use std::collections::BTreeMap;

use serde_json::Value;

use crate::llm::classify::{Head, classify, classify_in_band, is_error, people_text};
use crate::types::{BoxStream, ErrorKind, LlmError};
use crate::wire::Ndjson;

/// The longest line, in bytes: real ones have some hundred.
const MOST_LINE: usize = 64 * 1024;

/// How far a model is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// What is being done, in the server's words, fit to be shown.
    pub status: String,
    /// The layer that is being fetched.
    pub digest: Option<String>,
    /// The bytes of the layer.
    pub total: Option<u64>,
    /// The bytes of the layer that are here.
    pub completed: Option<u64>,
    /// The model is here. Nothing follows.
    pub done: bool,
}

/// How far it is, as it is said; the last item is done or an error. Dropping it ends the request, which ends the
/// fetching; what is here already is used the next time.
pub type PullStream = BoxStream<'static, Result<PullProgress, LlmError>>;

/// What all layers add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullTotals {
    layers: BTreeMap<String, (u64, u64)>,
}

impl PullTotals {
    /// Takes a step.
    pub fn take(&mut self, step: &PullProgress) {
        let (Some(digest), Some(total)) = (&step.digest, step.total) else { return };
        let (completed, known) = self.layers.entry(digest.clone()).or_default();
        *known = total;
        // A layer that is taken up again does not go back.
        *completed = step.completed.unwrap_or(0).min(total).max(*completed);
    }

    /// The bytes that are here, of all layers named so far.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.layers.values().fold(0, |sum, (completed, _)| sum.saturating_add(*completed))
    }

    /// The bytes of all layers named so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.layers.values().fold(0, |sum, (_, total)| sum.saturating_add(*total))
    }

    /// What is here, in hundredths of the whole; `None` before any layer was named.
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let (completed, total) = (u128::from(self.completed()), u128::from(self.total()));
        (completed * 100).checked_div(total).and_then(|percent| u8::try_from(percent.min(100)).ok())
    }
}

/// Reads the lines.
pub(super) struct PullReader {
    head: Head,
    lines: Ndjson,
    ended: bool,
}

impl PullReader {
    pub(super) const fn new(head: Head) -> Self {
        Self { head, lines: Ndjson::new(MOST_LINE), ended: false }
    }

    /// Whether the last item was given: what comes after it is not read.
    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Takes the next bytes, and gives the steps that they complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Result<PullProgress, LlmError>> {
        let mut lines = Vec::new();
        let fits = self.lines.push(bytes, |line| lines.push(line.into_owned()));
        let mut steps = self.read(&lines);
        if let (Err(error), false) = (fits, self.ended) {
            self.ended = true;
            steps.push(Err(LlmError::new(ErrorKind::Protocol, error.to_string())));
        }
        steps
    }

    /// The input ended.
    pub(super) fn end(&mut self) -> Vec<Result<PullProgress, LlmError>> {
        let tail: Vec<String> = self.lines.tail().into_iter().collect();
        let mut steps = self.read(&tail);
        if !std::mem::replace(&mut self.ended, true) {
            let message = "The connection ended before the model was here. Pull it again: what was fetched is kept.";
            steps.push(Err(LlmError::new(ErrorKind::Truncated, message)));
        }
        steps
    }

    fn read(&mut self, lines: &[String]) -> Vec<Result<PullProgress, LlmError>> {
        let mut steps = Vec::new();
        for line in lines {
            if self.ended {
                break;
            }
            let step = self.step(line);
            self.ended = step.as_ref().map_or(true, |step| step.done);
            steps.push(step);
        }
        steps
    }

    fn step(&self, line: &str) -> Result<PullProgress, LlmError> {
        if line.starts_with('<') {
            return Err(classify(&self.head, line));
        }
        let value: Value = serde_json::from_str(line).unwrap_or(Value::Null);
        if is_error(&value) {
            return Err(refused(classify_in_band(&self.head, &value)));
        }
        let Some(status) = value.get("status").and_then(Value::as_str) else {
            let message = format!("The server sent a line that does not say how far it is: {}", people_text(line));
            return Err(LlmError::new(ErrorKind::Protocol, message));
        };
        let bytes = |key: &str| value.get(key).and_then(Value::as_u64);
        let digest = value.get("digest").and_then(Value::as_str).map(people_text).filter(|digest| !digest.is_empty());
        Ok(PullProgress {
            status: people_text(status),
            digest,
            total: bytes("total"),
            completed: bytes("completed"),
            done: status == "success",
        })
    }
}

/// An error in the middle of a pull. Trying again by itself would fetch nothing else.
pub(super) fn refused(mut error: LlmError) -> LlmError {
    // The library's words for a name that it does not have.
    if error.message.contains("file does not exist") {
        error.kind = ErrorKind::NotFound;
        error.message = format!("There is no model of that name in the library. {}", error.message);
    }
    error.retryable = false;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(digest: &str, completed: u64, total: u64) -> PullProgress {
        PullProgress {
            digest: Some(digest.to_owned()),
            total: Some(total),
            completed: Some(completed),
            ..PullProgress::default()
        }
    }

    #[test]
    fn layers_add_up_and_never_go_back() {
        let mut totals = PullTotals::default();
        totals.take(&PullProgress { status: "pulling manifest".into(), ..PullProgress::default() });
        assert_eq!(totals.percent(), None);
        for (given, wanted) in [
            (step("a", 0, 100), (0, 100, 0)),
            (step("a", 50, 100), (50, 100, 50)),
            (step("b", 10, 100), (60, 200, 30)),
            (step("a", 20, 100), (60, 200, 30)),
            (step("b", 999, 100), (150, 200, 75)),
            (step("c", u64::MAX, u64::MAX), (u64::MAX, u64::MAX, 100)),
        ] {
            totals.take(&given);
            assert_eq!((totals.completed(), totals.total(), u64::from(totals.percent().unwrap())), wanted, "{given:?}");
        }
        let mut empty = PullTotals::default();
        empty.take(&step("a", 0, 0));
        assert_eq!(empty.percent(), None);
    }
}
