//! The events: the one language of journal, page, command line, replay and tests.
//!
//! `docs/events.md` lists them for readers of the file. A **durable** event is committed to the journal
//! before it is shown and before the engine's next effect. Two kinds are **transient**: [`Event::ContentDelta`] is
//! shown at once and journalled in larger pieces as [`Event::TextSoFar`]; [`Event::ParticipantWaiting`] is only shown.

use serde::{Deserialize, Serialize};

use super::{
    Answer, AttemptReason, Change, ControlAction, EndReason, ForkedFrom, NextStep, Participant, Reading, Reserved,
    Settings, StopRule, Tally, Topic, WaitReason,
};
use crate::types::{
    AskId, Attempt, BranchId, JsonMode, LlmError, ModelRef, RoundNumber, RoundType, Seat, Seed, SessionId, StopReason,
    TokenUsage,
};

/// The version of the schema that this code writes.
pub const SCHEMA_VERSION: u32 = 2;

/// An event and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The schema's version.
    pub v: u32,
    /// The session.
    pub session: SessionId,
    /// Counts the durable events from 1; a transient event carries the number of the durable one before it.
    pub seq: u64,
    /// The branch.
    pub branch: BranchId,
    /// Wall time in milliseconds since 1970, for display only.
    pub at_ms: u64,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[allow(clippy::large_enum_variant, reason = "the large one comes once in a session; on 32 bits it is no larger")]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum Event {
    /// The first event of every session.
    SessionCreated {
        /// What is deliberated.
        topic: Topic,
        /// Who takes part, by seat.
        participants: Vec<Participant>,
        /// The limits.
        settings: Settings,
        /// The protocol's name.
        protocol: String,
        /// What all chance derives from.
        seed: Seed,
        /// Why this protocol, when it was not the user who chose it.
        #[serde(skip_serializing_if = "Option::is_none")]
        suggested: Option<String>,
        /// Whether scripted members answer: every view and export says so.
        demo: bool,
        /// The session that this one is a fork of.
        #[serde(skip_serializing_if = "Option::is_none")]
        forked_from: Option<ForkedFrom>,
    },
    /// A branch opens: another line of history, which shares what the change leaves as it was. Nothing is asked on
    /// it before somebody says so.
    BranchOpened {
        /// The branch that it comes from.
        from: BranchId,
        /// What is otherwise.
        change: Change,
        /// The turn of this branch that stands for a changed one.
        #[serde(skip_serializing_if = "Option::is_none")]
        turn: Option<AskId>,
        /// What that turn says.
        #[serde(skip_serializing_if = "Option::is_none")]
        answer: Option<Answer>,
        /// The turns of the other branch that read what changed, directly or not.
        stale: Vec<AskId>,
    },
    /// A round opens.
    RoundStarted {
        /// Its number.
        round: RoundNumber,
        /// What the members do in it.
        round_type: RoundType,
        /// Who is asked.
        seats: Vec<Seat>,
    },
    /// The drafts get labels, and each reviewer an order of its own. Always before the first ask that uses them.
    LabelsAssigned {
        /// The round that uses them.
        round: RoundNumber,
        /// Which label stands for whose draft.
        labels: Vec<Label>,
        /// In which order each reviewer reads the labels; its own draft is not among them.
        orders: Vec<ReadingOrder>,
    },
    /// A member is asked.
    ParticipantThinking {
        /// The ask.
        ask: AskId,
        /// A hash of the rendered prompt.
        prompt_hash: String,
        /// The turns that the prompt quotes.
        reads: Vec<AskId>,
    },
    /// A member's next call has to wait. Transient: what it waits for is told again, or over, after a resume.
    ParticipantWaiting {
        /// The ask.
        ask: AskId,
        /// The model that is waited for.
        model: ModelRef,
        /// What for.
        why: WaitReason,
        /// Until when, in milliseconds since 1970; `None` when that depends on other calls.
        #[serde(skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
    },
    /// A call is about to go out.
    AttemptStarted {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// The model that is called.
        model: ModelRef,
        /// Why this try is made.
        why: AttemptReason,
        /// What was set aside for it under a cap.
        #[serde(skip_serializing_if = "Option::is_none")]
        reserved: Option<Reserved>,
    },
    /// More of an answer. Transient.
    ContentDelta {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// Text or reasoning.
        channel: Channel,
        /// What came.
        text: String,
    },
    /// What has come since the last of these, journalled at least every 250 ms or 4 KiB.
    TextSoFar {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// Text or reasoning.
        channel: Channel,
        /// The byte offset in the channel at which `text` begins.
        from: u64,
        /// What came.
        text: String,
    },
    /// A call failed. What had come is kept here and never joined with another attempt's text.
    AttemptFailed {
        /// The ask.
        ask: AskId,
        /// Which try.
        attempt: Attempt,
        /// What went wrong.
        error: LlmError,
        /// The text that had come.
        partial: String,
        /// Tokens spent all the same, as far as the provider reported them.
        #[serde(skip_serializing_if = "TokenUsage::is_unknown")]
        usage: TokenUsage,
        /// What the engine does about it.
        next: NextStep,
    },
    /// A turn is complete.
    ParticipantComplete {
        /// The ask.
        ask: AskId,
        /// The try that succeeded.
        attempt: Attempt,
        /// The model that answered.
        model: ModelRef,
        /// The whole text of that try.
        text: String,
        /// The whole reasoning of that try.
        #[serde(skip_serializing_if = "String::is_empty")]
        reasoning: String,
        /// Why it stopped.
        stop_reason: StopReason,
        /// Tokens as the provider reported them.
        usage: TokenUsage,
        /// From the call to the first piece, in milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        first_token_ms: Option<u64>,
        /// From the call to the end, in milliseconds.
        duration_ms: u64,
        /// What it says, as the protocol read it.
        answer: Answer,
        /// How it was read.
        reading: Reading,
        /// How its shape was asked for, if it was to have one.
        #[serde(skip_serializing_if = "Option::is_none")]
        obtained: Option<JsonMode>,
    },
    /// A person answered. What it says follows in [`Event::ParticipantComplete`].
    HumanAnswered {
        /// The ask.
        ask: AskId,
        /// The answer as it was given.
        text: String,
    },
    /// A member is absent from this ask.
    ParticipantFailed {
        /// The ask.
        ask: AskId,
        /// Why.
        error: LlmError,
    },
    /// A round is over.
    RoundComplete {
        /// Its number.
        round: RoundNumber,
        /// What the members did in it.
        round_type: RoundType,
        /// Whose turns are complete.
        took_part: Vec<Seat>,
        /// Who was asked and is absent, and why.
        absent: Vec<Absence>,
    },
    /// The votes of a round were counted.
    ConvergenceChecked {
        /// The round of the vote.
        round: RoundNumber,
        /// The count.
        tally: Tally,
        /// The version that was voted on.
        version: AskId,
        /// The best version so far: a later one with less agreement does not replace it.
        best: AskId,
    },
    /// Agreement reached the threshold.
    SessionConverged {
        /// The round of the vote.
        round: RoundNumber,
        /// The agreed answer.
        answer: AskId,
    },
    /// It is over. A stopped session can be continued; the others are finished.
    SessionEnded {
        /// How it ended.
        reason: EndReason,
        /// The turn whose text is the result, if any.
        answer: Option<AskId>,
        /// One sentence for people.
        detail: String,
        /// The rule that ended it.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<StopRule>,
    },
    /// Somebody steered it.
    Control {
        /// What they asked for.
        action: ControlAction,
    },
    /// It goes on after a stop, a reload or a crash.
    Resumed {
        /// The attempts that were in flight. Their asks are made again; no retry is used up.
        interrupted: Vec<Interrupted>,
    },
    /// Something people should know that stops nothing.
    Warning {
        /// What, and what follows.
        message: String,
    },
    /// Something failed that is no member's fault.
    Error {
        /// What, and what to do.
        message: String,
    },
}

