//! Why things happen: why a call is made, waits, or goes elsewhere, and what follows a failure.

use serde::{Deserialize, Serialize};

use crate::types::ModelRef;

/// Why an attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptReason {
    /// The first.
    First,
    /// The one before failed in a way that may pass.
    Retry,
    /// The model before it cannot; another in the member's list is asked. The failure before says which and why.
    Fallback,
    /// The model that would be asked is cooling; another in the member's list is asked in its place.
    Cooling,
    /// The answer could not be read; the model is asked once to mend it.
    Repair,
    /// The server does not take a parameter that the one before sent; it is left out.
    WithoutParameter,
    /// The one before was interrupted by a stop, a reload or a crash.
    Resumed,
}

/// What follows a failed attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum NextStep {
    /// The same model again.
    Retry {
        /// After this many milliseconds.
        after_ms: u64,
    },
    /// Another model of the member's list.
    Fallback {
        /// Which.
        model: ModelRef,
        /// Why this one.
        because: FallbackReason,
    },
    /// The same model is asked to mend its answer.
    Repair,
    /// The same model once more, now and in all that follows without a parameter that its server refuses.
    WithoutParameter {
        /// The parameter, by its name on the wire.
        parameter: String,
    },
    /// The member is absent from this ask.
    Absent,
}

/// Why a fallback goes to the model that it goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackReason {
    /// It is the next in the member's list that may be asked.
    #[default]
    NextInList,
    /// It is another target of the same model.
    Interchangeable,
    /// What it was sent is too long for the one before; its context window is known to be larger.
    LargerContext,
    /// The one before, or its provider, would not answer; it is another provider's.
    OtherProvider,
}

/// What a call waits for before it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// A place: as many calls as its server gets at once are under way. First come, first served.
    Queued,
    /// Time: the model's server asked to be left alone, or failed a moment ago.
    Cooling,
    /// Money or tokens: its call has room under the cap only when others come in below what they set aside.
    Budget,
}
