//! What a turn says, once read. The raw text is always kept beside it; nothing here is ever invented.

use serde::{Deserialize, Serialize};

/// A turn's answer as the protocol read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// Free text: a draft.
    Draft,
    /// Scores for the drafts of the others. A label that is missing here is an abstention in that cell.
    Critique {
        /// One per draft that was scored.
        scores: Vec<Score>,
    },
    /// The shared answer, after a written comparison.
    Synthesis {
        /// What the drafts agree on, where they conflict, what only one says, what none covers. May be empty.
        comparison: String,
        /// The answer itself.
        answer: String,
    },
    /// A vote on the shared answer.
    Vote(Vote),
    /// The text could not be read as what was asked for, not even after a repair.
    Abstained {
        /// What was missing.
        why: String,
    },
}

/// One critic's view of one draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The draft's label, such as `A`.
    pub label: String,
    /// From 0 to 100.
    pub score: u8,
    /// What is good about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strengths: Vec<String>,
    /// What is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weaknesses: Vec<String>,
    /// What would make it better.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

/// A vote on the shared answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Whether the member stands behind it.
    pub agree: bool,
    /// Why.
    #[serde(default)]
    pub reasoning: String,
    /// What is still wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<String>,
}

/// How an answer was obtained from the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Free text needs no reading.
    Text,
    /// The text was JSON of the right shape.
    Json,
    /// JSON was found within other text, or with small faults that leave no doubt.
    Tolerant,
    /// A repair was asked for, and it could be read.
    Repaired,
    /// It could not be read.
    Unreadable,
}