impl Event {
    /// Whether the journal must hold it before it is shown.
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        !matches!(self, Self::ContentDelta { .. } | Self::ParticipantWaiting { .. })
    }

    /// The ask it belongs to, if it belongs to one.
    #[must_use]
    pub const fn ask(&self) -> Option<&AskId> {
        match self {
            Self::ParticipantThinking { ask, .. }
            | Self::ParticipantWaiting { ask, .. }
            | Self::AttemptStarted { ask, .. }
            | Self::ContentDelta { ask, .. }
            | Self::TextSoFar { ask, .. }
            | Self::AttemptFailed { ask, .. }
            | Self::ParticipantComplete { ask, .. }
            | Self::HumanAnswered { ask, .. }
            | Self::ParticipantFailed { ask, .. } => Some(ask),
            Self::SessionCreated { .. }
            | Self::BranchOpened { .. }
            | Self::RoundStarted { .. }
            | Self::LabelsAssigned { .. }
            | Self::RoundComplete { .. }
            | Self::ConvergenceChecked { .. }
            | Self::SessionConverged { .. }
            | Self::SessionEnded { .. }
            | Self::Control { .. }
            | Self::Resumed { .. }
            | Self::Warning { .. }
            | Self::Error { .. } => None,
        }
    }
}

/// Which text of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// What the model thinks aloud.
    Reasoning,
    /// The answer.
    Text,
}

/// A label and the turn it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// `A`, `B`, …
    pub label: String,
    /// The draft.
    pub ask: AskId,
}

/// The order in which one reviewer reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingOrder {
    /// The reviewer.
    pub seat: Seat,
    /// The labels, first read first.
    pub labels: Vec<String>,
}

/// Somebody who was asked and is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Who.
    pub seat: Seat,
    /// Why, for people.
    pub reason: String,
}

/// An attempt that was cut off from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The ask.
    pub ask: AskId,
    /// Which try.
    pub attempt: Attempt,
}
