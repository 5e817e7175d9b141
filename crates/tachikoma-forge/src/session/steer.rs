//! What somebody may ask of a session while it runs, and what they may change in it.
//!
//! The same words go from a handle to the engine, from a tab that follows to the one that writes, and into the
//! journal. A person's answer and a change are journalled as events of their own, everything else as
//! [`Event::Control`](super::Event::Control).

use serde::{Deserialize, Serialize};

use super::Topic;
use crate::cost::Prices;
use crate::types::{AskId, ModelRef, Pool, RoundNumber, RoundType, Seat};

/// What somebody may ask of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ControlAction {
    /// End it now, so that it can be continued.
    Stop,
    /// Make no further call; those under way go on.
    Pause,
    /// Go on after a pause, or after a change: what is stale is asked anew.
    Unpause,
    /// Have this round next.
    RunRound {
        /// Which type.
        round_type: RoundType,
    },
    /// End the open round with what is ready, and have this round next.
    SkipTo {
        /// Which type: `Synthesis`, for an answer at once.
        round_type: RoundType,
    },
    /// End with what is ready.
    Finish,
    /// Put a note of the person who asks into the prompts of the rounds from the next one on.
    Note {
        /// What it says.
        text: String,
    },
    /// Let it take so many rounds, all types counted.
    SetRounds {
        /// The new limit.
        max_rounds: u32,
    },
    /// Take a member from the table: what it writes now is ended, and it is asked no more.
    Dismiss {
        /// Whose seat.
        seat: Seat,
    },
    /// Bring a member back that was taken from the table.
    Recall {
        /// Whose seat.
        seat: Seat,
    },
    /// Go on without this answer.
    Skip {
        /// Which ask.
        ask: AskId,
    },
    /// Ask once more: one that failed, or is under way and takes too long.
    Retry {
        /// Which ask of the open round.
        ask: AskId,
    },
    /// Have another model speak for a member from now on, and answer what it is being asked.
    Replace {
        /// Whose seat.
        seat: Seat,
        /// The model that speaks.
        model: Pool,
        /// The models tried in order when it cannot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fallbacks: Vec<Pool>,
        /// What they cost, as far as it is known.
        #[serde(default, skip_serializing_if = "Prices::is_empty")]
        prices: Prices,
        /// How many tokens they take, as far as it is known and something is fitted to it; whoever runs it fills it in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context_window: Option<u32>,
        /// Whether the model that speaks looks at pictures, where some are attached; whoever runs it fills it in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vision: Option<bool>,
    },
    /// A person's answer, in the form that its ask wants.
    Answer {
        /// Which ask.
        ask: AskId,
        /// What it says.
        text: String,
    },
    /// Change what somebody wrote, or the goal, or go back; on a branch of its own.
    Change {
        /// What.
        change: Change,
    },
    /// Say which text is the best of those that a comparison shows.
    Judge {
        /// The comparison's ask.
        ask: AskId,
        /// The labels, from the best to the worst.
        order: Vec<String>,
    },
}

/// What a branch has otherwise than the one that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Another text in place of what a member wrote.
    Text {
        /// The turn.
        ask: AskId,
        /// The new text, in the form that its ask wants.
        text: String,
    },
    /// One turn is asked anew.
    Redo {
        /// The turn.
        ask: AskId,
    },
    /// Another goal: everything is asked anew.
    Goal {
        /// The new topic.
        topic: Topic,
    },
    /// What came after a round is left behind.
    Back {
        /// The last round that stays.
        round: RoundNumber,
    },
    /// Nothing yet: it goes on where another branch stands.
    Switch {
        /// That branch.
        branch: crate::types::BranchId,
    },
}

impl Change {
    /// The turn that it changes, if it changes one.
    #[must_use]
    pub const fn ask(&self) -> Option<&AskId> {
        match self {
            Self::Text { ask, .. } | Self::Redo { ask } => Some(ask),
            Self::Goal { .. } | Self::Back { .. } | Self::Switch { .. } => None,
        }
    }
}

/// Where a session that is a fork of another comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkedFrom {
    /// The session.
    pub session: crate::types::SessionId,
    /// The last round that came along.
    pub round: RoundNumber,
}

/// The provider of members that are people: `person/Ada`.
pub const PERSON: &str = "person";

/// Whether a member of that model is a person.
#[must_use]
pub fn is_person(model: &ModelRef) -> bool {
    model.provider == PERSON
}
