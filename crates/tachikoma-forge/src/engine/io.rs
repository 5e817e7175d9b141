//! What goes into the engine, and what comes out.

use std::time::Duration;

use crate::protocol::{Output, Prompt};
use crate::session::Envelope;
use crate::types::{AskId, Attempt, JsonMode, LlmError, ModelRef, StopReason, TokenUsage};

/// What happened outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Time passed.
    Tick,
    /// A call goes out, in the form that the provider gives it.
    Sent {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// How its shape is asked for, if it has one.
        obtained: Option<JsonMode>,
        /// What is not sent as it was asked for, for people.
        warnings: Vec<String>,
    },
    /// A call brought a piece; an empty one is a sign of life.
    Piece {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// What came.
        piece: Piece,
    },
    /// A call finished.
    Finished {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// Why it stopped.
        stop_reason: StopReason,
    },
    /// A call failed.
    Failed {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// Why.
        error: LlmError,
    },
}

/// A piece of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// More text.
    pub text: String,
    /// More reasoning.
    pub reasoning: String,
    /// The latest snapshot of the counts.
    pub usage: Option<TokenUsage>,
}

/// What to do outside.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "effects are carried out at once, few at a time")]
#[must_use]
pub enum Effect {
    /// Commit these to the journal, then show them; only then go on.
    Append(Vec<Envelope>),
    /// Show this; it is not journalled.
    Show(Envelope),
    /// Ask a model.
    Call(Call),
    /// End a call; nothing that it still brings counts.
    Abort {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
    },
    /// Send [`Input::Tick`] at this time, or earlier. Replaces the one before.
    WakeAt(Duration),
    /// These events are repeated in full by later ones; the journal may drop them.
    Compact(Vec<u64>),
    /// It is over: nothing follows.
    Ended,
}

/// One call to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The ask.
    pub ask: AskId,
    /// Which try.
    pub attempt: Attempt,
    /// The model.
    pub model: ModelRef,
    /// What is said.
    pub prompt: Prompt,
    /// What the answer must look like.
    pub output: Output,
    /// The most tokens to answer with.
    pub max_tokens: Option<u32>,
    /// A cap counts on that limit: without it the call must not go out.
    pub capped: bool,
    /// Parameters that its server refused before, by their names on the wire.
    pub without: Vec<String>,
}
